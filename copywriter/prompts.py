"""What a language model is asked, as the turns of a chat. All wordings of prompts stand here and nowhere else."""

from collections.abc import Sequence

from contracts.brief import Brief, Fact
from contracts.items import Message
from contracts.verdicts import Check
from copywriter.fields import FIELDS

PROMPT_VERSION = 6
"""Counts changes of the wording below; it is in every answer."""

_SYSTEM = "You write copy for an online shop. You say of a product only what its facts say, and copy values exactly."
_MANY_WORDS = 60
"""From which on a text has more than a few sentences."""
_NOTHING_ELSE = (
    "Add no other number, material, colour, origin, certificate, warranty or feature. "
    "Answer with the text alone, without heading, quotation marks or Markdown."
)
_FAULTS = {
    "length": "its length is wrong ({message})",
    "attributes": "it leaves out {missing}",
    "keywords": "it leaves out {missing}",
    "numbers": "no fact says {found}",
    "names": "no fact says {found}",
    "claims": "no fact says {found}",
    "plain text": "it holds {found}",
    "sentences": "it is cut, or repeats itself: {found}",
}


def ask_for_text(brief: Brief) -> tuple[Message, ...]:
    """The turns that ask for a field."""
    lines = [f"- {fact.name}: {fact.value}" if fact.name else f"- {fact.value}" for fact in brief.facts]
    task = f"Write {FIELDS[brief.field].task.format(tone=brief.tone)}. {_length(brief)} {_must(brief)}{_NOTHING_ELSE}"
    facts = "\n".join(["Facts:", *lines])
    return (Message(role="system", content=_SYSTEM), Message(role="user", content=f"{facts}\n\n{task}"))


def ask_for_more(missing: Sequence[Fact], most: int | None) -> Message:
    """The turn that asks for one more sentence of the text before it, which states what is missing.

    It has at most so many words, where there is little room left.
    """
    what = f"It must contain {_told(missing)}." if missing else "It tells more of these facts."
    sentence = "one more whole sentence" + (f" of at most {most} words" if most else "")
    asked = f"Write {sentence} for that text, in its style. {what} Answer with that sentence alone."
    return Message(role="user", content=asked)


def ask_for_more_items(brief: Brief, number: int, missing: Sequence[Fact]) -> Message:
    """The turn that asks for `number` more items of the list before it, among them what is missing."""
    apart = "one a line" if brief.limits.separator == "\n" else "parted by commas"
    must = f" They must contain {_told(missing)}." if missing else ""
    return Message(
        role="user", content=f"Write {number} more, about other facts, {apart}.{must} Answer with them alone."
    )


def ask_again(failed: Sequence[Check]) -> Message:
    """The turn that follows a faulty draft of a short field."""
    return Message(role="user", content=f"That cannot be used: {_faults(failed)}. Write it again without that fault.")


def _must(brief: Brief) -> str:
    values = [brief.facts[number - 1].value for number in brief.required]
    parts = []
    if brief.field == "description":
        parts.append("Say every fact in flowing sentences, its value word for word.")
    elif values:
        parts.append(f"It must hold: {', '.join(values)}.")
    if brief.keywords:
        parts.append(f"Use these words: {', '.join(brief.keywords)}.")
    return "".join(f"{part} " for part in parts)


def _length(brief: Brief) -> str:
    limits = brief.limits
    if limits.words:
        sentences = "four to six" if limits.words[0] >= _MANY_WORDS else "two to four"
        return f"Write {limits.words[0]} to {limits.words[1]} words, in {sentences} sentences."
    (least, most), (fewest, many) = limits.characters, limits.items
    if limits.separator:
        return f"Write {fewest} to {many} of them, each of at most {most} characters."
    return f"Write {least} to {most} characters." if least > 20 else f"Write at most {most} characters."


def _told(facts: Sequence[Fact]) -> str:
    return " and ".join(f'the {fact.name}, "{fact.value}"' if fact.name else f'"{fact.value}"' for fact in facts)


def _listed(values: Sequence[str]) -> str:
    return " and ".join(f'"{value}"' for value in values)


def _faults(failed: Sequence[Check]) -> str:
    return "; ".join(
        _FAULTS[check.name].format(message=check.message, missing=_listed(check.missing), found=", ".join(check.found))
        for check in failed
    )
