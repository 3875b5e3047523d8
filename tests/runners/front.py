"""A public service that only passes on to the runners, as `service.py` reaches them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import bentoml

from contracts.items import CaptionResult, EngineInfo, PhotoItem, TextItem, TextResult
from operations import bento
from runners.streaming import BEGIN, read_chunks
from runners.text import TextRunner
from runners.vision import VisionRunner

bento.adapt()


@bentoml.service(traffic={"timeout": 60})
class Front:
    """Text and vision, one item each."""

    text = bentoml.depends(TextRunner)
    vision = bentoml.depends(VisionRunner)

    @bentoml.api
    async def engine(self) -> EngineInfo:
        """The text runner's engine."""
        info: EngineInfo = await self.text.to_async.info()
        return info

    @bentoml.api
    async def write(self, item: TextItem) -> TextResult:
        """One text."""
        results: list[TextResult] = await self.text.to_async.write([item])
        return results[0]

    @bentoml.api
    async def caption(self, item: PhotoItem) -> CaptionResult:
        """One caption."""
        results: list[CaptionResult] = await self.vision.to_async.caption([item])
        return results[0]

    @bentoml.api
    async def submit(self, item: TextItem) -> AsyncGenerator[str, None]:
        """The pieces of one text, each as a line of JSON."""
        yield BEGIN
        async with aclosing(self.text.to_async.submit(item)) as pieces:
            async for chunk in read_chunks(pieces):
                yield chunk.model_dump_json() + "\n"
