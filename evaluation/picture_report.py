"""The report on a painter: a table for the terminal, and a page with pictures and their nearest training photos."""

import base64
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.table import Table

from evaluation.pictures import Painted, PictureMetrics, nearest_photos
from evaluation.report import HTML
from training.vision.data import Photo

_SHOWN = 40
LABELS = {
    "recognised": "taken for the type asked for",
    "ceiling": "the same on real validation photos",
    "colour": "taken for the colour asked for, where one is named",
    "seconds": "seconds for a picture (median)",
}
"""What each metric is called, in the order of the tables."""


def table(name: str, metrics: PictureMetrics, pictures: int) -> Table:
    """The metrics, a line each."""
    result = Table(title=f"{name}: {pictures} pictures", title_justify="left")
    result.add_column("metric")
    result.add_column("figure", justify="right")
    for metric, label in LABELS.items():
        result.add_row(label, f"{getattr(metrics, metric):.3f}")
    return result


def write_report(
    name: str, metrics: PictureMetrics, painted: Sequence[Painted], photos: Path, known: Sequence[Photo], folder: Path
) -> Path:
    """Write the page into `folder`, one file without links to anything outside; `known` are the training photos."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
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
    figures = {label: f"{getattr(metrics, metric):.3f}" for metric, label in LABELS.items()}
    file = folder / HTML
    template = templates.get_template("picture_report.html.j2")
    file.write_text(template.render(name=name, count=len(painted), figures=figures, examples=examples))
    return file
