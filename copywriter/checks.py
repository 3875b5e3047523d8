"""What is checked while a field is written: what it says against what is known, and the rules of its channel."""

import re
from collections.abc import Sequence

from channels.checks import check_rules
from channels.rules import read_channel
from contracts.brief import ANY_SHOP, Brief
from contracts.verdicts import Check, Span
from verify import checks


def check_field(brief: Brief, text: str, items: Sequence[str], finished: bool) -> tuple[Check, ...]:
    """All checks of a field's text; `finished` says whether the model ended it itself."""
    found = (*checks.check_text(brief, text, items, finished), *_check_channel(brief, items))
    return tuple(located(check, text) for check in found)


def located(check: Check, text: str) -> Check:
    """The check with the places of what it found."""
    found = (re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE) for words in check.found)
    places = dict.fromkeys(match.span() for match in found if match)
    return check.model_copy(update={"where": tuple(Span(start=start, end=end) for start, end in places)})


def failed_alone(brief: Brief, item: str) -> list[Check]:
    """What is wrong with one item of a list by itself."""
    return [check for check in (*checks.check_sentence(brief, item), *_check_channel(brief, [item])) if check.hinders]


def failed_in_place(brief: Brief, sentences: Sequence[str], number: int) -> list[Check]:
    """What is wrong with one sentence by itself, or said before it."""
    rules = [check for check in _check_channel(brief, [sentences[number]]) if check.hinders]
    return [*checks.failed_in_place(brief, sentences, number), *rules]


def _check_channel(brief: Brief, items: Sequence[str]) -> tuple[Check, ...]:
    """Nothing of a shop of one's own: its rules are limits, which the brief has."""
    return () if brief.channel == ANY_SHOP else check_rules(read_channel(brief.channel), brief.field, items)
