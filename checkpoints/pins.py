"""Which checkpoints this version of the project serves.

`models.dvc` has one entry per model folder; the entry's md5 is the model's version everywhere.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from checkpoints.errors import CheckpointError

ROOT = Path(__file__).resolve().parents[1]
MODELS_FILE = ROOT / "models.dvc"


@dataclass(frozen=True)
class Pin:
    """One entry of models.dvc: the folder and the hash, such as `d41d....dir`, that it must have."""

    name: str
    folder: Path
    dvc_hash: str

    @property
    def tag(self) -> str:
        """The model's tag in the store."""
        return f"{self.name}:{self.dvc_hash}"


def read_pins(models_file: Path = MODELS_FILE) -> list[Pin]:
    """The entries of models.dvc; raises CheckpointError if it cannot be read."""
    try:
        outs = yaml.safe_load(models_file.read_text())["outs"]
        return [Pin(Path(out["path"]).name, models_file.parent / out["path"], out["md5"]) for out in outs]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise CheckpointError(f"{models_file}: not a DVC file with a path and md5 per model: {error!r}") from error


def pinned_models(models_file: Path = MODELS_FILE) -> dict[str, str]:
    """Tags such as {"text": "text:d41d....dir"} that this version of the project serves."""
    return {pin.name: pin.tag for pin in read_pins(models_file)}


def hash_folder(folder: Path) -> str:
    """DVC's hash of the files as they are on disk now, without its database of hashes seen earlier."""
    from dvc_data.hashfile.build import build
    from dvc_data.hashfile.db import HashFileDB
    from dvc_objects.fs.local import LocalFileSystem
    from dvc_objects.fs.memory import MemoryFileSystem

    database = HashFileDB(MemoryFileSystem(global_store=False), "memory://hashes")
    _, _, found = build(database, str(folder), LocalFileSystem(), "md5", dry_run=True)
    return str(found.hash_info.value)
