"""The runners as the public service asks them: one item a call, but for a verifier's, each under an id of its own."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from contracts.items import (
    CaptionResult,
    EngineInfo,
    Heard,
    PhotoItem,
    PictureItem,
    PictureResult,
    TextItem,
    TextResult,
)
from operations.errors import Internal, RunnerUnavailable
from operations.retries import call_again, was_lost
from operations.together import together
from runners.streaming import read_chunks

_ALONE_AT_ONCE = 2
"""One that is written, and one to follow at once."""


class RunnerClient:
    """One runner. So many items at a time are with it: the rest wait here, where one whose client leaves is dropped."""

    def __init__(self, name: str, runner: Any, address: str | None, at_once: int) -> None:
        self._name = name
        self._runner = runner.to_async
        self._remote = address is not None
        self._places = asyncio.Semaphore(at_once)
        self._alone = asyncio.Semaphore(_ALONE_AT_ONCE)

    async def _call(self, call: Any, *arguments: Any) -> Any:
        """The answer of `call`; one that was lost on the way to another host is asked for again."""
        return await (call_again(self._name, call, *arguments) if self._remote else call(*arguments))

    async def _ask(self, call: Any, item: TextItem | PhotoItem | PictureItem) -> Any:
        """The result of an item that is worked on in a batch: BentoML hands out neighbours' if a batch loses one."""
        asked = item.model_copy(update={"id": uuid.uuid4().hex})
        async with self._place(item):
            results = await self._call(call, [asked])
        if len(results) != 1:
            raise Internal from RuntimeError(f"the {self._name} runner gave {len(results)} results for one item")
        return self._own(results[0], asked, item)

    def _place(self, item: TextItem | PhotoItem | PictureItem) -> asyncio.Semaphore:
        """What is written alone waits for its like, and keeps no place from the others."""
        return self._alone if isinstance(item, TextItem) and item.alone else self._places

    def _own(self, result: Any, asked: Any, item: Any) -> Any:
        if result.id != asked.id:
            raise Internal from RuntimeError(f"the {self._name} runner answered another item than it was asked")
        return result.model_copy(update={"id": item.id})


class TextClient(RunnerClient):
    """The text runner, fed in the way that its engine asks for."""

    _info: EngineInfo | None = None

    async def info(self) -> EngineInfo:
        """The engine that writes, asked once, and again after a call that failed."""
        if self._info is None:
            self._info = EngineInfo.model_validate(await self._call(self._runner.info))
        return self._info

    async def write(self, items: Sequence[TextItem], heard: Heard | None = None) -> list[TextResult]:
        """One result per item, in order. `heard` is told pieces as they are written, or a whole text at once."""
        submits = (await self.info()).submits

        async def one(number: int, item: TextItem) -> TextResult:
            hear = partial(heard, number) if heard else None
            if submits:
                return await self._submit(item, hear)
            result: TextResult = await self._ask(self._runner.write, item)
            if hear and result.text:
                hear(result.text)
            return result

        try:
            return await together(*(one(number, item) for number, item in enumerate(items)))
        except Exception:
            self._info = None  # another engine may have taken the runner's place
            raise

    async def verify(self, items: Sequence[TextItem]) -> list[TextResult]:
        """What the checkpoint's verifier answers, one result per item, in order."""
        asked = [item.model_copy(update={"id": uuid.uuid4().hex}) for item in items]
        try:
            async with self._place(items[0]):
                results = await self._call(self._runner.verify, asked)
        except Exception:
            self._info = None  # a runner without a verifier may have taken its place
            raise
        return [self._own(*pair) for pair in zip(results, asked, items, strict=True)]

    async def _submit(self, item: TextItem, hear: Callable[[str], None] | None) -> TextResult:
        """The result of an item whose text comes in pieces; where we leave before its end, the runner drops it."""
        asked = item.model_copy(update={"id": uuid.uuid4().hex})
        heard = False

        async def attempt() -> TextResult:
            nonlocal heard
            try:
                async with aclosing(self._runner.submit(asked)) as pieces:
                    async for chunk in read_chunks(pieces):
                        if chunk.result:
                            return chunk.result
                        if hear:
                            heard = True
                            hear(chunk.text)
                raise ConnectionError("the stream ended before its result")
            except Exception as error:
                if heard and was_lost(error):  # what the client has read cannot be taken back
                    raise RunnerUnavailable from error
                raise

        async with self._place(item):
            result = await self._call(attempt)
        return self._own(result, asked, item)  # type: ignore[no-any-return]


class VisionClient(RunnerClient):
    """The vision runner."""

    async def caption(self, item: PhotoItem) -> CaptionResult:
        """What a photo shows."""
        return await self._ask(self._runner.caption, item)  # type: ignore[no-any-return]


class ImageClient(RunnerClient):
    """The image runner."""

    async def paint(self, item: PictureItem) -> PictureResult:
        """One picture."""
        return await self._ask(self._runner.paint, item)  # type: ignore[no-any-return]
