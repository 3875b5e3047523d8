"""Faults of language that are sure whatever the product: articles, an answer for an adjective, a thing said twice."""

import re
from collections.abc import Iterator, Sequence

from contracts.brief import Fact
from verify.denials import denies
from verify.facts import is_yes_or_no
from verify.texts import split_sentences
from verify.values import value_pattern

_ARTICLE = re.compile(r"(?:(?<![^.!?] )(?<![\w-])An?|\ban?) ([\w-]+)")
_CODE = re.compile(r"[A-Z]{1,2}\d[\w-]*")
"""What is spelled out: "an MP3 player", "an E27 holder"."""
_LETTER = re.compile(r"[A-Z](?:-|$)")
"""One that stands for itself: "an L-shaped desk", "a U-lock"."""
_EITHER = re.compile(r"\w*[A-Z]{2}|[A-Z]\w*[A-Z]")
"""Letters that are spelled out by some and read as a word by others."""
_VOWEL_LETTERS = "AEFHILMNORSX"
_EIGHT = re.compile(r"8|11(?!\d)|18(?!\d)")
_SILENT_H = re.compile(r"hour|hono|heir|honest", re.IGNORECASE)
_YOU_SOUND = re.compile(r"uni(?!n)|us[aeu]|ut[ei]|eu|on[ce]e?\b|ur(?:ea|an|eth)|ukulele|u-", re.IGNORECASE)
_DOUBLED = re.compile(r"\b((?:[a-z-]+ ){0,3}[a-z-]+) \1\b", re.IGNORECASE)
_SAME_VERB = re.compile(r"\b(contains?|comes?|includes?|weighs?|measures?) [^.,]*\b(?:and|may) \1\b", re.IGNORECASE)
_NO_TWICE = re.compile(r"\bno ([\w-]+)\b[^.]*\bno \1\b", re.IGNORECASE)
_INCLUDED_TWICE = re.compile(r"\b(?:includes?|contains?) (?:(?!\band\b)[^.,])*\bincluded\b", re.IGNORECASE)
_THING_ENDS = r"(?=[.,:;]|\s(?:and|at|by|for|from|has|in|is|of|on|that|with)\b)"
_THING_TWICE = re.compile(rf"\b(an? (?:[a-z-]+ ){{0,3}}[a-z-]+){_THING_ENDS}[^.]*\b\1{_THING_ENDS}", re.IGNORECASE)
_NOT_AS_A_THING = re.compile(r"\b(?:an?|the|its|your|with) not \w+ed\b(?! for)", re.IGNORECASE)
_NO_THING_BEHIND = re.compile(
    r"\b(?:an?|[Tt]he|[Ii]ts|[Yy]our) (?:with|for|from|of|by)\b(?!-)|\b(?:has|have) (?:with|of|by)\b(?! you)|"
    r"\bmade (?:of|from) [\w-]*(?:plated|coated)(?=\.)"
)
"""A thing that is not named: "a with brush", "made of silverplated"."""
_VERB_AS_A_THING = re.compile(
    r"(?<!there )(?<!whether it )\b(?:is|are) (?:(?:not )?\w+[ai]ble depends|contains|requires|includes|none,)",
    re.IGNORECASE,
)
"""A value that is a verb, told as what the thing is: "the sulphites are contains"."""
_IS_ITSELF = re.compile(
    r"\b(?:the|this|your) ((?:[a-z-]+ ){1,3}[a-z-]+) (?:is|are) (?:(?:an?|the) )?\1\b(?!-)", re.IGNORECASE
)
_HAS_AND_NOT = re.compile(
    r"\b(?:has|have|holds?|contains?|includes?|features?|comes? with) (?:(?:an?|the|your|its) )?"
    r"(?:(?!(?:that|which|who|when|or|and|but|is|are)\b)[\w-]+ ){1,3}"
    r"(?:not (?:included|supplied|provided)|sold separately)(?=[.,;]| and\b|$)",
    re.IGNORECASE,
)
"""What is there and is not: "has a charger not included"."""
_ADJECTIVE = re.compile(
    r"\w{3}(?<!add)(?<!requir)(?<!includ)(?<!need)(?<!suppli)ed$|[ai]ble$|proof$|-facing$|resistant$|[ -]safe$",
    re.IGNORECASE,
)

_SURE_FAULTS = (
    _DOUBLED,
    _SAME_VERB,
    _NO_TWICE,
    _INCLUDED_TWICE,
    _THING_TWICE,
    _NOT_AS_A_THING,
    _NO_THING_BEHIND,
    _VERB_AS_A_THING,
    _IS_ITSELF,
    _HAS_AND_NOT,
)


def faulty_language(text: str, facts: Sequence[Fact], given: str) -> tuple[str, ...]:
    """The places of `text` that no editor would let stand, but for what `given` says just so."""
    known = given.casefold()
    found = (place for place in _places(text, facts) if place.casefold() not in known)
    return tuple(dict.fromkeys(found))


def _places(text: str, facts: Sequence[Fact]) -> Iterator[str]:
    yield from _wrong_articles(text)
    for pattern in _SURE_FAULTS:
        yield from (match[0] for match in pattern.finditer(text))
    yield from _answers_as_things(text, facts)
    yield from _values_told_twice(text, facts)


def _wrong_articles(text: str) -> Iterator[str]:
    for match in _ARTICLE.finditer(text):
        article, word = match[0].split()[0].casefold(), match[1]
        if article != _article(word) and (_CODE.fullmatch(word) or not _EITHER.match(word)):
            yield match[0]


def _article(word: str) -> str:
    """The article before `word`, by its sound."""
    if _CODE.fullmatch(word) or _LETTER.match(word):
        vowel = word[0] in _VOWEL_LETTERS
    elif word[0].isdigit():
        vowel = bool(_EIGHT.match(word))
    else:
        vowel = bool(_SILENT_H.match(word)) or (word[0].casefold() in "aeiou" and not _YOU_SOUND.match(word))
    return "an" if vowel else "a"


def _answers_as_things(text: str, facts: Sequence[Fact]) -> Iterator[str]:
    """Yes and no of a property told as of a thing: "has no insulated", "with tumble dry not"."""
    for fact in facts:
        if not is_yes_or_no(fact) or not fact.name:
            continue
        pattern = value_pattern(fact.name)
        for match in pattern.finditer(text) if pattern else ():
            ends = re.match(r"\s*(?:[.,;]|and\b|$)", text[match.end() :])
            begun = re.search(r"\b(?:no|has|have|with|an?)\s+$", text[: match.start()], re.IGNORECASE)
            if _ADJECTIVE.search(fact.name) and begun and ends:
                yield text[begun.start() : match.end()]
            if denies(fact) and (behind := re.match(r"\s+not(?=[.,;]|$)", text[match.end() :])):
                yield text[match.start() : match.end() + behind.end()]


def _values_told_twice(text: str, facts: Sequence[Fact]) -> Iterator[str]:
    """Values of several words, or names of a yes or no, that one sentence has twice: "dishwasher safe and dishwasher
    safe", "a beech, oiled piece from beech, oiled"."""
    told = (fact.name or "" if is_yes_or_no(fact) else fact.value for fact in facts)
    values = {value for value in told if " " in value and not re.search(r"\d|^not\b", value)}
    for sentence in split_sentences(text):
        for pattern in filter(None, map(value_pattern, sorted(values))):
            places = [match.span() for match in pattern.finditer(sentence)]
            if len(places) > 1:
                yield sentence[places[0][0] : places[1][1]]
