"""Where our gateway goes around BentoML's application.

BentoML 1.4 has no public hook outside its own middleware, so this module extends two of its classes; their
version is pinned, and the tests of the service hold what is relied on. A service opts in with
`@bentoml.service(service_class=PublicService)`.
"""

from typing import Any

from _bentoml_impl.server.app import ServiceAppFactory  # type: ignore[import-untyped]
from _bentoml_sdk.service import Service  # type: ignore[import-untyped]
from bentoml._internal.server.http.access import AccessLogMiddleware
from bentoml._internal.server.http.traffic import MaxConcurrencyMiddleware, TimeoutMiddleware
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from operations.http.gateway import EXCHANGE, Exchange, Gateway, problem_response
from operations.http.routes import Routes, web_files
from operations.logs import configure_logging
from operations.parts import paints_pictures
from operations.settings import get_settings

# The gateway does what these do, with one error form and one log line; BentoML's timeout also keeps
# a timer for each request long after its answer.
_REPLACED = (TimeoutMiddleware, MaxConcurrencyMiddleware, AccessLogMiddleware)


class PublicApp(ServiceAppFactory):  # type: ignore[misc]
    """BentoML's application with the gateway outside of all its middleware."""

    @property
    def middlewares(self) -> list[Middleware]:
        settings = get_settings()
        gateway = Middleware(Gateway, settings=settings, routes=Routes(settings, web_files(), paints_pictures()))
        return [gateway, *(m for m in super().middlewares if m.cls not in _REPLACED)]

    async def api_endpoint(self, name: str, request: Request) -> Response:
        """Answer errors as problem details here, since BentoML hides above this what went wrong."""
        try:
            answer: Response = await super().api_endpoint(name, request)
        except Exception as error:
            exchange: Exchange = request.scope[EXCHANGE]
            exchange.error = error
            return problem_response(error, exchange.name)
        return answer


class PublicService(Service[Any]):  # type: ignore[misc]
    """A BentoML service that faces the public."""

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        configure_logging()
        self.inject_config()
        app: ASGIApp = PublicApp(self, is_main=is_main)()
        return app
