"""A call is sent again only where nobody answered it, and not for ever."""

import asyncio
from http import HTTPStatus

import aiohttp
import pytest
from bentoml.exceptions import BentoMLException, InvalidArgument

from operations import metrics
from operations.retries import ATTEMPTS, call_again, was_lost
from tests.conftest import free_port


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (aiohttp.ServerDisconnectedError(), True),
        (aiohttp.ClientPayloadError(), True),
        (ConnectionResetError(), True),
        (aiohttp.ConnectionTimeoutError(), True),
        (BentoMLException("no server is available", error_code=HTTPStatus.SERVICE_UNAVAILABLE), True),
        (BentoMLException("cut off", error_code=HTTPStatus.BAD_GATEWAY), True),
        (BentoMLException("the model failed", error_code=HTTPStatus.INTERNAL_SERVER_ERROR), False),
        (InvalidArgument("not an item"), False),
        (RuntimeError("the model failed"), False),
        (asyncio.CancelledError(), False),
    ],
)
def test_only_what_nobody_answered_is_sent_again(error: BaseException, again: bool) -> None:
    """What failed once because of itself fails again, and costs the runner twice."""
    assert was_lost(error) is again


async def test_an_address_without_a_server_is_given_up() -> None:
    """Without a bound a lost runner would hold its callers until their deadline."""
    before = metrics.runner_retries.labels("text")._value.get()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{free_port()}") as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await call_again("text", session.post, "/write")
    assert metrics.runner_retries.labels("text")._value.get() == before + ATTEMPTS - 1
