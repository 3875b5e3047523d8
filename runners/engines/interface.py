"""What a text runner asks of its engine."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, cast, runtime_checkable

from contracts.items import EngineInfo, TextChunk, TextItem, TextResult


class Engine(Protocol):
    """A loaded checkpoint. It takes texts by one of the two ways below, as `info.submits` says."""

    @property
    def info(self) -> EngineInfo:
        """Name, version and what the engine can."""
        ...

    def close(self) -> None:
        """End what runs in the background; no text is written after that."""
        ...


@runtime_checkable
class WritingEngine(Engine, Protocol):
    """An engine without a scheduler of its own: it is given whole batches."""

    def write(self, items: Sequence[TextItem]) -> list[TextResult]:
        """One result per item, in order; whatever is wrong with one item stays in its own result."""
        ...


@runtime_checkable
class SubmittingEngine(Engine, Protocol):
    """An engine that batches at each step, and takes items at any time."""

    def submit(self, item: TextItem) -> AsyncGenerator[TextChunk, None]:
        """The pieces of one text as they come; the last chunk carries its result.

        An iterator that is closed frees its place in the batch, and its memory, at the next step.
        """
        ...


async def answer_all(engine: Engine, items: Sequence[TextItem]) -> list[TextResult]:
    """One result per item, in order, in the way that the engine takes them."""
    if isinstance(engine, SubmittingEngine):
        return list(await asyncio.gather(*(_result(engine.submit(item)) for item in items)))
    return await asyncio.to_thread(cast(WritingEngine, engine).write, items)


async def _result(chunks: AsyncGenerator[TextChunk, None]) -> TextResult:
    """The result at the end of a stream."""
    return [chunk.result async for chunk in chunks if chunk.result][-1]
