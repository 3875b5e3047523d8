"""Bring the pinned checkpoints into BentoML's model store: `python -m scripts.import_models`."""

import sys

from checkpoints.errors import CheckpointError
from checkpoints.store import import_models

MEGABYTE = 1e6


def main() -> int:
    """Print one line per model; exit 1 with the reason if any checkpoint is refused."""
    try:
        imported = import_models()
    except CheckpointError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    for model in imported:
        done = "already in the store"
        if model.created:
            linked, copied = model.linked_bytes / MEGABYTE, model.copied_bytes / MEGABYTE
            done = f"imported, {linked:.1f} MB linked, {copied:.1f} MB copied"
        print(f"{model.tag}: {done}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
