"""Hashes of files, and of folders as DVC takes them (https://dvc.org/doc/user-guide/project-structure/internal-files)."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from checkpoints.errors import CheckpointError


def hash_files(folder: Path) -> dict[str, str]:
    """The md5 of each file on disk now by its path in the folder; raises CheckpointError naming one it cannot read."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor() as pool:
        return dict(zip((file.relative_to(folder).as_posix() for file in files), pool.map(md5, files), strict=True))


def list_object(files: dict[str, str]) -> bytes:
    """The object by which DVC keeps a folder: its files and their hashes, in DVC's own order and spelling."""
    entries = [{"md5": files[path], "relpath": path} for path in sorted(files)]
    return json.dumps(entries, sort_keys=True).encode()


def hash_folder(folder: Path) -> str:
    """DVC's hash of the files as they are on disk now, without its database of hashes seen earlier."""
    return hash_list(hash_files(folder))


def hash_list(files: dict[str, str]) -> str:
    """DVC's hash of a folder of these files, such as `d41d....dir`."""
    return hashlib.md5(list_object(files), usedforsecurity=False).hexdigest() + ".dir"


def md5(file: Path) -> str:
    """The hash by which DVC knows a file; raises CheckpointError if it cannot be read."""
    return _digest(file, "md5")


def sha256(file: Path) -> str:
    """The hash by which hubs and package indexes know a file; raises CheckpointError if it cannot be read."""
    return _digest(file, "sha256")


def _digest(file: Path, algorithm: str) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise CheckpointError(f"{file}: cannot be read ({error})") from error
