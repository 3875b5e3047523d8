"""A description as it is written: server-sent events.

`token` goes on with the text, `restart` replaces all that was sent before, `done` holds the whole answer, and `error`
the problem details where there is none. Each event's data is one line of JSON.
"""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable

from pydantic import BaseModel

from operations.errors import Internal
from operations.http.problems import as_service_error
from operations.logs import LOGGER

MEDIA_TYPE = "text/event-stream"
_logger = logging.getLogger(LOGGER)


class _Events:
    """What the writer tells, on its way to the client."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue()

    def token(self, text: str) -> None:
        self._put("token", json.dumps({"text": text}))

    def restart(self, text: str) -> None:
        self._put("restart", json.dumps({"text": text}))

    def _put(self, event: str, data: str) -> None:
        self.queue.put_nowait(f"event: {event}\ndata: {data}\n\n")

    async def run(self, write: Callable[["_Events"], Awaitable[BaseModel]], seconds: float, route: str) -> None:
        """Write, and tell how it ended; what fails after the answer has begun can only be told in it."""
        try:
            async with asyncio.timeout(seconds):
                answer = await write(self)
            self._put("done", answer.model_dump_json())
        except Exception as error:
            problem = as_service_error(error)
            if isinstance(problem, Internal):
                _logger.error("a stream failed", exc_info=error, extra={"route": route})
            self._put("error", problem.problem(route).model_dump_json())
        finally:
            self.queue.put_nowait(None)


async def stream(
    write: Callable[["_Events"], Awaitable[BaseModel]], seconds: float, route: str
) -> AsyncGenerator[str, None]:
    """The events of a text that `write` writes within so many seconds; it ends with its reader."""
    events = _Events()
    task = asyncio.create_task(events.run(write, seconds, route))
    try:
        while (event := await events.queue.get()) is not None:
            yield event
    finally:
        task.cancel()
