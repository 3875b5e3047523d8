"""What a photo's caption should say, from its labels and the colour of its pixels; and what a caption says.

Only training and evaluation use this; at serving a caption is what the decoder wrote.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from training.vision.colour import NAMES
from training.vision.data import Photo

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


def _pattern(text: str) -> re.Pattern[str]:
    escaped = re.escape(text).replace(re.escape(_SLOT), f"(?:(?P<colour>{_COLOURS}) )?")
    return re.compile(re.sub(r"^a\\ ", r"an?\\ ", escaped))
