"""What each sentence of a description is to tell: facts are shared out among sentences before any is written.

A model that is shown two facts at a time gives each value to its own attribute, and leaves none out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.brief import Brief, Fact
from copywriter.briefs import FACTS_A_SENTENCE
from verify.facts import is_yes_or_no
from verify.texts import count_words

_OWN_WORDS = 2
"""Of a sentence, and as many with each value that it tells."""
_LONGER = 1.2
"""So many times as long as planned a text of 20 facts often becomes (1.05 to 1.25 times, of 27 texts)."""
_ROUND = 5
"""Lengths are asked for in steps of so many words."""
_MOST_FACTS = 3
"""In one sentence, however little room there is."""
_LONG_VALUE = 7
"""Words of a value that has a sentence of its own."""


@dataclass(frozen=True)
class Point:
    """What one sentence tells, in about so many `words`: facts, and keywords that it uses."""

    facts: tuple[Fact, ...]
    words: int
    keywords: tuple[str, ...] = ()


def outline(brief: Brief) -> list[Point]:
    """The points of a description in their order: what the product is, soon whose, and the other facts as they stand.

    There are two facts to a sentence, fewer where the text would be too short otherwise, more where it would be too
    long. A keyword that is no name of the thing ("leakproof lid", "beginners") is told as one more fact.
    """
    others = [Fact(name=None, value=keyword) for keyword in brief.keywords if keyword not in brief.names]
    facts = [*(brief.facts[number - 1] for number in _order(brief)), *others]
    groups = _groups_of_length(facts, *(brief.limits.words or (0, 10_000)))
    # A sentence that says what the thing is has no room for another name of it.
    first = int(brief.title in brief.required and len(groups) > 1)
    names = [()] * first + [brief.names[number :: len(groups) - first] for number in range(len(groups) - first)]
    return [Point(tuple(group), length(group), named) for group, named in zip(groups, names, strict=True)]


def length(facts: Sequence[Fact]) -> int:
    """About how many words a sentence of these facts has, as it is asked for."""
    return round_words(_words(facts))


def round_words(words: int) -> int:
    """A length as it is asked for."""
    return max(_ROUND, round(words / _ROUND) * _ROUND)


def _order(brief: Brief) -> list[int]:
    """Numbers of the facts that are told: all that are required, and those that say yes or no.

    What the product is comes first, and whose it is in the next sentence if that has something else to tell: there are
    few ways to tell both and nothing more.
    """
    yes_or_no = [number for number, fact in enumerate(brief.facts, 1) if is_yes_or_no(fact)]
    named = [number for number in (brief.title, brief.brand) if number in brief.required]
    others = [number for number in sorted({*brief.required, *yes_or_no}) if number not in named]
    if len(named) == 2 and len(others) > 2 and count_words(brief.facts[others[0] - 1].value) <= _LONG_VALUE:
        named.insert(1, others.pop(0))
    return [*named, *others]


def _groups_of_length(facts: Sequence[Fact], least: int, most: int) -> list[list[Fact]]:
    """The groups nearest to the usual ones with `least` to `most` words in all."""
    sentences = -(-len(facts) // FACTS_A_SENTENCE)
    while sentences < len(facts) - 1 and _total(_groups(facts, sentences)) < least:
        sentences += 1
    while sentences > -(-len(facts) // _MOST_FACTS) and _total(_groups(facts, sentences)) * _LONGER > most:
        sentences -= 1
    return _groups(facts, sentences)


def _groups(facts: Sequence[Fact], sentences: int) -> list[list[Fact]]:
    """The facts in their order: two in the first sentence, which says what the product is, the rest spread evenly; a
    long value stands alone."""
    groups, rest = [list(facts[:2])], facts[2:]
    others = max(sentences - 1, -(-len(rest) // _MOST_FACTS))
    for number, fact in enumerate(rest):
        due = number * others // len(rest) > (number - 1) * others // len(rest)
        long = max(count_words(fact.value), count_words(groups[-1][0].value)) > _LONG_VALUE
        if due or long:
            groups.append([])
        groups[-1].append(fact)
    return groups


def _total(groups: Sequence[Sequence[Fact]]) -> int:
    return sum(map(_words, groups))


def _words(facts: Sequence[Fact]) -> int:
    return _OWN_WORDS + sum(_OWN_WORDS + count_words(fact.value) for fact in facts)
