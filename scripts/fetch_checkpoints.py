"""Fetch full checkpoints from the Hugging Face hub: `python -m scripts.fetch_checkpoints PROFILE`.

PROFILE is one of checkpoints/profiles.yaml; `--text REPOSITORY COMMIT`, `--vision ...` and `--image ...` name others.
Nothing is pinned in models.dvc before all of them are complete and checked; `dvc push -r REMOTE` then carries them to
the team's remote.
"""

import argparse
import sys
from pathlib import Path

from pydantic import ValidationError

from checkpoints.errors import CheckpointError
from checkpoints.hub import HubCheckpoint, fetch, folders, read_profile
from checkpoints.pins import ROOT
from scripts.publish_checkpoint import publish

MODELS = ("text", "vision", "image")
DOWNLOADS = ROOT / "build" / "downloads"


def fetch_and_pin(checkpoints: dict[str, HubCheckpoint], downloads: Path) -> dict[str, str]:
    """Fetch all, then pin all; returns the tags that will be served. Raises CheckpointError with nothing pinned."""
    wanted = list(folders(downloads, checkpoints))
    for _, checkpoint, folder in wanted:
        fetch(checkpoint, folder)
    return {model: publish(model, folder, push=False) for model, _, folder in wanted}


def main() -> int:
    """Command line; prints the tags, or the reason why nothing was pinned."""
    parser = argparse.ArgumentParser(description="Fetch full checkpoints from the Hugging Face hub and pin them.")
    parser.add_argument("profile", nargs="?")
    for model in MODELS:
        parser.add_argument(f"--{model}", nargs=2, metavar=("REPOSITORY", "COMMIT"))
    arguments = parser.parse_args()
    try:
        checkpoints = read_profile(arguments.profile) if arguments.profile else {}
        for model in MODELS:
            if own := getattr(arguments, model):
                checkpoints[model] = HubCheckpoint(repository=own[0], revision=own[1])
        if not checkpoints:
            parser.error("name a profile, --text, --vision or --image")
        for tag in fetch_and_pin(checkpoints, DOWNLOADS).values():
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
