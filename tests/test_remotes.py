"""A team's own DVC remote, in object storage or in a folder: what goes in comes out, and what is lost is named."""

import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from tests.conftest import Project, copy_project, free_port
from tests.tiny import make_text, make_vision

pytestmark = pytest.mark.slow
BUCKET = "bucket"
WRONG = "wrong-" + "w" * 30
WEIGHTS = "models/vision/model.safetensors"
PUBLISH = (sys.executable, "-m", "scripts.publish_checkpoint")


@dataclass(frozen=True)
class Clone(Project):
    """A clone of the project on a machine whose credentials for the remote are in the environment."""

    credentials: tuple[tuple[str, str], ...] = (("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret"))

    @property
    def environment(self) -> dict[str, str]:
        """No credentials of the person who runs the tests."""
        bare = {name: value for name, value in super().environment.items() if not name.startswith("AWS_")}
        no_files = {name: str(self.folder / "none") for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")}
        return {**bare, **no_files, "AWS_EC2_METADATA_DISABLED": "true", **dict(self.credentials)}

    def models(self) -> subprocess.CompletedProcess[str]:
        """`make models` in an empty work tree, as on a machine that has only just cloned."""
        for folder in ("models", ".dvc/cache", ".dvc/tmp", ".bentoml"):
            shutil.rmtree(self.folder / folder, ignore_errors=True)
        return self.run("make", "models", f"BENTOML_HOME={self.folder / '.bentoml'}", check=False)

    def stored(self) -> set[str]:
        """The tags in its model store."""
        return {f"{path.parent.name}:{path.name}" for path in self.folder.glob(".bentoml/models/*/*.dir")}


@pytest.fixture(scope="module")
def storage() -> Iterator[tuple[str, Any]]:
    """The address of a running S3 server, and a client that may do everything there."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    own = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=address, **own)
    client.create_bucket(Bucket=BUCKET)
    yield address, client
    server.stop()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, storage: tuple[str, Any]) -> Clone:
    """A project whose two checkpoints were published to S3, by the README's commands."""
    folder = tmp_path_factory.mktemp("team")
    project = Clone(copy_project(folder / "project").folder)
    (project.folder / ".venv").symlink_to(sys.prefix)
    project.run("dvc", "remote", "add", "--default", "team", f"s3://{BUCKET}/checkpoints")
    project.run("dvc", "remote", "modify", "team", "endpointurl", storage[0])
    made = {"text": make_text(folder / "text"), "vision": make_vision(folder / "vision")}
    for name, checkpoint in made.items():
        project.run(*PUBLISH, name, str(checkpoint), "--remote", "team")
    return project


@pytest.fixture
def weights(published: Clone, storage: tuple[str, Any]) -> Iterator[str]:
    """The key of the captioner's weights in the bucket, which are whole again afterwards."""
    client = storage[1]
    objects = client.list_objects_v2(Bucket=BUCKET)["Contents"]
    key: str = max(objects, key=lambda item: item["Size"])["Key"]
    content = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    yield key
    client.put_object(Bucket=BUCKET, Key=key, Body=content)


def refused(clone: Clone, *reasons: str) -> str:
    """What `make models` says when it fails; nothing is in the store."""
    done = clone.models()
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert all(reason in said for reason in reasons), said
    assert "Traceback" not in said
    assert clone.stored() == set()
    return said


def test_what_was_published_arrives_on_a_bare_machine(published: Clone) -> None:
    """Push and pull through S3: the models in the store are those that models.dvc pins."""
    pins = (published.folder / "models.dvc").read_text()
    done = published.models()
    assert done.returncode == 0, done.stderr
    assert {tag.split(":")[0] for tag in published.stored()} == {"text", "vision"}
    assert all(tag.split(":")[1] in pins for tag in published.stored())


def test_a_remote_in_a_folder_works_the_same(published: Clone, tmp_path: Path) -> None:
    """A team's network drive."""
    assert published.models().returncode == 0
    published.run("dvc", "remote", "add", "drive", str(tmp_path / "drive"))
    published.run("dvc", "push", "--quiet", "--remote", "drive")
    for folder in ("models", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(published.folder / folder)
    published.run(sys.executable, "-m", "scripts.pull_models", "--remote", "drive")
    assert published.import_models().returncode == 0


def test_a_lost_object_is_named(published: Clone, weights: str, storage: tuple[str, Any]) -> None:
    """DVC itself names it by its hash, which tells nobody what is gone and what to do."""
    storage[1].delete_object(Bucket=BUCKET, Key=weights)
    refused(published, f"{WEIGHTS}: lost or damaged", "remote 'team'", "dvc push --remote team")


def test_a_damaged_object_is_named_and_not_kept(published: Clone, weights: str, storage: tuple[str, Any]) -> None:
    """DVC by itself takes what a remote gives it; once mended there, the next pull succeeds."""
    client = storage[1]
    whole = client.get_object(Bucket=BUCKET, Key=weights)["Body"].read()
    client.put_object(Bucket=BUCKET, Key=weights, Body=whole[:-1] + bytes([whole[-1] ^ 1]))
    said = refused(published, f"{WEIGHTS}: lost or damaged", "remote 'team'")
    assert "models/text" not in said, "the other model is whole"
    client.put_object(Bucket=BUCKET, Key=weights, Body=whole)
    published.run(sys.executable, "-m", "scripts.pull_models")
    assert published.import_models().returncode == 0


def test_without_credentials_the_reason_is_said(published: Clone) -> None:
    refused(Clone(published.folder, credentials=()), "Unable to locate credentials", "remote 'team'")


def test_credentials_that_are_refused_are_not_repeated(published: Clone, storage: tuple[str, Any]) -> None:
    """What a failed job prints is read by many."""
    stranger = (("AWS_ACCESS_KEY_ID", "stranger"), ("AWS_SECRET_ACCESS_KEY", WRONG))
    checkpoint = ("text", str(published.folder.parent / "text"), "--remote", "team")
    assert published.models().returncode == 0
    httpx.post(f"{storage[0]}/moto-api/reset-auth", content="0")  # from now on the server asks who calls
    try:
        pushed = Clone(published.folder, credentials=stranger).run(*PUBLISH, *checkpoint, check=False)
        said = refused(Clone(published.folder, credentials=stranger), "remote 'team'", "credentials")
    finally:
        httpx.post(f"{storage[0]}/moto-api/reset-auth", content="inf")
    assert pushed.returncode == 1
    assert "not pushed" in pushed.stderr and "Traceback" not in pushed.stderr
    assert WRONG not in said + pushed.stdout + pushed.stderr
