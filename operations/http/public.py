"""The service that faces the public: BentoML's application behind our gateway."""

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from operations.bento import GatewayService
from operations.parts import paints_pictures
from operations.http.gateway import EXCHANGE, Exchange, Gateway
from operations.http.problems import problem_response
from operations.http.routes import Routes, web_files
from operations.logs import configure_logging
from operations.settings import get_settings


class PublicService(GatewayService):
    """A BentoML service that opts in with `@bentoml.service(service_class=PublicService)`."""

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        configure_logging()
        return super().to_asgi(is_main)

    def gateway(self) -> Middleware:
        settings = get_settings()
        return Middleware(Gateway, settings=settings, routes=Routes(settings, web_files(), paints_pictures()))

    def answer_error(self, error: Exception, request: Request) -> Response:
        exchange: Exchange = request.scope[EXCHANGE]
        exchange.error = error
        return problem_response(error, exchange.name)
