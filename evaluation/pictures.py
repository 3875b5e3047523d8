"""A painter measured by a captioner's eye: how often what it paints is taken for the type that was asked for, and which
training photo each picture is nearest to, so that copying would show."""

import base64
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.progress import track

from contracts.items import PhotoItem, PictureItem
from runners.engines.captioner import CaptionerEngine
from runners.engines.painter import PainterEngine
from training.vision.captions import CaptionReader, caption
from training.vision.data import Photo

COLOURS = ("black", "white", "navy", "red", "grey", "pink", "green", "beige")
SMALL = (24, 30)
"""Pixels at which pictures are compared: what is left of a photo is where light and colour are, not its noise."""


@dataclass(frozen=True)
class Painted:
    """A picture (a base64 PNG) with what was asked for, and what the captioner takes it for."""

    product_type: str
    prompt: str
    image: str
    seconds: float
    caption: str
    colour: str
    named_colour: str | None
    recognised: bool


class PictureMetrics(BaseModel):
    """Shares, 0 to 1, and seconds for a picture painted alone (median)."""

    model_config = ConfigDict(frozen=True)

    recognised: float  # taken for the type asked for
    colour: float  # taken for the colour asked for, where a colour is named
    ceiling: float  # real validation photos taken for their own type
    seconds: float


def paint_types(
    painter: PainterEngine, captioner: CaptionerEngine, photos: Sequence[Photo], each: int
) -> list[Painted]:
    """Paint every apparel type of the photos `each` times, in changing colours, and caption what was painted.

    Raises ValueError where the painter fails on one.
    """
    apparel = [photo for photo in photos if photo.department == "apparel"]
    reader = CaptionReader(list(photos))
    kinds = {photo.product_type: photo for photo in apparel}
    asked = [(kinds[name], seed) for seed in range(each) for name in sorted(kinds)]
    return [
        _painted(painter, captioner, reader, photo, seed)
        for photo, seed in track(asked, "pictures", console=Console(stderr=True))
    ]


def _painted(
    painter: PainterEngine, captioner: CaptionerEngine, reader: CaptionReader, photo: Photo, seed: int
) -> Painted:
    colour = COLOURS[seed % len(COLOURS)]
    prompt = caption(photo, colour)
    started = time.perf_counter()
    (picture,) = painter.paint([PictureItem(id="picture", prompt=prompt, seed=seed)])
    seconds = time.perf_counter() - started
    if picture.error:
        raise ValueError(f"{prompt}: {picture.error.message}")
    (seen,) = captioner.caption([PhotoItem(id="picture", image=picture.image)])
    reading = reader.read(seen.caption)
    return Painted(
        photo.product_type,
        prompt,
        picture.image,
        seconds,
        seen.caption,
        colour,
        reading.colour,
        photo.product_type in reading.product_types,
    )


def measure_pictures(painted: Sequence[Painted], ceiling: float) -> PictureMetrics:
    """All metrics; `ceiling` is how often the captioner names the type on real photos."""
    coloured = [one for one in painted if one.named_colour]
    return PictureMetrics(
        recognised=round(sum(one.recognised for one in painted) / len(painted), 3),
        colour=round(sum(one.named_colour == one.colour for one in coloured) / max(len(coloured), 1), 3),
        ceiling=ceiling,
        seconds=round(float(np.median([one.seconds for one in painted])), 2),
    )


def nearest_photos(painted: Sequence[Painted], folder: Path, photos: Sequence[Photo]) -> list[Photo]:
    """For each picture the photo that it is most like, mirrored photos among them."""
    known = np.stack([_small(Image.open(folder / photo.file)) for photo in photos])
    both = np.concatenate([known, known[:, :, ::-1]])
    pictures = (_small(Image.open(io.BytesIO(base64.b64decode(one.image)))) for one in painted)
    return [photos[int(((both - one) ** 2).sum(axis=(1, 2, 3)).argmin()) % len(photos)] for one in pictures]


def _small(image: Image.Image) -> NDArray[np.float32]:
    # Cut as the painter's training cuts photos (training/image/photos.py).
    return np.asarray(ImageOps.fit(image.convert("RGB"), SMALL, Image.Resampling.BOX), dtype=np.float32)
