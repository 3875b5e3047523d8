"""Any text-to-image pipeline of diffusers paints, each item from its own seed, and its safety checker is heard."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import pytest
from diffusers import PNDMScheduler
from PIL import Image
from safetensors.torch import load_file, save_file

from checkpoints.errors import CheckpointError
from contracts.items import PictureItem, PictureResult
from runners.engines.painter import PainterEngine
from tests.tiny_painters import PAINTERS, SIZE, make_painter

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=PAINTERS)
def painter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PainterEngine:
    return PainterEngine.load(make_painter(tmp_path_factory.mktemp("painter"), request.param))


def picture(result: PictureResult) -> Image.Image:
    assert result.error is None, result.error
    return Image.open(io.BytesIO(base64.b64decode(result.image)))


def test_a_picture_has_the_size_of_the_checkpoint_or_the_one_asked_for(painter: PainterEngine) -> None:
    own = PictureItem(id="own", prompt="A blue cotton shirt.", steps=2)
    wide = PictureItem(id="wide", prompt="A blue cotton shirt.", steps=1, width=96, height=64)
    results = painter.paint([own, wide])
    assert [result.id for result in results] == ["own", "wide"]
    assert [result.steps for result in results] == [2, 1]
    assert [picture(result).size for result in results] == [(SIZE, SIZE), (96, 64)]


def test_a_seed_repeats_its_picture_whatever_its_neighbours(painter: PainterEngine) -> None:
    items = [PictureItem(id=str(seed), prompt="A steel bottle.", seed=seed, steps=2) for seed in (1, 2, 3)]
    together = [picture(result) for result in painter.paint(items)]
    alone = picture(painter.paint([items[1]])[0])
    assert together[0].tobytes() != together[1].tobytes()
    differences = [abs(a - b) for a, b in zip(alone.tobytes(), together[1].tobytes(), strict=True)]
    assert max(differences) <= 2, "a batch sums in another order, which may turn a pixel by a shade"


def _rename(folder: Path, names: dict[str, str]) -> None:
    """Give the weights in `folder` the names that an older library gave them."""
    (file,) = folder.glob("*.safetensors")
    weights = {}
    for key, tensor in load_file(file).items():
        for new, old in names.items():
            key = re.sub(new, old, key)
        weights[key] = tensor
    save_file(weights, file, {"format": "pt"})


def test_a_checkpoint_of_older_libraries_paints(tmp_path: Path) -> None:
    """Those on the hub are named so, and some exist in half precision only."""
    folder = make_painter(tmp_path / "painter", "stable diffusion", unsafe=False)
    item = PictureItem(id="1", prompt="A shirt.", steps=1)
    (before,) = PainterEngine.load(folder).paint([item])
    _rename(folder / "text_encoder", {"^": "text_model."})
    _rename(
        folder / "vae",
        {r"\.to_q\.": ".query.", r"\.to_k\.": ".key.", r"\.to_v\.": ".value.", r"\.to_out\.0\.": ".proj_attn."},
    )
    (after,) = PainterEngine.load(folder).paint([item])
    assert picture(after).tobytes() == picture(before).tobytes()
    for file in folder.rglob("*.safetensors"):
        file.rename(file.with_suffix(".fp16.safetensors"))
    assert picture(PainterEngine.load(folder).paint([item])[0])


def test_steps_that_a_checkpoint_cannot_take_are_the_callers(tmp_path: Path) -> None:
    """PNDM needs more than one; that is no failure of the model's."""
    folder = make_painter(tmp_path / "painter")
    scheduler: Any = PNDMScheduler(steps_offset=1)
    scheduler.save_pretrained(folder / "scheduler")
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace("EulerDiscreteScheduler", "PNDMScheduler"))
    one, many = PainterEngine.load(folder).paint(
        [PictureItem(id=str(steps), prompt="A shirt.", steps=steps) for steps in (1, 4)]
    )
    assert one.error is not None and one.error.code == "invalid_item"
    assert picture(many)


def test_the_checkpoint_says_how_it_is_asked(tmp_path: Path) -> None:
    folder = make_painter(tmp_path / "painter")
    (folder / "picture_format.json").write_text('{"steps": 3, "guidance": 0.0}')
    (result,) = PainterEngine.load(folder).paint([PictureItem(id="1", prompt="A shirt.")])
    assert result.steps == 3
    (folder / "picture_format.json").write_text('{"steps": 0}')
    with pytest.raises(CheckpointError, match=r"picture_format\.json"):
        PainterEngine.load(folder)


@pytest.mark.parametrize("unsafe", [True, False])
def test_a_safety_checker_is_heard(tmp_path: Path, unsafe: bool) -> None:
    painter = PainterEngine.load(make_painter(tmp_path / "painter", "stable diffusion", unsafe))
    (result,) = painter.paint([PictureItem(id="1", prompt="A shirt.", steps=1)])
    assert (result.error.code if result.error else None) == ("unsafe_picture" if unsafe else None)
    assert bool(result.image) is not unsafe


def test_a_component_that_lacks_weights_is_named(tmp_path: Path) -> None:
    folder = make_painter(tmp_path / "painter")
    (file,) = (folder / "text_encoder").glob("*.safetensors")
    weights = load_file(file)
    del weights[sorted(weights)[0]]
    save_file(weights, file, {"format": "pt"})
    with pytest.raises(CheckpointError, match="text_encoder"):
        PainterEngine.load(folder)


def test_a_folder_that_is_no_pipeline_is_refused(tmp_path: Path) -> None:
    folder = make_painter(tmp_path / "painter")
    (folder / "model_index.json").unlink()
    with pytest.raises(CheckpointError, match=r"model_index\.json"):
        PainterEngine.load(folder)
