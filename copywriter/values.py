"""Where a text states a value of the input, however a writer spells it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from contracts.brief import Fact
from contracts.verdicts import Evidence
from copywriter.texts import plain, split_sentences

NUMBER_WORDS: Mapping[str, str] = {
    word: str(number)
    for number, word in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], start=2
    )
} | {"dozen": "12", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100", "thousand": "1000"}
_IN_WORDS = {number: word for word, number in NUMBER_WORDS.items() if word != "dozen"}

_BEGIN, _END = r"(?<![^\W_])", r"(?![^\W_])"
_GAP = r"[\W_]"
_PART = re.compile(r"\d+|[A-Z]?[a-z]+|[^\W\d_]+?(?=[A-Z][a-z])|[^\W\d_]+")
"""Digits, or letters up to where a new word begins."""
_ABBREVIATED = re.compile(r"(.+?)\s*\(([A-Za-z]{2,})\)")
_NUMBER = r"\d+(?:[ -]\d+/\d+|[/.]\d+)?"
_WORD = re.compile(rf"{_NUMBER}(?: ?x ?{_NUMBER})+|\d+[ -]\d+/\d+|(?:\d/\d|[^\s,;&/()])+")
"""Sizes and mixed numbers whole, else what stands between spaces, commas and strokes."""
_LINKS = frozenset("a an and at by for from in made of on or per the to with x".split())  # noqa: SIM905
"""Words that tell nothing of a product."""
_NEGATIONS = frozenset(["free", "never", "no", "non", "not", "without"])
_SPARED = 6
"""Of so many words a writer may leave one out."""
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


@dataclass(frozen=True)
class _ValueWord:
    """A word of a value as a regular expression; one that is `exact` may not be left out."""

    pattern: str
    exact: bool


def contains(text: str, value: str) -> bool:
    """Whether `text` states `value`, as `find_value` finds it."""
    return find_value(text, value) is not None


def find_value(text: str, value: str) -> tuple[int, int] | None:
    """From where to where `text` states `value`: word for word, or else its words within one sentence.

    Case and punctuation do not matter: 500-GB is 500 GB, HardDrive is hard drive, "2-4" is two to four, a list's comma
    is "and". Between other words it may be a plural or a unit written out ("1000 lbs." as "1000 pounds"); numbers,
    codes and negations have to be there, of other words one in six may be missing. Of "Serial Attached SCSI (SAS)" one
    of the two is enough. Nothing states a value without letters and digits.
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
        if span := _find_words(sentence, _words(value)):
            return start + span[0], start + span[1]
    return None


@lru_cache(maxsize=4096)
def value_pattern(value: str) -> str:
    """The regular expression, for any case, of `value` word for word; empty for one without letters and digits."""
    parts = list(_PART.finditer(value))
    if not parts:
        return ""
    pattern = _either(parts[0][0], _stands_alone(value, parts[0]))
    for before, part in pairwise(parts):
        gap = value[before.end() : part.start()].strip()
        numbers = before[0].isdigit() and part[0].isdigit()
        if gap and not gap.strip("-\u2013" if numbers else " ,;&/"):
            pattern += rf"{_GAP}+(?:{'to' if numbers else 'and'}{_GAP}+)?"
        else:
            pattern += rf"{_GAP}+" if numbers else rf"{_GAP}*"
        pattern += _either(part[0], _stands_alone(value, part))
    return f"{_BEGIN}{pattern}{_END}"


def _stands_alone(value: str, part: re.Match[str]) -> bool:
    """Whether no letter touches the part, as in a code."""
    return not (value[: part.start()][-1:].isalpha() or value[part.end() :][:1].isalpha())


def _either(part: str, alone: bool) -> str:
    """The part; a small number that stands alone may be told in a word."""
    return f"(?:{part}|{_IN_WORDS[part]})" if alone and part in _IN_WORDS else re.escape(part)


def spans_of_values(text: str, facts: Sequence[Fact], keywords: Sequence[str]) -> tuple[Evidence, ...]:
    """Where a text states values and keywords: the first place of each."""
    wanted: list[tuple[Literal["fact", "keyword"], int, str]] = []
    wanted += [("fact", number, fact.value) for number, fact in enumerate(facts, start=1)]
    wanted += [("keyword", number, keyword) for number, keyword in enumerate(keywords, start=1)]
    evidence = []
    for source, number, value in wanted:
        if span := find_value(text, value):
            start, end = span
            evidence.append(Evidence(start=start, end=end, source=source, number=number, value=text[start:end]))
    return tuple(sorted(evidence, key=lambda span: span.start))


def _find_words(sentence: str, words: Sequence[_ValueWord]) -> tuple[int, int] | None:
    """From the first to the last of the words, if the sentence has enough of them."""
    places = [re.search(word.pattern, sentence, re.IGNORECASE) for word in words]
    absent = [word for word, place in zip(words, places, strict=True) if not place]
    if not words or any(word.exact for word in absent) or len(absent) > len(words) // _SPARED:
        return None
    spans = [place.span() for place in places if place]
    return min(start for start, _ in spans), max(end for _, end in spans)


@lru_cache(maxsize=4096)
def _words(value: str) -> tuple[_ValueWord, ...]:
    """The words of a value that tell something."""
    stripped = (word.strip(".'\u2019\"") for word in _WORD.findall(value))
    measured = any(map(str.isdigit, value))
    return tuple(_value_word(word, measured) for word in stripped if word and word.casefold() not in _LINKS)


def _value_word(word: str, measured: bool) -> _ValueWord:
    """A number or code as it is, a unit in all its spellings, else singular and plural."""
    folded = word.casefold()
    if not word.isalpha():
        return _ValueWord(value_pattern(word), exact=any(map(str.isdigit, word)))
    for unit in _UNITS if measured else ():
        if folded in unit:
            return _ValueWord(rf"(?<![^\W\d_])(?:{'|'.join(unit)}){_END}", exact=True)
    stem = re.escape(re.sub(r"(?<=[^s])s$", "", folded))
    return _ValueWord(rf"{_BEGIN}{stem}(?:e?s|'s)?{_END}", exact=folded in _NEGATIONS)
