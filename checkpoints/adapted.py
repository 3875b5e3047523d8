"""A checkpoint of two parts: a base model of the package index, and this project's adapter, which a DVC remote keeps.

Every machine puts them together for itself; that the result is the one that was pinned, its hash tells.
"""

import shutil
from pathlib import Path
from typing import ClassVar

from checkpoints.adapters import FILE_NAME, merge
from checkpoints.card import CheckpointCard, write_card
from checkpoints.formats import TEXT_FILE_NAME, TextFormat
from checkpoints.packages import PackageCheckpoint
from checkpoints.remotes import KeptCheckpoint
from checkpoints.sources import Source

_CARD = "README.md"
WEIGHTS = "model.gguf"
BASE = "smollm2"
"""The profile of the model that this project adapts."""


class AdaptedCheckpoint(Source):
    """The model called `name`: `base` with what is kept as `adapter` (adapter.safetensors, README.md) added to it."""

    by_each_machine: ClassVar[bool] = True

    name: str
    base: PackageCheckpoint
    adapter: KeptCheckpoint

    @property
    def place(self) -> Path:
        return Path(f"{self.name}-{self.adapter.md5}")

    def fetch_files(self, folder: Path) -> None:
        base, adapter = folder.parent / self.base.place, folder.parent / self.adapter.place
        base.mkdir(parents=True, exist_ok=True)
        self.base.fetch_files(base)
        self.adapter.fetch_files(adapter)
        unfinished = folder / f"{WEIGHTS}.unfinished"
        merge(base / Path(self.base.file).name, adapter / FILE_NAME, unfinished, self.name)
        unfinished.replace(folder / WEIGHTS)
        shutil.copyfile(adapter / _CARD, folder / _CARD)
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
