"""The options that every evaluation has: which checkpoint is measured, and where its figures go."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import bentoml
from pydantic import BaseModel

from checkpoints.errors import CheckpointError
from checkpoints.pins import pinned_models
from evaluation.run import METRICS
from operations.errors import ProductDescriptionError

EXPECTED = (ValueError, OSError, CheckpointError, ProductDescriptionError, bentoml.exceptions.NotFound)
"""What is told in a line, as the person who called can mend it."""


def evaluation_parser(description: str, name: str, out: str) -> argparse.ArgumentParser:
    """A parser with the options for a model such as "vision"; `out` is the folder that is written without --out."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, default=Path(out))
    parser.add_argument("--metrics", type=Path, help="a second file for the metrics, such as one that git keeps")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--model", help=f"NAME:VERSION in the model store (default: the pinned {name} model)")
    source.add_argument("--checkpoint", type=Path, help=f"a checkpoint's folder, such as build/{name}/checkpoint")
    return parser


def chosen_checkpoint(model: str | None, checkpoint: Path | None, name: str) -> tuple[Path, str]:
    """The folder that is measured and what it is called; raises ValueError where `name` is not pinned."""
    if checkpoint:
        return checkpoint, checkpoint.as_posix()
    tag = model or pinned_models().get(name)
    if not tag:
        raise ValueError(f"models.dvc pins no {name} checkpoint; name one with --checkpoint")
    stored = bentoml.models.get(tag)
    return Path(stored.path), str(stored.tag)


def write_figures(figures: BaseModel, out: Path, others: Sequence[Path]) -> None:
    """Write the figures as JSON into the folder `out` and to `others`."""
    out.mkdir(parents=True, exist_ok=True)
    for file in (out / METRICS, *others):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(figures.model_dump_json(indent=2) + "\n")
