"""Each call to a runner has a connection of its own, and ends with it."""

import asyncio

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CLIENT_CLOSED_REQUEST = 499
"""Nobody reads it; nginx's name for what happened."""


class ConnectionPerCall:
    """ASGI middleware that ends the connection after each answer, and the call when its connection is gone.

    BentoML's client keeps idle connections for longer than a runner's server does. A call that picks one in the
    moment in which the server closes it fails, and cannot be sent again safely; a new connection costs next to nothing.
    BentoML itself works on for a caller who has left.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = [await receive()]
        while body[-1].get("more_body"):
            body.append(await receive())
        leaving = asyncio.ensure_future(receive())  # after the body nothing else can come
        begun = False

        async def read() -> Message:
            return body.pop(0) if body else await asyncio.shield(leaving)

        async def closing(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                MutableHeaders(raw=message["headers"])["connection"] = "close"
            await send(message)

        answering = asyncio.ensure_future(self.app(scope, read, closing))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
                return
            answering.cancel()
            await asyncio.wait({answering})
            if not begun:  # BentoML waits for the beginning of an answer
                await Response(status_code=_CLIENT_CLOSED_REQUEST)(scope, read, send)
        finally:
            leaving.cancel()
            answering.cancel()
