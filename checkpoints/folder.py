"""What a checkpoint folder may hold: safetensors and readable configuration, never code or pickles."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from checkpoints.errors import CheckpointError

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
    """Refuse a checkpoint folder with pickled weights, custom code or unreadable files.

    Only headers of the weights are read, so the check costs milliseconds. Raises CheckpointError.
    """
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: no such checkpoint folder")
    files = sorted(path for path in folder.rglob("*") if not path.is_dir())
    for file in files:
        suffix = file.suffix.lower()
        if suffix in REFUSED_SUFFIXES:
            raise CheckpointError(f"{file}: {suffix} files can run code; only safetensors are accepted")
        if suffix in CODE_SUFFIXES:
            raise CheckpointError(f"{file}: a checkpoint may not bring its own code")
        if suffix == ".json":
            _check_json(file)
    if not any(file.suffix == ".safetensors" for file in files):
        raise CheckpointError(f"{folder}: holds no .safetensors weights")
    for file in files:
        if file.suffix == ".safetensors":
            for _ in tensor_sizes(file):
                pass


def count_parameters(folder: Path) -> int:
    """Number of weights in all safetensors files of `folder`, read from their headers."""
    return sum(size for file in folder.rglob("*.safetensors") for size in tensor_sizes(file))


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
