"""Where and in which number format a checkpoint runs."""

from pathlib import Path

import torch

from checkpoints.folder import count_parameters

# Below this size a fp32 model is quick enough on two cores, and its sums are the reference.
LARGE_MODEL_PARAMETERS = 100_000_000


def pick_device() -> torch.device:
    """The GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def pick_dtype(folder: Path, device: torch.device) -> torch.dtype:
    """bf16 on a GPU, and on a CPU with bf16 units for large models, whose speed is bound by memory."""
    if device.type == "cuda":
        return torch.bfloat16
    large = count_parameters(folder) >= LARGE_MODEL_PARAMETERS
    return torch.bfloat16 if large and torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32
