"""Weights that are no numbers are found in every form that a checkpoint has them in."""

from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFWriter, dequantize
from safetensors.torch import save_file

from checkpoints.errors import CheckpointError
from checkpoints.weights import _SCALES, check_weights
from tests.tiny_gguf import make_gguf

NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e5m2])
@pytest.mark.parametrize("value", [NAN, -NAN, INFINITE, -INFINITE])
def test_one_bad_weight_of_a_million_is_named(tmp_path: Path, dtype: torch.dtype, value: float) -> None:
    weights = torch.full((1_000_000,), torch.finfo(dtype).max, dtype=torch.float64).to(dtype)
    save_file({"first": torch.tensor([2**31 - 1]), "second": weights}, tmp_path / "model.safetensors")
    check_weights(tmp_path)
    weights[777_777] = value
    save_file({"first": torch.tensor([2**31 - 1]), "second": weights}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"model\.safetensors: second holds weights"):
        check_weights(tmp_path)


@pytest.mark.parametrize("value", [NAN, INFINITE])
def test_a_bad_scale_or_float_of_a_gguf_file_is_named(tmp_path: Path, value: float) -> None:
    """One scale spoils all weights of its block."""
    make_gguf(tmp_path / "good", scale=float(np.finfo(np.float16).max))
    check_weights(tmp_path / "good")
    make_gguf(tmp_path / "scale", scale=value)
    with pytest.raises(CheckpointError, match=r"gguf: output\.weight holds weights"):
        check_weights(tmp_path / "scale")
    make_gguf(tmp_path / "bias", bias=value)
    with pytest.raises(CheckpointError, match=r"gguf: output_norm\.bias holds weights"):
        check_weights(tmp_path / "bias")


@pytest.mark.parametrize("kind", _SCALES)
def test_scales_are_looked_for_where_the_format_has_them(tmp_path: Path, kind: str) -> None:
    """Set to NaN there, the library finds no number in the whole block."""
    quantised = GGMLQuantizationType[kind]
    for place in _SCALES[kind]:
        blocks = np.ones((2, GGML_QUANT_SIZES[quantised][1]), np.uint8)
        blocks[1, place : place + 2] = np.array([NAN], np.float16).view(np.uint8)
        assert np.isnan(dequantize(blocks, quantised)[1]).all()
        writer = GGUFWriter(tmp_path / "model.gguf", "llama")
        writer.add_tensor("weight", blocks, raw_dtype=quantised)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        with pytest.raises(CheckpointError, match=r"weight holds weights"):
            check_weights(tmp_path)
