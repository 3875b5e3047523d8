"""The DVC pipeline as a user runs it: from written texts to a measured checkpoint, in a clone of its own."""

import json
import lzma
import shutil
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml
from safetensors import safe_open

from tests.conftest import ROOT, Project, copy_project

pytestmark = pytest.mark.slow
WRITTEN, MENDED, JUDGED = (Path("training") / f"{name}.jsonl.xz" for name in ("written", "mended", "judged"))
# One step on one product, another one to validate: real parts that are done soon.
PRODUCTS = 2
TINY: dict[str, dict[str, Any]] = {
    "train": {"epochs": 1, "rank": 2},
    "prefer": {"epochs": 1, "rank": 2},
    "verify": {"epochs": 1, "rank": 2},
    "evaluate": {"limit": 2},
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone whose pipeline has run once on a handful of products and is committed."""
    project = copy_project(tmp_path_factory.mktemp("pipeline"), starters=True)
    (project.folder / ".venv").symlink_to(sys.prefix)
    for file in (WRITTEN, MENDED, JUDGED):
        with lzma.open(project.folder / file, "rt") as lines:
            few = list(islice(lines, PRODUCTS))
        with lzma.open(project.folder / file, "wt") as out:
            out.writelines(few)
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
    """`dvc repro`, with Python writing its caches among the code as it usually does; returns what it printed.

    In one round: a model that is hardly taught would be asked again and again.
    """
    ran = project.run("env", "-u", "PYTHONDONTWRITEBYTECODE", "PDG_MAX_ROUNDS=1", "dvc", "repro", within_s=800)
    return ran.stdout + ran.stderr


def commit(project: Project) -> None:
    """Commit everything that git does not ignore."""
    project.run("git", "add", "--all")
    project.run("git", "-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "-q", "-m", "A run")


def test_training_and_evaluation_see_different_products() -> None:
    texts = [lzma.decompress((ROOT / file).read_bytes()).decode() for file in (WRITTEN, MENDED)]
    learned = [json.loads(line) for text in texts for line in text.splitlines()]
    measured = [json.loads(line) for line in (ROOT / "evaluation" / "products.jsonl").read_text().splitlines()]
    assert not {one["id"] for one in learned} & {one["id"] for one in measured}
    held_out = [one for one in measured if one["trade"] not in {other["trade"] for other in learned}]
    assert len(measured) >= 200 and len(held_out) >= len(measured) / 2, "half of them are of trades that none is of"


def test_what_a_run_leaves_is_in_git_or_ignored_and_is_never_pushed(clone: Project) -> None:
    """A `dvc push` would otherwise put a user's data into the starters' remote, which git keeps."""
    tracked = clone.run("git", "ls-files").stdout.splitlines()
    assert {"dvc.lock", "metrics/text.json"} <= set(tracked)
    assert not [name for name in tracked if name.startswith("build/")]
    remote = clone.folder / "checkpoints" / "files"
    before = sorted(remote.rglob("*"))
    clone.run("dvc", "push", "-q", *yaml.safe_load((clone.folder / "dvc.yaml").read_text())["stages"])
    assert sorted(remote.rglob("*")) == before


def test_a_second_run_has_nothing_to_do(clone: Project) -> None:
    assert "Running stage" not in repro(clone)


def test_metrics_and_plots_are_shown(clone: Project) -> None:
    assert "served.coverage" in clone.run("dvc", "metrics", "show").stdout
    page = Path(clone.run("dvc", "plots", "show").stdout.strip().removeprefix("file://"))
    for title in ("Training loss", "Coverage of the facts by length", "Reading ease by length"):
        assert title in page.read_text()


def test_a_changed_parameter_trains_again_and_the_metrics_are_compared(clone: Project) -> None:
    checkpoint = clone.folder / "build" / "text" / "checkpoint" / "model.gguf"
    before = checkpoint.read_bytes()
    change_parameters(clone, {"prefer": {"learning-rate": 0.1}})
    printed = repro(clone)
    assert all(f"Running stage '{stage}'" in printed for stage in ("prefer", "evaluate"))
    assert not any(f"Running stage '{stage}'" in printed for stage in ("keep", "train", "verify"))
    assert "began with other inputs" in printed, "it is not taken for the end of the earlier run"
    assert checkpoint.read_bytes() != before
    compared = json.loads(clone.run("dvc", "metrics", "diff", "--all", "--json", "HEAD").stdout)
    coverage = compared["metrics/text.json"]["served.coverage"]
    assert 0 <= coverage["old"] <= 1 and 0 <= coverage["new"] <= 1
    assert "served.coverage" in clone.run("dvc", "metrics", "diff", "--all").stdout


def test_the_verifier_adapts_the_upper_layers_alone(clone: Project) -> None:
    with safe_open(clone.folder / "build" / "verifier" / "adapter" / "adapter.safetensors", framework="np") as adapter:
        layers = {int(name.split(".")[2]) for name in adapter.keys()}  # noqa: SIM118
    assert layers == set(range(16, 30))


def test_a_taught_adapter_becomes_the_text_starter_on_every_machine(clone: Project) -> None:
    """Put together here and, from the pins alone, on a machine that has only just cloned."""
    adapter, profiles = clone.folder / "build" / "text" / "adapter", clone.folder / "checkpoints" / "profiles.yaml"
    comments = [line for line in profiles.read_text().splitlines() if line.lstrip().startswith("#")]
    tag = clone.run(sys.executable, "-m", "scripts.publish_adapter", str(adapter)).stdout.strip()
    assert [line for line in profiles.read_text().splitlines() if line.lstrip().startswith("#")] == comments
    pins = {Path(pin["path"]).name: pin for pin in yaml.safe_load((clone.folder / "models.dvc").read_text())["outs"]}
    assert tag == f"text:{pins['text']['md5']}" and pins["text"]["remote"] == "packages"
    for folder in ("models", "build/downloads", "build/packages", ".dvc/cache", ".dvc/tmp", ".bentoml"):
        shutil.rmtree(clone.folder / folder, ignore_errors=True)
    clone.run("make", "models", f"BENTOML_HOME={clone.folder / '.bentoml'}")
    (stored,) = (clone.folder / ".bentoml" / "models" / "text").glob("*.dir")
    assert tag.endswith(stored.name)
    labels = yaml.safe_load((stored / "model.yaml").read_text())["labels"]
    assert (labels["name"], labels["quantisation"], labels["licence"]) == ("starter-text", "Q8_0", "apache-2.0")


def test_a_finished_training_is_not_done_again(clone: Project) -> None:
    """The losses stay as they are, and nothing is logged."""
    taught = clone.folder / "build" / "text-taught"
    losses = (taught / "loss.csv").read_text()
    options = ("--out", "build/text-taught", "--epochs", "1", "--rank", "2")
    logged = clone.run(sys.executable, "-m", "training.text.train", *options).stderr
    assert not [line for line in logged.splitlines() if line.startswith("20")]
    assert (taught / "loss.csv").read_text() == losses
    assert {path.name for path in taught.iterdir()} == {"adapter", "checkpoint", "loss.csv", "state.pt"}
