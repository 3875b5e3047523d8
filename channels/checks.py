"""What a field's text breaks of a channel's rules. Nothing is cut or mended here."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from channels.rules import Channel, Rule, Unit
from contracts.brief import FieldName
from contracts.verdicts import Check
from verify.texts import SMALL_WORDS, count_words, plain

NAME = "channel"
"""Of these checks."""
_COUNTED: dict[Unit, Callable[[str], int]] = {
    "characters": len,
    "bytes": lambda text: len(text.encode()),
    "words": count_words,
}


def check_rules(channel: Channel, field: FieldName, items: Sequence[str]) -> tuple[Check, ...]:
    """What `items` (the text, or the bullets or tags) break of the channel's rules for `field`, a check for each rule;
    one that has passed if they break none."""
    rules = channel.of(field)
    broken = {number: found for number, rule in enumerate(rules) if (found := tuple(_broken(rule, items)))}
    if not broken:
        return (Check(name=NAME, status="passed", message=f"keeps the {len(rules)} rules of {channel.title}"),)
    return tuple(_failed(channel, rules[number], found) for number, found in broken.items())


def _failed(channel: Channel, rule: Rule, found: tuple[str, ...]) -> Check:
    least = f"at least {rule.least} {rule.unit}" if rule.least else ""
    most = f"at most {rule.most} {rule.unit}" if rule.most else ""
    seldom = f"no word more than {rule.same_word} times" if rule.same_word else ""
    why = rule.why or " and ".join(filter(None, [least, most, seldom]))
    return Check(
        name=NAME,
        status="failed",
        severity=rule.severity,
        message=f"{channel.title}: {why}",
        source=f"{rule.source}, {rule.date}, confidence {rule.confidence}",
        found=found,
    )


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
