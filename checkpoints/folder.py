"""What a checkpoint folder may hold: safetensors or GGUF and readable configuration, never code or pickles."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from checkpoints.errors import CheckpointError
from checkpoints.gguf_header import read_header

CHAT_TEMPLATE_NAME = "chat_template.jinja"
VERIFIER = "verifier"
"""The folder in a text checkpoint's in which the model lies that verifies what it writes, if there is one."""

# torch.load, joblib, Keras and flax files can run code, or are read by libraries that can.
REFUSED_SUFFIXES = frozenset(
    {
        ".bin",
        ".pt",
        ".pth",
        ".ckpt",
        ".pkl",
        ".pickle",
        ".joblib",
        ".npy",
        ".npz",
        ".h5",
        ".keras",
        ".msgpack",
    }
)
CODE_SUFFIXES = frozenset({".py", ".pyc", ".so", ".dll", ".dylib", ".sh"})


def check_files(folder: Path) -> None:
    """Refuse a checkpoint folder with pickled weights, custom code or unreadable files; so with its verifier's.

    Weights are safetensors, or one GGUF file that has a chat template, in itself or beside it. Only headers of the
    weights are read, so the check costs milliseconds. Raises CheckpointError.
    """
    if verifier := verifier_folder(folder):
        check_files(verifier)
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: no such checkpoint folder")
    files = sorted(path for path in folder.rglob("*") if not path.is_dir())
    for file in files:
        suffix = file.suffix.lower()
        if suffix in REFUSED_SUFFIXES:
            raise CheckpointError(f"{file}: {suffix} files can run code; only safetensors and GGUF are accepted")
        if suffix in CODE_SUFFIXES:
            raise CheckpointError(f"{file}: a checkpoint may not bring its own code")
        if suffix == ".json":
            _check_json(file)
    _check_headers(folder)


def _check_headers(folder: Path) -> None:
    weights = weight_files(folder, ".safetensors")
    found = gguf_file(folder)
    if found and weights:
        raise CheckpointError(f"{found}: lies beside {weights[0].name}; a folder holds one kind of weights")
    if not found and not weights:
        raise CheckpointError(f"{folder}: holds no .safetensors or .gguf weights")
    for file in weights:
        for _ in tensor_sizes(file):
            pass
    if found and not (read_header(found).chat_template or (folder / CHAT_TEMPLATE_NAME).exists()):
        raise CheckpointError(f"{found}: has no chat template, and no {CHAT_TEMPLATE_NAME} lies beside it")


def verifier_folder(folder: Path) -> Path | None:
    """The folder of a text checkpoint's verifier; None where it brings none."""
    verifier = folder / VERIFIER
    return verifier if verifier.is_dir() else None


def check_model(name: str, folder: Path) -> None:
    """`check_files` for the folder of the model `name`; only texts are written from GGUF, and verified.

    Raises CheckpointError.
    """
    check_files(folder)
    if name != "text" and (verifier := verifier_folder(folder)):
        raise CheckpointError(f"{verifier}: only texts are verified, {name} needs none")
    if name != "text" and (found := gguf_file(folder)):
        raise CheckpointError(f"{found}: GGUF is accepted for the text model only; {name} needs safetensors")


def weight_files(folder: Path, suffix: str) -> list[Path]:
    """The folder's files of weights with this suffix, but for its verifier's."""
    verifier = folder / VERIFIER
    return sorted(file for file in folder.rglob(f"*{suffix}") if verifier not in file.parents)


def gguf_file(folder: Path) -> Path | None:
    """The folder's GGUF file, None where its weights are safetensors; raises CheckpointError if there are several."""
    files = weight_files(folder, ".gguf")
    if len(files) > 1:
        raise CheckpointError(f"{files[1]}: lies beside {files[0].name}; a folder holds one GGUF file")
    return files[0] if files else None


def count_parameters(folder: Path) -> int:
    """Number of weights in `folder`, read from the headers of its files."""
    if found := gguf_file(folder):
        return read_header(found).parameters
    return sum(size for file in weight_files(folder, ".safetensors") for size in tensor_sizes(file))


def tensor_sizes(file: Path) -> Iterator[int]:
    """Number of elements of each tensor; raises CheckpointError if the file is cut or damaged."""
    try:
        with safe_open(file, framework="np") as weights:
            for name in weights.keys():  # noqa: SIM118 (safe_open is not iterable)
                yield math.prod(weights.get_slice(name).get_shape())
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{file}: not a complete safetensors file ({error})") from error


def _check_json(file: Path) -> None:
    try:
        content: Any = json.loads(file.read_bytes())
    except (ValueError, OSError, RecursionError) as error:
        raise CheckpointError(f"{file}: not readable as JSON ({error})") from error
    if _names_custom_code(content):
        raise CheckpointError(f"{file}: asks for custom code (auto_map), which is never run")


def _names_custom_code(content: Any) -> bool:
    """Whether transformers or diffusers would look for code in the folder because of `content`."""
    if isinstance(content, dict):
        found = {"auto_map", "custom_pipelines", "custom_pipeline"} & content.keys()
        return any(content[key] for key in found) or any(map(_names_custom_code, content.values()))
    return isinstance(content, list) and any(map(_names_custom_code, content))
