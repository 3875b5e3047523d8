"""Named sets of checkpoints (profiles.yaml), each model's from a source of its own."""

from typing import Any

import yaml
from pydantic import ValidationError

from checkpoints.adapted import AdaptedCheckpoint
from checkpoints.errors import CheckpointError
from checkpoints.hub import HubCheckpoint
from checkpoints.packages import PackageCheckpoint
from checkpoints.pins import ROOT
from checkpoints.remotes import KeptCheckpoint
from checkpoints.sources import Source

PROFILES_FILE = ROOT / "checkpoints" / "profiles.yaml"


def read_profile(name: str) -> dict[str, Source]:
    """The checkpoints of a profile by model; raises CheckpointError if profiles.yaml has none of that name."""
    profiles = yaml.safe_load(PROFILES_FILE.read_text())
    if name not in profiles:
        raise CheckpointError(f"{PROFILES_FILE.name}: has no profile {name!r}, but {', '.join(profiles)}")
    try:
        return {model: _source(entry, profiles) for model, entry in profiles[name].items()}
    except (ValidationError, KeyError) as error:
        raise CheckpointError(f"{PROFILES_FILE.name}: the profile {name!r} is unreadable: {error}") from error


def _source(entry: dict[str, Any], profiles: dict[str, Any]) -> Source:
    if "repository" in entry:
        return HubCheckpoint.model_validate(entry)
    if "adapter" in entry:
        return AdaptedCheckpoint.model_validate({**entry, "base": profiles[entry["base"]]["text"]})
    if "package" in entry:
        return PackageCheckpoint.model_validate(entry)
    return KeptCheckpoint.model_validate(entry)
