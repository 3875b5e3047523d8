"""What a language model is asked, as the turns of a chat. All wordings of prompts stand here and nowhere else."""

from collections.abc import Sequence

from contracts.brief import Brief
from contracts.items import Message
from contracts.verdicts import Check
from copywriter.fields import FIELDS
from copywriter.plan import Sentence

PROMPT_VERSION = 3
"""Counts changes of the wording below; it is in every answer."""

_SYSTEM = (
    "You write copy for an online shop. Customers rely on it, so you say of a product only what its facts say: "
    "no other material, colour, size, number, origin, certificate, warranty, feature or use. "
    "You copy values exactly as they are written, inside natural English sentences."
)
_ANSWER = "Answer with the text alone: no heading, no quotation marks, no Markdown, no explanation."
_FAULTS = {
    "length": "its length is wrong ({message})",
    "attributes": "it leaves out {missing}",
    "keywords": "it leaves out {missing}",
    "numbers": "no fact says {found}",
    "names": "no fact says {found}",
    "claims": "no fact says {found}",
    "plain text": "it holds {found}",
    "sentences": "it is cut or repeats itself: {found}",
    "variety": "it repeats {found} from before",
}


def ask_for_text(brief: Brief) -> tuple[Message, ...]:
    """The turns that ask for the whole field at once."""
    task = f"Write {FIELDS[brief.field].task.format(tone=brief.tone)}. {_length(brief)} {_must(brief)} {_ANSWER}"
    return (Message(role="system", content=_SYSTEM), Message(role="user", content=f"{_facts(brief)}\n\n{task}"))


def ask_for_sentences(brief: Brief) -> tuple[Message, ...]:
    """The turns that begin a description written sentence by sentence; `ask_for_sentence` goes on from them."""
    return (Message(role="system", content=_SYSTEM),)


def ask_for_sentence(brief: Brief, sentence: Sentence, number: int, words: tuple[int, int]) -> Message:
    """The turn that asks for the next sentence; the first holds the facts too."""
    parts = []
    if number == 0:
        parts.append(
            f"{_facts(brief)}\n\nWe write {FIELDS[brief.field].task.format(tone=brief.tone)}, one sentence at a time. "
            f"Each answer is one sentence and nothing else."
        )
    opening = "Sentence 1 presents the product." if number == 0 else f"Sentence {number + 1}."
    parts.append(f"{opening} {_content(brief, sentence)} {words[0]} to {words[1]} words.")
    return Message(role="user", content="\n\n".join(parts))


def ask_again(failed: Sequence[Check]) -> Message:
    """The turn that follows a faulty draft."""
    return Message(role="user", content=f"That cannot be used: {_faults(failed)}. Write it again without that fault.")


def _facts(brief: Brief) -> str:
    lines = [f"- {fact.name}: {fact.value}" if fact.name else f"- {fact.value}" for fact in brief.facts]
    return "\n".join(["Facts of the product:", *lines])


def _must(brief: Brief) -> str:
    values = [brief.facts[number - 1].value for number in brief.required]
    parts = []
    if brief.field == "description":
        parts.append("State every fact.")
    elif values:
        parts.append(f"It must hold: {', '.join(values)}.")
    if brief.keywords:
        parts.append(f"Use these words: {', '.join(brief.keywords)}.")
    return " ".join(parts)


def _length(brief: Brief) -> str:
    limits = brief.limits
    if limits.words:
        return f"{limits.words[0]} to {limits.words[1]} words."
    (least, most), (fewest, many) = limits.characters, limits.items
    if limits.separator:
        return f"{fewest} to {many} of them, each of at most {most} characters."
    return f"{least} to {most} characters." if least > 20 else f"At most {most} characters."


def _content(brief: Brief, sentence: Sentence) -> str:
    facts = [brief.facts[number - 1] for number in sentence.facts]
    named = [f'{fact.name} "{fact.value}"' if fact.name else f'"{fact.value}"' for fact in facts]
    parts = []
    if named:
        parts.append(f"State {' and '.join(named)}.")
    if sentence.keywords:
        words = " and ".join(f'"{keyword}"' for keyword in sentence.keywords)
        parts.append(f"Use the words {words}.")
    if not facts:
        parts.append("Say when or where such a product is used, without any property of it.")
    return " ".join(parts)


def _faults(failed: Sequence[Check]) -> str:
    return "; ".join(
        _FAULTS[check.name].format(
            message=check.message, missing=", ".join(check.missing), found=", ".join(check.found)
        )
        for check in failed
    )
