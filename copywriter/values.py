"""Where a text states a value of the input or uses a keyword, however a writer spells it.

A value is a statement: its words stand in its own order, and none may be missing. A keyword is what buyers search for:
its words stand in one sentence.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from contracts.brief import Fact
from contracts.verdicts import Evidence
from copywriter.texts import SMALL_WORDS, plain, split_sentences

Span = tuple[int, int]
"""From where to where in a text, in characters."""

NUMBER_WORDS: Mapping[str, str] = {
    word: str(number)
    for number, word in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], start=2
    )
} | {"dozen": "12", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100", "thousand": "1000"}
_IN_WORDS = {number: word for word, number in NUMBER_WORDS.items() if word != "dozen"}
_NEGATIONS = frozenset(["free", "never", "no", "non", "not", "without"])
_BEGIN, _END = r"(?<![^\W_])", r"(?![^\W_])"
_NUMBER_BEGIN, _NUMBER_END = r"(?<!\d[.,/])(?<!\s[-\u2212])", r"(?![.,/]\d)(?![ -]\d+/\d)"
"""What would make a number at a value's edge another one: 2.5 is not 5, -5 is not 5, 14 1/2 is not 14."""
_DASHES = "\u2010\u2011\u2012\u2013\u2014-"
_INCHES = "[\"'\u2019\u201d\u2032\u2033]?"
"""A mark of inches or feet, or none."""
_MINUS = r"(?:[-\u2212]|(?:minus|negative)\s)"
_GAP = r"(?:[^\w.!?]|_|[.!?](?!\s))"
"""What parts words within a sentence."""
_ENDING = "(?:['\u2019]?e?s)?"
"""Of a plural, or of what belongs to someone."""
_PART = re.compile(r"\d+|[A-Z]?[a-z]+|[^\W\d_]+?(?=[A-Z][a-z])|[^\W\d_]+")
"""Digits, or letters up to where a new word begins."""
_ABBREVIATED = re.compile(r"(.+?)\s*\(([A-Za-z]{2,})\)")
_PACK = re.compile(r"(\d+)(?:\s+([A-Za-z]+))?\s*(?:/|\sper\s|\sin an?\s)\s*([A-Za-z]+)")
"""So many things in each package."""
_UNITS = tuple(
    tuple(unit.split())
    for unit in (
        "lb lbs pound pounds",
        "oz ounce ounces",
        "in inch inches",
        "ft foot feet",
        "yd yard yards",
        "gal gallon gallons",
        "qt quart quarts",
        "cu cubic",
        "sq square",
        "mm millimetre millimetres millimeter millimeters",
        "cm centimetre centimetres centimeter centimeters",
        "m metre metres meter meters",
        "g gram grams",
        "kg kilogram kilograms",
        "ml millilitre millilitres milliliter milliliters",
        "l litre litres liter liters",
        "v volt volts",
        "w watt watts",
        "pc pcs piece pieces",
        "pk pack packs",
        "hr hrs hour hours",
        "min minute minutes",
    )
)
"""Ways to write one unit."""
_GENDERS = (
    ("female", "women", "womens", "ladies"),
    ("male", "men", "mens", "gents", "gentlemen"),
)
"""Words of feeds for whom a thing is made, and those that shops use."""

_BETWEEN = "|".join(sorted(SMALL_WORDS - {"and", "is", "or"} | {"up"}))
"""What a writer may put between two words of a value."""
_POWERS = ("cu", "cubic", "sq", "square")
"""Stand between a number and its unit."""


def contains(text: str, value: str) -> bool:
    """Whether `text` states `value`, as `find_value` finds it."""
    return find_value(text, value) is not None


def find_value(text: str, value: str) -> Span | None:
    """Where `text` states `value`: all of its words, in its order, as a writer spells them.

    Case and punctuation do not matter: 500-GB is 500 GB, HardDrive is hard drive, a list's comma is "and", "lumens
    front" is lumens in the front. A word may be a plural, a small number a word, a unit written out; "2-4" is two to
    four, "1500 W" 1,500 watts, "30/Pack" a pack of 30, "Gents" men's. Of "Serial Attached SCSI (SAS)" one of the two
    is enough. Nothing states a value without letters and digits.
    """
    if either := _ABBREVIATED.fullmatch(value):
        whole, short = either.groups()
        if short.casefold() == "".join(word[0] for word in plain(whole).split()):
            return find_value(text, whole) or find_value(text, short)
    pattern = value_pattern(value)
    found = re.search(pattern, text, re.IGNORECASE) if pattern else None
    return found.span() if found else None


def find_keyword(text: str, keyword: str) -> Span | None:
    """Where `text` uses `keyword`: as a value, or, if it denies nothing, all of its words anywhere in one sentence."""
    words = [word for word in plain(keyword).split() if word not in SMALL_WORDS]
    if (found := find_value(text, keyword)) or not words or _NEGATIONS & set(words):
        return found
    start = 0
    for sentence in split_sentences(text):
        start = text.index(sentence, start)
        places = [re.search(value_pattern(word), sentence, re.IGNORECASE) for word in words]
        spans = [place.span() for place in places if place]
        if len(spans) == len(words):
            return start + min(first for first, _ in spans), start + max(last for _, last in spans)
    return None


@lru_cache(maxsize=4096)
def value_pattern(value: str) -> str:
    """The regular expression, for any case, of what states `value`; empty for one without letters and digits."""
    value = re.sub(r"['\u2019](?=s\b)", "", value)
    parts = list(_PART.finditer(value))
    if not parts:
        return ""
    pattern = _forms(value, parts, 0)
    for number, (before, part) in enumerate(pairwise(parts), start=1):
        gap, forms = value[before.end() : part.start()], _forms(value, parts, number)
        numbers = before[0].isdigit() and part[0].isdigit()
        pattern += (_between_numbers(gap, part[0]) if numbers else _between(gap, forms)) + forms
    pattern = f"{_before(value, parts[0])}{pattern}{_NUMBER_END if parts[-1][0].isdigit() else ''}"
    if pack := _PACK.fullmatch(value.strip()):
        pattern = f"(?:{pattern}|{_packed(*pack.groups())})"
    return f"{_BEGIN}{pattern}{_END}"


def spans_of_values(text: str, facts: Sequence[Fact], keywords: Sequence[str]) -> tuple[Evidence, ...]:
    """Where a text states values and uses keywords: the first place of each."""
    found: list[tuple[Literal["fact", "keyword"], int, Span | None]] = []
    found += [("fact", number, find_value(text, fact.value)) for number, fact in enumerate(facts, start=1)]
    found += [("keyword", number, find_keyword(text, keyword)) for number, keyword in enumerate(keywords, start=1)]
    evidence = (
        Evidence(start=span[0], end=span[1], source=source, number=number, value=text[slice(*span)])
        for source, number, span in found
        if span
    )
    return tuple(sorted(evidence, key=lambda one: one.start))


def _before(value: str, first: re.Match[str]) -> str:
    """What must stand before a value that begins with a number, or must not, so that the number is the same."""
    if not first[0].isdigit():
        return ""
    if re.search(r"(?:^|\s)[-\u2212]$", value[: first.start()]):
        return _MINUS
    whole = r"(?<!\d[ -])" if len(first[0]) == 3 or value[first.end() :][:1] == "/" else ""  # 1 500, 1 1/2
    return _NUMBER_BEGIN + whole


def _between_numbers(gap: str, following: str) -> str:
    """What may stand where two numbers of a value have `gap`: a point is a point, a range may be told in words."""
    mark = gap.strip(" \"'")
    if not mark:
        return rf"{_INCHES}[\s{_DASHES}]+"
    if mark in _DASHES:
        return rf"{_INCHES}(?:\s*[{_DASHES}]\s*|\s+(?:to|through)\s+|\s+)"
    if gap == "," and len(following) == 3:
        return r",?"
    if gap[-1:].isspace() and mark in (",", ";", "&", "/"):
        return rf"{_GAP}+(?:and{_GAP}+)?"
    return rf"\s*{re.escape(mark)}\s*" if mark in ("/", ":", "+") else re.escape(mark)


def _between(gap: str, following: str) -> str:
    """What may stand where a value has `gap`; `following` are the forms of what comes then.

    A small word that is the value's own next word is never taken for one put between: else the ways to read many of
    them would double with each.
    """
    if gap.strip() and not gap.strip(" ,;&/"):
        return rf"{_GAP}+(?:and{_GAP}+)?"
    if gap.isspace():
        return rf"(?:{_GAP}+(?!{following}{_END})(?:{_BETWEEN}){_END}){{0,2}}{_GAP}*"
    return r"[\W_]*" if "." in gap else rf"{_GAP}*"


def _packed(count: str, what: str | None, package: str) -> str:
    """The phrases for so many things in a package: "a box of 50", "each box holds 50 pins", "50 pins a box"."""
    things = rf"{count}{_GAP}+{what}" if what else count
    holds = "of|holds|contains|includes"
    each = "per|a|an|each|every|to a|in a|in each"
    return rf"{package}s?{_GAP}+(?:{holds}){_GAP}+{things}|{things}(?:{_GAP}+\w+)?{_GAP}+(?:{each}){_GAP}+{package}"


def _forms(value: str, parts: Sequence[re.Match[str]], number: int) -> str:
    """The spellings of one part: within a code or a joined word only its own."""
    part = parts[number]
    word = part[0].casefold()
    if value[: part.start()][-1:].isalpha() or value[part.end() :][:1].isalpha():
        return re.escape(part[0])
    if word.isdigit():
        if 4 <= len(word) <= 6 and value[part.end() :][:1].isspace() and part is not parts[-1]:
            return f"{word[:-3]},?{word[-3:]}"
        return f"(?:{word}|{_IN_WORDS[word]})" if word in _IN_WORDS else word
    before = [one[0].casefold() for one in parts[:number]]
    measured = before[-1:] and (
        before[-1].isdigit() or (before[-1] in _POWERS and before[-2:-1] and before[-2].isdigit())
    )
    for unit in _UNITS if measured else ():
        if word in unit:
            return f"(?:{'|'.join(unit)})"
    if value[: part.start()][-1:].isdigit() or value[part.end() :][:1].isdigit():
        return re.escape(part[0])
    for gender in _GENDERS:
        if word in gender:
            return f"(?:{'|'.join(gender)}){_ENDING}"
    stem = re.sub(r"(?<=[^s])s$", "", word) if len(word) > 2 else word
    return re.escape(stem) + _ENDING
