"""The image runner: one BentoML service, in a process of its own, around the painter.

It is left out where no checkpoint for it is pinned, or by `PDG_PICTURES=false`. The checkpoint is loaded with the first
picture that is asked for, as many shops never ask for one.
"""

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bentoml
from bentoml.models import BentoModel

from checkpoints.errors import CheckpointError
from checkpoints.pins import pinned_models
from checkpoints.store import check_stored
from contracts.items import PictureItem, PictureResult
from operations.settings import get_settings
from runners import limits, metrics
from runners.connections import ConnectionPerCall

if TYPE_CHECKING:
    from runners.engines.painter import PainterEngine

NAME = "image"
PICTURES_AT_ONCE = 4
"""A batch of pictures needs memory in proportion, and gains little speed beyond a few."""
settings = get_settings()


@bentoml.service(**limits.SERVICE)
class ImageRunner:
    """Paints pictures; the first one waits until the checkpoint is loaded."""

    checkpoint = BentoModel(pinned_models()[NAME])

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._broken: CheckpointError | None = None

    @bentoml.on_deployment
    @staticmethod
    def refuse_damaged_checkpoint() -> None:
        """Stop the server before it starts workers, rather than let the first picture fail."""
        check_stored(pinned_models()[NAME])

    @cached_property
    def engine(self) -> "PainterEngine":
        """The loaded checkpoint."""
        import torch

        from runners.engines.painter import PainterEngine

        torch.set_num_threads(settings.image_threads)
        return PainterEngine.load(Path(self.checkpoint.path))

    @bentoml.api(batchable=True, max_batch_size=PICTURES_AT_ONCE, max_latency_ms=settings.batch_latency_ms)
    def paint(self, items: list[PictureItem]) -> list[PictureResult]:
        """One picture per item, in order; an item's error is in its result."""
        results = self._loaded().paint(items)
        metrics.count_batch(NAME, results)
        return results

    def _loaded(self) -> "PainterEngine":
        """The engine; a checkpoint that cannot be loaded is not tried again."""
        with self._loading:
            if self._broken is None:
                try:
                    return self.engine
                except CheckpointError as error:
                    self._broken = error
            raise self._broken

    def __is_ready__(self) -> bool:
        return self._broken is None


cast(Any, ImageRunner).add_asgi_middleware(ConnectionPerCall)
