"""A server that speaks the hub's endpoints: model information, and files by commit with ranges and gates."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers import serve_app

TOKEN = "hf_" + "t" * 20
WEIGHTS = (".safetensors", ".gguf")


@dataclass
class Repository:
    """The files of one commit; `gated` ones want TOKEN. `cut_at` ends weights after so many bytes."""

    folder: Path
    commit: str
    gated: bool = False
    cut_at: int | None = None
    size_factor: int = 1
    wrong_digest: bool = False
    sent: list[tuple[str, int]] = field(default_factory=list)


@contextmanager
def serve_hub(repositories: dict[str, Repository]) -> Iterator[str]:
    """The address of a hub that holds `repositories`."""
    app = Starlette(
        routes=[
            Route("/api/models/{owner}/{name}/revision/{commit}", _info),
            Route("/{owner}/{name}/resolve/{commit}/{file:path}", _file, methods=["GET", "HEAD"]),
        ]
    )
    app.state.repositories = repositories
    with serve_app(app) as address:
        yield address


def _find(request: Request) -> Repository | Response:
    name = f"{request.path_params['owner']}/{request.path_params['name']}"
    repository = request.app.state.repositories.get(name)
    if repository is None:
        return JSONResponse({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
    if repository.gated and request.headers.get("authorization") != f"Bearer {TOKEN}":
        return JSONResponse({"error": "Access is restricted"}, 401, {"X-Error-Code": "GatedRepo"})
    if request.path_params["commit"] != repository.commit:
        return JSONResponse({"error": "Invalid rev id"}, 404, {"X-Error-Code": "RevisionNotFound"})
    found: Repository = repository
    return found


async def _info(request: Request) -> Response:
    found = _find(request)
    if isinstance(found, Response):
        return found
    files = sorted(file for file in found.folder.rglob("*") if file.is_file())
    siblings = [
        {"rfilename": str(f.relative_to(found.folder)), "size": f.stat().st_size * found.size_factor} for f in files
    ]
    for file, sibling in zip(files, siblings, strict=True):
        if file.suffix in WEIGHTS:
            digest = hashlib.sha256(file.read_bytes() + b"x" * found.wrong_digest).hexdigest()
            sibling["lfs"] = {"sha256": digest, "size": file.stat().st_size, "pointerSize": 134}
    name = f"{request.path_params['owner']}/{request.path_params['name']}"
    return JSONResponse({"id": name, "sha": found.commit, "siblings": siblings})


async def _file(request: Request) -> Response:
    found = _find(request)
    if isinstance(found, Response):
        return found
    name = request.path_params["file"]
    file = found.folder / name
    if not file.is_file():
        return JSONResponse({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound"})
    content = file.read_bytes()
    headers = {
        "X-Repo-Commit": found.commit,
        "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
        "Accept-Ranges": "bytes",
    }
    if request.method == "HEAD":
        return Response(headers={**headers, "Content-Length": str(len(content))})
    start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").split("-")[0] or 0)
    body = content[start:]
    if found.cut_at and Path(name).suffix in WEIGHTS:
        body = body[: found.cut_at]
    found.sent.append((name, start))
    headers["Content-Length"] = str(len(content) - start)
    if start:
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return _Cut(body, 206 if start else 200, headers)


class _Cut(Response):
    """A response that may be shorter than its Content-Length says."""

    def init_headers(self, headers: object = None) -> None:
        """Keep the headers as they were given."""
        self.raw_headers = [(k.lower().encode(), v.encode()) for k, v in dict(headers or {}).items()]  # type: ignore[call-overload]
