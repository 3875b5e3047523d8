"""A product as the shop describes it: numbered facts and keywords, read from one line of free text."""

import html
import re
import unicodedata
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from contracts.brief import Fact
from copywriter.feed_names import as_words

PRODUCT = "product"
"""The name given to the first piece of free text, which says what the thing is."""

_NAME = re.compile(r"^(?P<name>(?:\d[A-Za-z]|[^\W\d_])[^:=]{0,39}?)\s*(?::(?!//)|\s=)\s*(?P<value>\S.*)$", re.DOTALL)
_NAME_ALONE = re.compile(r"^(?P<name>[^\W\d_][^:=]{0,39}?)\s*:$")
_TITLES = (
    re.compile(r"^(product|item|article|title|name)$|(product|item|article)[ _]?(name|title)", re.IGNORECASE),
    re.compile(r"(product|item|article)[ _]?type|^(type|category|subcategory|kind)$", re.IGNORECASE),
)
"""Names of the fact that says what the thing is, the best first."""
_BRAND = re.compile(r"brand|^manufacturer$|^maker|vendor|^make$", re.IGNORECASE)
_LIST_NAME = re.compile(r"colou?r|material|flavou?r|size|scent|finish|feature|ingredient|fabric", re.IGNORECASE)
_LEAD = re.compile(r"^(?:(?:this is|here is|introducing|it is|it's)\s+)?(?:an?|the|our|my)\s+", re.IGNORECASE)
_JOIN = re.compile(r"^(?:and|plus|&)\s+", re.IGNORECASE)
_HARD_BREAK = re.compile(
    r"""(?: [;\n\r|\u2022\t]+                                    # a separator,
      | (?<=[a-z]{3}|[a-z]{2}\)) (?<!lbs)(?<!pcs)(?<!max)(?<!min)(?<!dia)(?<!ref)(?<!prox)(?<!incl)
        \. \s+ (?=[A-Z][a-z\ ])                               # the end of a sentence (no abbreviation),
      | ^ ) (?: \s* [-*] \s+ (?=\w) )?                         # or the start; and the dash of a list""",
    re.VERBOSE,
)
_CATEGORIES = re.compile(r"^.*\S\s*>\s+(?=\w)", re.DOTALL)
"""Of a path of categories ("Home > Kitchen > Mugs") all before the last, which says what the thing is."""
_SPACE = re.compile(r"\s+")
_PARTS = re.compile(r"\s*(?:;\s*)+")
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_FIRST_TAGS = re.compile(rf"(:\s*)(?:{_TAG.pattern}\s*)+", re.IGNORECASE)
_ALLERGEN = re.compile(r"(?<!\w)_([^_\n]+)_(?!\w)")
_WIDE = {0xFF1A: ":", 0xFF1B: ";", 0xFF0C: ",", 0xFE0F: None}


class Product(BaseModel):
    """What a description is written from. Facts keep the order of the input; keywords are unique.

    `guessed` says that what the thing is was only taken from the beginning of free text, which named nothing.
    """

    model_config = ConfigDict(frozen=True)

    facts: tuple[Fact, ...]
    keywords: tuple[str, ...] = ()
    source: str
    guessed: bool = False

    @property
    def title(self) -> int | None:
        """Index of the fact that says what the thing is, or None where no fact does."""
        return next(
            (i for names in _TITLES for i, fact in enumerate(self.facts) if fact.name and names.search(fact.name)), None
        )

    @property
    def brand(self) -> int | None:
        """Index of the fact that names the maker, or None where no fact does."""
        return next((i for i, fact in enumerate(self.facts) if fact.name and _BRAND.search(fact.name)), None)

    @classmethod
    def parse(cls, attributes: str, keywords: str | None = None) -> "Product":
        """Read `attributes` ("Brand: Acme; Colour: red" or free text) and comma-separated `keywords`.

        Pieces with a name become named facts. Of free text the first piece is taken for what the thing
        is and the others for unnamed facts. Never fails on a non-empty string: what is not understood
        becomes one unnamed fact.
        """
        text = _without_markup(attributes) or attributes.strip()
        facts: list[Fact] = []
        for segment in _outside_brackets(text, _HARD_BREAK):
            _add_segment(facts, segment)
        guessed = bool(facts) and facts[0].name == PRODUCT and not _NAME.match(text)
        return cls(facts=tuple(facts), keywords=parse_keywords(keywords), source=text, guessed=guessed)

    @classmethod
    def of(cls, properties: Sequence[tuple[str, str]], keywords: Sequence[str] = ()) -> "Product":
        """The product that has these `properties`, each a name and its value; no value is parted."""
        facts = tuple(_named(name, _in_line(value)) for name, value in properties)
        source = "; ".join(f"{name}: {fact.value}" for (name, _), fact in zip(properties, facts, strict=True))
        return cls(facts=facts, keywords=parse_keywords(",".join(keywords)), source=source)


def _without_markup(attributes: str) -> str:
    """What the input says, without what only programs read: tags, entities, marks of allergens, emoji, wide colons."""
    text = html.unescape(html.unescape(attributes)).replace("\\n", "\n").translate(_WIDE)
    text = _ALLERGEN.sub(r"\1", _TAG.sub("; ", _FIRST_TAGS.sub(r"\1", text)))
    return "".join("; " if unicodedata.category(c) == "So" and c not in "°©®™" else c for c in text).strip("; \n")


def _in_line(value: str) -> str:
    """A property's value without markup; as feeds write that there is none where nothing to read is left."""
    return _PARTS.sub(", ", _without_markup(value)) if any(map(str.isalnum, _without_markup(value))) else "-"


def parse_keywords(keywords: str | None) -> tuple[str, ...]:
    """Comma-, semicolon- or line-separated keywords without blanks and case-blind repetitions."""
    seen: dict[str, str] = {}
    for piece in re.split(r"[,;\n]", keywords or ""):
        keyword = _SPACE.sub(" ", piece).strip(" .\"'")
        if keyword:
            seen.setdefault(keyword.casefold(), keyword)
    return tuple(seen.values())


def _add_segment(facts: list[Fact], segment: str) -> None:
    """Append the facts of one segment between hard breaks; commas part them unless they part a list."""
    pieces = [_tidy(piece) for piece in _outside_brackets(segment, re.compile(r",\s+"))]
    pieces = [piece for piece in pieces if piece]
    named = [_NAME.match(piece) for piece in pieces]
    if named and named[0]:
        for piece, match in zip(pieces, named, strict=True):
            if match:
                facts.append(_named(match["name"], match["value"]))
            else:
                facts[-1] = _extended(facts[-1], ", " + piece)
        return
    if pieces and facts and _continues_list(facts[-1], pieces[0]):
        facts[-1] = _extended(facts[-1], "; " + ", ".join(pieces))
        return
    for piece, match in zip(pieces, named, strict=True):
        _add_piece(facts, piece, match)


def _add_piece(facts: list[Fact], piece: str, match: re.Match[str] | None) -> None:
    if match:
        facts.append(_named(match["name"], match["value"]))
        return
    if alone := _NAME_ALONE.match(piece):
        facts.append(_named(alone["name"], "-"))  # as feeds write that there is no value
        return
    value = _JOIN.sub("", piece)
    if facts:
        facts.append(Fact(name=None, value=value))
    else:
        facts.append(Fact(name=PRODUCT, value=_LEAD.sub("", value) or value))


def _named(name: str, value: str) -> Fact:
    kind = any(names.search(name) for names in _TITLES)
    return Fact(name=as_words(_tidy(name)), value=_tidy(_CATEGORIES.sub("", value) if kind else value))


def _continues_list(last: Fact, piece: str) -> bool:
    """Whether `piece` is one more value of `last`, as in "Material: Enamel; Glass; Vinyl"."""
    if not (last.name and _LIST_NAME.search(last.name)):
        return False
    return (piece[0].isupper() and last.value[0].isupper()) or (piece[0].isdigit() and last.value[0].isdigit())


def _extended(fact: Fact, addition: str) -> Fact:
    return Fact(name=fact.name, value=fact.value + addition)


def _tidy(piece: str) -> str:
    """Single spaces, no trailing stop; a stop that belongs to an abbreviation ("20 oz.") stays."""
    piece = _SPACE.sub(" ", piece).strip(" ,;")
    return piece[:-1].rstrip() if re.search(r"[a-z]{4,}\.$|[!?]$", piece) and len(piece) > 1 else piece


def _outside_brackets(text: str, separator: re.Pattern[str]) -> list[str]:
    """Split `text` at `separator`, but never inside round brackets."""
    parts, start = [], 0
    for match in separator.finditer(text):
        before = text[: match.start()]
        if before.count("(") <= before.count(")"):
            parts.append(text[start : match.start()])
            start = match.end()
    parts.append(text[start:])
    return [part for part in parts if part.strip()]
