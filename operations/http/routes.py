"""The addresses of the service. What is not in this table never reaches BentoML."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from operations.errors import MethodNotAllowed, NotFound
from operations.settings import Settings

UNMATCHED = "unmatched"
"""The route's name in metrics, logs and problems for every unknown address."""

WEB = Path(__file__).parents[2] / "web"
SWAGGER_FILES = ("swagger-ui.css", "swagger-ui-bundle.js", "start.js")
DESCRIBE_TEXT = "/generate-description/"
STREAM_TEXT = "/generate-description/stream/"
DESCRIBE_PHOTO = "/generate-from-image/"
CAPTION_PHOTO = "/caption-image/"
LISTING = "/generate-listing/"
PICTURE = "/generate-image/"
LISTINGS = "/v1/listings"
REPLAY = "/v1/replay"
CHANNELS = "/v1/channels"
_FORM_OVERHEAD = 64 * 1024
_READ = ("GET", "HEAD", "OPTIONS")
_WRITE = ("POST", "OPTIONS")


@dataclass(frozen=True)
class Route:
    """One address: its exact `path`, its bounded `name`, and what a request to it may carry."""

    path: str
    name: str
    methods: tuple[str, ...] = _READ
    max_body_bytes: int = 0
    generates: bool = False


class Routes:
    """All addresses; with or without a trailing slash they are the same. `pictures` says whether any are painted."""

    def __init__(self, settings: Settings, web_files: Iterable[str], pictures: bool = False) -> None:
        photo_bytes = settings.max_image_bytes + _FORM_OVERHEAD
        routes = [
            Route(DESCRIBE_TEXT, DESCRIBE_TEXT, _WRITE, settings.max_body_bytes, generates=True),
            Route(STREAM_TEXT, STREAM_TEXT, _WRITE, settings.max_body_bytes, generates=True),
            Route(DESCRIBE_PHOTO, DESCRIBE_PHOTO, _WRITE, photo_bytes, generates=True),
            Route(CAPTION_PHOTO, CAPTION_PHOTO, _WRITE, photo_bytes, generates=True),
            *(
                Route(path, path, _WRITE, settings.max_body_bytes, generates=True)
                for path in (LISTING, LISTINGS, REPLAY)
            ),
            *([Route(PICTURE, PICTURE, _WRITE, settings.max_body_bytes, generates=True)] if pictures else []),
            *(Route(path, path) for path in ("/", CHANNELS, "/health", "/docs", "/openapi.json", "/metrics")),
            *(Route(path, path) for path in ("/livez", "/healthz", "/readyz", "/schema.json")),
            *(Route(f"/docs/{file}", "/docs/{file}") for file in SWAGGER_FILES),
            *(Route(f"/static/{file}", "/static/{file}") for file in web_files),
        ]
        self._by_path = {_bare(route.path): route for route in routes}

    def find(self, path: str) -> Route:
        """The route at `path`; raises NotFound."""
        try:
            return self._by_path[_bare(path)]
        except KeyError:
            raise NotFound from None


def check_method(route: Route, method: str) -> None:
    """Raises MethodNotAllowed, which names the methods that `route` takes."""
    if method not in route.methods:
        raise MethodNotAllowed(route.methods)


def web_files(folder: Path = WEB) -> list[str]:
    """Names of the page's files, relative to its folder, as addresses write them."""
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def _bare(path: str) -> str:
    return path.removesuffix("/")
