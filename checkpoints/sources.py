"""What all sources of checkpoints have in common."""

import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from checkpoints.errors import CheckpointError
from checkpoints.folder import check_files
from checkpoints.pins import ROOT

EXTRAS = ROOT / "checkpoints"


class Source(BaseModel, ABC):
    """Where a checkpoint comes from.

    `files` are small ones of this repository, by their paths in checkpoints/, that belong beside the weights, such as
    the chat template that a base model lacks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by_each_machine: ClassVar[bool] = False
    """Whether every machine fetches it for itself, wholly or in part from the package index, and no remote has it."""

    licence: str = "unknown"
    files: tuple[str, ...] = ()

    @property
    @abstractmethod
    def place(self) -> Path:
        """The folder among all downloads that is this checkpoint's own, so that what was fetched is kept."""

    @abstractmethod
    def fetch_files(self, folder: Path) -> None:
        """Bring what the source holds into `folder`, checked against its hashes; raises CheckpointError."""

    def fetch(self, folder: Path) -> None:
        """Bring the checkpoint into `folder`; raises CheckpointError, in words for the user, with it not complete."""
        folder.mkdir(parents=True, exist_ok=True)
        self.fetch_files(folder)
        for name in self.files:
            try:
                shutil.copyfile(EXTRAS / name, folder / Path(name).name)
            except OSError as error:
                raise CheckpointError(f"{EXTRAS / name}: cannot be copied ({error})") from error
        check_files(folder)
