"""The image of the starters, built once for all tests here."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from tests.conftest import Project, copy_project, free_port
from tests.container.engine import Container, Engine, call, provide_base, torch_index

CANARY = "canary-5d02c7"


@dataclass(frozen=True)
class Image:
    """An image in podman's storage and the project that it was made from."""

    name: str
    bento: str
    commit: str
    project: Project


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """buildah and podman."""
    engine = Engine(tmp_path_factory.mktemp("engine"))
    yield engine
    engine.remove()


@pytest.fixture(scope="session")
def image(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The container image, made by the project's own commands, with a secret in the builder's environment."""
    project = copy_project(tmp_path_factory.mktemp("image"), starters=True)
    options = yaml.safe_load((project.folder / "bentofile.yaml").read_text())["docker"]
    provide_base(engine, options["base_image"], tmp_path_factory.mktemp("base"))
    project.run(sys.executable, "-m", "scripts.pull_models")
    project.import_models().check_returncode()
    return _build(engine, project)


def _build(engine: Engine, project: Project) -> Image:
    """Commit the project as it is, and make its Bento and image."""
    project.run("git", "add", "--all")
    project.run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--message", "t")
    commit = project.run("git", "rev-parse", "HEAD").stdout.strip()
    bento = project.run(sys.executable, "-m", "scripts.build").stdout.split()[-1]
    name = f"localhost/pdg-test:{free_port()}"
    engine.images.append(name)
    pack = [sys.executable, "-m", "scripts.containerize", bento, "--image", name, "--backend", "buildah"]
    secret = {"HF_TOKEN": CANARY, "AWS_SECRET_ACCESS_KEY": CANARY}
    environment = {**project.environment, **engine.build_environment, **secret}
    call(
        *pack,
        *torch_index(engine, "--torch-index="),
        "--opt",
        "network=host",
        cwd=project.folder,
        environment=environment,
    )
    return Image(name, bento, commit, project)


@pytest.fixture(scope="module")
def container(engine: Engine, image: Image) -> Iterator[Container]:
    """The service in a container."""
    started = engine.start(image.name).until_healthy()
    yield started
    started.remove()
