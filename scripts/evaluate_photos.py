"""Measure a captioner: `python -m scripts.evaluate_photos PHOTOS [--model TAG | --checkpoint FOLDER]`.

PHOTOS is a folder with index.csv (training/vision/data.py); its validation photos are captioned.
"""

import sys
from pathlib import Path

from checkpoints.formats import read_caption_format
from evaluation.options import EXPECTED, chosen_checkpoint, evaluation_parser, write_figures
from evaluation.photo_report import LABELS, write_report
from evaluation.photos import caption_photos, measure_captions
from evaluation.report import show_figures
from runners.engines.captioner import CaptionerEngine
from training.vision.data import read_index


def main() -> int:
    """Command line; prints the table, or the reason why there is none."""
    parser = evaluation_parser("Measure the captions of a checkpoint.", "vision", "build/photo-evaluation")
    parser.add_argument("photos", type=Path)
    parser.add_argument(
        "--least-confidence", type=float, help="below this a product is not named (default: as the checkpoint asks)"
    )
    given = parser.parse_args()
    try:
        labels = read_index(given.photos, "validation")
        folder, name = chosen_checkpoint(given.model, given.checkpoint, "vision")
        captioned = caption_photos(CaptionerEngine.load(folder), given.photos, labels)
        asked = given.least_confidence
        least = read_caption_format(folder).least_confidence if asked is None else asked
        figures = measure_captions(captioned, least)
        write_figures(figures, given.out, [given.metrics] if given.metrics else [])
        report = write_report(name, figures, captioned, given.photos, given.out)
    except EXPECTED as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    show_figures(f"{name}: {len(captioned)} photos", figures, LABELS)
    print(f"Report: {report}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
