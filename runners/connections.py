"""Each call to a runner has a connection of its own."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ConnectionPerCall:
    """ASGI middleware that ends the connection after each answer.

    BentoML's client keeps idle connections for longer than a runner's server does. A call that picks one in the
    moment in which the server closes it fails, and cannot be sent again safely; a new connection costs next to nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message["headers"])["connection"] = "close"
            await send(message)

        await self.app(scope, receive, closing if scope["type"] == "http" else send)
