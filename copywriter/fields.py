"""The fields of a listing: what each is asked to be, and its limits. Prompts take the limits from here."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.brief import FieldName, Limits


@dataclass(frozen=True)
class Field:
    """One field: its `limits`, and the `task` that a model is given, with `{tone}` where the tone belongs."""

    task: str
    limits: Limits


FIELDS: Mapping[FieldName, Field] = {
    "description": Field(
        "a {tone} product description in one paragraph",
        Limits(words=(80, 120), characters=(1, 10_000), sentences=True),
    ),
    "title": Field(
        "a product title with the brand, what the product is, and what tells it from others",
        Limits(characters=(3, 150)),
    ),
    "bullets": Field(
        "{tone} bullet points, one a line, each about one or two facts",
        Limits(characters=(3, 200), separator="\n", items=(3, 5)),
    ),
    "tags": Field(
        "search tags of one to three words that a buyer would type to find this product, parted by commas",
        Limits(characters=(2, 60), separator=", ", items=(5, 10)),
    ),
    "seo_title": Field("the page title of the product for search engines", Limits(characters=(3, 60))),
    "meta_description": Field(
        "a {tone} meta description of the product for search engines",
        Limits(characters=(70, 155), sentences=True),
    ),
    "alt_text": Field(
        "an alt text in one sentence that names the product and what can be seen of it",
        Limits(characters=(5, 125), sentences=True),
    ),
}
