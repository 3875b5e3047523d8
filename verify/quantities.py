"""Numbers with their units: those of a text must be those of the facts, in any unit of the same dimension (pint).

A number alone is judged by `verify.numbers`; here "14 1/2 metres" is told from 14 1/2 inches, and 25 cm is 10 inches.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from verify.spellings import UNITS

# No longer than what a float holds exactly, and no fraction of nothing.
_WHOLE, _PARTS = r"\d{1,15}", r"[1-9]\d{0,14}"
_NUMBER = (
    rf"(?:{_WHOLE}[ -]{_WHOLE}/{_PARTS}|{_WHOLE}/{_PARTS}|\d{{1,3}}(?:,\d{{3}}){{1,4}}(?:\.{_WHOLE})?|"
    rf"(?:{_WHOLE})?\.?{_WHOLE})"
)
_JOINED = r"\s*(?:x|×|by|to|and|[-–/])\s*"
# What the units of verify.spellings are to pint, where it calls them otherwise.
_PINT = {
    "in": "inch",
    "a": "ampere",
    "c": "degC",
    "f": "degF",
    "v": "volt",
    "w": "watt",
    "mb": "megabyte",
    "gb": "gigabyte",
    "tb": "terabyte",
    "mo": "month",
    "yr": "year",
    "hr": "hour",
    "sec": "second",
}
_NO_UNITS = ("fl", "cu", "sq", "k", "pc", "pk", "mp", "db")
"""Of the spellings: what is no unit by itself, or measures nothing that is converted."""
_CAPITAL = ("a", "c", "f", "v", "w")
"""One letter that in small is a word of its own, or nothing."""
_TOLERANCE = 0.02
"""Of a value that was converted and rounded."""


@dataclass(frozen=True)
class Quantity:
    """A number with its unit as it stands in a text: `size` in the base units of its `dimension`."""

    text: str
    number: Fraction
    unit: str
    size: float
    dimension: str

    def equals(self, other: "Quantity") -> bool:
        """Whether both measure the same."""
        near = abs(self.size - other.size) <= _TOLERANCE * max(abs(self.size), abs(other.size))
        return self.dimension == other.dimension and near


def quantities(text: str) -> tuple[Quantity, ...]:
    """All quantities of a text; "40 x 20 cm" has two."""
    return tuple(_found(text))


def converted(text: str, given: str) -> tuple[str, ...]:
    """Quantities of `text` that measure the same as one of `given`, as they stand in the text: 25.4 cm for 10 in."""
    known = quantities(given)
    return tuple(found.text for found in quantities(text) if any(found.equals(other) for other in known))


def unlike(text: str, given: str) -> tuple[str, ...]:
    """Quantities of `text` whose number `given` has, but with other units, as they stand in the text.

    A unit that is a word of `given` by itself ("Weight (lbs): 2") belongs to any of its bare numbers.
    """
    known = quantities(given)
    spelled = {_unit(word) for word in re.findall(r"[A-Za-z]+", given)}
    wrong = []
    for found in quantities(text):
        same = [other for other in known if other.number == found.number]
        if any(found.equals(other) for other in known) or (not same and found.unit in spelled):
            continue
        wrong.append(found.text)
    return tuple(dict.fromkeys(wrong))


def _found(text: str) -> Iterator[Quantity]:
    for match in _pattern().finditer(text):
        spelled = match["unit"]
        unit = _unit(spelled)
        if unit is None or (unit in _CAPITAL and spelled.islower() and len(spelled) == 1) or _is_word(text, match):
            continue
        for number in re.findall(_NUMBER, match["numbers"]):
            value = _value(number)
            size, dimension = _measure(float(value), _PINT.get(unit, unit))
            yield Quantity(match[0].strip(), value, unit, size, dimension)


def _is_word(text: str, match: re.Match[str]) -> bool:
    """Whether "in" after a number is the word: "24 in a box"."""
    return match["unit"] == "in" and re.match(r"\s+[A-Za-z]", text[match.end() :]) is not None


@lru_cache
def _pattern() -> re.Pattern[str]:
    spellings = sorted((word for unit in UNITS if unit[0] not in _NO_UNITS for word in unit), key=len, reverse=True)
    words = "|".join(re.escape(word) + (r"(?![A-Za-z])" if word.isalpha() else "") for word in spellings)
    return re.compile(
        rf"(?<![\w.,/])(?P<numbers>{_NUMBER}(?:{_JOINED}{_NUMBER})*)\s*-?\s*(?P<unit>{words})", re.IGNORECASE
    )


def _unit(spelled: str) -> str | None:
    word = spelled.casefold()
    return next((unit[0] for unit in UNITS if word in unit and unit[0] not in _NO_UNITS), None)


def _value(number: str) -> Fraction:
    parts = re.split(r"[ -]", number.replace(",", ""))
    return sum((Fraction(part if not part.startswith(".") else f"0{part}") for part in parts), Fraction(0))


@lru_cache(maxsize=4096)
def _measure(number: float, unit: str) -> tuple[float, str]:
    base = _registry().Quantity(number, unit).to_base_units()
    return float(base.magnitude), str(base.dimensionality)


@lru_cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True, cache_folder=None)
