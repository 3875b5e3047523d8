"""A "no" of the facts stays a no: what they deny, a text may name only to deny it too."""

import re
from collections.abc import Iterator, Sequence

from contracts.brief import Fact
from verify.texts import split_sentences
from verify.values import value_pattern

_DENIES = re.compile(r"^(?:no|none|not|non|never|false|without|nil|n)\b(?!\s*\d)", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(?:no|not|none|nor|never|neither|non|nil|nothing|nobody|nowhere|without|cannot|lacks?|lacking|missing|absent|"
    r"absence|avoid|excluded|excludes|except|minus|false|N|instead|rather|un\w+|free|separately|extra|bare|zero|off|out|"
    r"only|short of|skip\w*|forgo\w*|leaves?|left|need|bring|bought|fails?|unless|if|ruled|lists?|listed|stated?|"
    r"negative|elsewhere|other|another|against|apart|spares?|do without)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
"""Words that deny, or leave open, what stands in a sentence with them."""


def contradicted(text: str, facts: Sequence[Fact]) -> tuple[str, ...]:
    """What the facts deny and a sentence of `text` says without denying it."""
    return tuple(dict.fromkeys(_contradicted(text, facts)))


def told_as_no(text: str, fact: Fact) -> bool:
    """Whether `text` denies what the name of `fact` names, if that is what the fact does; true of all other facts."""
    if not _DENIES.match(fact.value):
        return True
    names = re.compile(r"\b(?:" + "|".join(map(re.escape, (fact.name or "").split())) + r")\b", re.IGNORECASE)
    return bool(_NEGATION.search(names.sub(" ", text)))


def _contradicted(text: str, facts: Sequence[Fact]) -> Iterator[str]:
    sentences = split_sentences(text)
    for denied in _denied(facts):
        pattern = value_pattern(denied)
        for number, sentence in enumerate(sentences):
            found = pattern.search(sentence) if pattern else None
            around = " ".join(sentences[number : number + 2]) if sentence.endswith("?") else sentence
            if found and not _NEGATION.search(around.replace(found[0], " ")):
                yield found[0]


def _denied(facts: Sequence[Fact]) -> Iterator[str]:
    """What the facts say no to: the name of a fact with such a value, and what follows a "not" in a value."""
    for fact in facts:
        if fact.name and _DENIES.match(fact.value):
            name = re.sub(r"\(.*?\)", "", fact.name).strip()
            yield name
            if part := re.match(r"(.+) included$", name, re.IGNORECASE):
                yield from (f"{part[1]} is included", f"{part[1]} are included")
        yield from re.findall(r"(?:^|[,;(]\s*)not (?!incl|in\b)(\w{3,})\b", fact.value, re.IGNORECASE)
