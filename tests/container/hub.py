"""A hub with one Space: its git repository with LFS over HTTP behind a token, and the container that it makes of it."""

import base64
import gzip
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.conftest import free_port
from tests.container.engine import Container, Engine, answers, torch_index
from tests.servers import serve_app

TOKEN = "hf_" + "t" * 20
SPACE = "shop/copy"
APP_PORT = 3000
# How the file begins that git holds in the place of a large one.
POINTER = b"version https://git-lfs.github.com/spec/"
# What the hub puts into a new Space.
BORN_WITH = {"README.md": "---\ntitle: Copy\nsdk: docker\n---\n", ".gitattributes": "*.bin filter=lfs -text\n"}


@dataclass
class Hub:
    """Its state. `holding` makes the next push set `held` and wait for `release` before it sends anything.

    `refused` is what a hub does that may not read the registry: no build ends well.
    """

    folder: Path
    engine: Engine
    address: str = ""
    stage: str = "NO_APP_FILE"
    running_commit: str | None = None
    app_port: int = field(default_factory=free_port)
    container: Container | None = None
    holding: bool = False
    refused: bool = False
    held: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    deployments: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @property
    def repository(self) -> Path:
        """The bare repository of the Space."""
        return self.folder / "spaces" / SPACE

    @property
    def url(self) -> str:
        """Where the Space's service answers."""
        return f"http://127.0.0.1:{self.app_port}"

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        """git's output in the repository, or in `folder`."""
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        # Debian's git-lfs would fetch what pointers name, and a bare repository has no LFS server.
        environment = {**os.environ, "GIT_LFS_SKIP_SMUDGE": "1"}
        done = subprocess.run(
            ["git", *who, *arguments],
            cwd=folder or self.repository,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def head(self) -> str:
        """The Space's commit; empty where it has none."""
        return self.git("for-each-ref", "--format=%(objectname)", "refs/heads/main")

    def create(self, files: dict[str, str]) -> None:
        """Begin the repository anew with `files` as its first commit, or none."""
        shutil.rmtree(self.repository, ignore_errors=True)
        self.repository.mkdir(parents=True)
        self.git("init", "--quiet", "--bare", "--initial-branch=main")
        self.git("config", "http.receivepack", "true")
        if files:
            self.commit(files)

    def commit(self, files: dict[str, str]) -> None:
        """Somebody changes `files` on the hub's own page."""
        work = self.folder / f"work-{time.monotonic_ns()}"
        self.git("clone", "--quiet", str(self.repository), str(work), folder=self.folder)
        for name, content in files.items():
            (work / name).write_text(content)
        self.git("add", "--all", folder=work)
        self.git("commit", "--quiet", "--message", "Update", folder=work)
        self.git("push", "--quiet", "origin", "HEAD:main", folder=work)

    def deploy(self, commit: str) -> None:
        """Build the repository's Dockerfile and run it where the old container was."""
        try:
            assert not self.refused
            work = self.folder / f"space-{commit}"
            self.git("clone", "--quiet", "--no-checkout", str(self.repository), str(work), folder=self.folder)
            self.git("checkout", "--quiet", commit, folder=work)
            for pointer in filter(_is_pointer, work.rglob("*")):
                shutil.copyfile(self.object(pointer.read_text().split("sha256:")[1].split()[0]), pointer)
            options = ["--tls-verify=false", *torch_index(self.engine, "--build-arg=TORCH_INDEX=")]
            self.engine.build(work, f"localhost/pdg-space:{self.app_port}", *options)
        except (AssertionError, OSError, subprocess.CalledProcessError):
            self.stage = "BUILD_ERROR"
            return
        self.stage = "APP_STARTING"
        self.stop()
        # The hub leads its address to app_port; here the service itself listens where the address says.
        assert f"app_port: {APP_PORT}\n" in (work / "README.md").read_text()
        self.container = self.engine.start(f"localhost/pdg-space:{self.app_port}", port=self.app_port)
        while not answers(self.url):  # of the runners behind it the hub knows nothing
            if self.running_commit != commit:
                return  # there is a later one
            if not self.container.running():
                self.stage = "RUNTIME_ERROR"
                return
            time.sleep(0.2)
        self.stage = "RUNNING"

    def stop(self) -> None:
        """End the Space's container."""
        if self.container:
            self.container.remove()
            self.container = None

    def object(self, name: str) -> Path:
        """The file of an LFS object."""
        return self.folder / "lfs" / name


def _is_pointer(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as content:
        return content.read(len(POINTER)) == POINTER


@contextmanager
def serve_hub(hub: Hub) -> Iterator[Hub]:
    """`hub` at its address."""
    (hub.folder / "lfs").mkdir()
    git = f"/spaces/{SPACE}"
    app = Starlette(
        routes=[
            Route(f"/api/spaces/{SPACE}/runtime", _runtime),
            Route(f"{git}.git/info/lfs/objects/batch", _batch, methods=["POST"]),
            Route("/lfs/{name}", _store, methods=["PUT"]),
            Route(git + "/{path:path}", _git, methods=["GET", "POST"]),
        ]
    )
    app.state.hub = hub
    try:
        with serve_app(app) as hub.address:
            try:
                yield hub
            finally:
                hub.release.set()
                hub.deployments.shutdown()
    finally:
        hub.stop()


def _allowed(request: Request) -> bool:
    basic = base64.b64encode(f"user:{TOKEN}".encode()).decode()
    return request.headers.get("authorization") in {f"Basic {basic}", f"Bearer {TOKEN}"}


def _refused() -> Response:
    return Response("who are you?", 401, {"WWW-Authenticate": 'Basic realm="hub"'})


async def _runtime(request: Request) -> Response:
    hub: Hub = request.app.state.hub
    if not _allowed(request):
        return _refused()
    return JSONResponse({"stage": hub.stage, "sha": hub.running_commit})


async def _git(request: Request) -> Response:
    """`git http-backend`, and a deployment after a push."""
    hub: Hub = request.app.state.hub
    if not _allowed(request):
        return _refused()
    body = await request.body()
    if request.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    pushed = request.path_params["path"] == "git-receive-pack"
    if hub.holding and request.query_params.get("service") == "git-receive-pack":
        hub.holding = False
        hub.held.set()
        await run_in_threadpool(hub.release.wait, 120)
    before = hub.head()
    answer = await run_in_threadpool(_backend, hub, request, body)
    if pushed and (commit := hub.head()) != before:
        hub.stage, hub.running_commit = "BUILDING", commit
        hub.deployments.submit(hub.deploy, commit)
    return answer


def _backend(hub: Hub, request: Request, body: bytes) -> Response:
    environment = {
        "GIT_PROJECT_ROOT": str(hub.folder / "spaces"),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": request.url.path.removeprefix("/spaces"),
        "QUERY_STRING": request.url.query,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": "user",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(["git", "http-backend"], env=environment, input=body, capture_output=True, check=True)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    return Response(content, int(headers.pop("Status", "200").split()[0]), headers)


async def _batch(request: Request) -> Response:
    """Where objects that are not there yet can be sent."""
    hub: Hub = request.app.state.hub
    if not _allowed(request):
        return _refused()
    objects = (await request.json())["objects"]
    for entry in objects:
        if not hub.object(entry["oid"]).exists():
            entry["actions"] = {"upload": {"href": f"{hub.address}/lfs/{entry['oid']}"}}
    return JSONResponse({"transfer": "basic", "objects": objects}, media_type="application/vnd.git-lfs+json")


async def _store(request: Request) -> Response:
    hub: Hub = request.app.state.hub
    hub.object(request.path_params["name"]).write_bytes(await request.body())
    return Response()
