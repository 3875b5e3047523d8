"""Loading weights, whole or not at all."""

from pathlib import Path
from typing import Any, cast

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel
from transformers.initialization import no_init_weights
from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

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


def load_gguf(file: Path, dtype: torch.dtype, device: torch.device) -> PreTrainedModel:
    """Build the model that a GGUF file describes and load its weights, dequantised; raises CheckpointError.

    `from_pretrained` would ask for accelerate, and keep the weights packed, which is slow on a CPU.
    """
    try:
        config = AutoConfig.from_pretrained(file.parent, gguf_file=file.name, local_files_only=True)
        with no_init_weights():
            model = cast(PreTrainedModel, AutoModelForCausalLM.from_config(config, dtype=dtype))
        content = load_gguf_checkpoint(str(file), return_tensors=True, model_to_load=model, torch_dtype=dtype)
        missing = set(model.load_state_dict(content["tensors"], strict=False).missing_keys)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, NotImplementedError) as error:
        raise CheckpointError(f"{file}: cannot be loaded: {error}") from error
    if lacking := sorted(missing - set(model.all_tied_weights_keys)):
        raise CheckpointError(f"{file}: lacks weights of the model, such as {', '.join(lacking[:3])}")
    model.tie_weights()
    loaded: PreTrainedModel = model.eval().to(device)
    return loaded
