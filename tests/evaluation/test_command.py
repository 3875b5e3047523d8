"""The evaluation as people run it: on a checkpoint of the model store and on a running service."""

import json
import sys
from pathlib import Path

import pytest

from evaluation.sources import SHORT_FIELDS
from tests.conftest import Launcher, Project
from tests.service.conftest import TARGET

pytestmark = pytest.mark.slow
PRODUCTS = "evaluation/trades.jsonl"


def evaluate(project: Project, out: Path, *options: str) -> str:
    """Run the command on three products; returns what it printed."""
    command = [sys.executable, "-m", "scripts.evaluate", PRODUCTS, "--limit", "3", "--out", str(out), *options]
    return project.run(*command).stdout


def test_a_checkpoint_is_measured_against_a_baseline(tiny_project: Project, tmp_path: Path) -> None:
    """The report holds both texts of a product side by side, and links to nothing outside."""
    training_text = tmp_path / "known.txt"
    training_text.write_text("Product: 1; Brand: 2; Material: 3; Colour: 4; Size: 5; Waterproofing: 6\n")
    evaluate(tiny_project, tmp_path / "list", "--list", "--training-text", str(training_text))
    assert json.loads((tmp_path / "list" / "metrics.json").read_text())["served"]["sentences_by_heart"] == 1
    printed = evaluate(tiny_project, tmp_path / "model", "--against", str(tmp_path / "list"), "--listing")
    assert "not measured" in printed, "nobody said what the random model has learned from"
    assert "attribute coverage" in printed and "first candidate" in printed and "alt text passes" in printed
    figures = json.loads((tmp_path / "model" / "metrics.json").read_text())
    assert figures["products"] == 3
    assert figures["served"]["passes_every_check"] == 0, "a random model writes no copy"
    assert set(figures["fields"]) == set(SHORT_FIELDS)
    page = (tmp_path / "model" / "report.html").read_text()
    assert page.count("<article>") == 3 and "the bare attribute list" in page and "95 % intervals" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_running_service_is_measured_by_its_address(
    tiny_project: Project, launcher: Launcher, tmp_path: Path
) -> None:
    server = launcher.start(tiny_project, TARGET)
    evaluate(tiny_project, tmp_path, "--url", server.url, "--listing", "--tone", "plain")
    answers = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert [answer["id"] for answer in answers] == ["trade-01", "trade-02", "trade-03"]
    assert all(set(answer["fields"]) == set(SHORT_FIELDS) for answer in answers)
    assert all(answer["attempts"] > 0 and answer["tokens"] > 0 for answer in answers), "what each cost is told"


def test_what_is_wrong_is_said_in_a_line(tiny_project: Project, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    for options in (("--model", "text:nothing"), ("--url", "http://127.0.0.1:9"), ("--against", nowhere)):
        command = [sys.executable, "-m", "scripts.evaluate", PRODUCTS, "--limit", "1", "--out", str(tmp_path), *options]
        done = tiny_project.run(*command, check=False)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("error: ") and "Traceback" not in done.stderr
