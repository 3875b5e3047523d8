"""Values by reference: `[3]` in a model's text stands for the exact value of the third fact.

`[3]` is the value as given, `[3:lower]` the value in lower case (acronyms and part numbers keep their capitals),
`[3:name]` the fact's name likewise, and `[k2]` the second keyword. At the start of a sentence or line a value that
begins in lower case gets a capital, as any word there does, and a stop after a value that ends in one is not doubled.
Every reference that is resolved is kept as evidence: which span of the text came from which fact.
"""

import calendar
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from contracts.brief import Fact
from contracts.verdicts import Evidence

MAX_FACTS = 20
MAX_KEYWORDS = 8

REFERENCE = re.compile(r"\[(?P<keyword>k)?(?P<number>\d{1,2})(?::(?P<form>lower|name))?\]")
_SENTENCE_START = re.compile(r"(?:^|\n|[.!?][\"')\]]?\s+)$")
_ALWAYS_CAPITAL = frozenset([*calendar.month_name[1:], *calendar.day_name, "Christmas", "Easter"])


def all_references() -> Iterator[str]:
    """Every reference of the format, whether or not a product has such a fact."""
    for number in range(1, MAX_FACTS + 1):
        yield from fact_references(number)
    for number in range(1, MAX_KEYWORDS + 1):
        yield keyword_reference(number)


def fact_references(number: int) -> tuple[str, str, str]:
    """The ways to refer to fact `number`: as given, in lower case, by name."""
    return f"[{number}]", f"[{number}:lower]", f"[{number}:name]"


def keyword_reference(number: int) -> str:
    """How the text refers to keyword `number`."""
    return f"[k{number}]"


def name_in_text(name: str) -> str:
    """A fact's name as it reads inside a sentence: without "(s)", in lower case."""
    return in_lower_case(re.sub(r"\s*\([^)]*\)", "", name) or name)


def in_lower_case(text: str) -> str:
    """Lower case, except for months, days and words with two capitals or a digit, unless the whole text shouts."""
    if text.isupper() and not any(c.isdigit() for c in text) and len(text) > 4:
        return text.lower()
    return " ".join(
        word if _is_code(word) or word.strip(",.") in _ALWAYS_CAPITAL else word.lower() for word in text.split(" ")
    )


def _is_code(word: str) -> bool:
    return sum(map(str.isupper, word)) > 1 or any(map(str.isdigit, word))


def resolve(text: str, facts: Sequence[Fact], keywords: Sequence[str]) -> tuple[str, tuple[Evidence, ...]]:
    """Put exact values in the place of references; a reference to nothing stays as it is and so shows."""
    parts: list[str] = []
    evidence: list[Evidence] = []
    length = last = 0
    for match in REFERENCE.finditer(text):
        value, source = _value(match, facts, keywords)
        before = text[last : match.start()]
        if value is not None and _SENTENCE_START.search(text[: match.start()]):
            value = value[:1].upper() + value[1:]
        if value is not None and source is not None:
            start = length + len(before)
            span = Evidence(
                start=start, end=start + len(value), source=source, number=int(match["number"]), value=value
            )
            evidence.append(span)
        written = match.group() if value is None else value
        parts += [before, written]
        length += len(before) + len(written)
        last = match.end() + (written.endswith(".") and text.startswith(".", match.end()))  # "20 oz." ends a sentence
    return "".join([*parts, text[last:]]), tuple(evidence)


def _value(
    match: re.Match[str], facts: Sequence[Fact], keywords: Sequence[str]
) -> tuple[str | None, Literal["fact", "fact name", "keyword"] | None]:
    index = int(match["number"]) - 1
    if match["keyword"]:
        return (keywords[index], "keyword") if 0 <= index < len(keywords) else (None, None)
    if not 0 <= index < len(facts):
        return None, None
    fact = facts[index]
    if match["form"] == "name":
        return (name_in_text(fact.name), "fact name") if fact.name else (None, None)
    return (in_lower_case(fact.value) if match["form"] == "lower" else fact.value), "fact"
