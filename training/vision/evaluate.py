"""How often captions are right: type and colour."""

# torch and transformers leave some of their functions without types.
# mypy: disallow-untyped-calls=False

from pathlib import Path

import torch
from PIL import Image
from pydantic import BaseModel, ConfigDict
from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

from training.vision.captions import CaptionReader, caption, names_colour
from training.vision.colour import colour_name
from training.vision.data import Photo, read_pixels

BATCH = 64


class Quality(BaseModel):
    """Shares of captions, 0 to 1, each over the photos where the question makes sense."""

    model_config = ConfigDict(frozen=True)

    apparel_type: float  # the product type in the caption is the photo's
    grocery_type: float
    grocery_exact: float  # the whole caption is the photo's, down to variety and flavour
    colour: float  # apparel whose pixels show one clear colour: the caption names that colour
    colour_invented: float  # apparel whose pixels show none: the caption names one all the same


def judge(photos: list[Photo], colours: list[str | None], written: list[str]) -> Quality:
    """Compares each written caption with its photo's labels and measured colour (None: unclear)."""
    reader = CaptionReader(photos)
    types: dict[str, list[bool]] = {"apparel": [], "grocery": []}
    exact, clear, unclear = [], [], []
    for photo, colour, text in zip(photos, colours, written, strict=True):
        reading = reader.read(text)
        types[photo.department].append(photo.product_type in reading.product_types)
        if not names_colour(photo):
            exact.append(text == caption(photo, None))
        elif colour:
            clear.append(reading.colour == colour)
        else:
            unclear.append(reading.colour is not None)
    return Quality(
        apparel_type=_share(types["apparel"]),
        grocery_type=_share(types["grocery"]),
        grocery_exact=_share(exact),
        colour=_share(clear),
        colour_invented=_share(unclear),
    )


def measured_colours(folder: Path, photos: list[Photo]) -> list[str | None]:
    """The colour that each photo's pixels show, None where unclear or not part of its captions."""
    pixels = read_pixels(folder, photos)[:, ::2, ::2]
    pairs = zip(photos, pixels, strict=True)
    return [colour_name(one) if names_colour(photo) else None for photo, one in pairs]


@torch.inference_mode()
def captions_of(folder: Path, photos: list[Photo], checkpoint: Path) -> list[str]:
    """Greedy captions, through the same Auto classes that serve the checkpoint."""
    model = AutoModelForImageTextToText.from_pretrained(checkpoint).eval()
    processor = AutoImageProcessor.from_pretrained(checkpoint)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    written: list[str] = []
    for start in range(0, len(photos), BATCH):
        images = [Image.open(folder / photo.file).convert("RGB") for photo in photos[start : start + BATCH]]
        ids = model.generate(**processor(images, return_tensors="pt"))
        written += tokenizer.batch_decode(ids, skip_special_tokens=True)
    return written


def _share(outcomes: list[bool]) -> float:
    return round(sum(outcomes) / max(len(outcomes), 1), 3)
