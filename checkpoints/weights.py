"""Whether weights are numbers: one that is not a number, or infinite, makes every text of a checkpoint worthless.

All weights are read once, in pieces that stay in the processor's cache, and no library that computes is loaded. Of
quantised GGUF tensors the scales are looked at, as the rest are integers; the kinds that `_SCALES` leaves out (the
importance-weighted and ternary ones and the newer 4-bit floats) are not looked into.
"""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from checkpoints.errors import CheckpointError
from checkpoints.folder import gguf_file, verifier_folder, weight_files
from checkpoints.gguf_header import open_gguf

Array = np.ndarray[Any, Any]
# A float whose exponent bits are all set is infinite or not a number.
_EXPONENTS = {
    "F64": (np.dtype("<u8"), 0x7FF0_0000_0000_0000),
    "F32": (np.dtype("<u4"), 0x7F80_0000),
    "F16": (np.dtype("<u2"), 0x7C00),
    "BF16": (np.dtype("<u2"), 0x7F80),
    "F8_E5M2": (np.dtype("u1"), 0x7C),
}
# Where the 16-bit scales lie in a block of quantised weights, in bytes (the structs of ggml-common.h).
_SCALES = {
    "Q4_0": (0,),
    "Q4_1": (0, 2),
    "Q5_0": (0,),
    "Q5_1": (0, 2),
    "Q8_0": (0,),
    "Q2_K": (80, 82),
    "Q3_K": (108,),
    "Q4_K": (0, 2),
    "Q5_K": (0, 2),
    "Q6_K": (208,),
    "IQ4_NL": (0,),
    "IQ4_XS": (0,),
}
_PIECE = 1 << 18
"""Numbers looked at in one go."""


def check_weights(folder: Path) -> None:
    """Refuse a checkpoint folder with a weight that is infinite or not a number, by the names of file and tensor.

    The folder has passed `check_files`. Raises CheckpointError.
    """
    for part in filter(None, (folder, verifier_folder(folder))):
        for file in weight_files(part, ".safetensors"):
            _check_file(file, _safetensors(file))
        if found := gguf_file(part):
            _check_file(found, _gguf(found))


def _check_file(file: Path, tensors: Iterator[tuple[str, str, Array]]) -> None:
    for name, kind, bits in tensors:
        mask = bits.dtype.type(_EXPONENTS[kind][1])
        for start in range(0, bits.size, _PIECE):
            if ((bits[start : start + _PIECE] & mask) == mask).any():
                raise CheckpointError(f"{file}: {name} holds weights that are infinite or not a number (NaN)")


def _safetensors(file: Path) -> Iterator[tuple[str, str, Array]]:
    """Name, kind and bits of each float tensor (https://huggingface.co/docs/safetensors/index#format)."""
    content = np.memmap(file, mode="r")
    (length,) = struct.unpack_from("<Q", content.data)
    header = json.loads(content[8 : 8 + length].tobytes())
    for name, tensor in header.items():
        if name != "__metadata__" and tensor["dtype"] in _EXPONENTS:
            start, end = (8 + length + offset for offset in tensor["data_offsets"])
            yield name, tensor["dtype"], content[start:end].view(_EXPONENTS[tensor["dtype"]][0])


def _gguf(file: Path) -> Iterator[tuple[str, str, Array]]:
    """Name, kind and bits of each float tensor, and of the scales of each quantised one."""
    from gguf import GGML_QUANT_SIZES

    reader = open_gguf(file)
    for tensor in reader.tensors:
        kind = tensor.tensor_type.name
        content = reader.data[tensor.data_offset : tensor.data_offset + tensor.n_bytes]
        if kind in _EXPONENTS:
            yield tensor.name, kind, content.view(_EXPONENTS[kind][0])
        blocks = content.reshape(-1, GGML_QUANT_SIZES[tensor.tensor_type][1])
        for offset in _SCALES.get(kind, ()):
            yield tensor.name, "F16", blocks[:, offset : offset + 2].copy().view("<u2").ravel()
