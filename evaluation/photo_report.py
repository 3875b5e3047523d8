"""The report on a captioner: a page with its figures, plots and a sheet of captioned photos."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib import pyplot

from evaluation.photos import Captioned, CaptionMetrics, calibration, confusion
from evaluation.report import INK, labelled, render, svg

_SHOWN = 40
LABELS = {
    "apparel_type": "apparel: product type",
    "grocery_type": "groceries: product type",
    "grocery_exact": "groceries: whole caption, down to variety and flavour",
    "colour": "apparel of one clear colour: that colour",
    "colour_invented": "apparel of no clear colour: some colour all the same",
    "least_confidence": "least confidence at which a product is named",
    "coverage": "named at that confidence",
    "precision": "right of what is named",
    "calibration_error": "calibration error of the confidence",
}
"""What each metric is called, in the order of the tables."""


@dataclass(frozen=True)
class Example:
    """A photo of the sheet, `image` as an address that a page can show by itself."""

    image: str
    caption: str
    confidence: str
    truth: str
    right: bool
    doubtful: bool


def write_report(
    name: str, metrics: CaptionMetrics, captioned: Sequence[Captioned], photos: Path, folder: Path
) -> Path:
    """Write the page into `folder`, one file without links to anything outside; returns its path."""
    return render(
        "photo_report.html.j2",
        folder,
        name=name,
        count=len(captioned),
        figures=labelled(metrics, LABELS),
        calibration=_calibration_plot(captioned),
        confusions=[_confusion_plot(captioned, department) for department in _departments(captioned)],
        examples=_examples(captioned, photos, metrics.least_confidence),
    )


def _departments(captioned: Sequence[Captioned]) -> list[str]:
    return sorted({one.photo.department for one in captioned})


def _examples(captioned: Sequence[Captioned], photos: Path, least_confidence: float) -> list[Example]:
    """Every n-th photo, unselected."""
    count = min(len(captioned), _SHOWN)
    chosen = [captioned[number * len(captioned) // count] for number in range(count)]
    return [
        Example(
            image="data:image/jpeg;base64," + base64.b64encode((photos / one.photo.file).read_bytes()).decode(),
            caption=one.caption,
            confidence=f"{one.confidence:.2f}",
            truth=f"{one.photo.product_type}, {one.colour}" if one.colour else one.photo.product,
            right=one.right,
            doubtful=one.confidence < least_confidence,
        )
        for one in chosen
    ]


def _calibration_plot(captioned: Sequence[Captioned]) -> str:
    figure, axes = pyplot.subplots(figsize=(6, 3))
    bins = calibration(captioned)
    axes.plot([0, 1], [0, 1], color="#c9c3b5", linewidth=1)
    axes.scatter(
        [each.confidence for each in bins], [each.right for each in bins], s=[each.count for each in bins], color=INK
    )
    axes.set(title="Confidence and truth (area: captions)", xlabel="confidence", ylabel="right", xlim=(0, 1.02))
    axes.set_ylim(-0.02, 1.05)
    return svg(figure)


def _confusion_plot(captioned: Sequence[Captioned], department: str) -> str:
    types, shares = confusion(captioned, department)
    size = 2.5 + 0.22 * len(types)
    figure, axes = pyplot.subplots(figsize=(size, size))
    axes.imshow(shares, cmap="Greens", vmin=0, vmax=1, aspect="auto")
    columns = [*types, "other"]
    axes.set_xticks(range(len(columns)), columns, rotation=90, fontsize=7)
    axes.set_yticks(range(len(types)), types, fontsize=7)
    axes.set(title=f"{department}: what photos of each type (rows) are named as")
    return svg(figure)
