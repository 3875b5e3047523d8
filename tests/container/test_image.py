"""What is in the image: what serving needs, named and labelled, and nothing of the machine that built it."""

import json
import mmap
import re
from pathlib import Path
from types import SimpleNamespace

import bentoml
import pytest
import yaml

from scripts import containerize
from tests.container.conftest import CANARY, Image
from tests.container.engine import Container, Engine, call

pytestmark = pytest.mark.slow
MAX_BYTES = 2_000_000_000
TOOLS = ["gcc", "g++", "cc", "make", "ld", "pip", "pip3", "uv", "git", "dvc", "pytest"]
LISTED = """
import importlib.metadata, json, shutil
names = {package.metadata["Name"]: package.version for package in importlib.metadata.distributions()}
print(json.dumps({"packages": names, "tools": [tool for tool in %r if shutil.which(tool)]}))
"""


def packages(text: str) -> dict[str, str]:
    """The pinned versions of a lock by normal name."""
    found = re.findall(r"^([\w.-]+)==([\w.!+-]+)", text, re.MULTILINE)
    return {_normal(name): version for name, version in found}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_labels_say_what_the_image_was_made_from(engine: Engine, image: Image) -> None:
    """A deployment is identified by them, and a rollback finds its commit and its models."""
    labels = json.loads(engine.podman("image", "inspect", "--format", "{{json .Labels}}", image.name))
    pins = yaml.safe_load((image.project.folder / "models.dvc").read_text())["outs"]
    hashes = {f"dvc_{Path(pin['path']).name}": pin["md5"] for pin in pins}
    named = {"org.opencontainers.image.revision": image.commit, "org.opencontainers.image.version": image.bento}
    assert labels.items() >= {**hashes, **named}.items()


def test_the_image_is_at_most_two_gigabytes(engine: Engine, image: Image) -> None:
    """PyTorch with CUDA alone would be three; a free Space has to pull it within its limit of time."""
    assert int(engine.podman("image", "inspect", "--format", "{{.Size}}", image.name)) <= MAX_BYTES


def test_the_image_holds_the_locked_packages_and_no_tools(image: Image, container: Container) -> None:
    """What can compile, install or fetch helps an intruder; what is not locked was never tested."""
    inside = json.loads(container.execute(LISTED % TOOLS))
    lock = packages((image.project.folder / "requirements.txt").read_text())
    assert inside["tools"] == []
    assert {_normal(name): version.partition("+")[0] for name, version in inside["packages"].items()} == lock


def test_the_container_cannot_change_its_own_code(container: Container) -> None:
    """A root that may be written to is what most run it with."""
    owner = (
        "import os, pathlib; print({path.stat().st_uid for path in pathlib.Path(os.environ['BENTO_PATH']).rglob('*')})"
    )
    assert container.execute(owner).strip() == "{0}"
    assert container.execute("import os; print(os.stat('/home/bentoml').st_uid)").strip() == "0"


def test_the_bill_of_materials_names_every_package_at_its_version(image: Image) -> None:
    """Whoever asks whether an advisory concerns a deployment looks here."""
    bill = json.loads((image.project.folder / "build" / "container" / "bill-of-materials.json").read_bytes())
    assert bill["bomFormat"] == "CycloneDX"
    lock = packages((image.project.folder / "requirements.txt").read_text())
    assert {_normal(part["name"]): part["version"] for part in bill["components"]} == lock


@pytest.mark.parametrize(("labels", "reason"), [(None, "not found"), ({}, "`make build`")])
def test_what_make_build_did_not_make_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], labels: dict[str, str] | None, reason: str
) -> None:
    """An image without its commit could be deployed, but never be told from another."""

    def get(tag: str) -> SimpleNamespace:
        if labels is None:
            raise bentoml.exceptions.NotFound(f"{tag} is not found")
        return SimpleNamespace(tag=bentoml.Tag.from_str(tag), info=SimpleNamespace(labels=labels))

    monkeypatch.setattr(bentoml.bentos, "get", get)
    monkeypatch.setattr("sys.argv", ["containerize", "shop:1", "--backend", "buildah"])
    assert containerize.main() == 1
    assert reason in capsys.readouterr().err


def test_nothing_of_the_builder_is_in_the_image(engine: Engine, image: Image, tmp_path: Path) -> None:
    """Its secrets and the places that it installs from are its own: not in a layer, the history or a label."""
    call("skopeo", "copy", "--quiet", f"containers-storage:{image.name}", f"dir:{tmp_path}")
    call("chmod", "-R", "a+rX", str(tmp_path))
    files = [path for path in tmp_path.iterdir() if path.stat().st_size]
    assert sum(path.stat().st_size for path in files) > 500_000_000, "layers are searched as they are unpacked"
    places = [engine.pip.get(name, "") for name in ("index-url", "extra-index-url", "find-links")]
    private = [CANARY, *" ".join(places).split()]
    for path in files:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            assert [word for word in private if content.find(word.encode()) >= 0] == [], path
