"""A checkpoint of two parts: a base model of the package index, and this project's adapter, which a DVC remote keeps.

Every machine puts them together for itself; that the result is the one that was pinned, its hash tells.
"""

import shutil
from pathlib import Path
from typing import ClassVar

from checkpoints.adapters import FILE_NAME, merge
from checkpoints.card import CheckpointCard, write_card
from checkpoints.folder import VERIFIER
from checkpoints.formats import TEXT_FILE_NAME, TextFormat
from checkpoints.packages import PackageCheckpoint
from checkpoints.remotes import KeptCheckpoint
from checkpoints.sources import Source

_CARD = "README.md"
WEIGHTS = "model.gguf"
BASE = "smollm2"
"""The profile of the model that this project adapts."""


class AdaptedCheckpoint(Source):
    """The model called `name`: `base` with what is kept as `adapter` (adapter.safetensors, README.md) added to it; and
    beside it `base` with the `verifier` added, if there is one."""

    by_each_machine: ClassVar[bool] = True

    name: str
    base: PackageCheckpoint
    adapter: KeptCheckpoint
    verifier: KeptCheckpoint | None = None

    @property
    def place(self) -> Path:
        parts = [self.name, self.adapter.md5, *([self.verifier.md5] if self.verifier else [])]
        return Path("-".join(parts))

    def fetch_files(self, folder: Path) -> None:
        base = folder.parent / self.base.place
        base.mkdir(parents=True, exist_ok=True)
        self.base.fetch_files(base)
        self._add(self.adapter, base, folder, self.name)
        if self.verifier:
            self._add(self.verifier, base, folder / VERIFIER, f"{self.name}, verifier")
        (folder / TEXT_FILE_NAME).write_text(TextFormat(by_sentence=True).to_json())
        write_card(
            CheckpointCard(
                name=self.name,
                source=f"{self.base.name}, adapted by this project",
                revision=self.adapter.md5.removesuffix(".dir"),
                licence=self.licence,
                demonstration=True,
            ),
            folder,
        )

    def _add(self, adapter: KeptCheckpoint, base: Path, folder: Path, name: str) -> None:
        """Put a base with an adapter added, called `name`, into `folder`, and the adapter's card beside it."""
        kept = base.parent / adapter.place
        adapter.fetch_files(kept)
        folder.mkdir(exist_ok=True)
        unfinished = folder / f"{WEIGHTS}.unfinished"
        merge(base / Path(self.base.file).name, kept / FILE_NAME, unfinished, name)
        unfinished.replace(folder / WEIGHTS)
        shutil.copyfile(kept / _CARD, folder / _CARD)
