"""Which checkpoints this version of the project serves.

`models.dvc` has one entry per model folder; the entry's md5 is the model's version everywhere.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from checkpoints.errors import CheckpointError

ROOT = Path(__file__).resolve().parents[1]
MODELS_FILE = ROOT / "models.dvc"


@dataclass(frozen=True)
class Pin:
    """One entry of models.dvc: the folder and the hash, such as `d41d....dir`, that it must have.

    `remote` is the DVC remote that alone holds it (None: the one that is asked); one that a package of the package
    index fills is filled as `profile` says.
    """

    name: str
    folder: Path
    dvc_hash: str
    remote: str | None = None
    profile: str | None = None

    @property
    def tag(self) -> str:
        """The model's tag in the store."""
        return f"{self.name}:{self.dvc_hash}"


def read_pins(models_file: Path = MODELS_FILE) -> list[Pin]:
    """The entries of models.dvc; raises CheckpointError if it cannot be read."""
    try:
        outs = yaml.safe_load(models_file.read_text())["outs"]
        return [_pin(models_file.parent, out) for out in outs]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{models_file}: not a DVC file with a path and md5 per model: {error!r}") from error


def _pin(root: Path, out: dict[str, Any]) -> Pin:
    folder = root / out["path"]
    return Pin(folder.name, folder, out["md5"], out.get("remote"), out.get("meta", {}).get("profile"))


def pinned_models(models_file: Path = MODELS_FILE) -> dict[str, str]:
    """Tags such as {"text": "text:d41d....dir"} that this version of the project serves."""
    return {pin.name: pin.tag for pin in read_pins(models_file)}
