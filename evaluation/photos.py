"""A captioner measured on photos whose products are known: what it names right, and how far its confidence can be
trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.progress import track

from operations.pictures import prepare_photo
from operations.settings import get_settings
from contracts.items import PhotoItem
from runners.engines.captioner import CaptionerEngine
from training.vision.captions import CaptionReader
from training.vision.data import Photo
from training.vision.evaluate import Quality, judge, measured_colours

BATCH = 16
BINS = 10
UNKNOWN = "anything else"


@dataclass(frozen=True)
class Captioned:
    """A photo with the caption that was written for it.

    `colour` is what the photo's own pixels show (None: unclear); `named` is the product type in the caption, that of
    the photo where the caption fits several, UNKNOWN where it fits none.
    """

    photo: Photo
    colour: str | None
    caption: str
    confidence: float
    named: str

    @property
    def right(self) -> bool:
        """Whether the caption names the photo's product type."""
        return self.named == self.photo.product_type


class CaptionMetrics(Quality):
    """Shares, 0 to 1: all captions as in Quality, then those of at least `least_confidence` alone."""

    model_config = ConfigDict(frozen=True)

    least_confidence: float
    coverage: float  # captions that are as sure as this
    precision: float  # of these, captions whose product type is right
    calibration_error: float  # mean distance of the confidence from the share that is right, in ten bins


class Bin(BaseModel):
    """Captions of about the same confidence."""

    model_config = ConfigDict(frozen=True)

    confidence: float
    right: float
    count: int


def caption_photos(engine: CaptionerEngine, folder: Path, photos: Sequence[Photo]) -> list[Captioned]:
    """Caption photos on the road that an upload takes; raises ValueError where the captioner fails on one."""
    settings, reader = get_settings(), CaptionReader(list(photos))
    coloured = list(zip(photos, measured_colours(folder, list(photos)), strict=True))
    captioned: list[Captioned] = []
    for start in track(range(0, len(coloured), BATCH), "captions", console=Console(stderr=True)):
        batch = coloured[start : start + BATCH]
        items = [
            PhotoItem(
                id=photo.file,
                image=prepare_photo(
                    (folder / photo.file).read_bytes(),
                    max_bytes=settings.max_image_bytes,
                    max_pixels=settings.max_image_pixels,
                ),
            )
            for photo, _ in batch
        ]
        for (photo, colour), result in zip(batch, engine.caption(items), strict=True):
            if result.error:
                raise ValueError(f"{photo.file}: {result.error.message}")
            types = reader.read(result.caption).product_types
            named = photo.product_type if photo.product_type in types else min(types, default=UNKNOWN)
            captioned.append(Captioned(photo, colour, result.caption, result.confidence, named))
    return captioned


def measure_captions(captioned: Sequence[Captioned], least_confidence: float) -> CaptionMetrics:
    """All metrics of the captions."""
    sure = [one for one in captioned if one.confidence >= least_confidence]
    bins = calibration(captioned)
    apart = sum(each.count * abs(each.confidence - each.right) for each in bins) / max(len(captioned), 1)
    quality = judge([c.photo for c in captioned], [c.colour for c in captioned], [c.caption for c in captioned])
    return CaptionMetrics(
        **quality.model_dump(),
        least_confidence=least_confidence,
        coverage=round(len(sure) / max(len(captioned), 1), 3),
        precision=round(sum(one.right for one in sure) / max(len(sure), 1), 3),
        calibration_error=round(apart, 3),
    )


def calibration(captioned: Sequence[Captioned]) -> list[Bin]:
    """The captions in bins of equal width of confidence, those without any left out."""
    bins: list[list[Captioned]] = [[] for _ in range(BINS)]
    for one in captioned:
        bins[min(int(one.confidence * BINS), BINS - 1)].append(one)
    return [
        Bin(
            confidence=sum(one.confidence for one in part) / len(part),
            right=sum(one.right for one in part) / len(part),
            count=len(part),
        )
        for part in bins
        if part
    ]


def confusion(captioned: Sequence[Captioned], department: str) -> tuple[list[str], NDArray[np.float64]]:
    """The product types of a department, and the share of each type's photos (rows) that is named as each (columns).

    A last column counts what is named as none of them.
    """
    rows = [one for one in captioned if one.photo.department == department]
    types = sorted({one.photo.product_type for one in rows})
    counts = np.zeros((len(types), len(types) + 1))
    for one in rows:
        column = types.index(one.named) if one.named in types else len(types)
        counts[types.index(one.photo.product_type), column] += 1
    return types, counts / counts.sum(axis=1, keepdims=True).clip(min=1)
