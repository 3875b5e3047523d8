"""A "no" of the facts stays a no: what they deny, a text may name only to deny it too."""

import re
from collections.abc import Iterator, Sequence

from contracts.brief import Fact
from verify.texts import SMALL_WORDS, split_sentences
from verify.values import value_pattern
from verify.vocabulary import stems

_DENIES = re.compile(
    r"^(?:(?:no|none|not(?! for\b)|do not|don't|never|false|without|nil|n|excl(?:uded)?)\b(?!\s*\d)|0$)", re.IGNORECASE
)
_LACKS = re.compile(r"no|none|n|false|0|not (?:included|supplied|fitted)", re.IGNORECASE)
"""A value by which there is no such part at all."""
_NO_PART = re.compile(r"included|supplied|required|needed|version", re.IGNORECASE)
_AFFIRMS = re.compile(r"^(?:yes|y|true)$", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(?:no|not|none|nor|never|neither|non|nil|nothing|nobody|nowhere|without|cannot|lacks?|lacking|missing|absent|"
    r"absence|avoid|excluded|excludes|excl|except|minus|false|N|instead|rather|un(?!it|i[cq]|ifo|iv|d|til)\w+|free|"
    r"separately|zero|(?<!-)out|only|short of|skip\w*|forgo\w*|leaves?|left|need|bring|bought|fails?|unless|if|ruled|"
    r"negative|spares?)\b|n['\u2019]t\b|(?<![\d.,])0(?![.,]?\d)",
    re.IGNORECASE,
)
"""Words that deny, or leave open, what stands in a sentence with them."""

_SAYS_NO = re.compile(r"\b(?:no|not|without|never|nor|neither)\b|n['\u2019]t\b", re.IGNORECASE)
"""Words that cannot but deny, where those above only may: what is held against a text must be sure."""
_IDIOMS = re.compile(
    r"\bnot (?:only|just|least)\b|\bno (?:matter|wonder|doubt)\b|\bwithout (?:any )?(?:effort|trouble|fuss|fail)\b",
    re.IGNORECASE,
)
"""Words that deny and mean nothing by it."""
_CLAUSE = re.compile(
    r"[;,]|\b(?:but|with|while|whereas)\b|(?=\bto the\b)|"
    r"\band\b(?=\s+(?:a|an|the|is|are|has|have|comes?|it|its|you|your|with)\b)"
)
"""What a denial before or behind it does not reach over."""
_ABSENT = re.compile(r"\bnone\b|\bnot (?:included|supplied|provided|needed)\b|\bthere (?:is|are) no", re.IGNORECASE)
"""What may be said of things that were named before."""
_LEAVES_OPEN = re.compile(r"optional|depend|below|under|less|up to|max|<", re.IGNORECASE)
_NOT_GIVEN = re.compile(
    r"(?:not|none) (?:included|supplied|provided|installed)|sold separately|excl(?:uded)?\b", re.IGNORECASE
)
_WITHHELD = re.compile(r"([^,;.]+?) (?:is|are) (?:not (?:included|supplied|provided)|sold separately)\b", re.IGNORECASE)
"""What a text says does not come with the product."""
_GIVEN = r"(?:with|includ\w+|comes with|plus|gets?|has|have|contains?) (?:an?|the|your|its|\d+)? ?"
"""Values of what does not come with the product, and words before what does: "holds 6 knives" gives none."""
_NOT_OF_THE_THING = frozenset(["for", "from", "made", "with", "included", "supplied", "tested", "suitable"])
"""Words behind a "not" that say nothing of what the thing is."""
_LISTED = 4
"""Words of a clause that may be one more thing of those that the clause before it denies: "no lid, handle or base"."""
_SAYS = re.compile(r"\b(?:is|are|has|have|comes?|does|do|can|holds?|takes?|includes?)\b|^to the\b", re.IGNORECASE)
"""What makes a clause say something by itself: "not electric, and it comes prefilled"."""
_NO_BUT = re.compile(r"(?:no|none), (.+)$", re.IGNORECASE)
"""A no with what there is instead: "none, passive cooling"."""
_LIKE = 4
"""First letters by which a word is known as another's form: what is not foldable does not fold."""


def contradicted(text: str, facts: Sequence[Fact], keywords: Sequence[str] = ()) -> tuple[str, ...]:
    """What the facts deny and a sentence of `text` says without denying it, and what they affirm and it denies.

    What a keyword calls the thing is not denied by the lack of a part that is so: a wireless speaker charged by wire.
    """
    return tuple(dict.fromkeys(_contradicted(text, facts, keywords)))


def unfounded_denials(text: str, facts: Sequence[Fact]) -> tuple[str, ...]:
    """The sentences of `text` that deny something although no fact that denies anything is about it."""
    denied = {stem[:_LIKE] for fact in facts for stem in _stems_of_denial(fact)}
    return tuple(
        sentence
        for sentence in split_sentences(text)
        if _SAYS_NO.search(_IDIOMS.sub(" ", sentence))
        and not any(_alike(stem, one) for _, stem in stems(_SAYS_NO.sub(" ", sentence)) for one in denied)
    )


def _withheld(text: str, facts: Sequence[Fact]) -> Iterator[str]:
    """What there is, and the text withholds in place of what the facts do: "the blind is sold separately" of "Hub: sold
    separately"."""
    withheld = {fact for fact in facts if denies(fact) or _NOT_GIVEN.search(fact.value)}
    known = {stem[:_LIKE] for fact in withheld for stem in _stems_of(fact)}
    there = {stem for fact in facts if fact not in withheld for stem in _stems_of(fact)}
    for match in _WITHHELD.finditer(text):
        subject = {stem for _, stem in stems(match[1])}
        if subject & there and not any(_alike(stem, one) for stem in subject for one in known):
            yield match[0].strip()


def _stems_of(fact: Fact) -> set[str]:
    """Of the words of name and value that say something."""
    return {stem for word, stem in stems(f"{fact.name or ''} {fact.value}") if word not in SMALL_WORDS}


def told_as_no(text: str, fact: Fact) -> bool:
    """Whether `text` denies what the name of `fact` names, if that is what the fact does; true of all other facts."""
    if not _DENIES.match(fact.value):
        return True
    names = re.compile(r"\b(?:" + "|".join(map(re.escape, (fact.name or "").split())) + r")\b", re.IGNORECASE)
    return bool(_NEGATION.search(names.sub(" ", text)))


def _contradicted(text: str, facts: Sequence[Fact], keywords: Sequence[str]) -> Iterator[str]:
    sentences = split_sentences(text)
    given = "; ".join(f"{fact.name}: {fact.value}" for fact in facts).casefold()
    for denial in _denials_of_what_is(facts):
        yield from (match[0] for match in denial.finditer(text) if match[0].casefold() not in given)
    yield from _withheld(text, facts)
    named = [fact.name for fact in facts if fact.name and not denies(fact)]
    for denied in [*_denied(facts), *_denied_qualities(facts, keywords)]:
        longer = [re.escape(name) for name in named if denied.search(name) and not denied.fullmatch(name)]
        others = re.compile("|".join(longer) or r"(?!)", re.IGNORECASE)  # a pen tray is no pen
        for number, sentence in enumerate(sentences):
            found = denied.search(others.sub("\u2026", sentence))
            around = " ".join(sentences[number : number + 2]) if sentence.endswith("?") else sentence
            if found and not _is_denied(around, found[0]):
                yield found[0]


def _denials_of_what_is(facts: Sequence[Fact]) -> Iterator[re.Pattern[str]]:
    """How a text would deny what the facts affirm: "no pump" of "Pump: hand pump", "urea-free" of "Urea: 5 %", "not
    supplementary" of "Complete: no, supplementary", "not waterproof to IP20" of "Waterproof: no, IP20"."""
    for fact in facts:
        name = re.sub(r"\(.*?\)", "", fact.name or "").strip()
        if not name:
            continue
        words = r"[\s-]+".join(map(re.escape, name.split()))
        if (rest := _NO_BUT.match(fact.value)) and not _SAYS_NO.search(rest[1]):
            behind = rf"(?:an?\s+|any\s+|{words}\s+(?:to|at|in)\s+)?"
            yield re.compile(rf"\b(?:no|not|without)\s+{behind}{re.escape(rest[1])}\b", re.IGNORECASE)
        if denies(fact):  # "not lead-free" of "Lead: no" says that there is some
            yield re.compile(rf"\b(?:not|non)[\s-]+{words}[\s-]free\b", re.IGNORECASE)
        elif _AFFIRMS.match(fact.value) and not _NEGATION.match(name):
            yield re.compile(rf"\b(?:no|not|non|never|without)[\s-]+(?:an?\s+)?{words}\b", re.IGNORECASE)
        elif not _NEGATION.search(f"{name} {fact.value}") and not _LEAVES_OPEN.search(fact.value):
            yield re.compile(
                rf"\b(?:no|without)\s+(?:an?\s+|any\s+)?{words}\b(?![\s-]\w)|\b{words}-free\b", re.IGNORECASE
            )


def frees(text: str, claim: str, facts: Sequence[Fact]) -> bool:
    """Whether `claim` is the "free" of a text that names what the facts deny: "free of dairy" of "Dairy: none"."""
    denied = (fact.name for fact in facts if denies(fact))
    patterns = filter(None, (value_pattern(name) for name in denied if name))
    return claim.casefold().endswith("free") and any(pattern.search(text) for pattern in patterns)


def denies(fact: Fact) -> bool:
    """Whether the value of `fact` says no to its name."""
    return bool(fact.name and _DENIES.match(fact.value))


def _is_denied(sentence: str, what: str) -> bool:
    """Whether each clause of `sentence` that names `what` denies it, or belongs to a list that is denied."""
    clauses = _CLAUSE.split(sentence.replace(what, "\u2026"))
    denied = [bool(_NEGATION.search(clause)) for clause in clauses]
    lists = [len(clause.split()) <= _LISTED and not _SAYS.search(clause.replace("\u2026", what)) for clause in clauses]
    for number in range(1, len(clauses)):  # "no lid, handle or base"
        denied[number] |= denied[number - 1] and lists[number]
    for number in reversed(range(len(clauses) - 1)):  # "lid, handle and base are not included"
        denied[number] |= lists[number] and denied[number + 1] and bool(_ABSENT.search(" ".join(clauses[number + 1 :])))
    return all(denied[number] for number, clause in enumerate(clauses) if "\u2026" in clause)


def _denied(facts: Sequence[Fact]) -> Iterator[re.Pattern[str]]:
    """What the facts say no to: the name of a fact with such a value, and what follows a "not" in a value."""
    for fact in facts:
        name = re.sub(r"\(.*?\)", "", fact.name or "").strip()
        if name and _NOT_GIVEN.match(fact.value):
            words = r"[\s-]+".join(map(re.escape, name.split()))
            yield re.compile(rf"\b{_GIVEN}(?:\w+ )?{words}\b(?! \w+er\b)|\b{words} (?:is|are) included", re.IGNORECASE)
        elif denies(fact):
            names = [name]
            if part := re.match(r"(.+) included$", name, re.IGNORECASE):
                names += [f"{part[1]} is included", f"{part[1]} are included"]
            if part := re.match(r"(.+)[ -]free$", name, re.IGNORECASE):
                names += [f"{word} {part[1]}" for word in ("no", "without", "free of", "free from")]
            yield from filter(None, map(value_pattern, names))
        if not name and (lacks := re.match(r"(?:no|without) (.+)$", fact.value, re.IGNORECASE)):
            yield from filter(None, [value_pattern(lacks[1])])
        begun = r"[,;(]\s*" if name else r"(?:^|[,;(]\s*)"
        for word in re.findall(rf"{begun}not (\w{{3,}})\b", fact.value, re.IGNORECASE):
            if word.casefold() not in _NOT_OF_THE_THING and (pattern := value_pattern(word)):
                yield pattern


def _denied_qualities(facts: Sequence[Fact], keywords: Sequence[str]) -> Iterator[re.Pattern[str]]:
    """What a thing is not said to be where it lacks what is so: "is non-stick" of "Non-stick coating: none"."""
    for fact in facts:
        quality, _, part = re.sub(r"\s*\(.*?\)", "", fact.name or "").rpartition(" ")
        if not (quality and _LACKS.fullmatch(fact.value)) or _NO_PART.fullmatch(part):
            continue
        others = " ".join([*keywords, *(f"{other.name or ''} {other.value}" for other in facts if other is not fact)])
        pattern = value_pattern(quality)
        if pattern and not re.search(rf"\b{re.escape(quality[:_LIKE])}", others, re.IGNORECASE):
            said = rf"\b(?:is|are) (?:[\w-]+ and )?{pattern.pattern}(?=[^\w\s]|\s+and\b|$)"
            yield re.compile(said, re.IGNORECASE)


def _stems_of_denial(fact: Fact) -> Iterator[str]:
    """What a fact that denies is about: its name and value, of "no, pull chain" the name alone."""
    value, name = fact.value, (fact.name or "").replace("_", " ")
    if _NO_BUT.match(value) and name:
        value = ""
    elif not _NEGATION.search(f"{name} {value}") and not re.search(r"\w(?:-free|less)\b", f"{name} {value}"):
        return
    for _, stem in stems(_SAYS_NO.sub(" ", f"{name} {value}")):
        yield stem


def _alike(stem: str, beginning: str) -> bool:
    """Whether the stem has that beginning, or is all of it that there is; of two letters only the same are alike."""
    longer = len(stem) > 2 < len(beginning)
    return stem == beginning or (longer and (stem.startswith(beginning) or beginning.startswith(stem)))
