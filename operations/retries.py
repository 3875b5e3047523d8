"""Calls to runners on other hosts, sent again where a runner or the way to it was lost before the answer.

An item carries its seed and all else that its result depends on, so a second runner gives the same answer.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import aiohttp
from bentoml.exceptions import BentoMLException
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from operations import metrics

ATTEMPTS = 3
"""Of one call, some two seconds apart in all: time for a proxy to notice which runner is gone."""
_PROXY_ERRORS = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)


async def call_again(runner: str, call: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """The result of `call`, made up to ATTEMPTS times; raises the last error. The request's deadline cancels it."""
    retrying = AsyncRetrying(
        retry=retry_if_exception(was_lost),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=0.4, max=2, jitter=0.4),
        before_sleep=lambda _: metrics.runner_retries.labels(runner).inc(),
        reraise=True,
    )

    async def attempt() -> Any:  # tenacity awaits only what is declared with `async`, and BentoML's methods are not
        try:
            return await call(*arguments)
        except aiohttp.ConnectionTimeoutError as error:  # which would be taken for the request's deadline
            raise ConnectionError(str(error)) from error

    return await retrying(attempt)


def was_lost(error: BaseException) -> bool:
    """Whether no runner answered: the connection failed or was cut, or a proxy found nobody behind it."""
    match error:
        case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError() | ConnectionError():
            return True
        case BentoMLException():
            return error.error_code in _PROXY_ERRORS
        case _:
            return False
