"""What DVC remotes hold: objects by their md5, and for each folder the list of its files."""

from pathlib import Path
from typing import Any

from dvc.repo import Repo
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.tree import Tree
from dvc_objects.errors import ObjectFormatError
from dvc_objects.fs.local import LocalFileSystem
from pydantic import Field

from checkpoints.errors import CheckpointError
from checkpoints.hashes import hash_files, hash_folder, hash_list, list_object, md5
from checkpoints.pins import ROOT
from checkpoints.sources import Source

PACKAGES = "packages"
"""The remote in a folder of this machine (.dvc/config) that the package index fills."""


class KeptCheckpoint(Source):
    """A folder that a DVC remote keeps, by its hash."""

    remote: str
    md5: str = Field(pattern=r"^[0-9a-f]{32}\.dir$")

    @property
    def place(self) -> Path:
        return Path(f"{self.remote}-{self.md5}")

    def fetch_files(self, folder: Path) -> None:
        with Repo(str(ROOT)) as repo:
            try:
                objects = repo.cloud.get_remote_odb(self.remote)
                for parts, _, found in list_files(objects, self.md5):
                    target = folder.joinpath(*parts)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    objects.fs.get_file(objects.oid_to_path(found.value), str(target))
            except Exception as error:  # whatever the library that speaks to this kind of remote raises
                raise CheckpointError(f"DVC remote {self.remote!r}: {error}") from error
        if (found := hash_folder(folder)) != self.md5:
            raise CheckpointError(f"DVC remote {self.remote!r}: gave files of the hash {found}, not {self.md5}")


def list_files(objects: Any, dvc_hash: str) -> Tree:
    """The files of the folder with this hash; raises OSError or ObjectFormatError where `objects` lack the list."""
    return Tree.load(objects, HashInfo("md5", dvc_hash))


def holds_whole(objects: Any, dvc_hash: str) -> bool:
    """Whether a folder's objects on this machine are all there, with the bytes that their names say."""
    try:
        return all(
            md5(Path(objects.oid_to_path(found.value))) == found.value for *_, found in list_files(objects, dvc_hash)
        )
    except (OSError, ObjectFormatError, CheckpointError):
        return False


def fill(objects: Any, folder: Path) -> None:
    """Put a folder of this machine into a remote, the list last, in place of what is damaged there."""
    files = hash_files(folder)
    for name, found in files.items():
        if objects.exists(found):
            objects.delete(found)
        objects.add(str(folder / name), LocalFileSystem(), found)
    objects.add_bytes(hash_list(files), list_object(files))
