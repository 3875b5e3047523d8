"""What a field's text breaks of a channel's rules. Nothing is cut or mended here."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from channels.rules import Channel, Rule, Unit
from contracts.base import Contract
from contracts.brief import FieldName
from verify.texts import SMALL_WORDS, count_words, plain

_COUNTED: dict[Unit, Callable[[str], int]] = {
    "characters": len,
    "bytes": lambda text: len(text.encode()),
    "words": count_words,
}


class Violation(Contract):
    """A `rule` that is broken, and what breaks it as it stands in the text, or as it was counted."""

    rule: Rule
    found: str


def violations(channel: Channel, field: FieldName, items: Sequence[str]) -> tuple[Violation, ...]:
    """What `items` (the text, or the bullets or tags) break of the channel's rules for `field`."""
    return tuple(Violation(rule=rule, found=found) for rule in channel.of(field) for found in _broken(rule, items))


def _broken(rule: Rule, items: Sequence[str]) -> Iterator[str]:
    if rule.unit == "items":
        if _outside(rule, len(items)):
            yield f"{len(items)} items"
        return
    for item in items:
        if rule.unit is not None and _outside(rule, count := _COUNTED[rule.unit](item)):
            yield f"{count} {rule.unit}"
        if rule.forbidden is not None:
            yield from dict.fromkeys(match[0] for match in re.finditer(rule.forbidden, item))
        if rule.same_word is not None:
            words = Counter(word for word in plain(item).split() if word not in SMALL_WORDS)
            yield from (word for word, count in words.items() if count > rule.same_word)


def _outside(rule: Rule, count: int) -> bool:
    return count < (rule.least or 0) or (rule.most is not None and count > rule.most)
