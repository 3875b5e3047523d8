"""Words, sentences and values of a text, as every check and measure counts them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from contracts.brief import Fact
from contracts.verdicts import Evidence

_WORD = re.compile(r"\S+")
_PART = re.compile(r"\d+|[A-Z]?[a-z]+|[^\W\d_]+?(?=[A-Z][a-z])|[^\W\d_]+")
"""Digits, or letters up to where a new word begins."""
_GAP = r"[\W_]"
_ABBREVIATED = re.compile(r"(.+?)\s*\(([A-Za-z]{2,})\)")
_NUMBER = r"\d+(?:[ -]\d+/\d+|[/.]\d+)?"
_VALUE_WORD = re.compile(rf"{_NUMBER}(?: ?x ?{_NUMBER})+|\d+[ -]\d+/\d+|(?:\d/\d|[^\s,;&/()])+")
"""Sizes and mixed numbers whole, else what stands between spaces, commas and strokes."""
_LINKS = frozenset(
    ["a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "per", "the", "to", "with", "x"]
)
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
_BOUNDARY = re.compile(r"(?<=[.!?])[\"')\]]?\s+(?=\S)")


def count_words(text: str) -> int:
    """Words as a person counts them: whatever stands between spaces."""
    return len(_WORD.findall(text))


def contains(text: str, value: str) -> bool:
    """Whether `text` states `value`, as `find_value` finds it."""
    return find_value(text, value) is not None


def find_value(text: str, value: str) -> tuple[int, int] | None:
    """From where to where `text` states `value`: word for word, or else all of its words within one sentence.

    Case and punctuation do not matter, 500-GB is 500 GB, HardDrive is hard drive, a list's comma may be told as "and".
    Between other words it may be a plural or a unit written out ("1000 lbs." as "1000 pounds"); numbers and codes have
    to be exact. Of "Serial Attached SCSI (SAS)" one of the two is enough.
    """
    pattern = value_pattern(value)
    if not pattern:
        return None
    if either := _ABBREVIATED.fullmatch(value):
        whole, short = either.groups()
        if short.casefold() == "".join(word[0] for word in plain(whole).split()):
            return find_value(text, whole) or find_value(text, short)
    if found := re.search(pattern, text, re.IGNORECASE):
        return found.span()
    start = 0
    for sentence in split_sentences(text):
        start = text.index(sentence, start)
        places = [re.search(word, sentence, re.IGNORECASE) for word in _word_patterns(value)]
        spans = [place.span() for place in places if place]
        if spans and len(spans) == len(places):
            return start + min(first for first, _ in spans), start + max(last for _, last in spans)
    return None


@lru_cache(maxsize=4096)
def value_pattern(value: str) -> str:
    """The regular expression, for any case, of `value` word for word; empty for one without letters and digits."""
    parts = list(_PART.finditer(value))
    if not parts:
        return ""
    pattern = re.escape(parts[0][0])
    for before, part in pairwise(parts):
        gap = value[before.end() : part.start()]
        digits = before[0].isdigit(), part[0].isdigit()
        if gap.strip() and not gap.strip(" ,;&/") and not all(digits):
            pattern += rf"{_GAP}+(?:and{_GAP}+)?"
        else:
            pattern += rf"{_GAP}+" if gap and digits[0] == digits[1] else rf"{_GAP}*"
        pattern += re.escape(part[0])
    return rf"(?<![^\W_]){pattern}(?![^\W_])"


@lru_cache(maxsize=4096)
def _word_patterns(value: str) -> tuple[str, ...]:
    """A regular expression for each word of `value` that says something, in any form of the word."""
    words = [word.strip(".'\u2019\"") for word in _VALUE_WORD.findall(value)]
    telling = [word for word in words if word and word.casefold() not in _LINKS]
    measured = any(map(str.isdigit, value))
    return tuple(_forms_of(word.casefold(), measured) if word.isalpha() else value_pattern(word) for word in telling)


def _forms_of(word: str, measured: bool) -> str:
    """Singular and plural of a word, or all ways to write a unit, which may be tied to its number."""
    for unit in _UNITS if measured else ():
        if word in unit:
            return rf"(?<![^\W\d_])(?:{'|'.join(unit)})(?![^\W_])"
    stem = re.escape(re.sub(r"(?<=[^s])s$", "", word))
    return rf"(?<![^\W_]){stem}(?:e?s|'s)?(?![^\W_])"


def plain(text: str) -> str:
    """Lower case, and every run of other than letters and digits as one space; inch and foot marks are dropped."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def split_sentences(text: str, source: str = "") -> list[str]:
    """Sentences of a paragraph, split after their final stop; abbreviations of the `source` ("20 oz.") end none."""
    abbreviations = {word.strip(",;():").lower() for word in source.split() if word.strip(",;():").endswith(".")}
    sentences, start = [], 0
    for boundary in _BOUNDARY.finditer(text):
        sentence = text[start : boundary.start()].strip()
        if sentence and sentence.split()[-1].lower() not in abbreviations:
            sentences.append(sentence)
            start = boundary.end()
    return [*sentences, text[start:].strip()] if text[start:].strip() else sentences


def spans_of_values(text: str, facts: Sequence[Fact], keywords: Sequence[str]) -> tuple[Evidence, ...]:
    """Where a text holds values and keywords: the first place of each, case apart."""
    wanted: list[tuple[Literal["fact", "keyword"], int, str]] = []
    wanted += [("fact", number, fact.value) for number, fact in enumerate(facts, start=1)]
    wanted += [("keyword", number, keyword) for number, keyword in enumerate(keywords, start=1)]
    evidence = []
    for source, number, value in wanted:
        found = find_value(text, value)
        if found:
            start, end = found
            evidence.append(Evidence(start=start, end=end, source=source, number=number, value=text[start:end]))
    return tuple(sorted(evidence, key=lambda span: span.start))
