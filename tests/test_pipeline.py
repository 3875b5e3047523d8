"""The DVC pipeline as a user runs it: from a file of attribute sets to a measured checkpoint, in a clone of its own."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Project, copy_project

pytestmark = pytest.mark.slow
# The starter trained further for seconds: real parts that are done soon, and whose copy is worth measuring.
TINY: dict[str, dict[str, Any]] = {
    "train": {"minutes": 0.05, "threads": 1, "rows": 2, "learning-rate": 1e-5, "eager": True, "start": "models/text"},
    "evaluate": {"limit": 2},
}
LAMP = {"Product Type": "Desk Lamp", "Brand": "Lumo", "Material": "Aluminium", "Colour": "black"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone with the shipped starter and ten attribute sets, whose pipeline has run once and is committed."""
    project = copy_project(tmp_path_factory.mktemp("pipeline"), starters=True)
    (project.folder / ".venv").symlink_to(sys.prefix)
    (project.folder / "data").mkdir()
    sets = [{"id": number, "attributes": {**LAMP, "Part Number": f"LM-{number}"}} for number in range(1, 11)]
    lines = "".join(json.dumps(record) + "\n" for record in sets)
    (project.folder / "data" / "product-attributes.jsonl").write_text(lines)
    project.run("dvc", "pull", "-q", "models/text")
    change_parameters(project, TINY)
    repro(project)
    commit(project)
    return project


def change_parameters(project: Project, changes: dict[str, dict[str, Any]]) -> None:
    """Give parameters other values in params.yaml."""
    file = project.folder / "params.yaml"
    parameters = yaml.safe_load(file.read_text())
    for part, values in changes.items():
        parameters[part] |= values
    file.write_text(yaml.safe_dump(parameters))


def repro(project: Project) -> str:
    """`dvc repro`, with Python writing its caches among the code as it usually does; returns what it printed."""
    return project.run("env", "-u", "PYTHONDONTWRITEBYTECODE", "dvc", "repro").stdout


def commit(project: Project) -> None:
    """Commit everything that git does not ignore."""
    project.run("git", "add", "--all")
    project.run("git", "-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "-q", "-m", "A run")


def test_training_and_evaluation_see_different_sets(clone: Project) -> None:
    folder = clone.folder / "build" / "text-data"
    seen, held_out = (
        {str(json.loads(line)["id"]) for line in (folder / name).read_text().splitlines()}
        for name in ("training.jsonl", "held-out.jsonl")
    )
    assert seen == {"1", "2", "3", "4", "6", "7", "8", "9"}
    assert {"5", "10"} <= held_out and not seen & held_out


def test_what_a_run_leaves_is_in_git_or_ignored_and_is_never_pushed(clone: Project) -> None:
    """A `dvc push` would otherwise put a user's data into the starters' remote, which git keeps."""
    tracked = clone.run("git", "ls-files").stdout.splitlines()
    assert {"dvc.lock", "metrics/text.json"} <= set(tracked)
    assert not [name for name in tracked if name.startswith(("build/", "data/"))]
    remote = clone.folder / "checkpoints" / "files"
    before = sorted(remote.rglob("*"))
    clone.run("dvc", "push", "-q", *yaml.safe_load((clone.folder / "dvc.yaml").read_text())["stages"])
    assert sorted(remote.rglob("*")) == before
    assert not (clone.folder / "build" / "text" / "state.pt").exists(), "the next run must begin anew"


def test_a_second_run_has_nothing_to_do(clone: Project) -> None:
    assert "Running stage" not in repro(clone)


def test_metrics_and_plots_are_shown(clone: Project) -> None:
    assert "served.coverage" in clone.run("dvc", "metrics", "show").stdout
    page = Path(clone.run("dvc", "plots", "show").stdout.strip().removeprefix("file://"))
    for title in ("Training loss", "Coverage of the facts by length", "Reading ease by length"):
        assert title in page.read_text()


def test_a_changed_parameter_trains_again_and_the_metrics_are_compared(clone: Project) -> None:
    checkpoint = clone.folder / "build" / "text" / "checkpoint" / "model.safetensors"
    before = checkpoint.read_bytes()
    change_parameters(clone, {"train": {"seed": 8}})
    printed = repro(clone)
    assert "Running stage 'train'" in printed and "Running stage 'evaluate'" in printed
    assert "Running stage 'prepare'" not in printed
    assert checkpoint.read_bytes() != before
    compared = json.loads(clone.run("dvc", "metrics", "diff", "--all", "--json", "HEAD").stdout)
    coverage = compared["metrics/text.json"]["served.coverage"]
    assert 0 <= coverage["old"] <= 1 and 0 <= coverage["new"] <= 1
    assert "served.coverage" in clone.run("dvc", "metrics", "diff", "--all").stdout


def test_a_training_goes_on_with_the_same_inputs_only(clone: Project, tmp_path: Path) -> None:
    """A cut run must not be lost, and a changed one must not be taken for its end."""

    def train(minutes: float, *options: str) -> str:
        command = [sys.executable, "-m", "training.text.train", "--out", str(tmp_path), "--minutes", str(minutes)]
        logged = clone.run(*command, "--start", "models/text", "--rows", "2", "--eager", *options).stderr
        return "\n".join(line for line in logged.splitlines() if line.startswith("20") and not line.endswith("}"))

    losses = tmp_path / "loss.csv"
    train(0.02)
    first = losses.read_text()
    assert not train(0.05) and losses.read_text().startswith(first), "nothing is logged but figures"
    assert "began with other inputs" in train(0.05, "--seed", "8", "--drop-state")
    assert not losses.read_text().startswith(first)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint", "loss.csv"]
