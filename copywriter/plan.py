"""Which sentence of a description states which facts and keywords."""

import math
import re
from dataclasses import dataclass

from contracts.brief import Brief
from copywriter.texts import count_words

WORDS_A_SENTENCE = 18
_FACTS_A_SENTENCE = 3
_VALUE_WORDS_A_SENTENCE = 14
_CODE = re.compile(
    r"\b(upc|ean|gtin|isbn|asin|sku|mpn|part|model|stock|item|serial|catalog\w*|code|number)\b", re.IGNORECASE
)
_SIZE = re.compile(r"\b(height|width|depth|length|diameter|thickness|weight|size|dimensions?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """One sentence to write: the numbers of the facts that it states, counted from 1, and its keywords."""

    facts: tuple[int, ...] = ()
    keywords: tuple[str, ...] = ()


def plan_sentences(brief: Brief) -> list[Sentence]:
    """The product and its maker first, then what belongs together, codes last; keywords where there is most room."""
    opening = [number for number in (brief.title, brief.brand) if number in brief.required]
    rest = sorted((number for number in brief.required if number not in opening), key=lambda n: (_rank(brief, n), n))
    if not opening:
        opening, rest = rest[:1], rest[1:]
    groups = [opening, *_groups(brief, rest)]
    least = brief.limits.words[0] if brief.limits.words else 0
    while len(groups) * WORDS_A_SENTENCE < least:
        groups.append([])
    keywords: list[list[str]] = [[] for _ in groups]
    for keyword in brief.keywords:
        room = min(range(len(groups)), key=lambda n: (len(groups[n]) + 2 * len(keywords[n]), n))
        keywords[room].append(keyword)
    return [
        Sentence(tuple(facts), tuple(words))
        for facts, words in zip(groups, keywords, strict=True)
        if facts or words or least
    ]


def _groups(brief: Brief, numbers: list[int]) -> list[list[int]]:
    """Neighbours together, as even as the sentences of the longest allowed text let them be."""
    if not numbers:
        return []
    most = (brief.limits.words[1] if brief.limits.words else 100) // WORDS_A_SENTENCE - 1
    wanted = min(_FACTS_A_SENTENCE, max(1, math.ceil(len(numbers) / max(1, most))))
    groups: list[list[int]] = []
    for number in numbers:
        words = _words(brief, [number])
        if groups and len(groups[-1]) < wanted and _words(brief, groups[-1]) + words <= _VALUE_WORDS_A_SENTENCE:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _words(brief: Brief, numbers: list[int]) -> int:
    return sum(count_words(brief.facts[number - 1].value) for number in numbers)


def _rank(brief: Brief, number: int) -> int:
    name = brief.facts[number - 1].name or ""
    return 2 if _CODE.search(name) else 1 if _SIZE.search(name) else 0
