"""The evaluation of a captioner as people run it, and what its figures mean."""

import json
import sys
from pathlib import Path

import pytest

from evaluation.photo_index import Photo
from evaluation.photos import Captioned, calibration, confusion, measure_captions
from tests.conftest import Project
from tests.evaluation.photos import make_photo_folder


def captioned(product_type: str, named: str, confidence: float) -> Captioned:
    photo = Photo(f"{product_type}.jpg", "validation", "apparel", product_type, product_type)
    return Captioned(photo, "navy", f"a navy {named}", confidence, named)


def test_what_is_named_is_counted_apart_from_what_is_too_doubtful_to_name() -> None:
    rows = [captioned("hat", "hat", 0.9), captioned("skirt", "dress", 0.8), captioned("dress", "hat", 0.2)]
    figures = measure_captions(rows, least_confidence=0.5)
    assert (figures.apparel_type, figures.coverage, figures.precision) == (0.333, 0.667, 0.5)
    assert figures.colour == 1.0
    assert [(part.count, part.right) for part in calibration(rows)] == [(1, 0.0), (1, 0.0), (1, 1.0)]
    assert figures.calibration_error == pytest.approx((0.2 + 0.8 + 0.1) / 3, abs=1e-3)


def test_a_confusion_tells_what_each_type_is_taken_for() -> None:
    rows = [captioned("hat", "hat", 0.9), captioned("hat", "shoes", 0.8), captioned("skirt", "anything else", 0.2)]
    types, shares = confusion(rows, "apparel")
    assert types == ["hat", "skirt"]
    assert shares.tolist() == [[0.5, 0.0, 0.5], [0.0, 0.0, 1.0]]


@pytest.mark.slow
def test_the_command_writes_a_table_metrics_and_a_sheet_of_photos(painting_project: Project, tmp_path: Path) -> None:
    """The random captioner names nothing right and is never sure enough; the page links to nothing outside."""
    folder = make_photo_folder(tmp_path / "photos")
    command = [sys.executable, "-m", "scripts.evaluate_photos", str(folder), "--out", str(tmp_path / "out")]
    printed = painting_project.run(*command).stdout
    assert "apparel: product type" in printed
    figures = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert (figures["apparel_type"], figures["least_confidence"], figures["coverage"]) == (0, 1, 0)
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("<figure>") == 6
    assert "http://" not in page.replace("http://www.w3.org", "")
    wrong = painting_project.run(*command[:-3], str(tmp_path / "nowhere"), check=False)
    assert wrong.returncode == 1 and wrong.stderr.startswith("error: ") and "Traceback" not in wrong.stderr
