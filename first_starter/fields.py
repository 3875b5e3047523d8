"""The fields of a listing: what each is asked to be, and the limits that its text is checked against."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

FieldName = Literal["description", "title", "bullets", "tags", "seo_title", "meta_description", "alt_text"]
Tone = Literal["plain", "lively"]
FIELD_NAMES: tuple[FieldName, ...] = get_args(FieldName)
TONES: tuple[Tone, ...] = get_args(Tone)

MIN_WORDS = 80
MAX_WORDS = 120


@dataclass(frozen=True)
class Field:
    """One field. `task` is what a model is asked; `{tone}` stands where the tone belongs.

    `characters` are the least and most of the whole text, or of each item where `separator` parts it into items;
    `items` how many there may be. Limits stand in `task` too, in words.
    """

    task: str
    characters: tuple[int, int]
    separator: str = ""
    items: tuple[int, int] = (1, 1)
    sentences: bool = False


FIELDS: Mapping[FieldName, Field] = {
    "description": Field(
        f"Write a {{tone}} product description for an online shop in one paragraph of {MIN_WORDS} to {MAX_WORDS} "
        "words. Use every fact and keyword, and add no others.",
        (1, 10_000),
        sentences=True,
    ),
    "title": Field(
        "Write a product title for an online shop in at most 150 characters: "
        "brand, product and what tells it from others.",
        (3, 150),
    ),
    "bullets": Field(
        "Write {tone} bullet points for an online shop: three to five short lines, each with one fact or use.",
        (3, 200),
        separator="\n",
        items=(3, 5),
    ),
    "tags": Field(
        "Write five to ten short search tags for a product, parted by commas. Use every keyword.",
        (2, 60),
        separator=", ",
        items=(5, 10),
    ),
    "seo_title": Field("Write the page title of a product for search engines in at most 60 characters.", (3, 60)),
    "meta_description": Field(
        "Write a {tone} meta description of a product for search engines in 70 to 155 characters.",
        (70, 155),
        sentences=True,
    ),
    "alt_text": Field(
        "Write an alt text that tells what a picture of the product shows in at most 125 characters.",
        (5, 125),
        sentences=True,
    ),
}
