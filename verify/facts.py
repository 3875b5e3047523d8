"""Which facts a text tells, and where."""

import re
from collections.abc import Sequence
from typing import Literal

from contracts.brief import Fact
from contracts.verdicts import Evidence, Statement
from verify.denials import told_as_no
from verify.spellings import word_forms
from verify.texts import plain, split_sentences
from verify.values import Span, find_keyword, find_value

_YES_OR_NO = ("yes", "y", "no", "n", "none", "true", "false")
_QUALIFIED = re.compile(r"(?:yes|none|no)\b(?!\.)[,;:]?\s+(?:[-\u2013\u2014]\s+)?(?=\w)", re.IGNORECASE)
"""A yes or no that goes on: "yes, to 100 kg", "none declared"."""


def is_yes_or_no(fact: Fact) -> bool:
    """Whether the value alone says nothing: a sentence tells it by what it says of the fact's name."""
    return bool(fact.name) and fact.value.casefold() in _YES_OR_NO


def tells(text: str, fact: Fact) -> bool:
    """Whether `text` tells `fact`: states its value, or names it in one sentence as what it is or is not."""
    return find_fact(text, fact) is not None


def find_fact(text: str, fact: Fact) -> Span | None:
    """Where `text` tells `fact`.

    That is where its value stands; of a yes or no ("Dimmable: yes") where its name stands in a sentence that does not
    say the contrary, and of one that goes on ("Step stool: yes, to 100 kg") where the rest stands in such a sentence.
    """
    if not is_yes_or_no(fact) and (found := find_value(text, fact.value)):
        return found
    answer = _QUALIFIED.match(fact.value)
    if not fact.name or not (answer or is_yes_or_no(fact)):
        return None
    rest = fact.value[answer.end() :] if answer else ""
    start = 0
    for sentence in split_sentences(text):
        start = text.index(sentence, start)
        named = _named(sentence, fact.name)
        found = find_value(sentence, rest) if rest else named
        if found and named and told_as_no(sentence, fact):
            return start + found[0], start + found[1]
    return None


def _named(sentence: str, name: str) -> Span | None:
    """Where a word of a fact's name stands, denied or not."""
    words = "|".join(map(word_forms, plain(name).split()))
    found = re.search(rf"\b(?:{words})\b", sentence, re.IGNORECASE) if words else None
    return found.span() if found else None


def statements(text: str, facts: Sequence[Fact], parts: Sequence[str]) -> tuple[Statement, ...]:
    """Where each of the `parts` of a text stands, its sentences or items in their order, and which facts it tells."""
    found, end = [], 0
    for part in parts:
        start = text.index(part, end)
        end = start + len(part)
        told = tuple(number for number, fact in enumerate(facts, start=1) if tells(part, fact))
        found.append(Statement(start=start, end=end, facts=told))
    return tuple(found)


def spans_of_values(text: str, facts: Sequence[Fact], keywords: Sequence[str]) -> tuple[Evidence, ...]:
    """Where a text tells facts and uses keywords: the first place of each."""
    found: list[tuple[Literal["fact", "keyword"], int, Span | None]] = []
    found += [("fact", number, find_fact(text, fact)) for number, fact in enumerate(facts, start=1)]
    found += [("keyword", number, find_keyword(text, keyword)) for number, keyword in enumerate(keywords, start=1)]
    evidence = (
        Evidence(start=span[0], end=span[1], source=source, number=number, value=text[slice(*span)])
        for source, number, span in found
        if span
    )
    return tuple(sorted(evidence, key=lambda one: one.start))
