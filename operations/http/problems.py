"""How errors of the layers below become one of the service's own, and how those are answered."""

import aiohttp
from bentoml.exceptions import BentoMLException
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from contracts.items import ItemError
from copywriter.session import NoTextError
from operations.errors import (
    MEDIA_TYPE,
    DeadlineExceeded,
    FieldError,
    Internal,
    InvalidInput,
    MalformedRequest,
    RunnerUnavailable,
    ServiceError,
    UnsupportedMediaType,
    for_status,
)


def problem_response(error: Exception, instance: str) -> Response:
    """Any error as problem details, with the headers that belong to it."""
    problem = as_service_error(error)
    return Response(
        problem.problem(instance).model_dump_json(),
        status_code=problem.status,
        headers=dict(problem.headers),
        media_type=MEDIA_TYPE,
    )


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
        case NoTextError() if error.errors:
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


RECORDS, TEXT = "(records)", "(text)"
"""The two forms that attributes come in: no part of the name of what is wrong in them."""
_LIMITS = ("min_length", "max_length", "ge", "le", "multiple_of", "limit")
_WORDS = {
    "missing": "is required",
    "string_type": "must be text",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "too_short": "must have at least {limit} items",
    "too_long": "must have at most {limit} items",
    "string_too_short": "must have at least {limit} characters",
    "string_too_long": "must have at most {limit} characters",
    "string_unicode": "must be valid Unicode text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "finite_number": "must be a whole number",
    "extra_forbidden": "is not known here",
    "string_pattern_mismatch": "must hold no comma or semicolon: send several",
    "greater_than_equal": "must be at least {limit}",
    "less_than_equal": "must be at most {limit}",
    "literal_error": "must be {expected}",
    "multiple_of": "must be a multiple of {limit}",
}


def _field_error(error: ErrorDetails) -> FieldError:
    context = error.get("ctx", {})
    limit = next((context[name] for name in _LIMITS if name in context), None)
    field = ".".join(str(part) for part in error["loc"] if part not in (RECORDS, TEXT, "[key]")) or "body"
    words = _WORDS.get(error["type"], error["msg"])
    if error["type"] == "value_error":
        words = str(context["error"])
    words = words.replace("{limit}", str(limit)).replace("{expected}", str(context.get("expected")))
    return FieldError(field=field, reason=words, limit=limit)
