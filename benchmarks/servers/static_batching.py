"""BentoML's adaptive batching in front of transformers' `generate`: a batch ends as a whole."""

from typing import Any

import bentoml

from benchmarks.servers.model import Model


@bentoml.service(workers=1, traffic={"timeout": 3600})
class StaticBatching:
    """Up to 16 texts a batch."""

    def __init__(self) -> None:
        self._model = Model()

    @bentoml.api(batchable=True, max_batch_size=16, max_latency_ms=3_600_000)
    def write(self, prompts: list[str]) -> list[dict[str, Any]]:
        """One text for each prompt."""
        return self._model.write(prompts)
