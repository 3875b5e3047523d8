"""SmolLM2's GGUF weights as bf16 safetensors, for what reads no GGUF: `python -m benchmarks.dequantise FOLDER OUT`."""

import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer

from checkpoints.errors import CheckpointError
from checkpoints.folder import gguf_file
from runners.engines.loading import load_gguf


def dequantise(folder: Path, out: Path) -> None:
    """Write the model and its tokenizer into `out`; raises CheckpointError if `folder` holds no GGUF file."""
    file = gguf_file(folder)
    if file is None:
        raise CheckpointError(f"{folder}: holds no GGUF file")
    load_gguf(file, torch.bfloat16, torch.device("cpu")).save_pretrained(out)
    AutoTokenizer.from_pretrained(folder, gguf_file=file.name).save_pretrained(out)


if __name__ == "__main__":
    dequantise(Path(sys.argv[1]), Path(sys.argv[2]))
