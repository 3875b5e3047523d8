"""A base model from elsewhere and an adapter of this project's, put together into one GGUF file.

The same two files give the same bytes on every machine: sums are made in double precision, whose last digits do not
reach what is written.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from checkpoints.errors import CheckpointError

if TYPE_CHECKING:
    import numpy as np
    from gguf import GGUFReader
    from numpy.typing import NDArray

FILE_NAME = "adapter.safetensors"
DOWN, UP, SCALE = "down", "up", "scale"
"""What the adapter has of each matrix: `up` x `down` is added to it; each in whole numbers, with their scale."""
# How GGUF names what transformers calls a layer's modules (gguf-py/gguf/tensor_mapping.py of ggml-org/llama.cpp).
_MODULES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


class Adapter:
    """What is added to the matrices of a model; raises CheckpointError if the file cannot be read."""

    def __init__(self, file: Path) -> None:
        try:
            with safe_open(file, framework="np") as tensors:
                self._tensors = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118
                self._scale = float(tensors.metadata()["scale"])
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{file}: not a complete adapter ({error})") from error
        self._names = dict(self._by_gguf_name())

    def added(self, name: str) -> "NDArray[np.float64] | None":
        """What is added to the matrix that GGUF calls `name`, in transformers' order of rows; None if nothing is."""
        if name not in self._names:
            return None
        up, down = (self._matrix(f"{self._names[name]}.{side}") for side in (UP, DOWN))
        return self._scale * (up @ down)

    def _matrix(self, name: str) -> "NDArray[np.float64]":
        whole, scale = self._tensors[name], self._tensors[f"{name}.{SCALE}"]
        matrix: NDArray[np.float64] = whole.astype("f8") * scale.astype("f8")
        return matrix

    def _by_gguf_name(self) -> Iterator[tuple[str, str]]:
        for name in self._tensors:
            if name.endswith(f".{UP}"):
                _, _, layer, module = name.removesuffix(f".{UP}").split(".", 3)
                yield f"blk.{layer}.{_MODULES[module]}.weight", name.removesuffix(f".{UP}")


def merge(base: Path, adapter: Path, out: Path, name: str) -> None:
    """Write the model of `base` with `adapter` added to `out`, called `name`.

    Adapted matrices are in Q8_0 then, all else is as it was. Raises CheckpointError if one of the files is damaged.
    """
    from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, quantize

    reader, added = _open(base), Adapter(adapter)
    writer = GGUFWriter(out, str(_field(reader, "general.architecture")))
    _copy_fields(reader, writer, {"general.name": name, "general.file_type": LlamaFileType.MOSTLY_Q8_0.value})
    heads = {side: int(_field(reader, f"llama.attention.{key}")) for side, key in _HEADS.items()}
    for tensor in reader.tensors:
        more = added.added(tensor.name)
        if more is None:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
            continue
        side = tensor.name.split(".")[2]
        matrix = _sum(tensor, _interleaved(more, heads[side]) if side in heads else more)
        writer.add_tensor(tensor.name, quantize(matrix, GGMLQuantizationType.Q8_0), raw_dtype=GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


_HEADS = {"attn_q": "head_count", "attn_k": "head_count_kv"}
"""What GGUF keeps with the rows of each head in another order, and how many heads it has."""


def _sum(tensor: Any, more: "NDArray[np.float64]") -> "NDArray[np.float32]":
    from gguf import dequantize

    return (dequantize(tensor.data, tensor.tensor_type).astype("f8") + more).astype("f4")


def _interleaved(matrix: "NDArray[np.float64]", heads: int) -> "NDArray[np.float64]":
    """Rows in GGUF's order: of each head, the first half and the second taken in turns."""
    rows, columns = matrix.shape
    return matrix.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _open(file: Path) -> "GGUFReader":
    from gguf import GGUFReader

    try:
        return GGUFReader(file)
    except (OSError, ValueError, LookupError) as error:
        raise CheckpointError(f"{file}: not a complete GGUF file ({error})") from error


def _field(reader: "GGUFReader", key: str) -> Any:
    field = reader.get_field(key)
    if field is None:
        raise CheckpointError(f"the base model does not say its {key}")
    return field.contents()


def _copy_fields(reader: "GGUFReader", writer: Any, other: dict[str, Any]) -> None:
    """All that the header says, but for what `other` says otherwise."""
    from gguf import GGUFValueType

    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        kind, items = field.types[0], field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(key, other.get(key, field.contents()), kind, items)
