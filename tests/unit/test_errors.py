"""Every error of every layer has a status, one form, and nothing of the inside in it."""

import aiohttp
import pytest
from bentoml.exceptions import BentoMLException, InvalidArgument, ServiceUnavailable
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from contracts.items import ItemError
from copywriter.session import NoTextError
from operations.errors import BY_STATUS, InvalidInput, ServiceError, for_status
from operations.http.problems import as_service_error, from_item

INSIDE = "/srv/models/text at 10.0.0.7"


class _Form(BaseModel):
    seed: int


def _validation_error() -> ValidationError:
    try:
        _Form.model_validate({"seed": INSIDE})
    except ValidationError as error:
        return error
    raise AssertionError


def _answered(status: int) -> BentoMLException:
    return BentoMLException(INSIDE, error_code=status)  # type: ignore[arg-type]


OUT_OF_MEMORY = ItemError(code="out_of_memory", message=INSIDE)
LOWER_ERRORS: list[tuple[Exception, int]] = [
    (_validation_error(), 422),
    (HTTPException(404, INSIDE), 404),
    (HTTPException(418, INSIDE), 400),
    (ClientDisconnect(), 400),
    (TimeoutError(INSIDE), 504),
    (aiohttp.ClientConnectionError(INSIDE), 503),
    (aiohttp.ServerDisconnectedError(INSIDE), 503),
    (aiohttp.ClientPayloadError(INSIDE), 503),
    (ConnectionResetError(INSIDE), 503),
    (MemoryError(INSIDE), 503),
    (ServiceUnavailable(INSIDE), 503),
    (BentoMLException(INSIDE), 500),
    (InvalidArgument(INSIDE), 500),
    (_answered(415), 415),
    (_answered(502), 503),
    (_answered(504), 503),
    (NoTextError([OUT_OF_MEMORY]), 503),
    (NoTextError([]), 500),
    (RuntimeError(INSIDE), 500),
    (OSError(INSIDE), 500),
]


@pytest.mark.parametrize(("error", "status"), LOWER_ERRORS, ids=lambda value: type(value).__name__)
def test_every_lower_error_has_its_status_and_leaks_nothing(error: Exception, status: int) -> None:
    """BentoML's own answers hold its messages; ours hold plain words of our own."""
    problem = as_service_error(error).problem("/generate-description/")
    assert problem.status == status
    assert INSIDE not in problem.model_dump_json()


def test_every_error_of_the_tree_can_be_answered() -> None:
    """A class without a status, a code or words of its own would be answered as something else."""
    kinds = ServiceError.__subclasses__()
    assert len({kind.status for kind in kinds}) == len({kind.code for kind in kinds}) == len(kinds)
    for status in BY_STATUS:
        problem = for_status(status).problem("/")
        assert (problem.status, bool(problem.title), bool(problem.detail)) == (status, True, True)


@pytest.mark.parametrize("code", ItemError.model_fields["code"].annotation.__args__)  # type: ignore[union-attr]
def test_every_item_error_has_a_status(code: str) -> None:
    """A runner's new code must not become an unhandled match."""
    error = from_item(ItemError.model_validate({"code": code, "message": "too long"}), "attributes")
    assert error.status in {422, 500, 503}


def test_errors_that_pass_say_when_to_try_again() -> None:
    """429, 503 and 504 without Retry-After make clients hammer the server."""
    for status in (429, 503, 504):
        assert int(for_status(status).headers["Retry-After"]) > 0


def test_a_field_error_names_field_reason_and_limit() -> None:
    """A form can only mark the field if the answer names it."""
    problem = InvalidInput.of("seed", "must be at least 0", 0).problem("/")
    assert problem.detail == "seed must be at least 0."
    assert [error.model_dump() for error in problem.errors] == [
        {"field": "seed", "reason": "must be at least 0", "limit": 0}
    ]
