"""Hosts of a network of their own: Linux network namespaces behind one bridge, each with an address."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

# A range for tests of networks (RFC 2544), which no machine routes; processes side by side take different parts.
_PART = os.getpid() % 250
_SUBNET = f"198.18.{_PART}"
_PREFIX = f"pdg{_PART}"


def as_root(*command: str) -> str:
    """Run it with root's rights; returns what it wrote."""
    program = [*([] if os.geteuid() == 0 else ["sudo", "-n"]), *command]
    done = subprocess.run(program, capture_output=True, text=True, timeout=30)
    if done.returncode:
        raise AssertionError(f"{' '.join(program)} failed: {done.stderr.strip()}")
    return done.stdout


@dataclass(frozen=True)
class Host:
    """One namespace; what runs in it is killed with it."""

    name: str
    address: str
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def namespace(self) -> str:
        return f"{_PREFIX}-{self.name}"

    def start(self, command: list[str], environment: Mapping[str, str], folder: Path, log: Path) -> None:
        """Start a process of this user here."""
        rights = [] if os.geteuid() == 0 else ["setpriv", f"--reuid={os.getuid()}", f"--regid={os.getgid()}"]
        rights += ["--init-groups"] if rights else []
        variables = [f"{name}={value}" for name, value in environment.items()]
        program = ["ip", "netns", "exec", self.namespace, *rights, "env", *variables, *command]
        with log.open("ab") as output:
            self.started.append(
                subprocess.Popen(
                    program if os.geteuid() == 0 else ["sudo", "-n", *program],
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            )

    def signal(self, name: str) -> None:
        """Send a signal such as KILL to all processes of this host."""
        while processes := as_root("ip", "netns", "pids", self.namespace).split():
            try:
                as_root("kill", f"-{name}", *processes)
            except AssertionError:
                continue  # one of them ended meanwhile
            return

    def kill(self) -> None:
        """What a loss of power does: all processes are gone at once."""
        self.signal("KILL")
        for process in self.started:
            if process.poll() is None:  # sudo stops with what it has started, and has to go on to see it end
                as_root("kill", "-CONT", str(process.pid))
            process.wait(timeout=30)
        self.started.clear()

    def fall_silent(self, toward: "Host") -> None:
        """Answer a host nothing any more, not even that nobody is there, as one does whose power or network is gone."""
        as_root("ip", "-n", self.namespace, "route", "add", "blackhole", f"{toward.address}/32")

    def listening(self) -> set[str]:
        """Addresses with ports that can be reached from other hosts."""
        lines = as_root("ip", "netns", "exec", self.namespace, "ss", "-H", "-l", "-t", "-u", "-n").splitlines()
        local = {line.split()[4] for line in lines}
        return {address for address in local if not address.startswith(("127.", "[::1]"))}


@contextmanager
def network(*names: str) -> Iterator[dict[str, Host]]:
    """Hosts by name, reachable from here and from each other."""
    missing = [program for program in ("ip", "ss", "haproxy") if not shutil.which(program, path=_search_path())]
    assert not missing, f"not installed: {', '.join(missing)}; run: make system-packages"
    hosts = {name: Host(name, f"{_SUBNET}.{number}") for number, name in enumerate(names, start=10)}
    # The bridge lives in a namespace too: a firewall of this machine, as Docker's, would filter what crosses it.
    switch = Host("switch", "")
    try:
        try:
            _add_namespace(switch)
        except AssertionError as error:
            raise AssertionError(
                f"This test needs network namespaces, so root or sudo without a password, and a container that "
                f"may make them (CAP_NET_ADMIN and CAP_SYS_ADMIN): {error}"
            ) from None
        as_root("ip", "-n", switch.namespace, "link", "add", "bridge", "up", "type", "bridge")
        as_root("ip", "link", "add", _PREFIX, "type", "veth", "peer", "name", "here", "netns", switch.namespace)
        as_root("ip", "-n", switch.namespace, "link", "set", "here", "up", "master", "bridge")
        as_root("ip", "address", "add", f"{_SUBNET}.1/24", "dev", _PREFIX)
        as_root("ip", "link", "set", _PREFIX, "up")
        for host in hosts.values():
            _add_namespace(host)
            end = ["peer", "name", host.name, "netns", switch.namespace]
            as_root("ip", "-n", host.namespace, "link", "add", "eth0", "type", "veth", *end)
            as_root("ip", "-n", switch.namespace, "link", "set", host.name, "up", "master", "bridge")
            as_root("ip", "-n", host.namespace, "address", "add", f"{host.address}/24", "dev", "eth0")
            as_root("ip", "-n", host.namespace, "link", "set", "eth0", "up")
        yield hosts
    finally:
        existing = as_root("ip", "netns", "list").split()
        for host in (*hosts.values(), switch):
            if host.namespace in existing:
                host.kill()
                as_root("ip", "netns", "delete", host.namespace)


def _add_namespace(host: Host) -> None:
    as_root("ip", "netns", "add", host.namespace)
    as_root("ip", "-n", host.namespace, "link", "set", "lo", "up")


def _search_path() -> str:
    return f"{os.environ['PATH']}{os.pathsep}/usr/sbin{os.pathsep}/sbin"
