"""OpenVINO's pipeline driven directly, without a server: `python -m benchmarks.engine_alone GGUF SECONDS SIZE...`.

Prints the samples of each size as JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import openvino_genai as genai
from openvino import Tensor

from benchmarks.load import Sample
from benchmarks.prompts import TOKENS, prompt
from operations.settings import get_settings
from runners.engines.openvino import load_pipeline


class EngineAlone:
    """The pipeline of the service's own engine, without the rest of it."""

    def __init__(self, file: Path) -> None:
        self._pipeline = load_pipeline(file, get_settings().text_threads)
        self._tokenizer = self._pipeline.get_tokenizer()
        self._config = genai.GenerationConfig()
        self._config.apply_chat_template = False
        self._config.max_new_tokens = self._config.min_new_tokens = TOKENS
        self._config.ignore_eos = True
        self._asked = 0

    def closed_loop(self, at_once: int, seconds: float) -> list[Sample]:
        """Keep so many texts in the pipeline until the time is over, and finish those."""
        end = time.perf_counter() + seconds
        running = [self._add() for _ in range(at_once)]
        samples = []
        while running:
            self._pipeline.step()
            for begun, handle in list(running):
                if handle.get_status() != genai.GenerationStatus.RUNNING:
                    running.remove((begun, handle))
                    samples.append(Sample(begun=begun, ended=time.perf_counter()))
                    if time.perf_counter() < end:
                        running.append(self._add())
        return samples

    def _add(self) -> tuple[float, Any]:
        begun = time.perf_counter()
        chat = self._tokenizer.apply_chat_template([{"role": "user", "content": prompt(self._asked)}], True)
        ids: Tensor = self._tokenizer.encode(chat, add_special_tokens=False).input_ids
        self._asked += 1
        return begun, self._pipeline.add_request(self._asked, ids, self._config)


def main() -> None:
    """Command line."""
    file, seconds, *sizes = sys.argv[1:]
    engine = EngineAlone(Path(file))
    engine.closed_loop(1, 0)
    measured = {size: engine.closed_loop(int(size), float(seconds)) for size in sizes}
    print(json.dumps({size: [one.model_dump() for one in samples] for size, samples in measured.items()}))


if __name__ == "__main__":
    main()
