"""The report on a painter: a page with its figures, and pictures beside their nearest training photos."""

import base64
from collections.abc import Sequence
from pathlib import Path

from evaluation.photo_index import Photo
from evaluation.pictures import Painted, PictureMetrics, nearest_photos
from evaluation.report import labelled, render

_SHOWN = 40
LABELS = {
    "recognised": "taken for the type asked for",
    "ceiling": "the same on real validation photos",
    "colour": "taken for the colour asked for, where one is named",
    "seconds": "seconds for a picture (median)",
}
"""What each metric is called, in the order of the tables."""


def write_report(
    name: str, metrics: PictureMetrics, painted: Sequence[Painted], photos: Path, known: Sequence[Photo], folder: Path
) -> Path:
    """Write the page into `folder`, one file without links to anything outside; `known` are the training photos."""
    shown = painted[:_SHOWN]
    examples = [
        {
            "image": f"data:image/png;base64,{one.image}",
            "nearest": f"data:image/jpeg;base64,{base64.b64encode((photos / near.file).read_bytes()).decode()}",
            "prompt": one.prompt,
            "caption": one.caption,
            "recognised": one.recognised,
        }
        for one, near in zip(shown, nearest_photos(shown, photos, known), strict=True)
    ]
    figures = labelled(metrics, LABELS)
    return render("picture_report.html.j2", folder, name=name, count=len(painted), figures=figures, examples=examples)
