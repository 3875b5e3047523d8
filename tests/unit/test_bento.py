"""Each of BentoML's private parts that operations/bento.py changes or reads is there and does what is relied on.

A failure after a new version of BentoML says which; the reasons stand in that module.
"""

# BentoML's decorators have no types.
# mypy: disallow-untyped-decorators=False

import asyncio
import inspect
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bentoml
import pytest
from _bentoml_impl.client import proxy2  # type: ignore[import-untyped]
from _bentoml_impl.server import app as server_app  # type: ignore[import-untyped]
from _bentoml_impl.server.app import ContextMiddleware, ServiceAppFactory  # type: ignore[import-untyped]
from bentoml._internal.container import construct_containerfile
from bentoml._internal.server.http.access import AccessLogMiddleware
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from bentoml._internal.server.http.traffic import MaxConcurrencyMiddleware, TimeoutMiddleware
from bentoml._internal.utils import circus
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from operations.bento import CONNECT_TIMEOUT_S, SWAGGER, Client, FileAnswer, GatewayService, Sessions, Supervisor, adapt
from tests.conftest import ROOT


class Marking:
    """Marks every answer that passes it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message["headers"])["marked"] = "yes"
            await send(message)

        await self.app(scope, receive, marked)


class Guarded(GatewayService):
    """A service behind that middleware, which names its errors."""

    def gateway(self) -> Middleware:
        return Middleware(Marking)

    def answer_error(self, error: Exception, request: Request) -> Response:
        return Response(f"{request.url.path}: {error!r}", status_code=418)


@bentoml.service(name="breaking", service_class=Guarded, traffic={"timeout": 60, "max_concurrency": 4})
class Breaking:
    """Fails."""

    @bentoml.api
    async def fail(self) -> str:
        raise ValueError("inside")

    @bentoml.api(output_spec=FileAnswer)
    async def read(self) -> Response:
        return Response(b"bytes")


BREAKING: Any = Breaking


@pytest.fixture(autouse=True)
def adapted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our parts in BentoML's place, and BentoML's own back after the test."""
    monkeypatch.setattr(circus, "Arbiter", circus.Arbiter)
    monkeypatch.setattr(proxy2, "SessionManager", proxy2.SessionManager)
    monkeypatch.setattr(proxy2, "AsyncClient", proxy2.AsyncClient)
    monkeypatch.setattr(server_app, "CorkDispatcher", server_app.CorkDispatcher)
    adapt()


@pytest.fixture
def supervisor() -> Iterator[circus.Arbiter]:
    """The supervisor as `bentoml serve` makes it, without processes."""
    made = circus.create_standalone_arbiter([])
    yield made
    made.ctrl.sys_hdl.stop()
    made.exit_stack.close()


def test_the_gateway_is_outermost_and_says_what_an_api_method_raised() -> None:
    with TestClient(BREAKING.to_asgi()) as client:
        failed, missing = client.post("/fail"), client.get("/nowhere")
    assert (failed.status_code, failed.text) == (418, "/fail: ValueError('inside')"), "api_endpoint is asked no more"
    assert failed.headers["marked"] == missing.headers["marked"] == "yes", "middlewares is asked no more"


def test_no_other_middleware_has_come() -> None:
    """A new one may have a timeout, a log line or a limit of its own beside the gateway's."""
    own = {RunnerTrafficMetricsMiddleware, OpenTelemetryMiddleware, ContextMiddleware}
    replaced = {TimeoutMiddleware, MaxConcurrencyMiddleware, AccessLogMiddleware}
    assert {m.cls for m in ServiceAppFactory(BREAKING).middlewares} == own | replaced
    assert {m.cls for m in BREAKING.to_asgi().user_middleware} == own | {Marking}


def test_the_supervisor_is_ours_and_listens_where_only_its_user_comes(supervisor: circus.Arbiter) -> None:
    assert isinstance(supervisor, Supervisor), "bentoml serve makes another supervisor"
    for endpoint in (supervisor.endpoint, supervisor.pubsub_endpoint, supervisor.ctrl.endpoint):
        folder = Path(endpoint.removeprefix("ipc://")).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, endpoint
    assert supervisor.multicast_endpoint is supervisor.stats_endpoint is None, "another port is open"
    supervisor.exit_stack.close()
    assert not folder.exists(), "the folder stays when the server has stopped"


def test_connecting_to_another_host_is_bounded() -> None:
    bounds = {}
    for url in ("http://text:3000", "file:///run/text.sock"):
        sessions = proxy2.AsyncClient(url, timeout=60)._session_manager
        assert isinstance(sessions, Sessions), "a runner is asked through other sessions"
        bounds[url] = (sessions._timeout.total, sessions._timeout.sock_connect)
    assert bounds == {"http://text:3000": (60, CONNECT_TIMEOUT_S), "file:///run/text.sock": (60, None)}


async def test_a_batch_is_made_without_those_whose_caller_has_left() -> None:
    batches: list[tuple[str, ...]] = []
    began, go = asyncio.Event(), asyncio.Event()

    async def compute(items: tuple[str, ...]) -> tuple[str, ...]:
        batches.append(items)
        began.set()
        await go.wait()
        return items

    settings = {"max_latency_in_ms": 60_000, "max_batch_size": 4}
    dispatcher = server_app.CorkDispatcher(**settings, fallback=str, get_batch_size=lambda _: 1)
    ask = dispatcher(compute)
    first = asyncio.create_task(ask("first"))
    await began.wait()
    leaver, stayer = asyncio.create_task(ask("leaver")), asyncio.create_task(ask("stayer"))
    await asyncio.sleep(0)
    leaver.cancel()
    go.set()
    assert (await first, await stayer) == ("first", "stayer")
    assert batches == [("first",), ("stayer",)]
    go.clear()
    running = asyncio.create_task(ask("running"))
    while len(batches) < 3:
        await asyncio.sleep(0.001)
    alone = asyncio.create_task(ask("alone"))
    await asyncio.sleep(0)
    alone.cancel()
    go.set()
    assert (await running, await ask("next")) == ("running", "next"), "a batch that all have left holds its place"
    assert batches[3:] == [("next",)]
    dispatcher.shutdown()


def test_a_file_is_declared_as_one() -> None:
    """BentoML's client keeps bytes where the schema says so."""
    assert BREAKING.apis["read"].output_spec is FileAnswer
    assert FileAnswer.model_json_schema() == {"type": "file", "format": "binary"}


def test_no_other_module_knows_a_private_part() -> None:
    names = re.compile(r"_bentoml_impl|_bentoml_sdk|bentoml\._internal|\bcircus\b")
    rooms = ("service.py", "runners/**/*.py", "operations/**/*.py", "evaluation/**/*.py", "scripts/**/*.py")
    files = [file for room in rooms for file in ROOT.glob(room) if names.search(file.read_text())]
    assert files == [ROOT / "operations" / "bento.py"]


@pytest.mark.parametrize("name", ["swagger-ui.css", "swagger-ui-bundle.js"])
def test_swagger_ui_is_there(name: str) -> None:
    assert (SWAGGER / name).stat().st_size > 0


def test_a_build_context_can_be_made_without_a_builder() -> None:
    """The Space's tests build from one."""
    assert {"bento", "enable_buildkit"} <= inspect.signature(construct_containerfile).parameters.keys()


def test_streams_are_read_by_methods_of_bentomls_client(adapted: None) -> None:
    """The gate in tests/runners/test_services.py shows what they are changed for."""
    assert proxy2.RemoteProxy("http://127.0.0.1:1").to_async.__class__ is Client
    original = Client.__bases__[0]
    for name in ("_get_stream", "_parse_stream_response"):
        assert inspect.isasyncgenfunction(getattr(original, name))
    assert list(inspect.signature(original._parse_stream_response).parameters) == ["self", "endpoint", "resp"]
    assert "self._get_stream(endpoint, args, kwargs)" in inspect.getsource(original)
