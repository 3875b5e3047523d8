"""Loading weights, whole or not at all."""

from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from checkpoints.errors import CheckpointError


def load_model(auto_class: Any, folder: Path, dtype: torch.dtype, device: torch.device) -> PreTrainedModel:
    """Load safetensors weights, and refuse a checkpoint in which some are missing.

    transformers fills missing weights with random numbers and only warns.
    """
    try:
        model, report = auto_class.from_pretrained(
            folder,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder / 'config.json'} and its weights cannot be loaded: {error}") from error
    if report["missing_keys"]:
        missing = ", ".join(sorted(report["missing_keys"])[:3])
        raise CheckpointError(f"{folder}: the .safetensors files lack weights of the model, such as {missing}")
    loaded: PreTrainedModel = model.eval().to(device)
    return loaded
