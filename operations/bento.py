"""All that is changed in BentoML's private parts, or read from them, each with the reason.

BentoML 1.4 has no public way to any of it. Its version is pinned, and tests/unit/test_bento.py notices where a new one
has moved a part or behaves otherwise.
"""

import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import AbstractContextManager, aclosing
from pathlib import Path
from typing import Any

import aiohttp
import bentoml
from _bentoml_impl.client import proxy2  # type: ignore[import-untyped]
from _bentoml_impl.server import app as server_app  # type: ignore[import-untyped]
from _bentoml_sdk.io_models import IORootModel  # type: ignore[import-untyped]
from _bentoml_sdk.service import Service  # type: ignore[import-untyped]
from bentoml._internal import server
from bentoml._internal.container import construct_containerfile
from bentoml._internal.marshal.dispatcher import CorkDispatcher
from bentoml._internal.server.http.access import AccessLogMiddleware
from bentoml._internal.server.http.traffic import MaxConcurrencyMiddleware, TimeoutMiddleware
from bentoml._internal.utils import circus
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp
from tornado import gen

SWAGGER = Path(server.__file__).parent / "static_content"
"""The folder of Swagger UI, which BentoML brings with it. Its own page of it loads a tracker from another host."""

PUBLIC = "service"
"""What BentoML calls the watcher of the service that faces the public."""

CONNECT_TIMEOUT_S = 2
"""For one connection: a host that is gone is silent, and BentoML would wait for it as long as for an answer."""

# Our middleware does what these do, with one error form and one log line; BentoML's timeout also keeps a timer for each
# request long after its answer.
_REPLACED = (TimeoutMiddleware, MaxConcurrencyMiddleware, AccessLogMiddleware)


def adapt() -> None:
    """Put the supervisor, sessions, client and dispatcher below into BentoML's place, in this process."""
    circus.Arbiter = Supervisor  # type: ignore[misc]
    proxy2.SessionManager = Sessions
    proxy2.AsyncClient = Client
    server_app.CorkDispatcher = Dispatcher


class Supervisor(circus.Arbiter):
    """The process that starts the others, restarts them when they end, and stops them.

    BentoML lets it take commands at two TCP ports of the loopback interface, from whoever connects: any user of the
    machine could run programs as the service and read its environment. Here it listens at Unix sockets in a folder that
    only the service's own user can enter.

    BentoML takes the runners' sockets away and ends all processes at once, so that an answer which still needs a runner
    fails. Here the public service stops first, and its runners once it has answered what it had begun.
    """

    def __init__(self, watchers: list[Any], **settings: Any) -> None:
        folder = tempfile.mkdtemp(prefix="bentoml-control-")  # mode 0700
        own = {"endpoint": f"ipc://{folder}/control", "pubsub_endpoint": f"ipc://{folder}/events"}
        super().__init__(watchers, **{**settings, **own})
        self.exit_stack.callback(shutil.rmtree, folder, ignore_errors=True)

    @gen.coroutine
    def stop(self) -> Generator[Any, Any, None]:  # type: ignore[override]  # BentoML names no result; it is one
        yield [watcher._stop() for watcher in self.watchers if watcher.name == PUBLIC]
        yield super().stop()


class Sessions(proxy2.SessionManager):  # type: ignore[misc]
    """The connections to a runner, with a bound on connecting to another host, for which BentoML has no setting."""

    def __init__(self, url: str, timeout: float, **settings: Any) -> None:
        super().__init__(url, timeout, **settings)
        if self._parsed_url.scheme in ("http", "https"):
            self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_TIMEOUT_S)


class Client(proxy2.AsyncClient):  # type: ignore[misc]
    """Calls to a runner, whose streams end with their reader.

    BentoML leaves the answer of a stream open that is not read to its end, and the runner goes on with it for nobody.
    """

    async def _get_stream(self, *call: Any) -> AsyncGenerator[Any, None]:
        async with aclosing(await self._call(*call)) as pieces:
            async for piece in pieces:
                yield piece

    async def _parse_stream_response(self, endpoint: Any, response: Any) -> AsyncGenerator[Any, None]:
        try:
            async for piece in super()._parse_stream_response(endpoint, response):
                yield piece
        finally:
            response.close()


class Dispatcher(CorkDispatcher[Any, Any]):
    """What collects calls into batches: without those whose caller has left, which BentoML computes for nobody."""

    def _get_inputs(self, num_batches: int | None = None) -> Iterable[Any]:
        waiting = [job for job in self._queue if not job.future.done()]
        self._queue.clear()
        self._queue.extend(waiting)
        return super()._get_inputs(num_batches)

    async def outbound_call(self, inputs_info: tuple[Any, ...], training: bool = False) -> None:
        if inputs_info:
            await super().outbound_call(inputs_info, training)
        else:
            self._sema.release()  # type: ignore[no-untyped-call]


class GatewayService(Service[Any], ABC):  # type: ignore[misc]
    """A service with a middleware outside of all of BentoML's own, which answers errors itself.

    A subclass says which and how; a service takes it with `@bentoml.service(service_class=...)`.
    """

    @abstractmethod
    def gateway(self) -> Middleware:
        """The outermost middleware."""

    @abstractmethod
    def answer_error(self, error: Exception, request: Request) -> Response:
        """The answer to what an API method raised; above this BentoML hides what went wrong."""

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """BentoML's application, as its workers serve it."""
        self.inject_config()
        app: ASGIApp = _App(self, is_main=is_main)()
        return app


class _App(server_app.ServiceAppFactory):  # type: ignore[misc]
    @property
    def middlewares(self) -> list[Middleware]:
        return [self.service.gateway(), *(m for m in super().middlewares if m.cls not in _REPLACED)]

    async def api_endpoint(self, name: str, request: Request) -> Response:
        try:
            answer: Response = await super().api_endpoint(name, request)
        except Exception as error:
            answer = self.service.answer_error(error, request)
        return answer


class FileAnswer(IORootModel[Path]):  # type: ignore[misc]
    """A file as an answer. By this type BentoML's client knows to keep the bytes; the public way reads them as JSON."""


def build_context(bento: bentoml.Bento) -> AbstractContextManager[tuple[str, str]]:
    """The folder and the Dockerfile from which `bentoml containerize` builds, for a builder on another machine."""
    return construct_containerfile(bento, enable_buildkit=False)
