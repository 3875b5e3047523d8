"""A description as it is written: server-sent events.

`token` goes on with the text, `restart` replaces all that was sent before, and `done` holds the whole answer. What
fails before the first event is answered with its status, as everywhere; later it can only be told in the event `error`,
with the problem details. Each event's data is one line of JSON.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

import bentoml
from pydantic import BaseModel

from copywriter.session import Listener
from operations.http.gateway import EXCHANGE, Exchange
from operations.http.problems import as_service_error

MEDIA_TYPE = "text/event-stream"
# Before the gateway's own deadline, which would cut the stream off without a word.
_MARGIN_S = 0.5
_MARGIN_SHARE = 0.1


class TextEvent(BaseModel):
    """The data of `token` and `restart`."""

    text: str


class _Events:
    """What the writer tells, on its way to the client; None ends it."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue()

    def token(self, text: str) -> None:
        self.queue.put_nowait(_event("token", TextEvent(text=text)))

    def restart(self, text: str) -> None:
        self.queue.put_nowait(_event("restart", TextEvent(text=text)))


async def stream(
    write: Callable[[Listener], Awaitable[BaseModel]], context: bentoml.Context, deadline_s: float
) -> AsyncGenerator[str, None]:
    """The events of what `write` writes within the request's deadline; a reader who leaves ends the writing.

    Raises what `write` does, and TimeoutError, where no event came before.
    """
    exchange: Exchange = context.request.scope[EXCHANGE]
    # Proxies in front of us are not to wait for the end either.
    context.response.headers["X-Accel-Buffering"] = "no"
    events, begun = _Events(), False

    async def in_time() -> BaseModel:
        margin_s = min(_MARGIN_S, _MARGIN_SHARE * deadline_s)
        async with asyncio.timeout(exchange.began + deadline_s - margin_s - time.perf_counter()):
            return await write(events)

    task = asyncio.create_task(in_time())
    task.add_done_callback(lambda _: events.queue.put_nowait(None))
    try:
        while event := await events.queue.get():
            yield event
            begun = True
        yield _event("done", task.result())
    except Exception as error:
        if not begun:
            raise
        exchange.fail(error)
        yield _event("error", as_service_error(error).problem(exchange.name))
    finally:
        task.cancel()


def _event(name: str, data: BaseModel) -> str:
    return f"event: {name}\ndata: {data.model_dump_json()}\n\n"
