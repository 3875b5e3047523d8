"""The vision runner: one BentoML service, in a process of its own, around the captioner.

Its worker imports torch only once it starts, because every other process imports this module too.
"""

from pathlib import Path
from typing import Any, cast

import bentoml
from bentoml.models import BentoModel

from checkpoints.pins import pinned_models
from checkpoints.store import check_stored
from contracts.items import CaptionResult, PhotoItem
from operations.settings import get_settings
from runners import limits, metrics
from runners.connections import ConnectionPerCall

NAME = "vision"
settings = get_settings()


@bentoml.service(**limits.SERVICE)
class VisionRunner:
    """Captions photos; ready once the checkpoint has captioned a grey square."""

    checkpoint = BentoModel(pinned_models()[NAME])

    def __init__(self) -> None:
        import torch

        from runners.engines.captioner import CaptionerEngine

        torch.set_num_threads(settings.vision_threads)
        self.engine = CaptionerEngine.load(Path(self.checkpoint.path))

    @bentoml.on_deployment
    @staticmethod
    def refuse_damaged_checkpoint() -> None:
        """Stop the server before it starts workers, rather than let them fail again and again."""
        check_stored(pinned_models()[NAME])

    @bentoml.api(batchable=True, max_batch_size=settings.max_batch_size, max_latency_ms=settings.batch_latency_ms)
    def caption(self, items: list[PhotoItem]) -> list[CaptionResult]:
        """One caption per photo, in order; a photo's error is in its result."""
        results = self.engine.caption(items)
        metrics.count_batch(NAME, results)
        return results

    def __is_ready__(self) -> bool:
        return True


cast(Any, VisionRunner).add_asgi_middleware(ConnectionPerCall)
