"""Photos with their labels.

A photo folder holds `index.csv` with the columns file, split, department, product_type and product.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

STORED_SIZE = 128  # pixels per side at which photos are held in memory

Split = Literal["train", "validation"]


@dataclass(frozen=True)
class Photo:
    """One line of `index.csv`; `file` is relative to the photo folder."""

    file: str
    split: str
    department: str
    product_type: str
    product: str


def read_index(folder: Path, split: Split) -> list[Photo]:
    """The photos of one split; raises OSError without an index, ValueError where its columns differ."""
    with (folder / "index.csv").open(newline="", encoding="utf-8") as lines:
        try:
            return [photo for row in csv.DictReader(lines) if (photo := Photo(**row)).split == split]
        except TypeError as error:
            raise ValueError(
                f"{folder / 'index.csv'}: needs the columns file, split, department, product_type, product"
            ) from error


def read_pixels(folder: Path, photos: list[Photo]) -> NDArray[np.uint8]:
    """The photos squeezed to squares: (photos, STORED_SIZE, STORED_SIZE, 3), sRGB."""
    pixels = np.empty((len(photos), STORED_SIZE, STORED_SIZE, 3), dtype=np.uint8)
    for i, photo in enumerate(photos):
        with Image.open(folder / photo.file) as image:
            square = image.convert("RGB").resize((STORED_SIZE, STORED_SIZE), Image.Resampling.BILINEAR)
            pixels[i] = np.asarray(square)
    return pixels
