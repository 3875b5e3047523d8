"""Capitalised words of a text are the input's."""

import calendar
import re

from verify.texts import plain

_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<![.!?:][\"'(])\b[A-Z][\w'-]*")
_CAPITALISED = re.compile(r"(?<![^\W_])[A-Z][^\W_]*")
_ALWAYS_CAPITAL = frozenset(
    [*calendar.day_name, *calendar.month_name[1:], "I", "I'm", "I'd", "I'll", "Christmas", "Easter", "English"]
)


def invented_names(text: str, given: str) -> tuple[str, ...]:
    """Capitalised words, but for those that begin a sentence, that `given` does not have."""
    known = set(plain(given).split())
    names = (m.group() for m in _NAME.finditer(text) if re.sub(r"('s|s)$", "", m.group()) not in _ALWAYS_CAPITAL)
    invented = (name for name in names if not {plain(part) for part in _CAPITALISED.findall(name)} <= known)
    return tuple(dict.fromkeys(invented))
