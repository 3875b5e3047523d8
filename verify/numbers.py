"""Numbers of a text, in digits or words, are those of the input, or one of a range or list."""

import re
from collections.abc import Iterable

from verify.quantities import converted, unlike
from verify.spellings import NUMBER_WORDS
from verify.texts import plain
from verify.values import CODE, without_values

_NUMBER = re.compile(r"\d+(?:[.,/-]\d+)*")
_FIGURE = re.compile(r"(?<![A-Za-z\d.,/-])\d+(?:[.,/-]\d+)*")
"""A number that is no part of a code such as LM-204."""
_LISTED = re.compile(r"[-,]|(?<=\d\d)/(?=\d\d)")
"""Parts two numbers; a point or a fraction's stroke parts none."""
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_NUMBER_WORD = re.compile(rf"\b({'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)


def invented_numbers(text: str, given: str, own: Iterable[str]) -> tuple[str, ...]:
    """Numbers of `text` that `given` does not have, and those that it has with another unit, but no measure
    that was converted.

    A code's digits are no number; `own` are the names, values and keywords of the input, which may be written.
    """
    plainly = _without_commas(given)
    known = set(_FIGURE.findall(plainly))
    digits = {part for number in known for part in _LISTED.split(number)}
    words = set(plain(given).split())
    bare = _without_commas(writers_own(text, given, own))
    invented = [n for n in _NUMBER.findall(bare) if n not in known and not set(_LISTED.split(n)) <= digits]
    if invented:
        measured = {number for quantity in converted(bare, given) for number in _NUMBER.findall(quantity)}
        invented = [n for n in invented if n not in measured]
    invented += [
        word
        for word in _NUMBER_WORD.findall(bare)
        if word.casefold() not in words and NUMBER_WORDS[word.casefold()] not in digits
    ]
    return tuple(dict.fromkeys([*invented, *unlike(text, given)]))


def writers_own(text: str, given: str, own: Iterable[str]) -> str:
    """`text` with a gap for each name, value and code of the input, so that what is left is the writer's."""
    return without_values(text, {*own, *(code.strip(".,:()") for code in CODE.findall(given))})


def _without_commas(text: str) -> str:
    """`text` with 1,000 as 1000."""
    return _THOUSANDS.sub(lambda number: number[0].replace(",", ""), text)
