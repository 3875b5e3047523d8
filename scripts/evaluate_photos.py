"""Measure a captioner: `python -m scripts.evaluate_photos PHOTOS [--model TAG | --checkpoint FOLDER]`.

PHOTOS is a folder with index.csv (training/vision/data.py); its validation photos are captioned.
"""

import argparse
import sys
from pathlib import Path

import bentoml
from rich.console import Console

from evaluation.photo_report import table, write_report
from evaluation.photos import caption_photos, measure_captions
from evaluation.run import METRICS
from operations.checkpoints import pinned_models
from operations.errors import ProductDescriptionError
from runners.engines.captioner import CaptionerEngine
from runners.engines.files import CheckpointError
from training.vision.data import read_index

EXPECTED = (
    ValueError,
    OSError,
    RuntimeError,
    TypeError,
    ProductDescriptionError,
    CheckpointError,
    bentoml.exceptions.NotFound,
)


def evaluate(
    checkpoint: Path, name: str, photos: Path, out: Path, least_confidence: float, metrics: Path | None
) -> None:
    """Caption the photos, write metrics (into `out`, and to `metrics`) and the report, and print the table."""
    labels = read_index(photos, "validation")
    captioned = caption_photos(CaptionerEngine.load(checkpoint), photos, labels)
    figures = measure_captions(captioned, least_confidence)
    out.mkdir(parents=True, exist_ok=True)
    for file in (out / METRICS, *([metrics] if metrics else [])):
        file.write_text(figures.model_dump_json(indent=2) + "\n")
    report = write_report(name, figures, captioned, photos, out)
    Console().print(table(name, figures, len(captioned)))
    print(f"Report: {report}")


def main() -> int:
    """Command line; prints the table, or the reason why there is none."""
    parser = argparse.ArgumentParser(description="Measure the captions of a checkpoint.")
    parser.add_argument("photos", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/photo-evaluation"))
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--model", help="NAME:VERSION in the model store (default: the pinned vision model)")
    source.add_argument("--checkpoint", type=Path, help="a checkpoint's folder, such as build/vision/checkpoint")
    parser.add_argument("--least-confidence", type=float, default=0.0, help="below this a product is not named")
    parser.add_argument("--metrics", type=Path, help="a second file for the metrics, such as one that git keeps")
    given = parser.parse_args()
    try:
        tag = given.model or pinned_models()["vision"]
        folder = given.checkpoint or Path(bentoml.models.get(tag).path)
        name = given.checkpoint.as_posix() if given.checkpoint else tag
        evaluate(folder, name, given.photos, given.out, given.least_confidence, given.metrics)
    except EXPECTED as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
