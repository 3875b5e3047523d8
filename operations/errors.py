"""Every error of the service, and how errors of the layers below become one of them.

ProductDescriptionError
├── BadSettings                 refused at start, never answered
└── ServiceError                answered as problem details (RFC 9457)
    ├── MalformedRequest        400
    ├── NotFound                404
    ├── MethodNotAllowed        405
    ├── UploadTooSlow           408
    ├── BodyTooLarge            413
    ├── UnsupportedMediaType    415
    ├── InvalidInput            422
    ├── TooManyRequests         429
    ├── Internal                500
    ├── RunnerUnavailable       503
    └── DeadlineExceeded        504
"""

# Errors are named for what happened, as in httpx.
# ruff: noqa: N818

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import ClassVar

import aiohttp
from bentoml.exceptions import BentoMLException
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from contracts.items import ItemError
from copywriter.writer import NoCandidateError

MEDIA_TYPE = "application/problem+json"
_RETRY: Mapping[str, str] = MappingProxyType({"Retry-After": "2"})


class FieldError(BaseModel):
    """What is wrong with one input field; `limit` is the bound that was missed, where there is one."""

    field: str
    reason: str
    limit: int | float | None = None


class Problem(BaseModel):
    """The one error schema of the API: problem details with a code for programs and the fields to mend."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FieldError] = []


class ProductDescriptionError(Exception):
    """Root of the tree."""


class BadSettings(ProductDescriptionError):
    """The environment holds a value that the service cannot run with."""


class ServiceError(ProductDescriptionError):
    """An error with an HTTP status. `detail` is read by the caller: plain words, nothing of the inside."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    words: ClassVar[str] = "Something went wrong on our side. The request id helps to find it in the log."
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str | None = None, *, errors: Sequence[FieldError] = ()) -> None:
        self.detail = detail or self.words
        self.errors = list(errors)
        super().__init__(self.detail)

    def problem(self, instance: str) -> Problem:
        """The answer's body; `instance` is the name of the route, never the raw path."""
        title = HTTPStatus(self.status).phrase
        return Problem(
            title=title,
            status=self.status,
            detail=self.detail,
            instance=instance,
            code=self.code,
            errors=self.errors,
        )


class MalformedRequest(ServiceError):
    status, code = 400, "malformed_request"
    words = "The request could not be read."


class NotFound(ServiceError):
    status, code = 404, "not_found"
    words = "There is nothing at this address. /docs lists what there is."


class MethodNotAllowed(ServiceError):
    status, code = 405, "method_not_allowed"
    words = "This address does not take this method; see the Allow header."

    def __init__(self, allow: Sequence[str] = ()) -> None:
        super().__init__()
        self.headers = {"Allow": ", ".join(allow)} if allow else {}


class UploadTooSlow(ServiceError):
    status, code = 408, "upload_too_slow"
    words = "The request did not arrive in time."


class BodyTooLarge(ServiceError):
    status, code = 413, "body_too_large"
    words = "The request is too large."


class UnsupportedMediaType(ServiceError):
    status, code = 415, "unsupported_media_type"
    words = "This kind of content is not accepted here."


class InvalidInput(ServiceError):
    status, code = 422, "invalid_input"
    words = "The input cannot be used."

    @classmethod
    def of(cls, field: str, reason: str, limit: int | float | None = None) -> "InvalidInput":
        """One field that is wrong: "image" "must be a picture" reads as "image must be a picture"."""
        return cls.all([FieldError(field=field, reason=reason, limit=limit)])

    @classmethod
    def all(cls, errors: Sequence[FieldError]) -> "InvalidInput":
        return cls("; ".join(f"{e.field} {e.reason}" for e in errors) + ".", errors=errors)


class TooManyRequests(ServiceError):
    status, code = 429, "too_many_requests"
    words = "Too many requests are being worked on; please try again shortly."
    headers = _RETRY


class Internal(ServiceError):
    """Anything that has no better name; the cause is in the log only."""


class RunnerUnavailable(ServiceError):
    status, code = 503, "runner_unavailable"
    words = "A model is not ready or has too much to do; please try again shortly."
    headers = _RETRY


class DeadlineExceeded(ServiceError):
    status, code = 504, "deadline_exceeded"
    words = "The answer was not ready in time."
    headers = _RETRY


BY_STATUS: dict[int, type[ServiceError]] = {kind.status: kind for kind in ServiceError.__subclasses__()}


def for_status(status: int) -> ServiceError:
    """The error to answer with where a layer below answered only `status`."""
    return BY_STATUS.get(status, MalformedRequest if status < 500 else Internal)()


def as_service_error(error: Exception) -> ServiceError:
    """Map any error of the layers below to the one that the caller sees."""
    match error:
        case ServiceError():
            return error
        case ValidationError():
            return InvalidInput.all([_field_error(e) for e in error.errors()])
        case HTTPException():
            return for_status(error.status_code)
        case ClientDisconnect():
            return MalformedRequest()
        case TimeoutError():
            return DeadlineExceeded()
        case aiohttp.ClientError() | ConnectionError() | MemoryError():
            return RunnerUnavailable()
        case NoCandidateError() if error.errors:
            return from_item(error.errors[0], "attributes")
        case BentoMLException() if error.error_code in (429, 502, 503, 504):
            return RunnerUnavailable()
        case BentoMLException() if error.error_code == 415:
            return UnsupportedMediaType()
        case _:
            return Internal()


def from_item(error: ItemError, field: str) -> ServiceError:
    """The error of one item of a runner, seen by the caller who gave `field`."""
    match error.code:
        case "invalid_item" | "unreadable_image":
            return InvalidInput.of(field, f"cannot be used: {error.message}")
        case "unsafe_picture":
            return InvalidInput.of(field, f"leads to nothing that can be shown: {error.message}")
        case "out_of_memory":
            return RunnerUnavailable()
        case "model_failed":
            return Internal()


_LIMITS = ("min_length", "max_length", "ge", "le", "multiple_of", "limit")
_WORDS = {
    "missing": "is required",
    "string_type": "must be text",
    "string_too_short": "must have at least {limit} characters",
    "string_too_long": "must have at most {limit} characters",
    "string_unicode": "must be valid Unicode text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "finite_number": "must be a whole number",
    "extra_forbidden": "is not known here",
    "greater_than_equal": "must be at least {limit}",
    "less_than_equal": "must be at most {limit}",
    "multiple_of": "must be a multiple of {limit}",
}


def _field_error(error: ErrorDetails) -> FieldError:
    context = error.get("ctx", {})
    limit = next((context[name] for name in _LIMITS if name in context), None)
    field = str(error["loc"][0]) if error["loc"] else "body"
    words = _WORDS.get(error["type"], error["msg"])
    if error["type"] == "value_error":
        words = str(context["error"])
    return FieldError(field=field, reason=words.replace("{limit}", str(limit)), limit=limit)
