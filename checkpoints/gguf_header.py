"""What the header of a GGUF file says, read without its weights (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md)."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkpoints.errors import CheckpointError

if TYPE_CHECKING:
    from gguf import GGUFReader


@dataclass(frozen=True)
class GGUFHeader:
    """What a file says of its weights, "unknown" where it does not; `parameters` counts them."""

    name: str
    architecture: str
    licence: str
    quantisation: str
    chat_template: bool
    parameters: int


def read_header(file: Path) -> GGUFHeader:
    """The header; raises CheckpointError if the file is no GGUF, cut or damaged."""
    from gguf import LlamaFileType

    numbers = {str(kind.value): kind.name.removeprefix("MOSTLY_").removeprefix("ALL_") for kind in LlamaFileType}
    with _named(file):
        reader = _reader()(file)

        def text(key: str) -> str:
            field = reader.get_field(key)
            return str(field.contents()) if field else "unknown"

        return GGUFHeader(
            name=text("general.name"),
            architecture=text("general.architecture"),
            licence=text("general.license"),
            quantisation=numbers.get(text("general.file_type"), "unknown"),
            chat_template=reader.get_field("tokenizer.chat_template") is not None,
            parameters=sum(tensor.n_elements for tensor in reader.tensors),
        )


def open_gguf(file: Path) -> "GGUFReader":
    """The file's fields, less what its arrays hold, and its tensors, mapped and not read; raises CheckpointError."""
    with _named(file):
        return _reader()(file)


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Say which file is damaged: the library trusts what it reads, and each of these errors is what some byte ends in."""
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError, struct.error) as error:
        raise CheckpointError(f"{file}: not a complete GGUF file ({error})") from error


@lru_cache
def _reader() -> "type[GGUFReader]":
    """The library's reader, made to skip arrays: it takes many seconds to unpack a vocabulary of 150,000 words."""
    from gguf import GGUFReader, GGUFValueType

    class HeaderReader(GGUFReader):
        def _get_field_parts(self, orig_offs: int, raw_type: int) -> tuple[int, list[Any], list[int], list[Any]]:
            if raw_type != GGUFValueType.ARRAY:
                return super()._get_field_parts(orig_offs, raw_type)
            kind, count = struct.unpack_from("<IQ", self.data.data, orig_offs)
            end = orig_offs + struct.calcsize("<IQ")
            if kind == GGUFValueType.STRING:
                for _ in range(count):
                    end += 8 + struct.unpack_from("<Q", self.data.data, end)[0]
            else:
                end += count * self.gguf_scalar_to_np[GGUFValueType(kind)]().itemsize
            return end - orig_offs, [], [], [GGUFValueType.ARRAY]

    return HeaderReader
