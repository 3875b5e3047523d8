"""Prompts for training the painter say what the photo shows, in the words of shops."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation.captions import PHRASES
from evaluation.colour import edge_colour
from training.image.photos import HEIGHT, WIDTH, load_words, prompt_of, read_pictures


@pytest.mark.parametrize("product_type", sorted(load_words()["types"]))
def test_a_prompt_names_the_type_and_no_other_colour(product_type: str) -> None:
    rng = random.Random(1)
    prompts = [prompt_of(product_type, "navy", "white", rng).lower() for _ in range(200)]
    names = [name.lower() for name in load_words()["types"][product_type]]
    assert all(any(name in prompt for name in names) for prompt in prompts)
    assert 0.5 < sum("navy" in prompt for prompt in prompts) / 200 < 0.95, "now and then a prompt names no colour"
    assert all("white" not in prompt or "on a white background" in prompt for prompt in prompts)
    assert product_type in PHRASES, "the captioner knows the type too"


def test_the_border_tells_what_a_thing_lies_on() -> None:
    photo = np.full((64, 48, 3), 245, dtype=np.uint8)
    photo[16:48, 12:36] = (20, 25, 75)
    assert edge_colour(photo) == "white"
    photo[:32, :24], photo[:32, 24:], photo[32:, :24] = (190, 20, 30), (35, 130, 50), (245, 215, 30)
    assert edge_colour(photo) is None, "no colour has most of it"


def test_photos_are_cut_upright_and_lying_ones_are_left_out(tmp_path: Path) -> None:
    rows = ["file,split,department,product_type,product"]
    for name, size in (("tall", (120, 180)), ("square", (150, 150)), ("lying", (180, 120))):
        Image.new("RGB", size, "white").save(tmp_path / f"{name}.jpg")
        rows.append(f"{name}.jpg,train,apparel,hat,hat")
    (tmp_path / "index.csv").write_text("\n".join(rows) + "\n")
    pictures = read_pictures(tmp_path, "train")
    assert [photo.file for photo in pictures.labels] == ["tall.jpg", "square.jpg"]
    assert pictures.pixels.shape == (2, 3, HEIGHT, WIDTH)
