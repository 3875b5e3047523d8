"""Words that say something of a product: those that are neither the facts' nor common to texts about anything.

`plain_words.txt` holds the stems that two readers found to claim nothing, and those that plain copy of several trades
uses beside its facts (`training/text/vocabulary.py` writes it). A word that is missing there may still be harmless:
it tells texts apart, and refuses none.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from verify.spellings import NUMBER_WORDS
from verify.texts import SMALL_WORDS, count_words

_WORDS_FILE = Path(__file__).parent / "plain_words.txt"
_CLAUSE = re.compile(r",? and |, (?=with |for |so )|; ")
_MEASURED = re.compile(
    r"\b\d[\d.,/]* ?(?:ml|cl|l|g|kg|oz|lbs?|gal|pcs|pieces) of (?:(?:the|your|an?) )?(?!it\b|the|this)([a-z]+)",
    re.IGNORECASE,
)
_SHORTEST_CLAUSE = 4
"""Words of a clause that says something by itself."""
_WORD = re.compile(r"[^\W\d_]{2,}")


def unsupported_words(text: str, given: str) -> tuple[str, ...]:
    """The words of `text` that neither `given` nor plain copy has, in any form of them, in the text's order.

    What is measured is plain nowhere: "3 l of water" says what the thing is.
    """
    known = {stem for _, stem in stems(given)}
    measured = {match[1].casefold() for match in _MEASURED.finditer(text)}
    return tuple(
        dict.fromkeys(
            word for word, stem in stems(text) if stem not in known and (stem not in _plain_words() or word in measured)
        )
    )


def empty_clauses(sentence: str, given: str) -> tuple[str, ...]:
    """The later clauses of `sentence` that share no word with `given`: "..., and turn it on before use"."""
    known = {stem for _, stem in stems(" ".join((given, *NUMBER_WORDS)))} - SMALL_WORDS
    return tuple(
        clause
        for clause in _CLAUSE.split(sentence)[1:]
        if count_words(clause) >= _SHORTEST_CLAUSE and not re.search(r"\d", clause)
        if not known & {stem for _, stem in stems(clause)}
    )


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
    return frozenset(_WORDS_FILE.read_text().split())
