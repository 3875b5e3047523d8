"""Full checkpoints from the Hugging Face hub (or a mirror named by HF_ENDPOINT), pinned by commit, safetensors only.

The token for gated repositories is HF_TOKEN in the environment. Files already fetched are kept, so that a download
that was cut off goes on; a folder is complete and checked when `fetch` returns.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import httpx2
import yaml
from huggingface_hub import HfApi, ModelInfo, get_token, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from pydantic import BaseModel, ConfigDict, Field

from checkpoints.errors import CheckpointError
from checkpoints.folder import check_files
from checkpoints.pins import ROOT
from checkpoints.store import CARD_NAME, CheckpointCard
from copywriter.formats import PICTURE_FILE_NAME

PROFILES_FILE = ROOT / "checkpoints" / "profiles.yaml"
_WANTED = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt", "README.md", "LICENSE*")
PIPELINE_INDEX, AUTOENCODER = "model_index.json", "vae"
_MODEL = "diffusion_pytorch_model.safetensors"
# A folder's weights exist in the download, in models/ and in DVC's cache, until DVC links the last two.
_COPIES = 3


class HubCheckpoint(BaseModel):
    """A repository of the hub at one commit.

    A pipeline's `autoencoder` may come from another repository, such as a tiny one that decodes pictures in a fraction
    of the time; `picture_format` is how a painter is meant to be asked, where its own repository does not say it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    licence: str = "unknown"
    autoencoder: "HubCheckpoint | None" = None
    picture_format: dict[str, float] | None = None


def read_profile(name: str) -> dict[str, HubCheckpoint]:
    """The checkpoints of a profile by model; raises CheckpointError if profiles.yaml has none of that name."""
    profiles = yaml.safe_load(PROFILES_FILE.read_text())
    if name not in profiles:
        raise CheckpointError(f"{PROFILES_FILE.name}: has no profile {name!r}, but {', '.join(profiles)}")
    return {model: HubCheckpoint.model_validate(entry) for model, entry in profiles[name].items()}


def fetch(checkpoint: HubCheckpoint, folder: Path) -> None:
    """Bring the checkpoint into `folder`; raises CheckpointError, in words for the user, and then is not complete."""
    _fetch_files(checkpoint, folder)
    if checkpoint.autoencoder:
        _fetch_autoencoder(checkpoint.autoencoder, folder)
    if checkpoint.picture_format:
        (folder / PICTURE_FILE_NAME).write_text(json.dumps(checkpoint.picture_format, indent=2) + "\n")
    _write_card(checkpoint, folder)
    check_files(folder)


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
    _check_hashes(info, files, folder)
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


def _check_hashes(info: ModelInfo, files: dict[str, int], folder: Path) -> None:
    for file in info.siblings or []:
        if file.rfilename in files and file.lfs and _sha256(folder / file.rfilename) != file.lfs.sha256:
            (folder / file.rfilename).unlink()
            raise CheckpointError(f"{folder / file.rfilename}: its bytes are not those that the hub names; removed")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write_card(checkpoint: HubCheckpoint, folder: Path) -> None:
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    card = CheckpointCard(
        name=checkpoint.repository,
        source=f"{endpoint}/{checkpoint.repository}",
        revision=checkpoint.revision,
        licence=checkpoint.licence,
    )
    (folder / CARD_NAME).write_text(json.dumps(card.model_dump(), indent=2) + "\n")


def folders(root: Path, checkpoints: dict[str, HubCheckpoint]) -> Iterator[tuple[str, HubCheckpoint, Path]]:
    """Each model with its checkpoint and the folder below `root` that is its own, whatever else is fetched."""
    for model, checkpoint in checkpoints.items():
        yield model, checkpoint, root / checkpoint.repository.replace("/", "--") / checkpoint.revision
