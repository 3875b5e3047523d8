"""The Bento carries all that serving needs: built here, it answers from a folder elsewhere."""

import sys
from pathlib import Path

import bentoml
import httpx
import pytest
import yaml

from tests.conftest import Launcher, Project
from tests.service.conftest import twin

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bento(tiny_project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Project]:
    """A Bento's tag, and a folder that has the store but nothing of the source."""
    builder = twin(tiny_project, tmp_path_factory.mktemp("builder"))
    tiny_project.run("git", "add", "-A")
    tiny_project.run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "t")
    tag = builder.run(sys.executable, "-m", "scripts.build").stdout.split()[-1]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / ".bentoml").symlink_to(builder.folder / ".bentoml")
    return tag, Project(elsewhere)


def test_a_bento_answers_from_elsewhere_and_names_itself(bento: tuple[str, Project], launcher: Launcher) -> None:
    """A file forgotten in the whitelist only shows where the repository is out of reach."""
    tag, elsewhere = bento
    server = launcher.start(elsewhere, tag)
    assert httpx.get(server.url).json()["model_info"]["bento_tag"] == tag
    assert httpx.get(server.url, headers={"accept": "text/html"}).status_code == 200
    with bentoml.SyncHTTPClient(server.url) as client:
        assert client.generate_description(attributes="A blue mug")["description"]


def test_a_bento_is_labelled_and_carries_no_weights_in_its_source(
    bento: tuple[str, Project], tiny_project: Project
) -> None:
    """Labels lead from a running container back to the commit and the checkpoints."""
    tag, elsewhere = bento
    folder = Path(elsewhere.folder / ".bentoml" / "bentos" / tag.replace(":", "/"))
    labels = yaml.safe_load((folder / "bento.yaml").read_text())["labels"]
    pins = yaml.safe_load((tiny_project.folder / "models.dvc").read_text())["outs"]
    assert {f"dvc_{Path(pin['path']).name}": pin["md5"] for pin in pins}.items() <= labels.items()
    assert len(labels["git_commit"].removesuffix("-dirty")) == 40
    top = {path.name for path in (folder / "src").iterdir()}
    assert top == {"service.py", "models.dvc", "copywriter", "operations", "runners", "web", "bentofile.yaml"}
