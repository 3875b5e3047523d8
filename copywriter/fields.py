"""The fields of a listing: what each is asked to be, and what it consists of. How long it may be, its channel says."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.brief import FieldName


@dataclass(frozen=True)
class Field:
    """One field: the `task` that a model is given, with `{tone}` where the tone belongs; what parts its items, where it
    is a list of such; whether it is a paragraph of whole `sentences`."""

    task: str
    separator: str = ""
    sentences: bool = False


FIELDS: Mapping[FieldName, Field] = {
    "description": Field("a {tone} product description in one paragraph", sentences=True),
    "title": Field("a product title with the brand, what the product is, and what tells it from others"),
    "bullets": Field("{tone} bullet points, one a line, each about one or two facts", separator="\n"),
    "tags": Field(
        "search tags of one to three words that a buyer would type to find this product, parted by commas",
        separator=", ",
    ),
    "seo_title": Field("the page title of the product for search engines"),
    "meta_description": Field("a {tone} meta description of the product for search engines", sentences=True),
    "alt_text": Field("an alt text in one sentence that names the product and what can be seen of it", sentences=True),
}
