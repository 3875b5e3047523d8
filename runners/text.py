"""The text runner: one BentoML service, in a process of its own, around the text checkpoint.

Its worker imports torch only once it starts, because every other process imports this module too.
"""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import bentoml
from bentoml.models import BentoModel
from starlette.concurrency import iterate_in_threadpool

from checkpoints.pins import pinned_models
from checkpoints.store import check_stored
from contracts.items import TextItem, TextResult
from operations.settings import get_settings
from runners import limits, metrics
from runners.connections import ConnectionPerCall
from runners.streaming import to_line

NAME = "text"
settings = get_settings()


@bentoml.service(**limits.SERVICE)
class TextRunner:
    """Writes texts; ready once the checkpoint has written its first tokens."""

    checkpoint = BentoModel(pinned_models()[NAME])

    def __init__(self) -> None:
        import torch

        from runners.engines.causal_lm import CausalLMEngine

        torch.set_num_threads(settings.text_threads)
        self.engine = CausalLMEngine.load(Path(self.checkpoint.path))

    @bentoml.on_deployment
    @staticmethod
    def refuse_damaged_checkpoint() -> None:
        """Stop the server before it starts workers, rather than let them fail again and again."""
        check_stored(pinned_models()[NAME])

    @bentoml.api(batchable=True, max_batch_size=settings.max_batch_size, max_latency_ms=settings.batch_latency_ms)
    def write(self, items: list[TextItem]) -> list[TextResult]:
        """One result per item, in order; an item's error is in its result."""
        results = self.engine.write(items)
        metrics.count_batch(NAME, results)
        return results

    @bentoml.api
    async def stream(self, item: TextItem) -> AsyncGenerator[str, None]:
        """The text piece by piece, as lines for `runners.streaming.read_chunks`."""
        async for chunk in iterate_in_threadpool(self.engine.stream(item)):
            yield to_line(chunk)

    def __is_ready__(self) -> bool:
        return True


cast(Any, TextRunner).add_asgi_middleware(ConnectionPerCall)
