"""What is read rather than called: welcome, channels, health, the page, and the API document with its viewer."""

from typing import Any, Protocol

import bentoml
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from channels.rules import read_channel
from contracts.brief import CHANNEL_NAMES
from operations.bento import SWAGGER
from operations.errors import RunnerUnavailable
from operations.http.answers import ChannelsAnswer, Health, ModelInfo, Welcome
from operations.http.problems import problem_response
from operations.http.routes import CHANNELS, WEB

_DOCS = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Product Description Generator API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = 'window.ui = SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true});\n'


class Describing(Protocol):
    """The part of the running service that these pages show."""

    def model_info(self) -> ModelInfo: ...

    async def ready(self) -> bool: ...


def pages(document: dict[str, Any]) -> Starlette:
    """The application to mount at /; `document` is the OpenAPI document."""

    async def openapi(_: Request) -> Response:
        return JSONResponse(document)

    return Starlette(
        routes=[
            Route("/", _root),
            Route(CHANNELS, _channels),
            Route("/health", _health),
            Route("/docs", _docs),
            Route("/docs/start.js", _start),
            Route("/openapi.json", openapi),
            Mount("/docs", StaticFiles(directory=SWAGGER)),
            Mount("/static", StaticFiles(directory=WEB, check_dir=False)),
        ]
    )


def _service() -> Describing:
    service: Describing = bentoml.get_current_service()
    return service


async def _root(request: Request) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return FileResponse(WEB / "index.html", headers={"Vary": "Accept"})
    return _answer(Welcome(model_info=_service().model_info()), {"Vary": "Accept"})


async def _health(_: Request) -> Response:
    if not await _service().ready():
        return problem_response(RunnerUnavailable("The models are not ready yet."), "/health")
    return _answer(Health(model_metadata=_service().model_info()))


async def _channels(_: Request) -> Response:
    return _answer(ChannelsAnswer(channels=tuple(map(read_channel, CHANNEL_NAMES))))


async def _docs(_: Request) -> Response:
    return HTMLResponse(_DOCS)


async def _start(_: Request) -> Response:
    return Response(_START, media_type="text/javascript")


def _answer(model: BaseModel, headers: dict[str, str] | None = None) -> Response:
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return Response(model.model_dump_json(), media_type="application/json", headers=headers)
