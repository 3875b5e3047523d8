"""The Bento carries all that serving needs: built here, it answers from a folder elsewhere."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import bentoml
import httpx
import pytest
import yaml

from tests.conftest import Launcher, Project

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Built:
    """A Bento: `source` are the names in its source as it was built, before Python writes its caches among them.

    `elsewhere` is a folder that has the store but nothing of the repository.
    """

    tag: str
    folder: Path
    source: frozenset[str]
    elsewhere: Project


@pytest.fixture(scope="module")
def bento(tiny_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The Bento of the tiny project."""
    # Files, not links to them: BentoML reads nothing from outside the folder in which it builds.
    folder = tmp_path_factory.mktemp("builder") / "project"
    shutil.copytree(tiny_project.folder, folder, ignore=shutil.ignore_patterns(".bentoml"))
    (folder / ".bentoml").mkdir()
    (folder / ".bentoml" / "models").symlink_to(tiny_project.folder / ".bentoml" / "models")
    builder = Project(folder)
    builder.run("git", "add", "-A")
    builder.run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "t")
    tag = builder.run(sys.executable, "-m", "scripts.build").stdout.split()[-1]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / ".bentoml").symlink_to(builder.folder / ".bentoml")
    folder = builder.folder / ".bentoml" / "bentos" / tag.replace(":", "/")
    return Built(tag, folder, frozenset(path.name for path in (folder / "src").iterdir()), Project(elsewhere))


def test_a_bento_answers_from_elsewhere_and_names_itself(bento: Built, launcher: Launcher) -> None:
    """A file forgotten in the whitelist only shows where the repository is out of reach."""
    server = launcher.start(bento.elsewhere, bento.tag)
    assert httpx.get(server.url).json()["model_info"]["bento_tag"] == bento.tag
    assert httpx.get(server.url, headers={"accept": "text/html"}).status_code == 200
    with bentoml.SyncHTTPClient(server.url) as client:
        assert client.generate_description(attributes="A blue mug")["engine"].startswith("transformers")


def test_a_bento_serves_one_runner_alone_and_loads_no_pickle(
    bento: Built, launcher: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way to a runner on a host of its own; a port that unpickles runs what it is sent."""
    monkeypatch.setenv("PDG_SERVE", "text")
    server = launcher.start(bento.elsewhere, bento.tag)
    item = {"id": "1", "messages": [{"role": "user", "content": "A blue mug"}], "decoding": {"max_new_tokens": 4}}
    (result,) = httpx.post(server.url + "/write", json={"items": [item]}, timeout=60).json()
    assert (result["id"], result["error"]) == ("1", None)
    pickled = {"Content-Type": "application/vnd.bentoml+pickle"}
    assert httpx.post(server.url + "/write", content=b"", headers=pickled, timeout=60).status_code == 415
    assert httpx.get(server.url + "/health", timeout=60).status_code == 404


def test_a_bento_is_labelled_and_carries_no_weights_in_its_source(bento: Built, tiny_project: Project) -> None:
    """Labels lead from a running container back to the commit and the checkpoints."""
    labels = yaml.safe_load((bento.folder / "bento.yaml").read_text())["labels"]
    pins = yaml.safe_load((tiny_project.folder / "models.dvc").read_text())["outs"]
    assert {f"dvc_{Path(pin['path']).name}": pin["md5"] for pin in pins}.items() <= labels.items()
    assert len(labels["git_commit"].removesuffix("-dirty")) == 40
    rooms = {"channels", "checkpoints", "contracts", "copywriter", "operations", "runners", "verify", "web"}
    assert bento.source == {"service.py", "models.dvc", "bentofile.yaml", *rooms}
    assert not (bento.folder / "src" / "checkpoints" / "files").exists()
