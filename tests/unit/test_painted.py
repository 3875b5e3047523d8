"""A painted picture says in its file that a model painted it, and from what."""

import base64
import io
from xml.etree import ElementTree

import pytest
from PIL import Image

from copywriter.pictures import MAX_CHARACTERS, picture_prompt
from copywriter.product import Product
from operations.painted import SOURCE_TYPE, FileFormat, Painting, encode

PAINTING = Painting(
    prompt='a <navy> t-shirt & "hat"',
    image_model="starter",
    dvc_hash="1f.dir",
    seed=7,
    steps=4,
    width=64,
    height=48,
    demonstration=True,
)


@pytest.mark.parametrize("file_format", ["png", "webp"])
def test_a_file_carries_what_it_was_painted_from(file_format: FileFormat) -> None:
    picture = Image.effect_noise((64, 48), 80).convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    file = encode(base64.b64encode(buffer.getvalue()).decode(), PAINTING, file_format)
    with Image.open(io.BytesIO(file)) as opened:
        assert opened.format == file_format.upper()
        assert opened.convert("RGB").tobytes() == picture.tobytes(), "marks do not touch a pixel"
        packet = opened.info["xmp"]
    root = ElementTree.fromstring(packet)  # noqa: S314 (our own file)
    written = {element.tag.rpartition("}")[2]: element.text for element in root.iter()}
    assert written["DigitalSourceType"] == SOURCE_TYPE
    assert written["AIPromptInformation"] == PAINTING.prompt
    assert (written["AISystemUsed"], written["AISystemVersionUsed"]) == ("starter", "1f.dir")
    assert (written["seed"], written["steps"], written["demonstration"]) == ("7", "4", "true")


def test_marks_can_be_read_whatever_the_prompt_holds() -> None:
    """U+FFFE is no character of XML's, and a reader that stops at it would see no mark at all."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    painting = PAINTING.model_copy(update={"prompt": "a hat \ufffe\uffff \U0001f3a9 é"})
    file = encode(base64.b64encode(buffer.getvalue()).decode(), painting, "png")
    root = ElementTree.fromstring(Image.open(io.BytesIO(file)).info["xmp"])  # noqa: S314 (our own file)
    assert "a hat \ufffd\ufffd \U0001f3a9 é" in [element.text for element in root.iter()]


@pytest.mark.parametrize(
    ("attributes", "prompt"),
    [
        ("Brand: Acme; Type: t-shirt; Colour: navy; Price: 5", "t-shirt, navy"),
        ("a red wool scarf, fringed", "red wool scarf, fringed"),
        ("Brand: Acme; Voltage: 12 V", "Acme, 12 V"),
    ],
)
def test_a_prompt_holds_what_can_be_seen(attributes: str, prompt: str) -> None:
    assert picture_prompt(Product.parse(attributes)) == prompt


def test_a_prompt_ends_before_a_painter_stops_reading() -> None:
    product = Product.parse("Type: chair; " + "; ".join(f"Colour {n}: shade number {n}" for n in range(20)))
    prompt = picture_prompt(product)
    assert prompt.startswith("chair, shade number 0") and len(prompt) <= MAX_CHARACTERS
    assert prompt.endswith(tuple("0123456789"))
