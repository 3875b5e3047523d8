"""The brief of one field: all that its prompt, decoding, checks and choice need to know. Made once per request."""

from typing import Literal, get_args

from pydantic import Field

from contracts.base import Contract

FieldName = Literal["description", "title", "bullets", "tags", "seo_title", "meta_description", "alt_text"]
Tone = Literal["plain", "lively"]
FIELD_NAMES: tuple[FieldName, ...] = get_args(FieldName)
TONES: tuple[Tone, ...] = get_args(Tone)
ChannelName = Literal["plain", "amazon", "ebay", "etsy", "google_merchant", "shopify", "walmart"]
CHANNEL_NAMES: tuple[ChannelName, ...] = get_args(ChannelName)
ANY_SHOP: ChannelName = "plain"
"""The channel of who names none; where another says nothing of a field, its limits hold."""


class Fact(Contract):
    """One statement of the shop: `value` exactly as given, and its name where there is one."""

    name: str | None
    value: str


class Limits(Contract):
    """How long a field may be, each as the least and the most.

    `characters` are those of the whole text, or of each of its `items` where `separator` parts it into such. A field of
    `sentences` is a paragraph of whole sentences.
    """

    words: tuple[int, int] | None = None
    characters: tuple[int, int]
    separator: str = ""
    items: tuple[int, int] = (1, 1)
    sentences: bool = False


class LeftOut(Contract):
    """A fact (with its `name`, where it has one) or keyword that was accepted and is not asked for, and why."""

    kind: Literal["fact", "keyword"]
    name: str | None = None
    value: str
    reason: str


class Brief(Contract):
    """What one field is to be.

    `facts` keep the order of the input; `required` are the numbers, counted from 1, of those that the text must state,
    and `title` and `brand` of those that say what the product is and who made it. `keywords` must be written, and
    `names` are those of them that say what the product is; `refused` are those that no fact supports, or one denies.
    `left_out` names what of the input is not asked for. `given` is the whole input, against which names and numbers are
    judged. `voice` is how the shop sounds in its own words, `audience` whom it addresses; `avoid` are words that it
    never uses. `channel` names where the text is published.
    """

    field: FieldName
    tone: Tone
    facts: tuple[Fact, ...]
    title: int | None
    brand: int | None
    required: tuple[int, ...]
    keywords: tuple[str, ...]
    names: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    limits: Limits
    left_out: tuple[LeftOut, ...] = Field(())
    given: str
    voice: str | None = None
    audience: str | None = None
    avoid: tuple[str, ...] = ()
    channel: ChannelName = ANY_SHOP

    @property
    def product(self) -> str | None:
        """What the product is, in the input's own words."""
        return None if self.title is None else self.facts[self.title - 1].value
