"""What a language model is asked, as the turns of a chat. All wordings of prompts stand here and nowhere else."""

import hashlib
from collections.abc import Sequence

from contracts.brief import Brief, Fact
from contracts.items import Message
from copywriter.fields import FIELDS
from copywriter.outline import Point

PROMPT_VERSION = 12
"""Counts changes of the wording below; it is in every answer."""

# What is the same for all fields of a product stands first, so that engines read it once.
_SYSTEM = (
    "You write copy for an online shop. You say of a product only what its facts say, and copy values exactly. "
    "You add no other number, material, colour, origin, certificate, warranty or feature. "
    "You answer with the text alone, without heading, quotation marks or Markdown."
)
_VERIFY = "You verify sentences by facts."
TO_PUBLISH = "\nPublish:"
"""What stands between a verifier's answer and its next: whether the sentence could be published."""
_WORDS_A_SENTENCE = 12
_ROOM_FOR_ALL = 80
"""Words from which on a text is not told which facts it must hold: it tells all."""
_YES_OR_NO = {"y": "yes", "true": "yes", "n": "no", "false": "no"}
"""How answers are told to a model, which would copy a "Y" into its sentence."""


def prompt_hash(brief: Brief) -> str:
    """SHA-256 of all that the prompts of a field are made from."""
    return hashlib.sha256(f"{PROMPT_VERSION}{brief.model_dump_json()}".encode()).hexdigest()


def ask_for_text(brief: Brief) -> tuple[Message, ...]:
    """The turns that ask for a field."""
    lines = ["Facts:", *(_line(fact) for fact in brief.facts)]
    task = f"Write {FIELDS[brief.field].task.format(tone=brief.tone)}, {_length(brief)}. {_must(brief)}".rstrip()
    asked = "\n".join(lines)
    return (Message(role="system", content=_SYSTEM), Message(role="user", content=f"{asked}\n\n{task}"))


def ask_for_first_sentence(brief: Brief, point: Point) -> tuple[Message, ...]:
    """The turns that ask for a description's first sentence."""
    product = f" of this product: {brief.product}" if brief.product else ""
    lines = [
        f"Write a {brief.tone} product description{product}.",
        *_manner(brief),
        f"First sentence, {_told_by(point)}",
    ]
    return (Message(role="system", content=_SYSTEM), Message(role="user", content=" ".join(lines)))


def ask_for_next_sentence(point: Point) -> Message:
    """The turn that asks for the sentence after those before it."""
    return Message(role="user", content=f"Next sentence, {_told_by(point)}")


def _told_by(point: Point) -> str:
    lines = [_line(fact) for fact in point.facts]
    lines += [f"- in the words: {keyword}" for keyword in point.keywords]
    return "\n".join([f"about {point.words} words, tells:", *lines])


def _line(fact: Fact) -> str:
    value = _YES_OR_NO.get(fact.value.casefold(), fact.value)
    return f"- {fact.name}: {value}" if fact.name else f"- {value}"


def ask_to_verify(facts: Sequence[Fact], keywords: Sequence[str]) -> tuple[Message, ...]:
    """The turns that ask whether sentences say only what the facts and keywords say."""
    lines = ["Facts of a product:", *(_line(fact) for fact in facts), *(f"- keyword: {word}" for word in keywords)]
    return (Message(role="system", content=_VERIFY), Message(role="user", content="\n".join(lines)))


def to_verify(sentence: str) -> str:
    """What the answer begins with: yes or no stands behind it."""
    return f"{sentence}\nSupported:"


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


def _must(brief: Brief) -> str:
    values = [brief.facts[number - 1].value for number in brief.required]
    parts = []
    if brief.limits.words and brief.limits.words[1] >= _ROOM_FOR_ALL:
        parts.append("Say every fact in flowing sentences, its value word for word.")
    elif values:
        parts.append(f"It must hold: {'; '.join(values)}.")
    if brief.keywords:
        parts.append(f"Use these words: {', '.join(brief.keywords)}.")
    return " ".join((*parts, *_manner(brief)))


def _manner(brief: Brief) -> list[str]:
    """What holds for all sentences of a text."""
    asked = {
        f"The shop's voice: {brief.voice}.": brief.voice,
        f"It is read by {brief.audience}.": brief.audience,
        f"Never use these words: {', '.join(brief.avoid)}.": brief.avoid,
    }
    return [words for words, named in asked.items() if named]


def _length(brief: Brief) -> str:
    limits = brief.limits
    if limits.words:
        least, most = limits.words
        fewest, many = (max(1, words // _WORDS_A_SENTENCE) for words in limits.words)
        return f"{least} to {most} words in {fewest} to {many} sentences"
    (least, most), (fewest, many) = limits.characters, limits.items
    if limits.separator:
        return f"{fewest} to {many} of them, each of at most {most} characters"
    return f"{least} to {most} characters long" if least > 20 else f"at most {most} characters long"


def _told(facts: Sequence[Fact]) -> str:
    return " and ".join(f'the {fact.name}, "{fact.value}"' if fact.name else f'"{fact.value}"' for fact in facts)
