"""How one word, number or unit of a value may be spelled."""

import re
from collections.abc import Iterator, Mapping

_ONES = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen")
_TEENS = ("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBER_WORDS: Mapping[str, str] = (
    {word: str(number) for number, word in enumerate((*_ONES, *_TEENS), start=2)}
    | {word: str(10 * number) for number, word in enumerate(_TENS, start=2)}
    | {"dozen": "12", "hundred": "100", "thousand": "1000", "million": "1000000"}
)
"""Numbers that a text may hold as words, and their digits."""
_IN_WORDS = {number: word for word, number in NUMBER_WORDS.items() if word != "dozen"}
_GREATER = "|".join(("one", *_ONES[:8], "hundred", "thousand", "million"))
"""Make another number of the word before them."""
_ENDING = "(?:['\u2019]?e?s)?"
"""Of a plural, or of what belongs to someone."""
_NO_PLURALS = frozenset(["glasses", "series", "species"])
UNITS = tuple(
    tuple(unit.split())
    for unit in (
        "lb lbs pound pounds",
        "oz ounce ounces",
        'in ins inch inches " \u201d \u2033',
        "ft foot feet ' \u2019 \u2032",
        "yd yds yard yards",
        "gal gals gallon gallons",
        "qt qts quart quarts",
        "fl fluid",
        "cu cubic",
        "sq square",
        "mm millimetre millimetres millimeter millimeters",
        "cm centimetre centimetres centimeter centimeters",
        "m metre metres meter meters",
        "km kilometre kilometres kilometer kilometers",
        "mg milligram milligrams",
        "g gram grams",
        "kg kilogram kilograms",
        "ml millilitre millilitres milliliter milliliters",
        "c celsius",
        "f fahrenheit",
        "l litre litres liter liters",
        "v volt volts",
        "w watt watts",
        "a amp amps ampere amperes",
        "hp horsepower",
        "db decibel decibels",
        "mb megabyte megabytes",
        "gb gigabyte gigabytes",
        "tb terabyte terabytes",
        "mp megapixel megapixels",
        "k kt karat karats",
        "pc pcs piece pieces",
        "pk pack packs",
        "sec secs second seconds",
        "hr hrs h hour hours",
        "min mins minute minutes",
        "mo mos month months",
        "yr yrs year years",
    )
)
"""Ways to write one unit."""
POWERS = ("cu", "cubic", "sq", "square", "fl", "fluid")
"""Stand between a number and its unit."""
_EQUAL = (
    ("female", "women", "womens", "ladies", "woman"),
    ("male", "men", "mens", "gents", "gentlemen"),
    ("grey", "gray"),
    ("aluminium", "aluminum"),
    ("colour", "color", "colours", "colors"),
    ("approx", "approximately", "about"),
    ("max", "maximum"),
    ("min", "minimum"),
    ("incl", "including", "includes"),
)
"""Words of feeds, and those that shops use: for whom a thing is made, two ways of English, what is cut short."""


def number_forms(digits: str, more: bool) -> str:
    """A whole number of a value: in digits, with or without a comma, or in words; `more` says that a word follows."""
    if more and 4 <= len(digits) <= 6 and digits[0] != "0":
        return f"{digits[:-3]},?{digits[-3:]}"
    if digits == "1" and more:
        return "(?:1|(?<!ty[ -])one)"
    words = _in_words(digits)
    # Not the end of a greater number: twenty-four pieces are not four.
    return f"(?:{digits}|(?<!ty[ -])(?<!hundred )(?<!hundred and ){words})" if words else digits


def _in_words(digits: str) -> str | None:
    if word := _IN_WORDS.get(digits):
        return f"(?:an?|one) {word}" if len(digits) > 2 else f"{word}(?![ -](?:{_GREATER}))"
    if len(digits) == 2 and (tens := _IN_WORDS.get(digits[0] + "0")):
        ones = "one" if digits[1] == "1" else _IN_WORDS.get(digits[1])
        return f"{tens}[ -]{ones}" if ones else None
    return None


def unit_forms(word: str) -> str | None:
    """The spellings of what stands after a number, if that is a unit."""
    return next((f"(?:{'|'.join(unit)})" for unit in UNITS if word in unit), None)


def word_forms(word: str) -> str:
    """A word with its endings, and the words that are as good."""
    for equal in _EQUAL:
        if word in equal:
            return f"(?:{'|'.join(equal)}){_ENDING}"
    if word in NUMBER_WORDS and word != "dozen":
        return f"(?:{word}|{NUMBER_WORDS[word]})"
    if word == "and":
        return "(?:and|&)"
    return f"(?:{'|'.join(_stems(word))}){_ENDING}"


def _stems(word: str) -> Iterator[str]:
    """What is left of a plural, and what its singular would be."""
    if word not in _NO_PLURALS and re.search(r"(?:ss|sh|ch|x)es$", word):
        yield re.escape(word[:-2])
    elif word not in _NO_PLURALS and len(word) > 4 and re.search(r"[^aeiou]ies$", word):
        yield re.escape(word[:-3] + "y")
        yield re.escape(word[:-1])
    elif len(word) > 3 and re.search(r"[^aeiou]y$", word):
        yield re.escape(word)
        yield re.escape(word[:-1] + "ie")
    else:
        yield re.escape(re.sub(r"(?<=[^s])s$", "", word) if len(word) > 2 else word)
