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
from typing import cast

from checkpoints.card import read_card
from checkpoints.errors import CheckpointError
from checkpoints.folder import check_model, gguf_file
from checkpoints.formats import read_caption_format, read_picture_format
from checkpoints.gguf_header import read_header
from checkpoints.hashes import hash_files, hash_list, sha256
from checkpoints.pins import MODELS_FILE, Pin, read_pins
from checkpoints.weights import check_weights

FILES = "files"
"""Under this name a model's metadata have the hash of each of its files."""
STORE_FILE = "model.yaml"
"""What BentoML writes beside them."""


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
    checked = [(pin, check_checkpoint(pin)) for pin in read_pins(models_file)]
    return [_import(pin, files) for pin, files in checked]


def check_checkpoint(pin: Pin) -> dict[str, str]:
    """Refuse a folder that differs from its hash, or holds pickles or code; return the hash of each file."""
    if not pin.folder.is_dir():
        raise CheckpointError(f"{pin.folder}: missing; `make models` fetches it")
    files = hash_files(pin.folder)
    if (found := hash_list(files)) != pin.dvc_hash:
        raise CheckpointError(
            f"{pin.folder}: its files have the hash {found}, models.dvc says {pin.dvc_hash}; "
            "`dvc checkout --force` restores them, `dvc commit models.dvc` accepts the change"
        )
    check_model(pin.name, pin.folder)
    read_card(pin.folder)
    try:
        read_caption_format(pin.folder)
        read_picture_format(pin.folder)
    except ValueError as error:
        raise CheckpointError(f"{pin.folder}: a format is unreadable: {error}") from error
    return files


def check_stored(tag: str) -> None:
    """Refuse a model of the store whose files are not those that the hash in its tag stands for, or hold no numbers.

    All of its bytes are read, twice: some seconds for a gigabyte. Raises CheckpointError naming the file.
    """
    import bentoml

    model = bentoml.models.get(tag)
    folder = Path(model.path)
    files = hash_files(folder)
    del files[STORE_FILE]
    if hash_list(files) != model.tag.version:
        imported = cast(dict[str, str], model.info.metadata.get(FILES, {}))
        changed = [name for name in sorted(files | imported) if imported and files.get(name) != imported.get(name)]
        raise CheckpointError(
            f"{folder.joinpath(*changed[:1])}: is not what was imported: damaged, changed or lost since. "
            "Remove models/, .dvc/cache/ and the model store; `make models` then fetches and imports anew"
        )
    check_weights(folder)


def describe(folder: Path) -> dict[str, str]:
    """What a checked folder's card and weights say of it, as labels."""
    card = read_card(folder)
    labels = card.model_dump(exclude={"demonstration"}) | {"demonstration": str(card.demonstration).lower()}
    if not (found := gguf_file(folder)):
        model_class = architecture(folder)
        return labels | {"weights": "safetensors", "architecture": model_class, "name": card.name or model_class}
    header = read_header(found)
    return labels | {
        "weights": "gguf",
        "name": card.name or header.name,
        "architecture": header.architecture,
        "licence": header.licence if card.licence == "unknown" else card.licence,
        "quantisation": header.quantisation,
        "chat_template": str(header.chat_template).lower(),
        "sha256": sha256(found),
    }


def architecture(folder: Path) -> str:
    """The model class that config.json names, or the pipeline class of model_index.json."""
    index = folder / "model_index.json"
    if index.exists():
        return str(json.loads(index.read_bytes()).get("_class_name") or "unknown")
    config = json.loads((folder / "config.json").read_bytes()) if (folder / "config.json").exists() else {}
    names = config.get("architectures") or [config.get("model_type")]
    return str(names[0] or "unknown")


def _import(pin: Pin, hashes: dict[str, str]) -> Imported:
    import bentoml

    files = [Path(name) for name in hashes]
    try:
        stored = Path(bentoml.models.get(pin.tag).path)
        if all(_same_file(pin.folder / file, stored / file) for file in files):
            return Imported(pin.tag, created=False)
        bentoml.models.delete(pin.tag)  # an import that was interrupted, or a file changed since
    except bentoml.exceptions.NotFound:
        pass
    labels = describe(pin.folder) | {"dvc_hash": pin.dvc_hash}
    with bentoml.models.create(pin.tag, labels=labels, metadata={FILES: hashes}) as model:
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
