"""Capitalised words of a text are the input's."""

import calendar
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from verify.texts import plain
from verify.vocabulary import unsupported_words

_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<![.!?:][\"'(])\b[A-Z][\w'-]*")
_CAPITALISED = re.compile(r"(?<![^\W_])[A-Z][^\W_]*")
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_ALIKE = 0.75
"""Of two words, from which on one is taken for the other, written wrongly."""
_ALWAYS_CAPITAL = frozenset(
    [*calendar.day_name, *calendar.month_name[1:], "I", "I'm", "I'd", "I'll", "Christmas", "Easter", "English"]
)


def invented_names(text: str, given: str) -> tuple[str, ...]:
    """Capitalised words, but for those that begin a sentence, that `given` does not have."""
    known = {*plain(given).split(), *(word.casefold() for word in _LETTERS.findall(given))}
    names = (m.group() for m in _NAME.finditer(text) if re.sub(r"('s|s)$", "", m.group()) not in _ALWAYS_CAPITAL)
    invented = (name for name in names if not {plain(part) for part in _CAPITALISED.findall(name)} <= known)
    return tuple(dict.fromkeys([*invented, *_garbled(text, given)]))


def _garbled(text: str, given: str) -> Iterator[str]:
    """Names of the input, written wrongly: TORvik for Torvik, Avi for Auvi."""
    names = set(_LETTERS.findall(given))
    known = {name.casefold(): name for name in names}
    strange = set(unsupported_words(text, given))
    capitalised = [name.casefold() for name in names if name[0].isupper() and len(name) > 3]
    for word in _LETTERS.findall(text):
        small = word.casefold()
        if small in known:
            usual = (small, small.capitalize(), small.upper(), small[:-1].upper() + "s")
            if known[small] != small and word not in names and word not in usual:  # "poe" of a feed is PoE
                yield word
        elif word[0].isupper() and small in strange and any(_alike(small, name) for name in capitalised):
            yield word


def _alike(word: str, name: str) -> bool:
    return word[0] == name[0] and SequenceMatcher(None, word, name).ratio() >= _ALIKE
