"""The way of a checkpoint from DVC into BentoML's model store.

The store holds links to the files that DVC checked out, where the file system allows.
"""

import filecmp
import json
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from checkpoints.errors import CheckpointError
from checkpoints.folder import check_files
from checkpoints.pins import MODELS_FILE, Pin, hash_folder, read_pins
from copywriter.formats import PromptFormat, read_caption_format, read_format, read_picture_format

CARD_NAME = "checkpoint.json"


class CheckpointCard(BaseModel):
    """What `checkpoint.json` beside the weights says of them; a foreign folder may lack the file.

    `name` is for people (the architecture where empty). `source` is where the weights come from (a repository
    of the hub, or this project's training script), `revision` its commit. `demonstration` marks a starter.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    source: str = "unknown"
    revision: str = "unknown"
    licence: str = "unknown"
    demonstration: bool = False


@dataclass(frozen=True)
class Imported:
    """What an import did for one model: how many bytes were linked and how many copied."""

    tag: str
    created: bool
    linked_bytes: int = 0
    copied_bytes: int = 0


def import_models(models_file: Path = MODELS_FILE) -> list[Imported]:
    """Bring every pinned checkpoint into the model store; models already there are left alone.

    All folders are checked before anything is written. Raises CheckpointError naming the folder or file.
    """
    pins = read_pins(models_file)
    cards = [check_checkpoint(pin) for pin in pins]
    return [_import(pin, *card) for pin, card in zip(pins, cards, strict=True)]


def check_checkpoint(pin: Pin) -> tuple[CheckpointCard, PromptFormat]:
    """Refuse a folder that differs from its hash, or holds pickles or code; return what it says of itself."""
    if not pin.folder.is_dir():
        raise CheckpointError(f"{pin.folder}: missing; `dvc pull` fetches it")
    found = hash_folder(pin.folder)
    if found != pin.dvc_hash:
        raise CheckpointError(
            f"{pin.folder}: its files have the hash {found}, models.dvc says {pin.dvc_hash}; "
            "`dvc checkout --force` restores them, `dvc commit models.dvc` accepts the change"
        )
    check_files(pin.folder)
    card_file = pin.folder / CARD_NAME
    card = CheckpointCard()
    try:
        if card_file.exists():
            card = CheckpointCard.model_validate_json(card_file.read_text())
    except ValidationError as error:
        raise CheckpointError(f"{card_file}: {error}") from error
    try:
        read_caption_format(pin.folder)
        read_picture_format(pin.folder)
        return card, read_format(pin.folder)
    except ValueError as error:
        raise CheckpointError(f"{pin.folder}: a format is unreadable: {error}") from error


def architecture(folder: Path) -> str:
    """The model class that config.json names, or the pipeline class of model_index.json."""
    index = folder / "model_index.json"
    if index.exists():
        return str(json.loads(index.read_bytes()).get("_class_name") or "unknown")
    config = json.loads((folder / "config.json").read_bytes()) if (folder / "config.json").exists() else {}
    names = config.get("architectures") or [config.get("model_type")]
    return str(names[0] or "unknown")


def _import(pin: Pin, card: CheckpointCard, prompt_format: PromptFormat) -> Imported:
    import bentoml

    files = [path.relative_to(pin.folder) for path in sorted(pin.folder.rglob("*")) if path.is_file()]
    try:
        stored = Path(bentoml.models.get(pin.tag).path)
        if all(_same_file(pin.folder / file, stored / file) for file in files):
            return Imported(pin.tag, created=False)
        bentoml.models.delete(pin.tag)  # an import that was interrupted, or a file changed since
    except bentoml.exceptions.NotFound:
        pass
    model_class = architecture(pin.folder)
    facts = card.model_dump(exclude={"demonstration"}) | {
        "name": card.name or model_class,
        "dvc_hash": pin.dvc_hash,
        "architecture": model_class,
        "prompt_format": prompt_format.values,
        "demonstration": str(card.demonstration).lower(),
    }
    with bentoml.models.create(pin.tag, labels=dict(facts), metadata=dict(facts)) as model:
        tag = model.tag
    # Saving copies what is in the model's folder, so the links are made after it.
    try:
        return _place_files(pin, files, Path(bentoml.models.get(tag).path))
    except OSError:
        bentoml.models.delete(pin.tag)
        raise


def _place_files(pin: Pin, files: list[Path], target: Path) -> Imported:
    linked = copied = 0
    for file in files:
        size = (pin.folder / file).stat().st_size
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        if _link(pin.folder / file, target / file):
            linked += size
        else:
            copied += size
    return Imported(pin.tag, created=True, linked_bytes=linked, copied_bytes=copied)


def _link(source: Path, target: Path) -> bool:
    """Hard-link a file, or copy it where the file system has no such link; True if linked.

    A file that may be written is copied: a change in the work tree must not reach the store. DVC takes the
    right to write from all files that it links.
    """
    writable = source.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    if not writable:
        try:
            os.link(source, target)
            return True
        except OSError:  # another file system, or one without hard links
            pass
    shutil.copyfile(source, target)
    target.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    return False


def _same_file(checked: Path, stored: Path) -> bool:
    return stored.exists() and (checked.samefile(stored) or filecmp.cmp(checked, stored, shallow=False))
