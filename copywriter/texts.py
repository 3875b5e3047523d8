"""Words, sentences and values of a text, as every check and measure counts them."""

import re
from collections.abc import Sequence
from typing import Literal

from contracts.brief import Fact
from contracts.verdicts import Evidence

_WORD = re.compile(r"\S+")
_BOUNDARY = re.compile(r"(?<=[.!?])[\"')\]]?\s+(?=\S)")


def count_words(text: str) -> int:
    """Words as a person counts them: whatever stands between spaces."""
    return len(_WORD.findall(text))


def contains(text: str, value: str) -> bool:
    """Whether `value` stands in `text` as whole words, case and punctuation apart."""
    wanted = plain(value)
    return bool(wanted) and f" {wanted} " in f" {plain(text)} "


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
        found = re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE)
        if found:
            span = Evidence(start=found.start(), end=found.end(), source=source, number=number, value=found.group())
            evidence.append(span)
    return tuple(sorted(evidence, key=lambda span: span.start))
