"""Apparel photos as the painter learns them: upright, of one size, with what a prompt may say of them."""

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from PIL import Image, ImageOps
from torch import Tensor

from evaluation.colour import colour_name, edge_colour
from evaluation.photo_index import Photo, Split, read_index

HEIGHT, WIDTH = 160, 128
"""Pixels. Most photos are upright, three to four; lying ones would have to be cut through the thing they show."""
_LYING = 1.05


@dataclass(frozen=True)
class Pictures:
    """`pixels` is uint8 (photos, 3, HEIGHT, WIDTH); `colours` name the thing's colour and `grounds` that of what it
    lies on, None where unclear."""

    labels: list[Photo]
    pixels: Tensor
    colours: list[str | None]
    grounds: list[str | None]


def read_pictures(folder: Path, split: Split) -> Pictures:
    """The upright apparel photos of a folder as `evaluation.photo_index` reads it; raises OSError without an index."""
    labels, pixels = [], []
    for photo in read_index(folder, split):
        if photo.department != "apparel":
            continue
        with Image.open(folder / photo.file) as image:
            if image.width <= _LYING * image.height:
                labels.append(photo)
                pixels.append(np.asarray(ImageOps.fit(image.convert("RGB"), (WIDTH, HEIGHT), Image.Resampling.LANCZOS)))
    return Pictures(
        labels,
        torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).contiguous(),
        [colour_name(one[::2, ::2]) for one in pixels],
        [edge_colour(one[::2, ::2]) for one in pixels],
    )


@cache
def load_words() -> dict[str, Any]:
    """What prompts.yaml holds."""
    return dict(yaml.safe_load((Path(__file__).parent / "prompts.yaml").read_text(encoding="utf-8")))


def prompt_of(product_type: str, colour: str | None, ground: str | None, rng: random.Random) -> str:
    """What a person or `copywriter.pictures` might write to get such a photo: a phrase or values parted by commas."""
    words = load_words()
    name = rng.choice(words["types"][product_type])
    name = rng.choice((name, name, name[:1].upper() + name[1:]))
    ignored = rng.sample(words["ignored"], rng.choice((0, 0, 1, 2, 3)))
    colour = colour if rng.random() < 0.8 else None
    on = f" on a {ground} background" if ground and rng.random() < 0.4 else ""
    if rng.random() < 0.5:
        values = [*([colour] if colour else []), *ignored]
        rng.shuffle(values)
        return ", ".join([name, *values]) + on
    frame: str = rng.choice(words["frames"])
    return frame.replace("{type}", " ".join([*([colour] if colour else []), *ignored[:1], name])) + on
