"""Full checkpoints from the Hugging Face hub (or a mirror named by HF_ENDPOINT), pinned by commit.

The token for gated repositories is HF_TOKEN in the environment. Files already fetched are kept, so that a download
that was cut off goes on.
"""

import json
import os
import shutil
from fnmatch import fnmatch
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, ModelInfo, get_token, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from pydantic import Field

from checkpoints.card import CheckpointCard, write_card
from checkpoints.errors import CheckpointError
from checkpoints.hashes import sha256
from checkpoints.sources import Source
from copywriter.formats import PICTURE_FILE_NAME

_WANTED = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt", "README.md", "LICENSE*")
PIPELINE_INDEX, AUTOENCODER = "model_index.json", "vae"
_MODEL = "diffusion_pytorch_model.safetensors"
# A folder's weights exist in the download, in models/ and in DVC's cache, until DVC links the last two.
_COPIES = 3


class HubCheckpoint(Source):
    """A repository of the hub at one commit.

    `file` takes that one GGUF file of a repository that holds many quantisations; `sha256` is what it must have,
    whatever a mirror says. A pipeline's `autoencoder` may come from another repository, such as a tiny one that decodes
    pictures in a fraction of the time; `picture_format` is how a painter is meant to be asked, where its own repository
    does not say it.
    """

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    file: str | None = Field(None, pattern=r"^[\w.-]+\.gguf$")
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    autoencoder: "HubCheckpoint | None" = None
    picture_format: dict[str, float] | None = None

    @property
    def place(self) -> Path:
        return Path(self.repository.replace("/", "--"), self.revision, Path(self.file).stem if self.file else "")

    def fetch_files(self, folder: Path) -> None:
        _fetch_files(self, folder)
        if self.autoencoder:
            _fetch_autoencoder(self.autoencoder, folder)
        if self.picture_format:
            (folder / PICTURE_FILE_NAME).write_text(json.dumps(self.picture_format, indent=2) + "\n")
        endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
        source = f"{endpoint}/{self.repository}"
        write_card(
            CheckpointCard(name=self.repository, source=source, revision=self.revision, licence=self.licence), folder
        )


def _fetch_files(checkpoint: HubCheckpoint, folder: Path) -> None:
    try:
        info = HfApi().model_info(checkpoint.repository, revision=checkpoint.revision, files_metadata=True)
        files = _wanted_files(checkpoint, info)
        folder.mkdir(parents=True, exist_ok=True)
        _check_space(sum(files.values()), folder)
        for name in files:
            hf_hub_download(checkpoint.repository, name, revision=checkpoint.revision, local_dir=folder)
    except (httpx2.HTTPError, OfflineModeIsEnabled, OSError) as error:
        raise CheckpointError(_in_words(checkpoint, error)) from error
    _check_hashes(checkpoint, info, files, folder)
    shutil.rmtree(folder / ".cache", ignore_errors=True)


def _fetch_autoencoder(checkpoint: HubCheckpoint, pipeline: Path) -> None:
    """Fetch a pipeline's autoencoder, and name its class in the pipeline's index."""
    folder, index = pipeline / AUTOENCODER, pipeline / PIPELINE_INDEX
    _fetch_files(checkpoint, folder)
    parts = json.loads(index.read_text())
    parts[AUTOENCODER] = ["diffusers", json.loads((folder / "config.json").read_text())["_class_name"]]
    index.write_text(json.dumps(parts, indent=2) + "\n")


def _wanted_files(checkpoint: HubCheckpoint, info: ModelInfo) -> dict[str, int]:
    """Sizes in bytes of the files to fetch: those of the top folder, or of each component of a diffusers pipeline.

    Beside a pipeline's components lie the same weights in one file, and in other number formats ("model.fp16"), which
    nothing here reads.
    """
    every = {file.rfilename: file.size or 0 for file in info.siblings or []}
    files = {name: size for name, size in every.items() if any(fnmatch(name, p) for p in _WANTED)}
    if checkpoint.file:
        if checkpoint.file not in every:
            raise CheckpointError(f"{checkpoint.repository}: has no {checkpoint.file} at {checkpoint.revision}")
        return {checkpoint.file: every[checkpoint.file]}
    if PIPELINE_INDEX in files:
        files = {name: size for name, size in files.items() if _of_a_component(name)}
        if checkpoint.autoencoder:
            files = {name: size for name, size in files.items() if not name.startswith(f"{AUTOENCODER}/")}
    else:
        files = {name: size for name, size in files.items() if "/" not in name}
        if _MODEL in files:  # of diffusers; other weights beside it are its parts in other forms
            files = {name: size for name, size in files.items() if name in (_MODEL, "config.json")}
    if not any(name.endswith(".safetensors") for name in files):
        raise CheckpointError(f"{checkpoint.repository}: has no safetensors at {checkpoint.revision}")
    return files


def _of_a_component(name: str) -> bool:
    weights = name.endswith(".safetensors")
    return not weights or ("/" in name and "." not in Path(name).stem)


def _check_space(size: int, folder: Path) -> None:
    here = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    needed, free = _COPIES * size - here, shutil.disk_usage(folder).free
    if needed > free:
        raise CheckpointError(f"{folder}: {needed / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free on the disk")


def _in_words(checkpoint: HubCheckpoint, error: Exception) -> str:
    repository = checkpoint.repository
    if isinstance(error, GatedRepoError):
        token = "your HF_TOKEN is not among them" if get_token() else "set HF_TOKEN to the token of one"
        return f"{repository}: is open only to accounts that accepted its terms on the hub; {token}"
    if isinstance(error, RevisionNotFoundError):
        return f"{repository}: has no commit {checkpoint.revision}"
    if isinstance(error, RepositoryNotFoundError):
        return f"{repository}: no such repository, or HF_TOKEN may not read it"
    if isinstance(error, OfflineModeIsEnabled):
        return f"{repository}: HF_HUB_OFFLINE is set, so the hub is not asked"
    if isinstance(error, HfHubHTTPError):
        return f"{repository}: the hub answered {error.response.status_code}; try again, what was fetched is kept"
    return f"{repository}: could not be fetched ({type(error).__name__}); try again, what was fetched is kept"


def _check_hashes(checkpoint: HubCheckpoint, info: ModelInfo, files: dict[str, int], folder: Path) -> None:
    named = {file.rfilename: file.lfs.sha256 for file in info.siblings or [] if file.lfs and file.rfilename in files}
    if checkpoint.file and checkpoint.sha256:
        named[checkpoint.file] = checkpoint.sha256
    for name, wanted in named.items():
        if sha256(folder / name) != wanted:
            (folder / name).unlink()
            raise CheckpointError(f"{folder / name}: its bytes are not those of SHA-256 {wanted}; removed")
