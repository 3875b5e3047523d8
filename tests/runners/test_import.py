"""The way of a checkpoint: DVC, its remote in the repository, the model store, a server."""

import json
import os
import pickle
import shutil
from pathlib import Path

import httpx
import pytest

from tests.conftest import Launcher, Project, copy_project
from tests.tiny import make_text, make_vision

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with two tiny checkpoints that DVC knows, and an empty store."""
    project = copy_project(tmp_path / "project")
    make_text(project.folder / "models" / "text")
    make_vision(project.folder / "models" / "vision")
    project.commit_models()
    return project


def stored(project: Project) -> list[Path]:
    """The folders of all models in the store."""
    return sorted((project.folder / ".bentoml" / "models").glob("*/*.dir"))


def test_an_import_names_models_by_their_hashes_links_files_and_is_idempotent(project: Project) -> None:
    hashes = project.commit_models()
    first = project.import_models()
    assert first.returncode == 0, first.stderr
    assert {folder.name for folder in stored(project)} == set(hashes.values())
    times = [(folder / "model.yaml").stat().st_mtime_ns for folder in stored(project)]
    for folder in stored(project):
        weights = folder / "model.safetensors"
        original = project.folder / "models" / folder.parent.name / "model.safetensors"
        assert weights.samefile(original), "a link, not a copy"
        assert weights.stat().st_mode & 0o222 == 0, "nobody changes the store through the work tree"
        assert hashes[folder.parent.name] in (folder / "model.yaml").read_text()
    second = project.import_models()
    assert second.stdout.count("already in the store") == 2
    assert [(folder / "model.yaml").stat().st_mtime_ns for folder in stored(project)] == times


def test_an_interrupted_import_is_mended(project: Project) -> None:
    project.import_models()
    lost = stored(project)[0] / "config.json"
    lost.unlink()
    assert project.import_models().returncode == 0
    assert lost.exists()


def test_writable_files_are_copied_so_that_edits_do_not_reach_the_store(project: Project) -> None:
    config = project.folder / "models" / "text" / "config.json"
    content = config.read_text()
    config.unlink()
    config.write_text(content)
    assert project.import_models().returncode == 0
    config.write_text("{}")
    (copy,) = (project.folder / ".bentoml" / "models" / "text").glob("*/config.json")
    assert copy.read_text() == content


def test_a_changed_file_is_refused_and_nothing_is_imported(project: Project) -> None:
    """The hash is taken from the files on disk; DVC's record of hashes seen earlier is not believed."""
    weights = project.folder / "models" / "vision" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    times = weights.stat()
    weights.unlink()
    weights.write_bytes(content)
    os.utime(weights, ns=(times.st_atime_ns, times.st_mtime_ns))
    refused = project.import_models()
    assert refused.returncode == 1
    assert "models/vision" in refused.stderr
    assert "models.dvc says" in refused.stderr
    assert stored(project) == []


@pytest.mark.parametrize("kind", ["pickle", "code"])
def test_pickles_and_custom_code_are_refused_even_with_the_right_hash(project: Project, kind: str) -> None:
    folder = project.folder / "models" / "text"
    canary = project.folder / "canary"
    if kind == "pickle":
        shot = pickle.dumps(print)
        (folder / "pytorch_model.bin").write_bytes(shot)
    else:
        config = json.loads((folder / "config.json").read_text())
        config["auto_map"] = {"AutoModelForCausalLM": "modeling.Evil"}
        (folder / "config.json").unlink()
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "modeling.py").write_text(f"open({str(canary)!r}, 'w')")
    project.commit_models()
    refused = project.import_models()
    assert refused.returncode == 1
    assert ("pytorch_model.bin" if kind == "pickle" else "config.json") in refused.stderr
    assert stored(project) == []
    assert not canary.exists()


def test_an_older_models_file_brings_back_its_model_in_a_fresh_clone(
    project: Project, tmp_path: Path, launcher: Launcher
) -> None:
    """Commit, push into the repository's own remote, change, clone, go back: the old hash answers."""
    old = project.commit_models()
    commit = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "models")
    project.run("dvc", "push", "-q")
    project.run("git", "add", "-A")
    project.run(*commit)
    shutil.rmtree(project.folder / "models" / "text")
    make_text(project.folder / "models" / "text", seed=1)
    new = project.commit_models()
    assert new["text"] != old["text"]
    assert new["vision"] == old["vision"], "a new text model leaves the vision model's version alone"
    project.run("dvc", "push", "-q")
    project.run("git", "add", "-A")
    project.run(*commit)

    project.run("git", "clone", "-q", ".", str(tmp_path / "clone"))
    clone = Project(tmp_path / "clone")
    clone.run("dvc", "pull", "-q")
    assert clone.import_models().returncode == 0
    clone.run("git", "checkout", "-q", "HEAD~1", "--", "models.dvc")
    clone.run("dvc", "pull", "-q")
    imported = clone.import_models()
    assert f"text:{old['text']}: imported" in imported.stdout
    assert f"vision:{old['vision']}: already in the store" in imported.stdout
    tags = clone.run("python", "-c", "from runners.text import TextRunner; print(TextRunner.inner.checkpoint.tag)")
    assert tags.stdout.strip() == f"text:{old['text']}"
    server = launcher.start(clone, "tests.runners.front:Front")
    item = {"id": "1", "messages": [{"role": "user", "content": "A shirt."}]}
    assert httpx.post(server.url + "/write", json={"item": item}, timeout=60).json()["error"] is None
