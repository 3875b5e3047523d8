"""The Python BentoML client calls every POST, and reads our errors."""

import json
from pathlib import Path

import bentoml
import pytest
from bentoml.exceptions import BentoMLException

from tests.conftest import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def picture(tmp_path: Path, photo: bytes) -> Path:
    """A photo as a file."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(photo)
    return file


def test_the_synchronous_client(server: Server, picture: Path) -> None:
    """Names and arguments are those of the service's methods."""
    with bentoml.SyncHTTPClient(server.url) as client:
        assert client.generate_description(attributes="A blue mug", keywords="gift, kitchen")["description"]
        assert client.generate_description(attributes="A blue mug")["language_model"]
        assert client.generate_from_image(image=picture, keywords="gift", seed=3)["caption"]
        assert client.caption_image(image=picture)["caption"]


async def test_the_asynchronous_client(server: Server, picture: Path) -> None:
    """The same, awaited."""
    async with bentoml.AsyncHTTPClient(server.url) as client:
        answer = await client.generate_description(attributes="A blue mug", keywords=None, seed=4)
        photo = await client.generate_from_image(image=picture)
    assert answer["description"]
    assert photo["caption"]


def test_an_error_carries_status_and_problem(server: Server) -> None:
    """The message of the client's exception is the body of the answer."""
    with bentoml.SyncHTTPClient(server.url) as client, pytest.raises(BentoMLException) as refused:
        client.generate_description(attributes="abc")
    problem = json.loads(str(refused.value))
    assert refused.value.error_code == 422
    assert problem["errors"][0] == {
        "field": "attributes",
        "reason": "must have at least 5 characters",
        "limit": 5,
    }
