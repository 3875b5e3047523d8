"""What each sentence of a description is to tell: facts are shared out among sentences before any is written.

A model that is shown two facts at a time gives each value to its own attribute, and leaves none out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.brief import Brief, Fact
from copywriter.briefs import YES_OR_NO
from verify.texts import count_words

_WORDS_A_SENTENCE = 11
"""As they come out, of one fact or two."""
_OWN_WORDS = 7
"""Of a sentence, beside the values that it tells."""
_ROUND = 5
"""Lengths are asked for in steps of so many words."""
_MOST_FACTS = 3
"""In one sentence, however little room there is."""
_LONG_VALUE = 7
"""Words of a value that has a sentence of its own."""
_MARGIN = 1.1
"""Of the least words: sentences come out shorter than they are asked for as often as longer."""


@dataclass(frozen=True)
class Point:
    """What one sentence tells, in about so many `words`: facts, and keywords that it uses.

    `again` says that sentences before it have told these facts, of which it says more.
    """

    facts: tuple[Fact, ...]
    words: int
    keywords: tuple[str, ...] = ()
    again: bool = False


def outline(brief: Brief) -> list[Point]:
    """The points of a description in their order: what the product is and whose, then the other facts as they stand.

    Facts are spread over as many sentences as the text is to have; where there are fewer facts than that, points that
    say more follow.
    """
    least, _ = brief.limits.words or (0, 0)
    facts = [brief.facts[number - 1] for number in _order(brief)]
    wanted = _MARGIN * least
    sentences = max(1, -(-len(facts) // _MOST_FACTS), min(len(facts) - 1, round(wanted / _WORDS_A_SENTENCE)))
    groups = _groups(facts, sentences)
    points = [
        Point(tuple(group), length(group), brief.keywords[number :: len(groups)]) for number, group in enumerate(groups)
    ]
    return points + _more(facts, least - sum(point.words for point in points))


def more(brief: Brief, said: int) -> Point:
    """A further point for a text that has come out too short; `said` counts those before it."""
    facts = [brief.facts[number - 1] for number in _order(brief)]
    return _again(facts[said % len(facts)])


def length(facts: Sequence[Fact]) -> int:
    """About how many words a sentence needs for these facts."""
    return round_words(_OWN_WORDS + sum(count_words(fact.value) for fact in facts))


def round_words(words: int) -> int:
    """A length as it is asked for."""
    return max(_ROUND, round(words / _ROUND) * _ROUND)


def _order(brief: Brief) -> list[int]:
    """Numbers of the facts that are told: all that are required, and those that say yes or no."""
    yes_or_no = [number for number, fact in enumerate(brief.facts, 1) if fact.value.casefold() in YES_OR_NO]
    named = [number for number in (brief.title, brief.brand) if number in brief.required]
    return list(dict.fromkeys([*named, *sorted({*brief.required, *yes_or_no})]))


def _groups(facts: Sequence[Fact], sentences: int) -> list[list[Fact]]:
    """The facts in their order: two in the first sentence, which says what the product is, the rest spread evenly; a
    long value stands alone."""
    groups = [list(facts[:2])]
    rest = facts[2:]
    for number, fact in enumerate(rest):
        long = count_words(fact.value) > _LONG_VALUE or count_words(groups[-1][0].value) > _LONG_VALUE
        if number * (sentences - 1) // len(rest) >= len(groups) - 1 or long:
            groups.append([])
        groups[-1].append(fact)
    return groups


def _more(facts: Sequence[Fact], short: int) -> list[Point]:
    sentences = max(0, -(-short // _WORDS_A_SENTENCE))
    rest = [*facts[1:], *facts[:1]]
    return [_again(rest[number % len(rest)]) for number in range(min(sentences, 2 * len(rest)))]


def _again(fact: Fact) -> Point:
    return Point((fact,), length([fact]), again=True)
