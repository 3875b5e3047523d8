"""The one ASGI middleware around BentoML's own: request ids, limits, deadlines, CORS and the error form.

A request goes: address and method → headers → body under its limit → a slot among those in flight → the
application under a deadline, stopped when its client leaves. Each ends in one log line and one count.
"""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from operations import metrics
from operations.errors import (
    MEDIA_TYPE,
    BodyTooLarge,
    DeadlineExceeded,
    Internal,
    MalformedRequest,
    ServiceError,
    TooManyRequests,
    UnsupportedMediaType,
    UploadTooSlow,
    for_status,
)
from operations.http.problems import as_service_error, problem_response
from operations.http.routes import UNMATCHED, Route, Routes, check_method
from operations.logs import LOGGER
from operations.settings import Settings

EXCHANGE = "product_description_generator.exchange"
CLIENT_LEFT = 499
"""Counted and logged for a request whose client left before the answer; nobody reads it."""

_logger = logging.getLogger(LOGGER)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CSP = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self' https://huggingface.co"
)
# Swagger's page writes style attributes; nothing else of ours does.
_CSP_DOCS = _CSP + "; style-src 'self' 'unsafe-inline'"


@dataclass
class Exchange:
    """One request and what became of it."""

    method: str
    origin: str | None
    request_id: str
    unread: bool
    began: float = field(default_factory=time.perf_counter)
    route: Route | None = None
    status: int = 0
    finished: bool = False
    closed: bool = False
    replaced: ServiceError | None = None
    error: Exception | None = None

    @property
    def name(self) -> str:
        return self.route.name if self.route else UNMATCHED

    def fail(self, error: Exception) -> None:
        """Count and log an answer that fails after it has begun by its error, not by the status that it began with."""
        self.status, self.error = as_service_error(error).status, error


class Body:
    """A request's body on its way in: counted against `limit`, with a call when it is complete."""

    def __init__(self, receive: Receive, limit: int, on_complete: Callable[[], None]) -> None:
        self._receive = receive
        self._limit = limit
        self._on_complete = on_complete
        self._bytes = 0
        self._complete = asyncio.Event()
        self._left = asyncio.Event()

    @property
    def complete(self) -> bool:
        return self._complete.is_set()

    async def receive(self) -> Message:
        if self.complete:
            await self._left.wait()
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._left.set()
            return message
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._limit:
            raise _too_large(self._limit)
        if not message.get("more_body", False):
            self._complete.set()
            self._on_complete()
        return message

    async def left(self) -> None:
        """Returns when the client has gone."""
        body = asyncio.create_task(self._complete.wait())
        gone = asyncio.create_task(self._left.wait())
        try:
            await asyncio.wait({body, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            body.cancel()
            gone.cancel()
        while not self._left.is_set():
            if (await self._receive())["type"] == "http.disconnect":
                self._left.set()


class Gateway:
    """ASGI middleware; see the module. One per process, so `max_in_flight` counts for one process."""

    def __init__(self, app: ASGIApp, settings: Settings, routes: Routes) -> None:
        self.app = app
        self._settings = settings
        self._routes = routes
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        else:
            await self._exchange(scope, receive, send)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        method = scope["method"] if scope["method"] in metrics.METHODS else "other"
        has_body = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
        exchange = Exchange(method, headers.get("origin"), request_id, unread=has_body)
        metrics.active.inc()
        try:
            await self._serve(exchange, headers, scope, receive, send)
        finally:
            metrics.active.dec()
            self._record(exchange)

    async def _serve(self, exchange: Exchange, headers: Headers, scope: Scope, receive: Receive, send: Send) -> None:
        outward = self._outward(exchange, send)
        try:
            route = exchange.route = self._routes.find(scope["path"])
            check_method(route, exchange.method)
            _check_headers(headers, route)
            if exchange.method == "OPTIONS":
                await Response(status_code=204, headers={"Allow": ", ".join(route.methods)})(scope, receive, outward)
                return
            inner = {**scope, "path": route.path, "raw_path": route.path.encode(), EXCHANGE: exchange}
            await self._run(exchange, route, inner, receive, outward)
            if exchange.replaced:
                raise exchange.replaced
        except Exception as error:
            if exchange.status:
                raise
            exchange.error = error
            await problem_response(error, exchange.name)(scope, receive, outward)

    async def _run(self, exchange: Exchange, route: Route, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application until it answers, its client leaves or its deadline passes."""
        slot = False

        def admit() -> None:
            nonlocal slot
            exchange.unread = False
            if route.generates:
                if self._in_flight >= self._settings.max_in_flight:
                    raise TooManyRequests
                self._in_flight += 1
                slot = True

        body = Body(receive, route.max_body_bytes, admit)

        async def answer(message: Message) -> None:
            if not exchange.closed:
                await send(message)

        work = asyncio.create_task(_awaited(self.app(scope, body.receive, answer)))
        left = asyncio.create_task(body.left())
        try:
            await asyncio.wait(
                {work, left}, timeout=self._settings.request_deadline_s, return_when=asyncio.FIRST_COMPLETED
            )
            if work.done() or exchange.finished:
                await work
            elif left.done():
                exchange.status = CLIENT_LEFT
            else:
                raise DeadlineExceeded if body.complete else UploadTooSlow
        finally:
            exchange.closed = True
            self._in_flight -= slot
            await _stop(work, left)

    def _outward(self, exchange: Exchange, send: Send) -> Callable[[Message], Awaitable[None]]:
        """Answers on their way out: BentoML's own errors held back, our headers added."""

        async def outward(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if message["status"] >= 400 and headers.get("content-type") != MEDIA_TYPE:
                    exchange.replaced = for_status(message["status"])
                    return
                exchange.replaced = None
                exchange.status = message["status"]
                self._add_headers(exchange, headers)
            elif exchange.replaced:
                return
            elif not message.get("more_body", False):
                exchange.finished = True
            await send(message)

        return outward

    def _add_headers(self, exchange: Exchange, headers: MutableHeaders) -> None:
        headers["X-Request-Id"] = exchange.request_id
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Content-Security-Policy"] = _CSP_DOCS if exchange.name == "/docs" else _CSP
        # Pages and their files are asked for again each time, and mostly answered 304.
        headers.setdefault("Cache-Control", "no-cache" if exchange.method == "GET" else "no-store")
        headers.add_vary_header("Origin")
        if exchange.status >= 400 and exchange.unread:
            # What is still on its way in would be taken for the next request, or read for nothing.
            headers["Connection"] = "close"
        if exchange.origin in self._settings.cors_origins:
            headers["Access-Control-Allow-Origin"] = exchange.origin
            headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After"
            if exchange.method == "OPTIONS" and exchange.route:
                headers["Access-Control-Allow-Methods"] = ", ".join(exchange.route.methods)
                headers["Access-Control-Allow-Headers"] = "Content-Type, X-Request-Id"
                headers["Access-Control-Max-Age"] = "600"

    def _record(self, exchange: Exchange) -> None:
        seconds = time.perf_counter() - exchange.began
        # An answer that never began was cut off by a client that left or by a server that stops.
        status = exchange.status or CLIENT_LEFT
        metrics.requests.labels(exchange.method, exchange.name, str(status)).inc()
        metrics.duration.labels(exchange.method, exchange.name).observe(seconds)
        # The others are answers to what callers or runners do, and say enough by their status.
        failed = status == Internal.status
        _logger.log(
            logging.ERROR if failed else logging.INFO,
            "request",
            extra={
                "request_id": exchange.request_id,
                "method": exchange.method,
                "route": exchange.name,
                "status": status,
                "seconds": round(seconds, 4),
            },
            exc_info=exchange.error if failed else None,
        )


def _check_headers(headers: Headers, route: Route) -> None:
    """Refuse by its headers what need not be read; raises MalformedRequest, BodyTooLarge, Unsupported…"""
    declared = headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise MalformedRequest("Content-Length must be a whole number.")
    if len(declared) > 18 or int(declared) > route.max_body_bytes:
        raise _too_large(route.max_body_bytes)
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Compressed requests are not accepted; send the body as it is.")


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request has more than {limit} bytes." if limit else "No body is expected here.")


async def _awaited(call: Awaitable[None]) -> None:
    await call


async def _stop(*tasks: asyncio.Task[None]) -> None:
    """Cancel, and wait a moment: what runs in a thread ends on its own and its result is dropped."""
    for task in tasks:
        task.cancel()
    done, _ = await asyncio.wait(tasks, timeout=1.0)
    for task in done:
        if not task.cancelled():
            task.exception()
