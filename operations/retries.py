"""Calls to runners on other hosts, sent again where a runner or the way to it was lost before the answer.

An item carries its seed and all else that its result depends on, so a second runner gives the same answer.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import aiohttp
from _bentoml_impl.client import proxy2  # type: ignore[import-untyped]
from bentoml.exceptions import BentoMLException
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from operations import metrics

ATTEMPTS = 3
"""Of one call, some two seconds apart in all: time for a proxy to notice which runner is gone."""
CONNECT_TIMEOUT_S = 2
"""For one connection: a host that is gone is silent, and BentoML would wait for it as long as for an answer."""
_PROXY_ERRORS = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)


class _Sessions(proxy2.SessionManager):  # type: ignore[misc]
    """BentoML's sessions, with a bound on connecting to another host, for which it has no setting."""

    def __init__(self, url: str, timeout: float, **settings: Any) -> None:
        super().__init__(url, timeout, **settings)
        if self._parsed_url.scheme in ("http", "https"):
            self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_TIMEOUT_S)


proxy2.SessionManager = _Sessions


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
