"""The service on six hosts: two public services, two text runners behind a proxy, one vision runner."""

import csv
import io
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.conftest import DEADLINE_S, Project
from tests.kubernetes.network import Host, network
from tests.service.conftest import wait_for

PORT = 3000
STREAMING = ("public-3", "text-3")
# No retries of its own: those of the service are on trial.
PROXY = """
global
  stats socket {socket} level admin
defaults
  mode http
  retries 0
  timeout connect 1s
  timeout client 120s
  timeout server 120s
frontend front
  bind {address}:{port}
  default_backend text
backend text
  balance roundrobin
  option httpchk GET /readyz
  timeout check 5s
  default-server check inter 300ms fall 2 rise 2
  server text-1 {text_1}:{port}
  server text-2 {text_2}:{port}
"""


@dataclass(frozen=True)
class Split:
    """The hosts by name, and what to do with them."""

    hosts: dict[str, Host]
    projects: dict[str, Project]
    folder: Path

    def url(self, name: str) -> str:
        """The address of a host's service."""
        return f"http://{self.hosts[name].address}:{PORT}"

    def serve(self, name: str, **settings: str) -> None:
        """Serve the whole Bento or one runner of it on a host, as the image does."""
        project = self.projects[name]
        passed = ("BENTOML_HOME", "BENTOML_DO_NOT_TRACK", "HF_HUB_OFFLINE", "OMP_NUM_THREADS", "PYTHONPATH", "PATH")
        own = project.environment_of(name)
        environment = {variable: own[variable] for variable in passed}
        command = [sys.executable, "-m", "bentoml", "serve", "service:served", "--host", "0.0.0.0"]  # noqa: S104
        command += ["--port", str(PORT), "--timeout-graceful-shutdown", "5"]
        self.hosts[name].start(command, {**environment, **settings}, project.folder, self.log(name))

    def serve_runner(self, name: str) -> None:
        """Serve the runner that a host is named for."""
        self.serve(name, PDG_SERVE=name.split("-")[0])

    def log(self, name: str) -> Path:
        """What a host's processes wrote."""
        return self.folder / f"{name}.log"

    def wait(self, name: str, path: str, status: int = 200) -> None:
        """Wait until a host answers at `path` with `status`."""
        try:
            wait_for(lambda: answers(self.url(name) + path) == status, f"{name}{path} to answer {status}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log(name).read_text()[-4000:]}") from None

    def proxy(self, command: str) -> str:
        """Ask the proxy's socket for administration."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.folder / "haproxy"))
            connection.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

    def behind_proxy(self, name: str) -> dict[str, str]:
        """What the proxy knows of a text runner: its `status`, its current sessions (`scur`)."""
        rows = csv.DictReader(io.StringIO(self.proxy("show stat").removeprefix("# ")))
        return next(row for row in rows if row["svname"] == name)

    def wait_until_up(self, *names: str) -> None:
        """Wait until the proxy takes these text runners for healthy."""
        up = {"UP"}
        wait_for(lambda: {self.behind_proxy(name)["status"] for name in names} == up, f"{names} behind the proxy")


def answers(url: str) -> int | None:
    """The status at `url`, None where nobody answers."""
    try:
        return httpx.get(url, timeout=8).status_code
    except httpx.TransportError:
        return None


@pytest.fixture(scope="session")
def split(tiny_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Split]:
    """All of it, on tiny random checkpoints; a request is one item, so that batches are those of several requests."""
    servers = ("public-1", "public-2", "text-1", "text-2", "vision-1")
    folder = tmp_path_factory.mktemp("split")
    projects = dict.fromkeys(servers, tiny_project)
    with network(*servers, *STREAMING, "proxy") as hosts:
        split = Split(hosts, projects, folder)
        start_proxy(split)
        for name in ("text-1", "text-2", "vision-1"):
            split.serve_runner(name)
        remote = {"PDG_TEXT_URL": split.url("proxy"), "PDG_VISION_URL": split.url("vision-1")}
        for name in ("public-1", "public-2"):
            split.serve(name, **remote, PDG_CANDIDATES="1", PDG_MAX_ROUNDS="1", PDG_REQUEST_DEADLINE_S=str(DEADLINE_S))
        for name in ("text-1", "text-2", "vision-1"):
            split.wait(name, "/readyz")
        for name in ("public-1", "public-2"):
            split.wait(name, "/health")
        split.wait_until_up("text-1", "text-2")
        yield split


@pytest.fixture(scope="module")
def streaming(split: Split, smollm2_project: Project) -> Split:
    """On two more hosts of that network a real model, which is heard as it writes: random ones of tiny size are not."""
    for name in STREAMING:
        split.projects[name] = smollm2_project
    split.serve_runner("text-3")
    remote = {"PDG_TEXT_URL": split.url("text-3"), "PDG_VISION_URL": split.url("vision-1")}
    split.serve("public-3", **remote, PDG_CANDIDATES="1", PDG_MAX_ROUNDS="1", PDG_REQUEST_DEADLINE_S=str(DEADLINE_S))
    split.wait("text-3", "/readyz")
    split.wait("public-3", "/livez")
    return split


def start_proxy(split: Split) -> None:
    """HAProxy before both text runners, as a cluster's own load balancing."""
    addresses = {name.replace("-", "_"): host.address for name, host in split.hosts.items()}
    config = split.folder / "haproxy.cfg"
    values = {"socket": split.folder / "haproxy", "address": addresses["proxy"], "port": PORT}
    config.write_text(PROXY.format(**values, text_1=addresses["text_1"], text_2=addresses["text_2"]))
    command = ["haproxy", "-db", "-f", str(config)]
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    split.hosts["proxy"].start(command, {"PATH": path}, split.folder, split.log("proxy"))
