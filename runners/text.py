"""The text runner: one BentoML service, in a process of its own, around the text checkpoint.

Its worker imports the engine only once it starts, because every other process imports this module too.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import bentoml
from bentoml.exceptions import InvalidArgument
from bentoml.models import BentoModel

from checkpoints.folder import VERIFIER
from checkpoints.pins import pinned_models
from checkpoints.store import check_stored
from contracts.items import EngineInfo, TextItem, TextResult
from operations.settings import get_settings
from runners import limits, metrics
from runners.connections import ConnectionPerCall
from runners.engines.interface import SubmittingEngine, WritingEngine, answer_all
from runners.streaming import BEGIN, to_line

NAME = "text"
settings = get_settings()


@bentoml.service(**limits.SERVICE)
class TextRunner:
    """Writes texts; ready once the checkpoint has written its first tokens.

    An engine takes texts by `write` or by `submit`, as `info` tells; the other way is refused.
    """

    checkpoint = BentoModel(pinned_models()[NAME])

    def __init__(self) -> None:
        from runners.engines.choice import load_engines

        folder = Path(self.checkpoint.path)
        engines = load_engines(folder, settings.text_engine, settings.text_threads, _count_step)
        self.engine, self.verifier = engines

    @bentoml.on_deployment
    @staticmethod
    def refuse_damaged_checkpoint() -> None:
        """Stop the server before it starts workers, rather than let them fail again and again."""
        check_stored(pinned_models()[NAME])

    @bentoml.on_shutdown
    def close(self) -> None:
        """End the engines with the worker."""
        for engine in filter(None, (self.engine, self.verifier)):
            engine.close()

    @bentoml.api
    def info(self) -> EngineInfo:
        """The engine, by which way it takes texts, and whether sentences are verified."""
        return self.engine.info.model_copy(update={"verifies": self.verifier is not None})

    @bentoml.api(batchable=True, max_batch_size=settings.max_batch_size, max_latency_ms=settings.batch_latency_ms)
    def write(self, items: list[TextItem]) -> list[TextResult]:
        """One result per item, in order; an item's error is in its result."""
        if not isinstance(self.engine, WritingEngine):
            raise InvalidArgument("this engine is fed by submit")
        results = self.engine.write(items)
        metrics.count_batch(NAME, results)
        return results

    @bentoml.api
    async def submit(self, item: TextItem) -> AsyncGenerator[str, None]:
        """The text piece by piece, as lines for `runners.streaming.read_chunks`; a client that leaves ends it."""
        if not isinstance(self.engine, SubmittingEngine):
            raise InvalidArgument("this engine is fed by write")
        yield BEGIN
        async with aclosing(self.engine.submit(item)) as chunks:
            async for chunk in chunks:
                if chunk.result:
                    metrics.count_item(NAME, chunk.result)
                yield to_line(chunk)

    @bentoml.api
    async def verify(self, items: list[TextItem]) -> list[TextResult]:
        """What the checkpoint's verifier answers, one result per item, in order."""
        if self.verifier is None:
            raise InvalidArgument("this checkpoint brings no verifier")
        results = await answer_all(self.verifier, items)
        for result in results:
            metrics.count_item(VERIFIER, result)
        return results

    def __is_ready__(self) -> bool:
        return True


def _count_step(items: int) -> None:
    metrics.batch_items.labels(NAME).observe(items)


cast(Any, TextRunner).add_asgi_middleware(ConnectionPerCall)
