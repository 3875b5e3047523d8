"""A value stands with its own attribute: not "the size is cotton", nor "40 cm wide" of a thing that is 40 cm high."""

import re
from collections.abc import Iterator, Sequence

from contracts.brief import Fact
from verify.texts import plain, split_sentences
from verify.values import Span, value_pattern
from verify.vocabulary import stems

_Places = list[tuple[Span, int]]
_VERB = r"(?:is|are|measures|reads|equals|comes (?:in|to) at|comes to|stands at|runs to|amounts to)"
_ARTICLE = r"(?:(?:the|an?|just|only|about|exactly|given as|listed as|stated as)\s+)*"
_SAID = re.compile(rf"\s+{_VERB}\s+{_ARTICLE}", re.IGNORECASE)
_OF = re.compile(rf"\s+(?:of|at|{_VERB})\s+{_ARTICLE}", re.IGNORECASE)
"""What stands between an attribute's name and its value; "of" only where the name is that of a measure: a tin of
tea says nothing of the tin."""
_MEASURED = (
    ("width", r"wide|in width|across in width", r"\bwid(?:th|e)\b|^w$"),
    ("height", r"tall|high|in height", r"\bheight\b|\btall\b|\bhigh\b|^h$"),
    ("length", r"long|in length", r"\blength\b|\blong\b|^l$"),
    ("depth", r"deep|in depth", r"\bdepth\b|\bdeep\b|^d$"),
    ("thickness", r"thick|in thickness", r"\bthick"),
    ("diameter", r"in diameter", r"diameter|\bdia\b|ø"),
    ("weight", r"in weight", r"weight|\bwt\b"),
)
"""What is measured: how it is said after a value, and the names of facts that have it."""
_QUALITIES = (
    ("colou?r", r"colou?r|shade|\btone\b|\bhue\b|finish"),
    ("material|fabric", r"material|fabric|composition|fibre|fiber|\bwood\b|\bmetal\b|finish"),
    ("flavou?r|taste", r"flavou?r|taste|variety"),
    ("scent|fragrance", r"scent|fragrance|aroma"),
    ("pattern|print", r"pattern|print|design|motif"),
    ("origin", r"origin|country"),
)
"""What is no measure: how it is called in a text, and the names of facts that have it."""
_SIZE = ("size", "|".join([r"size", *(names for *_, names in _MEASURED)]))
_CALLED = (*_QUALITIES, *((called, f"{names}|size") for called, _, names in _MEASURED), _SIZE)
_ANY = re.compile("|".join(names for _, names in _CALLED))

_PART = re.compile(
    r"(?P<part>.+?)[ _](?P<measure>weight|size|length|width|height|depth|diameter|volume|capacity|thickness|material)",
    re.IGNORECASE,
)
_OF_THE_WHOLE = frozenset(["net", "gross", "total", "overall", "max", "min", "maximum", "minimum", "item", "product"])
_MEASURES = re.compile(
    r"\b(?:weigh|measure|hold)s?\b|\b(?:long|wide|high|tall|deep|thick)\b|\bin diameter\b|\bmade (?:of|from)\b",
    re.IGNORECASE,
)
"""What is said of a whole thing."""


def misplaced(text: str, facts: Sequence[Fact]) -> tuple[str, ...]:
    """The places of `text` where a fact's value is given to another fact's name, as they stand there, and the sentences
    that give a part's measure to the whole ("The tent measures 48 x 18 cm" of "Pack size")."""
    values = _values(text, facts)
    found = [
        *_by_name(text, facts, values),
        *_by_quality(text, facts, values),
        *_by_measure(text, facts, values),
        *_by_part(text, facts),
    ]
    return tuple(dict.fromkeys(found))


def _by_part(text: str, facts: Sequence[Fact]) -> Iterator[str]:
    for fact in facts:
        named = _PART.fullmatch(fact.name or "")
        parts = {stem for _, stem in stems(named["part"])} - _OF_THE_WHOLE if named else set()
        pattern = value_pattern(fact.value) if parts else None
        for sentence in split_sentences(text) if pattern else ():
            told = pattern and pattern.search(sentence) and _MEASURES.search(sentence)
            if told and not parts & {stem for _, stem in stems(sentence)}:
                yield sentence


def _by_name(text: str, facts: Sequence[Fact], values: _Places) -> Iterator[str]:
    """Values that follow another fact's name at once."""
    for number, fact in enumerate(facts):
        pattern = value_pattern(re.sub(r"\(.*?\)", "", fact.name)) if fact.name else None
        joins = _OF if any(re.search(names, (fact.name or "").casefold()) for *_, names in _MEASURED) else _SAID
        own = {span for span, owner in values if owner == number}
        for name in pattern.finditer(text) if pattern else ():
            joined = joins.match(text, name.end())
            for (begin, end), owner in values if joined else ():
                other = owner != number and facts[owner].name and not _covered((begin, end), own)
                if joined and begin == joined.end() and other and not _related(fact, facts[owner]):
                    yield text[name.start() : end]


def _by_quality(text: str, facts: Sequence[Fact], values: _Places) -> Iterator[str]:
    """Values that follow the word for a quality or measure that is not theirs, though no fact need be called so."""
    for called, names in _CALLED:
        own = {span for span, owner in values if re.search(names, (facts[owner].name or "").casefold())}
        for word in re.finditer(rf"\b(?:{called})s?\b", text, re.IGNORECASE):
            joined = _SAID.match(text, word.end())
            for span, owner in values if joined else ():
                name = (facts[owner].name or "").casefold()
                if joined and span[0] == joined.end() and _ANY.search(name) and not _covered(span, own):
                    yield text[word.start() : span[1]]


def _by_measure(text: str, facts: Sequence[Fact], values: _Places) -> Iterator[str]:
    """Values with the word for another measure behind them, where a fact has that measure."""
    for _, said, names in _MEASURED:
        owners = {number for number, fact in enumerate(facts) if fact.name and re.search(names, fact.name.casefold())}
        if not owners:
            continue
        own = {span for span, owner in values if owner in owners}
        for span, owner in values:
            behind = re.match(rf"\s+(?:{said})\b", text[span[1] :])
            measured = any(re.search(other, (facts[owner].name or "").casefold()) for *_, other in _MEASURED)
            if behind and owner not in owners and measured and not _covered(span, own):
                yield text[span[0] : span[1] + behind.end()]


def _values(text: str, facts: Sequence[Fact]) -> _Places:
    """Every place of every fact's value, with the fact's place."""
    found = []
    for number, fact in enumerate(facts):
        pattern = value_pattern(fact.value)
        found += [(match.span(), number) for match in pattern.finditer(text)] if pattern else []
    return found


def _covered(span: Span, others: set[Span]) -> bool:
    return any(begin <= span[0] and span[1] <= end for begin, end in others)


def _related(one: Fact, other: Fact) -> bool:
    """Whether both say the same, or one's name is part of the other's ("weight", "max weight")."""
    first, second = one.value.casefold(), other.value.casefold()
    words, others = ({word.rstrip("s") for word in plain(fact.name or "").split()} for fact in (one, other))
    return first in second or second in first or words <= others or others <= words
