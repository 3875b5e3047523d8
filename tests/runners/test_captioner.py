"""The vision engine on tiny random checkpoints of four kinds of captioner."""

import base64
import io

import pytest
from PIL import Image

from contracts.items import Decoding, PhotoItem
from runners.engines.captioner import CaptionerEngine
from tests.tiny import VISION_FAMILIES, make_vision

pytestmark = pytest.mark.slow
COLOURS = ["red", "blue", "white", "black", "green"]


@pytest.fixture(scope="module", params=VISION_FAMILIES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CaptionerEngine:
    """A loaded checkpoint of one kind."""
    return CaptionerEngine.load(make_vision(tmp_path_factory.mktemp(request.param), request.param))


def photo(colour: str, size: tuple[int, int] = (50, 40), form: str = "PNG") -> str:
    """A picture of one colour, as base64."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form)
    return base64.b64encode(file.getvalue()).decode()


def items() -> list[PhotoItem]:
    """Photos of different sizes, lengths of caption and temperatures."""
    return [
        PhotoItem(
            id=str(number),
            image=photo(colour, (40 + number, 30), "JPEG" if number % 2 else "PNG"),
            decoding=Decoding(max_new_tokens=6 if number % 2 else 9, temperature=0.9 if number > 2 else 0, seed=number),
        )
        for number, colour in enumerate(COLOURS)
    ]


def test_photos_of_a_batch_get_their_own_settings_and_seeds(engine: CaptionerEngine) -> None:
    together = engine.caption(items())
    for item, result in zip(items(), together, strict=True):
        (alone,) = engine.caption([item])
        assert result.error is None
        assert (result.id, result.caption) == (item.id, alone.caption)
        assert result.confidence == pytest.approx(alone.confidence, rel=1e-3)
        assert 0 < result.confidence <= 1


def test_an_unreadable_photo_fails_alone(engine: CaptionerEngine) -> None:
    batch = items()
    expected = engine.caption(batch)
    cut = base64.b64encode(base64.b64decode(photo("red", (200, 200), "JPEG"))[:400]).decode()
    gif = photo("red", form="GIF")
    for number, image in enumerate(["", "no base64!", cut, gif]):
        bad = PhotoItem(id="bad", image=image)
        results = engine.caption([*batch[:2], bad, *batch[2:]])
        assert results[2].error is not None, number
        assert results[2].error.code == "unreadable_image"
        assert [r.caption for r in results[:2] + results[3:]] == [r.caption for r in expected]
