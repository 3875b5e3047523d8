"""What a photo's caption should say, from its labels and the colour of its pixels; what a caption says; and how often
captions are right.

Only training and evaluation use this; at serving a caption is what the decoder wrote.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from evaluation.colour import NAMES, colour_name
from evaluation.photo_index import Photo, read_pixels

PHRASES: dict[str, str] = yaml.safe_load((Path(__file__).parent / "captions.yaml").read_text(encoding="utf-8"))

_COLOURS = "|".join(sorted(NAMES, key=len, reverse=True))
_SLOT = "{colour} "


@dataclass(frozen=True)
class Reading:
    """What a caption claims: the product types that it fits, and a colour where it names one."""

    product_types: frozenset[str]
    colour: str | None


def phrase(photo: Photo) -> str:
    """The phrase for the photo's product; raises KeyError where captions.yaml has none."""
    return PHRASES.get(photo.product) or PHRASES[photo.product_type]


def names_colour(photo: Photo) -> bool:
    """Whether captions of this product may carry a measured colour."""
    return _SLOT in phrase(photo)


def caption(photo: Photo, colour: str | None) -> str:
    """The caption for `photo` whose pixels show `colour`, with the right indefinite article."""
    text = phrase(photo).replace(_SLOT, f"{colour} " if colour else "")
    return re.sub(r"\ba(?= [aeio])", "an", text)


class CaptionReader:
    """Reads captions back, for the products of a photo index."""

    def __init__(self, photos: list[Photo]) -> None:
        types: dict[str, set[str]] = {}
        for photo in photos:
            types.setdefault(phrase(photo), set()).add(photo.product_type)
        self._known = [(_pattern(text), frozenset(found)) for text, found in types.items()]

    def read(self, text: str) -> Reading:
        """What `text` claims; no product types where it is no known caption."""
        for pattern, product_types in self._known:
            if match := pattern.fullmatch(text):
                return Reading(product_types, match.groupdict().get("colour"))
        return Reading(frozenset(), None)


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


def _pattern(text: str) -> re.Pattern[str]:
    escaped = re.escape(text).replace(re.escape(_SLOT), f"(?:(?P<colour>{_COLOURS}) )?")
    return re.compile(re.sub(r"^a\\ ", r"an?\\ ", escaped))


def _share(outcomes: list[bool]) -> float:
    return round(sum(outcomes) / max(len(outcomes), 1), 3)
