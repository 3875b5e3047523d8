"""Base and adapter become one file: the sums that transformers would compute with, the same bytes every time."""

from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, dequantize
from safetensors.numpy import save_file

from checkpoints.adapters import FILE_NAME, Adapter, merge
from checkpoints.errors import CheckpointError

HEADS, WIDTH = 2, 32


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A Llama of one layer with zeros for weights, as far as a reader of files can tell."""
    writer = GGUFWriter(tmp_path / "base.gguf", "llama")
    writer.add_name("Base")
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    for name in ("attn_q", "ffn_up"):
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros((WIDTH, WIDTH), np.float32))
    writer.add_tensor("token_embd.weight", np.ones((4, WIDTH), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tmp_path / "base.gguf"


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """Adds its row's number to each value of a matrix."""
    tensors = {}
    for name in ("self_attn.q_proj", "mlp.up_proj"):
        place = f"model.layers.0.{name}"
        tensors[f"{place}.up"] = np.arange(WIDTH, dtype=np.int8)[:, None]
        tensors[f"{place}.up.scale"] = np.full((1, 1), 0.5, np.float32)
        tensors[f"{place}.down"] = np.ones((1, WIDTH), np.int8)
        tensors[f"{place}.down.scale"] = np.ones((1, 1), np.float32)
    save_file(tensors, tmp_path / FILE_NAME, {"scale": "2.0"})
    return tmp_path / FILE_NAME


def test_the_merged_file_has_the_sums_in_the_order_of_its_format(base: Path, adapter: Path, tmp_path: Path) -> None:
    merge(base, adapter, tmp_path / "merged.gguf", "Merged")
    reader = GGUFReader(tmp_path / "merged.gguf")
    name = reader.get_field("general.name")
    assert name and name.contents() == "Merged"
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    up, query = (dequantize(tensors[f"blk.0.{n}.weight"].data, GGMLQuantizationType.Q8_0) for n in ("ffn_up", "attn_q"))
    rows = np.arange(WIDTH)
    np.testing.assert_allclose(up[:, 0], rows, rtol=0.01)
    turns = np.concatenate([rows[:16].reshape(2, 8).T.ravel(), rows[16:].reshape(2, 8).T.ravel()])
    np.testing.assert_allclose(query[:, 0], turns, rtol=0.01)
    assert tensors["token_embd.weight"].tensor_type == GGMLQuantizationType.F32, "what is not adapted stays as it is"


def test_the_same_parts_give_the_same_bytes(base: Path, adapter: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        merge(base, adapter, tmp_path / name, "Merged")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_damaged_adapter_is_named(adapter: Path) -> None:
    adapter.write_bytes(adapter.read_bytes()[:-8])
    with pytest.raises(CheckpointError, match="not a complete adapter"):
        Adapter(adapter)
