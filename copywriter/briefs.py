"""From a product to the brief of one field: what is asked for, what is required, what is left out and why."""

from collections.abc import Iterator

from contracts.brief import Brief, Fact, FieldName, LeftOut, Limits, Tone
from copywriter.fields import FIELDS, LEAST_WORDS
from copywriter.product import Product
from copywriter.texts import count_words, plain
from copywriter.values import contains

_SHARE_OF_VALUES = 0.6
"""Of a text's words: with more of them in values there are too few left for sentences."""
_YES_OR_NO = ("yes", "no", "none", "true", "false", "n/a")
"""Values that a sentence tells by what it says of the fact's name."""
_LONGEST_VALUE = 25
"""Words that a sentence can quote; what is longer is told to the model, and not required word for word."""


def make_brief(
    field: FieldName, product: Product, tone: Tone = "lively", most_facts: int = 100, most_keywords: int = 100
) -> Brief:
    """The brief of `field`; a checkpoint that reads only so many facts or keywords gets the first of them."""
    facts = product.facts[:most_facts]
    left_out = [
        LeftOut(kind="fact", value=fact.value, reason=f"this checkpoint reads {most_facts} facts")
        for fact in product.facts[most_facts:]
    ]
    limits = _limits(field, len(facts))
    title = None if product.title is None or product.title >= len(facts) else product.title + 1
    brand = None if product.brand is None or product.brand >= len(facts) else product.brand + 1
    required, dropped = _required(field, facts, title, brand, limits)
    left_out += dropped
    stated = [facts[number - 1].value for number in required]
    keywords: list[str] = []
    for keyword in product.keywords if field in ("description", "tags") else ():
        if any(contains(value, keyword) for value in stated):
            continue
        if len(keyword) > limits.characters[1]:
            reason = f"longer than the {limits.characters[1]} characters of {field}"
        elif len(keywords) == most_keywords:
            reason = f"this checkpoint reads {most_keywords} keywords"
        elif field == "tags" and len(keywords) == limits.items[1]:
            reason = f"there are at most {limits.items[1]} tags"
        else:
            keywords.append(keyword)
            continue
        left_out.append(LeftOut(kind="keyword", value=keyword, reason=reason))
    return Brief(
        field=field,
        tone=tone,
        facts=facts,
        title=title,
        brand=brand,
        required=required,
        keywords=tuple(keywords),
        limits=limits,
        left_out=tuple(left_out),
        given=" ".join((product.source, *product.keywords)),
    )


def _limits(field: FieldName, facts: int) -> Limits:
    limits = FIELDS[field].limits
    if field != "description" or limits.words is None:
        return limits
    least, most = limits.words
    return limits.model_copy(update={"words": (LEAST_WORDS.get(facts, least), most)})


def _required(
    field: FieldName, facts: tuple[Fact, ...], title: int | None, brand: int | None, limits: Limits
) -> tuple[tuple[int, ...], list[LeftOut]]:
    """Numbers of the facts that `field` must state, and those that it should, but has no room for.

    A description states all that can be quoted, other fields what the product is, and a title the brand too.
    """
    if field == "bullets":
        return (), []
    if field == "description":
        return _with_room(facts, title, limits)
    found: list[int] = []
    left_out = []
    length = 0
    for number in dict.fromkeys((title, brand if field == "title" else None)):
        if number is None:
            continue
        value = facts[number - 1].value
        if length + len(value) < limits.characters[1]:
            found.append(number)
            length += len(value) + 1
        else:
            reason = f"no room in the {limits.characters[1]} characters of {field}"
            left_out.append(LeftOut(kind="fact", value=value, reason=reason))
    return tuple(found), left_out


def _with_room(facts: tuple[Fact, ...], title: int | None, limits: Limits) -> tuple[tuple[int, ...], list[LeftOut]]:
    most = limits.words[1] if limits.words else 0
    room = most * _SHARE_OF_VALUES
    required, left_out = [], []
    for number in _first(title, range(1, len(facts) + 1)):
        value = facts[number - 1].value
        words = count_words(value)
        if not plain(value):
            reason = "told to the model, but has neither letters nor digits to be found by"
        elif value.casefold() in _YES_OR_NO:
            reason = "told to the model; a yes or no is not asked for word for word"
        elif words > _LONGEST_VALUE:
            reason = f"told to the model, but longer than the {_LONGEST_VALUE} words that a sentence can quote"
        elif words > room:
            reason = f"no room in {most} words"
        else:
            room -= words
            required.append(number)
            continue
        left_out.append(LeftOut(kind="fact", value=value, reason=reason))
    return tuple(sorted(required)), left_out


def _first(number: int | None, numbers: range) -> Iterator[int]:
    """`numbers`, but `number` before all others."""
    if number is not None:
        yield number
    yield from (other for other in numbers if other != number)
