"""buildah and podman for tests: what a build needs on this machine, and containers restricted as in the README.

Everything runs as root, by sudo where the tests do not: limits on memory and processors ask for it.
"""

import ast
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from configparser import RawConfigParser
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.conftest import DEADLINE_S, free_port

AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "--non-interactive", "--preserve-env"]
# Where builds find the folders and files that pip's configuration names on this machine.
_MOUNTED = Path("/run/pip")
_RESTRICTED = [
    *("--network", "host", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "all"),  # noqa: S108
    *("--security-opt", "no-new-privileges", "--memory", "2g"),
]


def call(*command: str, environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """The output of a command that runs as root; its errors fail the test."""
    done = subprocess.run(
        [*AS_ROOT, *command],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@dataclass(frozen=True)
class Container:
    """A running container whose service answers at `url`."""

    engine: "Engine"
    name: str
    url: str

    def execute(self, code: str) -> str:
        """What Python prints inside it."""
        return self.engine.podman("exec", self.name, "python", "-c", code)

    def signal(self, name: str) -> None:
        """Send a signal to the main process."""
        self.engine.podman("kill", "--signal", name, self.name)

    def wait(self, timeout: float) -> int:
        """The exit code, once it has ended."""
        end = time.monotonic() + timeout
        while self.running():
            assert time.monotonic() < end, f"runs after {timeout} s:\n{self.log()}"
            time.sleep(0.1)
        return int(self.engine.podman("inspect", "--format", "{{.State.ExitCode}}", self.name))

    def running(self) -> bool:
        """Whether the main process is alive."""
        return self.engine.podman("inspect", "--format", "{{.State.Running}}", self.name).strip() == "true"

    def log(self) -> str:
        """What it wrote."""
        return call("sh", "-c", 'podman logs "$0" 2>&1', self.name, environment=self.engine.run_environment)

    def until_healthy(self, timeout: float = DEADLINE_S) -> "Container":
        """Itself once its service is healthy; fails when it ends or the time is over."""
        end = time.monotonic() + timeout
        while not healthy(self.url):
            assert self.running(), self.log()
            assert time.monotonic() < end, f"not healthy within {timeout} s:\n{self.log()}"
            time.sleep(0.2)
        return self

    def remove(self) -> None:
        """End and forget it."""
        self.engine.podman("rm", "--force", "--time", "5", self.name)


class Engine:
    """The tools with this machine's configuration, written to `folder`; `remove` undoes what they started."""

    def __init__(self, folder: Path) -> None:
        self.pip = _pip_settings()
        self.containers: list[Container] = []
        self.images: list[str] = []
        self.run_environment = {"CONTAINERS_CONF": str(_run_configuration(folder))}
        self.build_environment = {
            "CONTAINERS_CONF": str(_build_configuration(folder, self.pip)),
            "BUILDAH_ISOLATION": "chroot",
            # Layers are kept, so that the next build takes those that have not changed.
            "BUILDAH_LAYERS": "true",
        }

    def podman(self, *arguments: str) -> str:
        """podman's output."""
        return call("podman", *arguments, environment=self.run_environment)

    def build(self, folder: Path, image: str, *options: str) -> None:
        """Build a folder with a Dockerfile."""
        self.images.append(image)
        build = ["buildah", "build", "--quiet", "--network", "host", *options, "--tag", image, str(folder)]
        call(*build, environment=self.build_environment)

    def start(self, image: str, *options: str, port: int | None = None) -> Container:
        """A container with the README's restrictions that listens on a free port, or on `port`."""
        port = port or free_port()
        name = f"pdg-test-{time.monotonic_ns()}"
        self.podman("run", "--detach", "--name", name, *_RESTRICTED, "--env", f"PORT={port}", *options, image)
        container = Container(self, name, f"http://127.0.0.1:{port}")
        self.containers.append(container)
        return container

    def remove(self) -> None:
        """End all containers that were started, and forget the images; their layers are kept for the next run."""
        for container in self.containers:
            container.remove()
        for image in reversed(self.images):
            if found := self.podman("images", "--quiet", image).split():
                self.podman("rmi", "--force", *found)


def healthy(url: str) -> bool:
    """Whether a service answers /health with 200."""
    return answers(f"{url}/health")


def answers(url: str) -> bool:
    """Whether a service answers an address with 200."""
    try:
        return httpx.get(url, timeout=8).status_code == 200
    except httpx.TransportError:
        return False


def provide_base(engine: Engine, image: str, folder: Path) -> None:
    """Bring a base image into the storage: what is there, else what the registry has, else one made here from apt."""
    name = f"docker.io/library/{image}"
    known = [*AS_ROOT, "podman", "image", "exists", name]
    if subprocess.run(known).returncode == 0:
        return
    try:
        call("timeout", "120", "podman", "pull", "--quiet", f"docker://{name}")
    except AssertionError:
        engine.podman("tag", _own_base(engine, folder), name)


def _own_base(engine: Engine, folder: Path) -> str:
    """A base like Docker's, of Debian's packages; it is kept in the storage for the next run."""
    name = "localhost/pdg-test-base:bookworm"
    if subprocess.run([*AS_ROOT, "podman", "image", "exists", name]).returncode:
        packages = "python3,python3-venv,python3-pip,python-is-python3,ca-certificates"
        make = ["mmdebstrap", "--quiet", "--variant=minbase", "--components=main", f"--include={packages}"]
        free = '--customize-hook=rm -f "$1"/usr/lib/python3.*/EXTERNALLY-MANAGED'
        call(*make, free, "bookworm", str(folder / "base.tar"), *_mirror())
        engine.podman("import", "--quiet", "--change", 'CMD ["python3"]', str(folder / "base.tar"), name)
    return name


def _mirror() -> list[str]:
    """Where apt takes Debian 12 from on this machine; empty where it knows no such place."""
    sources = call(
        "apt-get", "indextargets", "--format", "$(ORIGIN) $(RELEASE) $(COMPONENT) $(REPO_URI)", "Identifier: Packages"
    )
    wanted = ["Debian", "bookworm", "main"]
    return [line.split()[-1] for line in sources.splitlines() if line.split()[:-1] == wanted][:1]


def torch_index(engine: Engine, option: str) -> list[str]:
    """`option` with PyTorch's index as this machine names it, or with none where pip has a wheel at hand."""
    named = os.environ.get("PIP_TORCH_INDEX", "")
    folders = [Path(place) for place in engine.pip.get("find-links", "").split()]
    at_hand = any(list(folder.glob("torch-*+cpu-*.whl")) for folder in folders)
    return [option + named] if named or at_hand else []


def _pip_settings() -> dict[str, str]:
    """pip's configuration here; the environment wins over files."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    ).stdout
    pairs = [line.partition("=") for line in listed.splitlines()]
    files_first = sorted(pairs, key=lambda pair: pair[0].startswith(":env:"))
    return {name.rpartition(".")[2]: ast.literal_eval(value) for name, _, value in files_first}


def _build_configuration(folder: Path, pip_settings: Mapping[str, str]) -> Path:
    """A file for CONTAINERS_CONF by which builds install packages as pip does here."""
    settings = dict(pip_settings)
    if "SSL_CERT_FILE" in os.environ:
        settings.setdefault("cert", os.environ["SSL_CERT_FILE"])
    volumes: list[str] = []
    for name, value in settings.items():
        settings[name] = " ".join(_mounted(place, volumes) for place in value.split())
    pip = RawConfigParser()
    pip["global"] = settings
    with (folder / "pip.conf").open("w") as file:
        pip.write(file)
    volumes.append(f"{folder / 'pip.conf'}:/etc/pip.conf:ro")
    configuration = folder / "build.conf"
    configuration.write_text(f"[containers]\nvolumes = {_toml(volumes)}\n")
    return configuration


def _mounted(place: str, volumes: list[str]) -> str:
    """How a build names a path or file: address of this machine, which is added to `volumes`."""
    address = place.startswith("file://")
    path = Path(urlsplit(place).path) if address else Path(place)
    if not path.is_absolute() or not path.exists():
        return place
    target = _MOUNTED / str(len(volumes))
    if not address:
        volumes.append(f"{path}:{target}:ro")
        return str(target)
    # The pages of an index on disk link to files beside it.
    volumes.append(f"{path.parent}:{target}:ro")
    return (target / path.name).as_uri()


def _run_configuration(folder: Path) -> Path:
    """A file for CONTAINERS_CONF by which containers start without systemd, within the limits of this machine."""
    limits = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
    hard = {name: min(8192, resource.getrlimit(kind)[1] % 2**63) for name, kind in limits.items()}
    runtime = 'runtime = "runc"\n' if shutil.which("runc") else ""
    configuration = folder / "run.conf"
    configuration.write_text(
        f"[containers]\ndefault_ulimits = {_toml([f'{name}={most}:{most}' for name, most in hard.items()])}\n"
        f'[engine]\n{runtime}cgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
    )
    return configuration


def _toml(values: list[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
