"""Measure a painter: `python -m scripts.evaluate_pictures PHOTOS [--model TAG | --checkpoint FOLDER]`.

PHOTOS is a folder with index.csv (training/vision/data.py), whose apparel types are painted; the pinned captioner
judges.
"""

import argparse
import sys
from pathlib import Path

import bentoml
from rich.console import Console

from evaluation.photos import caption_photos, measure_captions
from evaluation.picture_report import table, write_report
from evaluation.pictures import measure_pictures, paint_types
from evaluation.run import METRICS
from operations.checkpoints import pinned_models
from runners.engines.captioner import CaptionerEngine
from runners.engines.files import CheckpointError
from runners.engines.painter import PainterEngine
from training.vision.data import Split, read_index

_SPLITS: tuple[Split, Split] = ("train", "validation")
EXPECTED = (ValueError, OSError, RuntimeError, TypeError, CheckpointError, bentoml.exceptions.NotFound)


def evaluate(checkpoint: Path, name: str, photos: Path, out: Path, each: int, metrics: Path | None) -> None:
    """Paint `each` of every type, write metrics (into `out`, and to `metrics`) and the report, and print the table."""
    known, real = ([p for p in read_index(photos, split) if p.department == "apparel"] for split in _SPLITS)
    captioner = CaptionerEngine.load(Path(bentoml.models.get(pinned_models()["vision"]).path))
    ceiling = measure_captions(caption_photos(captioner, photos, real), 0.0).apparel_type
    painted = paint_types(PainterEngine.load(checkpoint), captioner, real, each)
    figures = measure_pictures(painted, ceiling)
    out.mkdir(parents=True, exist_ok=True)
    for file in (out / METRICS, *([metrics] if metrics else [])):
        file.write_text(figures.model_dump_json(indent=2) + "\n")
    report = write_report(name, figures, painted, photos, known, out)
    Console().print(table(name, figures, len(painted)))
    print(f"Report: {report}")


def main() -> int:
    """Command line; prints the table, or the reason why there is none."""
    parser = argparse.ArgumentParser(description="Measure the pictures of a checkpoint.")
    parser.add_argument("photos", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/picture-evaluation"))
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--model", help="NAME:VERSION in the model store (default: the pinned image model)")
    source.add_argument("--checkpoint", type=Path, help="a checkpoint's folder, such as build/image/checkpoint")
    parser.add_argument("--each", type=int, default=20, help="pictures of each type")
    parser.add_argument("--metrics", type=Path, help="a second file for the metrics, such as one that git keeps")
    given = parser.parse_args()
    try:
        tag = given.model or pinned_models().get("image", "")
        if not (given.checkpoint or tag):
            raise ValueError("models.dvc pins no image checkpoint; name one with --checkpoint")
        folder = given.checkpoint or Path(bentoml.models.get(tag).path)
        name = given.checkpoint.as_posix() if given.checkpoint else tag
        evaluate(folder, name, given.photos, given.out, given.each, given.metrics)
    except EXPECTED as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
