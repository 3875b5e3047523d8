"""The evaluation of a painter as people run it."""

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import Project
from tests.evaluation.photos import make_photo_folder

pytestmark = pytest.mark.slow


def test_pictures_are_shown_beside_the_photos_that_they_are_most_like(
    painting_project: Project, tmp_path: Path
) -> None:
    """The random painter paints nothing that the random captioner could name."""
    folder = make_photo_folder(tmp_path / "photos")
    command = [sys.executable, "-m", "scripts.evaluate_pictures", str(folder), "--each", "2"]
    printed = painting_project.run(*command, "--out", str(tmp_path / "out")).stdout
    assert "taken for the type asked for" in printed
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["recognised"] == 0
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("<figure>") == 12 and page.count("<img") == 24


def test_a_project_without_a_painter_says_so(tiny_project: Project, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.evaluate_pictures", str(make_photo_folder(tmp_path / "photos"))]
    done = tiny_project.run(*command, check=False)
    assert done.returncode == 1 and "pins no image checkpoint" in done.stderr
