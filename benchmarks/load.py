"""The load: texts asked for by so many clients at once, or at a given rate, and what was seen of it."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from statistics import median

import aiohttp
from pydantic import BaseModel, ConfigDict

from benchmarks.prompts import TOKENS, prompt
from benchmarks.ways import Server, Way

_ANSWER_S = 3600
_FEWEST_ARRIVALS = 10
_SEED = 7

Ask = Callable[[], Awaitable["Sample"]]
"""Asks for one text."""


class Sample(BaseModel):
    """One text of TOKENS tokens: when it was asked for and when it was there, in seconds of one clock."""

    model_config = ConfigDict(frozen=True)

    begun: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long the client waited."""
        return self.ended - self.begun


def rate(samples: Sequence[Sample]) -> float:
    """Texts a second, from the first one asked for to the last one's end."""
    return len(samples) / (max(one.ended for one in samples) - min(one.begun for one in samples))


def middle(samples: Sequence[Sample]) -> float:
    """The median wait in seconds."""
    return median(one.seconds for one in samples)


def worst(samples: Sequence[Sample]) -> float:
    """The longest wait in seconds."""
    return max(one.seconds for one in samples)


@asynccontextmanager
async def client(way: Way, server: Server) -> AsyncIterator[Ask]:
    """Asks the server over HTTP, each time another prompt; raises RuntimeError if an answer is not TOKENS tokens."""
    numbers = iter(range(10**9))
    timeout = aiohttp.ClientTimeout(total=_ANSWER_S)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask() -> Sample:
            body = way.body(prompt(next(numbers)))
            begun = time.perf_counter()
            async with session.post(server.url + way.path, json=body) as answer:
                content = await answer.read()
            ended = time.perf_counter()
            if answer.status != 200 or (count := way.count(content)) != TOKENS:
                what = f"{count} tokens" if answer.status == 200 else f"{answer.status}: {content[:500]!r}"
                raise RuntimeError(f"{way.name} answered {what}")
            return Sample(begun=begun, ended=ended)

        yield ask


async def closed_loop(ask: Ask, at_once: int, seconds: float) -> list[Sample]:
    """So many clients, each of which asks again once it has its text, until the time is over."""
    end = time.perf_counter() + seconds
    samples = []

    async def one_client() -> None:
        while True:
            samples.append(await ask())
            if time.perf_counter() >= end:
                return

    async with asyncio.TaskGroup() as clients:
        for _ in range(at_once):
            clients.create_task(one_client())
    return samples


async def open_loop(ask: Ask, a_second: float, seconds: float) -> list[Sample]:
    """Clients that come at random (Poisson), so many a second, whether or not those before them have their texts."""
    chance = random.Random(_SEED)  # noqa: S311
    end = time.perf_counter() + seconds
    async with asyncio.TaskGroup() as clients:
        asked: list[asyncio.Task[Sample]] = []
        while time.perf_counter() < end or len(asked) < _FEWEST_ARRIVALS:
            asked.append(clients.create_task(_awaited(ask)))
            await asyncio.sleep(chance.expovariate(a_second))
    return [task.result() for task in asked]


async def _awaited(ask: Ask) -> Sample:
    return await ask()
