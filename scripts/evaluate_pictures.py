"""Measure a painter: `python -m scripts.evaluate_pictures PHOTOS [--model TAG | --checkpoint FOLDER]`.

PHOTOS is a folder with index.csv (evaluation/photo_index.py), whose apparel types are painted; the pinned captioner
judges.
"""

import sys
from pathlib import Path

from evaluation.options import EXPECTED, chosen_checkpoint, evaluation_parser, write_figures
from evaluation.photo_index import Split, read_index
from evaluation.photos import caption_photos, measure_captions
from evaluation.picture_report import LABELS, write_report
from evaluation.pictures import measure_pictures, paint_types
from evaluation.report import show_figures
from runners.engines.captioner import CaptionerEngine
from runners.engines.painter import PainterEngine

_SPLITS: tuple[Split, Split] = ("train", "validation")


def main() -> int:
    """Command line; prints the table, or the reason why there is none."""
    parser = evaluation_parser("Measure the pictures of a checkpoint.", "image", "build/picture-evaluation")
    parser.add_argument("photos", type=Path)
    parser.add_argument("--each", type=int, default=20, help="pictures of each type")
    given = parser.parse_args()
    try:
        known, real = ([p for p in read_index(given.photos, split) if p.department == "apparel"] for split in _SPLITS)
        folder, name = chosen_checkpoint(given.model, given.checkpoint, "image")
        captioner = CaptionerEngine.load(chosen_checkpoint(None, None, "vision")[0])
        ceiling = measure_captions(caption_photos(captioner, given.photos, real), 0.0).apparel_type
        painted = paint_types(PainterEngine.load(folder), captioner, real, given.each)
        figures = measure_pictures(painted, ceiling)
        write_figures(figures, given.out, [given.metrics] if given.metrics else [])
        report = write_report(name, figures, painted, given.photos, known, given.out)
    except EXPECTED as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    show_figures(f"{name}: {len(painted)} pictures", figures, LABELS)
    print(f"Report: {report}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
