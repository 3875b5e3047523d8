"""LitServe with batching, in front of transformers' `generate`."""

import os
from typing import Any

import litserve

from benchmarks.servers.model import Model


class Writer(litserve.LitAPI):
    """Up to 16 texts a batch, which waits at most 50 ms to fill."""

    def setup(self, device: str) -> None:
        """Load the weights in the worker's process."""
        self._model = Model()

    def decode_request(self, request: dict[str, str]) -> str:
        """The prompt of a request."""
        return request["prompt"]

    def predict(self, prompts: list[str]) -> list[dict[str, Any]]:
        """One text for each prompt."""
        return self._model.write(prompts)


if __name__ == "__main__":
    server = litserve.LitServer(
        Writer(max_batch_size=16, batch_timeout=0.05), accelerator="cpu", workers_per_device=1, timeout=False
    )
    server.run(host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), generate_client_file=False, log_level="warning")
