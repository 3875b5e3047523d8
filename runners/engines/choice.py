"""Which engine writes with a text checkpoint: that follows from its files, the machine, and a setting."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from checkpoints.errors import CheckpointError
from checkpoints.folder import gguf_file, verifier_folder
from checkpoints.gguf_header import open_gguf
from runners.engines.interface import Engine

Asked = Literal["auto", "openvino", "transformers"]
Name = Literal["openvino", "transformers"]

# What OpenVINO GenAI builds from GGUF, and the kinds of weights that it reads (its src/cpp/src/gguf_utils).
_ARCHITECTURES = {"llama", "qwen2", "qwen3"}
_WEIGHTS = {"F32", "F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q6_K"}
# The vocabulary of bytes, as Llama 3 and Qwen have it.
_VOCABULARY = "gpt2"


@dataclass(frozen=True)
class Contents:
    """What a checkpoint folder holds, as far as engines differ; all is empty without a GGUF file."""

    architecture: str = ""
    vocabulary: str = ""
    weights: frozenset[str] = frozenset()

    @property
    def openvino_reads(self) -> bool:
        """Whether the OpenVINO engine reads it."""
        known = self.architecture in _ARCHITECTURES and self.vocabulary == _VOCABULARY
        return known and self.weights <= _WEIGHTS


@dataclass(frozen=True)
class Machine:
    """What the processor and its libraries can: whether torch may use a GPU, and whether OpenVINO is installed."""

    gpu: bool
    openvino: bool


def choose(contents: Contents, machine: Machine, asked: Asked = "auto") -> Name:
    """The engine's name; raises CheckpointError where the one that is asked for cannot write with the checkpoint."""
    if asked == "openvino" and not (contents.openvino_reads and machine.openvino):
        raise CheckpointError("PDG_TEXT_ENGINE: the openvino engine reads no such checkpoint, or is not installed")
    if asked != "auto":
        return asked
    return "openvino" if contents.openvino_reads and machine.openvino and not machine.gpu else "transformers"


def look_into(folder: Path) -> Contents:
    """What the folder holds; raises CheckpointError if a file is damaged."""
    file = gguf_file(folder)
    if file is None:
        return Contents()
    header = open_gguf(file)
    architecture, vocabulary = (
        str(field.contents()) if (field := header.get_field(key)) else ""
        for key in ("general.architecture", "tokenizer.ggml.model")
    )
    weights = frozenset(tensor.tensor_type.name for tensor in header.tensors)
    return Contents(architecture, vocabulary, weights)


def this_machine() -> Machine:
    """torch, which takes long to import, is only asked where there is the driver of a GPU."""
    gpu = False
    if Path("/dev/nvidiactl").exists():
        import torch

        gpu = torch.cuda.is_available()
    return Machine(gpu, find_spec("openvino_genai") is not None)


def load_engine(folder: Path, asked: Asked, threads: int, on_step: Callable[[int], None]) -> Engine:
    """Load the checkpoint with its engine; `on_step` is told how many items each step of one that batches so wrote on.

    Raises CheckpointError naming the file that is wrong.
    """
    name = choose(look_into(folder), this_machine(), asked)
    if name == "openvino":
        from runners.engines.openvino import OpenVINOEngine

        return OpenVINOEngine.load(folder, threads, on_step)
    import torch

    torch.set_num_threads(threads)
    from runners.engines.transformers import TransformersEngine

    return TransformersEngine.load(folder)


def load_engines(
    folder: Path, asked: Asked, threads: int, on_step: Callable[[int], None]
) -> tuple[Engine, Engine | None]:
    """The engine that writes with the checkpoint, and the one of its verifier, if it brings one; as `load_engine`."""
    writer, verifier = load_engine(folder, asked, threads, on_step), verifier_folder(folder)
    return writer, load_engine(verifier, asked, threads, _uncounted) if verifier else None


def _uncounted(items: int) -> None:
    """Steps of a verifier are no batches of texts."""
