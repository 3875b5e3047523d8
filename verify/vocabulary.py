"""Words that say something of a product: those that are neither the facts' nor common to texts about anything.

Words for kinds of products are `kinds.txt`, the nouns that their names end in.
`plain_words.txt` holds the stems that two readers found to claim nothing, and those that plain copy of several trades
uses beside its facts (`training/text/vocabulary.py` writes it). A word that is missing there may still be harmless; of
sentences that two readers found true one in fifty has such a word.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from verify.spellings import NUMBER_WORDS, UNITS
from verify.texts import SMALL_WORDS, count_words

PLAIN_WORDS_FILE, KINDS_FILE = (Path(__file__).parent / f"{name}.txt" for name in ("plain_words", "kinds"))
_CLAUSE = re.compile(r",? and |, (?=with |for |so )|; ")
_MEASURED = re.compile(
    r"\b\d[\d.,/]* ?(?:ml|cl|l|g|kg|oz|lbs?|gal|pcs|pieces) of (?:(?:the|your|an?) )?(?!it\b|the|this)([a-z]+)",
    re.IGNORECASE,
)
_SHORTEST_CLAUSE = 4
"""Words of a clause that says something by itself."""
_WORD = re.compile(r"[a-z\u00df-\u00f6\u00f8-\u024f]{2,}")
_COMPOUND = re.compile(r"(?<![\w-])(?!(\w+)-(?:to|by)-\1\b)[a-z]{3,}(?:-[a-z]{2,})+(?![\w-])")
_NAME = re.compile(r"[\w.]+(?=\s*[:=])")
_SHORTENED = (3, 6)
"""Letters of a column's name that stands for a longer word: "vib_damp" is vibration damping."""
_BEHIND = re.compile(r",| (?:with|for|of|in) ")
_PART = 4
"""Letters of a word that ends one of the input's."""
_UNIT_WORDS = frozenset(word for unit in UNITS for word in unit)
"""What the checks of numbers judge."""


def unsupported_words(text: str, given: str) -> tuple[str, ...]:
    """The words of `text` that neither `given` nor plain copy has, in any form of them, in the text's order.

    What is measured is plain nowhere: "3 l of water" says what the thing is. Nor is a compound, though its parts are,
    if `given` has none of them: "quick-release".
    """
    known = {stem for _, stem in stems(given)}
    measured = {match[1].casefold() for match in _MEASURED.finditer(text)}
    strange = (
        word for word, stem in stems(text) if stem not in known and (stem not in _plain_words() or word in measured)
    )
    words = tuple(word for word in dict.fromkeys(strange) if word in measured or not _is_meant(word, given))
    compounds = dict.fromkeys(match[0] for match in _COMPOUND.finditer(text.casefold()))
    return *words, *(one for one in compounds if _is_new(one, known, given) and not any(word in one for word in words))


def _is_new(compound: str, known: set[str], given: str) -> bool:
    """Whether `given` has none of its parts; what counts is judged by the checks of numbers."""
    parts = list(stems(compound))
    return not any(stem in known or word in NUMBER_WORDS or _is_meant(word, given) for word, stem in parts)


def _is_meant(word: str, given: str) -> bool:
    """Whether the word is a unit, or `given` has it as a part of another word or shortened in the name of a column."""
    stem = _stem(word)
    if word in _UNIT_WORDS or any(_is_part(stem, other) for other, _ in stems(given)):
        return True
    return any(_stands_for(short, word) for short in _shortened(given))


def _is_part(stem: str, other: str) -> bool:
    """What ends a word says what the thing is: a cornflour is a flour, rubberwood no rubber; one can dim what is
    dimmable."""
    return (len(stem) >= _PART and other.endswith(stem)) or (other.startswith(stem) and other.endswith("able"))


def _stands_for(short: str, word: str) -> bool:
    letters = iter(word)
    return short[0] == word[0] and all(letter in letters for letter in short)


@lru_cache(maxsize=64)
def _shortened(given: str) -> frozenset[str]:
    """The parts of names where columns are named as programs do; nothing where a person named them."""
    names = _NAME.findall(given.casefold())
    least, most = _SHORTENED
    if not any("_" in name for name in names):
        return frozenset()
    return frozenset(part for name in names for part in re.split(r"[^a-z]+", name) if least <= len(part) <= most)


def empty_clauses(sentence: str, given: str) -> tuple[str, ...]:
    """The later clauses of `sentence` that share no word with `given`: "..., and turn it on before use"."""
    known = {stem for _, stem in stems(" ".join((given, *NUMBER_WORDS)))} - SMALL_WORDS
    return tuple(
        clause
        for clause in _CLAUSE.split(sentence)[1:]
        if count_words(clause) >= _SHORTEST_CLAUSE and not re.search(r"\d", clause)
        if not known & {stem for _, stem in stems(clause)}
    )


def names_a_kind(words: str, others: str) -> bool:
    """Whether `words` name a kind of product, as "tent light" does and "leakproof lid" does not: they end in such a
    noun, or in one that `others`, names of the product, have too."""
    own = head(words)
    known = {stem for _, stem in stems(others)}
    if own is None:
        return False
    kind = own in _kinds() or any(len(one) >= _PART and own.endswith(one) for one in _kinds())  # a kickboard is a board
    return kind or own in known or head(others) in {stem for _, stem in stems(words)}


def head(name: str) -> str | None:
    """The stem of the noun that a name ends in, before any "with", "for", "of" or "in"; None if there is none."""
    found = [stem for _, stem in stems(_BEHIND.split(name.casefold())[0])]
    return found[-1] if found else None


def stems(text: str) -> Iterator[tuple[str, str]]:
    """Each word of the text in small letters, with its stem (Porter's second, for English)."""
    for word in _WORD.findall(text.casefold()):
        yield word, _stem(word)


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


@lru_cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@lru_cache
def _plain_words() -> frozenset[str]:
    return frozenset(PLAIN_WORDS_FILE.read_text().split())


@lru_cache
def _kinds() -> frozenset[str]:
    return frozenset(KINDS_FILE.read_text().split())
