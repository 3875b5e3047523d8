"""Pictures over HTTP, on a tiny random painter; and a service that has none."""

import base64
import io
from pathlib import Path

import bentoml
import httpx
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from operations.painted import SOURCE_TYPE
from tests.conftest import DEADLINE_S, Launcher, Project, Server, copy_project
from tests.service.conftest import TARGET, total
from tests.tiny import make_text, make_vision
from tests.tiny_painters import SIZE, make_painter

pytestmark = pytest.mark.slow
PHOTOS = Path(__file__).resolve().parents[1] / "fixtures" / "photos"
PICTURE = "/generate-image/"


@pytest.fixture(scope="module")
def painting(launcher: Launcher, painting_project: Project) -> Server:
    """A service that paints."""
    return launcher.start(painting_project, TARGET)


@pytest.fixture
def client(painting: Server) -> httpx.Client:
    """A plain HTTP client of that service."""
    return httpx.Client(base_url=painting.url, timeout=DEADLINE_S)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_one_picture_is_a_file_that_says_where_it_comes_from(client: httpx.Client, painting: Server) -> None:
    before = total(painting.url, "generation_requests_total", type="picture")
    answer = client.post(PICTURE, json={"prompt": "a navy t-shirt", "seed": 7})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    assert 'filename="picture-7.png"' in answer.headers["content-disposition"]
    picture = opened(answer.content)
    assert picture.size == (SIZE, SIZE)
    marks = str(picture.info["xmp"])
    assert SOURCE_TYPE in marks and "a navy t-shirt" in marks
    assert client.get("/").json()["model_info"]["image_model"] == "StableDiffusionPipeline"
    assert total(painting.url, "generation_requests_total", type="picture") == before + 1


def test_what_a_doubtful_captioner_sees_is_told_and_not_written_about(client: httpx.Client) -> None:
    """A description of the wrong thing would do more harm than one that names nothing."""
    photo = (PHOTOS / "hat.jpg").read_bytes()
    body = client.post("/generate-from-image/", files={"image": photo}).json()
    assert body["caption"] == "a product" and body["caption_guess"]
    seen = client.post("/caption-image/", files={"image": photo}).json()
    assert (seen["caption"], seen["caption_guess"]) == ("a product", body["caption_guess"])
    named = client.post("/generate-from-image/", files={"image": photo}, data={"caption": "A red hat"}).json()
    assert (named["caption"], named["caption_guess"]) == ("A red hat", None)


def test_several_pictures_are_json_and_each_can_be_painted_again(client: httpx.Client) -> None:
    asked = {"attributes": "Type: hat; Colour: red", "seed": 3, "count": 2, "file_format": "webp", "size": 96}
    answer = client.post(PICTURE, json=asked)
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["pictures"]
    assert (first["seed"], second["seed"], first["prompt"]) == (3, 4, "hat, red")
    assert first["demonstration"] is False
    pictures = [opened(base64.b64decode(picture["image"])) for picture in (first, second)]
    assert [(p.format, p.size) for p in pictures] == [("WEBP", (96, 96))] * 2
    last = client.post(PICTURE, json={"prompt": "hat, red", "seed": 2**32 - 1, "count": 2, "size": 64}).json()
    assert [picture["seed"] for picture in last["pictures"]] == [2**32 - 1, 0], "each seed can be asked for again"
    again = opened(client.post(PICTURE, json={"prompt": "hat, red", "seed": 4, "size": 96}).content)
    differences = zip(again.convert("RGB").tobytes(), pictures[1].convert("RGB").tobytes(), strict=True)
    assert max(abs(a - b) for a, b in differences) <= 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "prompt"),
        ({"prompt": "a hat", "attributes": "Type: hat"}, "prompt"),
        ({"prompt": "a"}, "prompt"),
        ({"prompt": "a hat", "size": 100}, "size"),
        ({"prompt": "a hat", "size": 4096}, "size"),
        ({"prompt": "a hat", "size": 512}, "size"),
        ({"attributes": ";;;;;;"}, "attributes"),
        ({"prompt": "a hat", "negative_prompt": "shoes"}, "negative_prompt"),
        ({"prompt": "a hat", "count": True}, "count"),
        ({"prompt": "a hat", "seed": "5"}, "seed"),
        ({"prompt": "a hat", "count": 9}, "count"),
        ({"prompt": "a hat", "steps": 0}, "steps"),
        ({"prompt": "a hat", "file_format": "bmp"}, "file_format"),
    ],
)
def test_what_cannot_be_painted_is_refused_by_field(
    client: httpx.Client, fields: dict[str, object], field: str
) -> None:
    answer = client.post(PICTURE, json=fields)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_python_client_gets_a_file(painting: Server) -> None:
    with bentoml.SyncHTTPClient(painting.url, timeout=DEADLINE_S) as client:
        file = client.generate_image(prompt="a navy t-shirt", seed=7)
        assert opened(Path(file).read_bytes()).size == (SIZE, SIZE)


def test_pictures_are_left_out_by_a_setting(
    launcher: Launcher, painting_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shop that wants none pays for none: no third process, no address."""
    monkeypatch.setenv("PDG_PICTURES", "false")
    server = launcher.start(painting_project, TARGET)
    assert httpx.post(server.url + PICTURE, json={"prompt": "a hat"}, timeout=DEADLINE_S).status_code == 404
    info = httpx.get(server.url, timeout=DEADLINE_S).json()["model_info"]
    assert info["image_model"] is None and set(info["dvc_hashes"]) == {"text", "vision"}


def test_a_painter_that_cannot_be_loaded_is_never_ready_again(launcher: Launcher, tmp_path: Path) -> None:
    """It is loaded with the first picture; tried again with each one it would fail each one, and look healthy."""
    project = copy_project(tmp_path)
    models = project.folder / "models"
    make_text(models / "text", "llama")
    make_vision(models / "vision", "blip")
    make_painter(models / "image")
    (file,) = (models / "image" / "unet").glob("*.safetensors")
    weights = load_file(file)
    weights.pop(sorted(weights)[0])
    save_file(weights, file, {"format": "pt"})
    project.commit_models()
    assert project.import_models().returncode == 0
    server = launcher.start(project, TARGET)
    assert httpx.post(server.url + PICTURE, json={"prompt": "a hat"}, timeout=DEADLINE_S).status_code == 500
    assert httpx.get(f"{server.url}/health", timeout=DEADLINE_S).status_code == 503
    assert "lacks weights of the model" in server.log.read_text()
