"""From a brief to a checked text: ask a language model, judge what it wrote, choose, ask again.

The model writes every word. This module plans, checks and chooses. A description is written sentence by sentence: each
has its facts and keywords, is judged as soon as it stands, and only a bad one is written again, with its fault shown.
The other fields are short, and written whole.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from contracts.brief import Brief
from contracts.items import Decoding, ItemError, Message, TextItem, TextResult
from contracts.verdicts import Check, Written
from copywriter.checks import check_text
from copywriter.plan import WORDS_A_SENTENCE, Sentence, plan_sentences
from copywriter.prompts import ask_again, ask_for_sentence, ask_for_sentences, ask_for_text
from copywriter.texts import contains, count_words, plain, spans_of_values, split_sentences

Heard = Callable[[int, str], None]
"""Called with the number of an item and the piece of its text that has just been written."""


class Write(Protocol):
    """How items are written; `heard` is told pieces as they come, where the engine streams."""

    def __call__(self, items: Sequence[TextItem], heard: Heard | None = None) -> Awaitable[Sequence[TextResult]]: ...


class Listener(Protocol):
    """Who follows a description while it is written."""

    def token(self, text: str) -> None:
        """The text goes on with this."""

    def restart(self, text: str) -> None:
        """What was heard so far is void; the text begins with this."""


@dataclass(frozen=True)
class Effort:
    """How often to try: `candidates` of a sentence or text at a time, at most `rounds` times."""

    candidates: int = 2
    rounds: int = 4


class NoTextError(Exception):
    """The runner answered every item with an error; `errors` are the items' own."""

    def __init__(self, errors: Sequence[ItemError]) -> None:
        super().__init__("; ".join(error.message for error in errors) or "nothing was written")
        self.errors = tuple(errors)


TEMPERATURES = (0.7, 0.8, 1.0)
"""By round: what all candidates of one round got wrong, a freer one will not all repeat."""
TOP_P = 0.95
SEEDS_APART = 1024
"""How far the items' own seeds of two neighbouring `seed`s lie apart: another seed gives another text."""
_TOKENS_A_WORD = 3
_LONGEST_SENTENCE = 30
_LIST_MARK = re.compile(r"^(?:[-*\u2022]|\d{1,2}[.)])\s+")
_QUOTES = "\"'\u201c\u201d"
_PENALTIES = {"attributes": 3, "keywords": 3, "numbers": 4, "claims": 4, "plain text": 4, "length": 2}


@dataclass
class Draft:
    """One candidate and what the checks say of it."""

    text: str
    checks: tuple[Check, ...]
    result: TextResult
    cost: float = 0.0

    @property
    def failed(self) -> list[Check]:
        """The checks that did not pass."""
        return [check for check in self.checks if not check.passed]


@dataclass
class Session:
    """What was spent on one field so far."""

    seed: int
    drafts: list[str] = field(default_factory=list)
    results: list[TextResult] = field(default_factory=list)
    errors: list[ItemError] = field(default_factory=list)

    def next_seed(self) -> int:
        """A seed that no other item of this field has."""
        return self.seed * SEEDS_APART + len(self.results) + len(self.errors)


async def write_field(
    brief: Brief, write: Write, seed: int, effort: Effort = Effort(), listener: Listener | None = None
) -> Written:
    """The best text found for `brief`; raises NoTextError if the runner wrote none."""
    session = Session(seed)
    if brief.limits.words:
        text, finished = await _write_sentences(brief, write, session, effort, listener)
    else:
        text, finished = await _write_whole(brief, write, session, effort)
    return _written(brief, text, finished, session)


async def _write_whole(brief: Brief, write: Write, session: Session, effort: Effort) -> tuple[str, bool]:
    """The field as one answer of the model, and whether the model ended it itself."""
    turns = ask_for_text(brief)
    most = brief.limits.characters[1] * brief.limits.items[1]
    stop = () if brief.limits.separator else ("\n",)

    def judge(result: TextResult) -> Draft:
        items = split_items(brief, result.text)
        text = brief.limits.separator.join(items)
        return Draft(text, check_text(brief, text, items, result.finish != "length"), result)

    best = await _try(turns, write, session, effort, judge, max_new_tokens=min(320, most // 2 + 32), stop=stop)
    return best.text, best.result.finish != "length"


async def _write_sentences(
    brief: Brief, write: Write, session: Session, effort: Effort, listener: Listener | None
) -> tuple[str, bool]:
    """A description as the model's answers to one question per sentence, and whether each ended by itself."""
    assert brief.limits.words  # noqa: S101 (told to the type checker; write_field asks)
    least, most = brief.limits.words
    turns = ask_for_sentences(brief)
    plan, text, number = plan_sentences(brief), "", 0
    while plan or count_words(text) < least:
        wanted = _still_wanted(brief, plan.pop(0), text) if plan else Sentence()
        missing = wanted.facts or wanted.keywords
        if not missing and (count_words(text) + len(plan) * WORDS_A_SENTENCE >= least):
            continue
        words = _room(count_words(text), len(plan) + 1, least, most)
        if words[1] < 5:
            break
        part = brief.model_copy(
            update={
                "required": wanted.facts,
                "keywords": wanted.keywords,
                "limits": brief.limits.model_copy(update={"words": (4, words[1] + 6)}),
            }
        )
        turns = (*turns, ask_for_sentence(brief, wanted, number, words))

        def judge(result: TextResult, part: Brief = part, text: str = text) -> Draft:
            sentence = (
                result.text.strip().strip(_QUOTES)
                if not result.text.strip().endswith('"')
                else result.text.strip().strip(_QUOTES)
            )
            checks = (*check_text(part, sentence, (sentence,), result.finish != "length"), _variety(text, sentence))
            return Draft(sentence, checks, result, _blandness(sentence, brief))

        best = await _try(turns, write, session, effort, judge, max_new_tokens=words[1] * _TOKENS_A_WORD, stop=("\n",))
        turns = (*turns, Message(role="assistant", content=best.text))
        text, number = f"{text} {best.text}".strip(), number + 1
        if number > 12:
            break
    return text, True


async def _try(
    turns: tuple[Message, ...],
    write: Write,
    session: Session,
    effort: Effort,
    judge: Callable[[TextResult], Draft],
    max_new_tokens: int,
    stop: tuple[str, ...],
) -> Draft:
    """The best draft of at most `effort.rounds` rounds; each round after the first shows the best one's faults."""
    drafts: list[Draft] = []
    for round_number in range(effort.rounds):
        asked = turns
        if drafts:
            best = min(drafts, key=_rank)
            asked = (*turns, Message(role="assistant", content=best.text or "..."), ask_again(best.failed))
        first = session.next_seed()
        items = [
            TextItem(
                id=str(first + number),
                messages=asked,
                decoding=Decoding(
                    max_new_tokens=max_new_tokens,
                    temperature=TEMPERATURES[min(round_number, len(TEMPERATURES) - 1)],
                    top_p=TOP_P,
                    stop=stop,
                    seed=first + number,
                ),
            )
            for number in range(effort.candidates)
        ]
        for result in await write(items):
            if result.error:
                session.errors.append(result.error)
            else:
                session.results.append(result)
                drafts.append(judge(result))
                session.drafts.append(drafts[-1].text)
        if any(not draft.failed for draft in drafts):
            break
    if not drafts:
        raise NoTextError(session.errors)
    return min(drafts, key=_rank)


def split_items(brief: Brief, text: str) -> tuple[str, ...]:
    """The bullets or tags of a text, without marks and quotes around them; of other fields the text is the one item."""
    text = text.strip()
    if not brief.limits.separator:
        text = text.strip(_QUOTES)
        return (text,) if text else ()
    parted = re.split(r"[\n,]" if brief.field == "tags" else r"\n", text)
    items = (_LIST_MARK.sub("", item.strip()).strip() for item in parted)
    return tuple(item for item in items if item)


def _written(brief: Brief, text: str, finished: bool, session: Session) -> Written:
    items = split_items(brief, text)
    checks = check_text(brief, text, items, finished)
    return Written(
        text=text,
        items=items,
        complete=all(check.passed for check in checks),
        missing=tuple(value for check in checks for value in check.missing),
        checks=checks,
        evidence=spans_of_values(text, brief.facts, brief.keywords),
        left_out=brief.left_out,
        words=count_words(text),
        confidence=None,
        attempts=len(session.results),
        seed=session.seed,
        tokens=sum(result.new_tokens for result in session.results),
        drafts=tuple(session.drafts),
    )


def _still_wanted(brief: Brief, sentence: Sentence, text: str) -> Sentence:
    """What of a sentence's plan no earlier sentence has said."""
    return Sentence(
        tuple(number for number in sentence.facts if not contains(text, brief.facts[number - 1].value)),
        tuple(keyword for keyword in sentence.keywords if not contains(text, keyword)),
    )


def _room(words: int, sentences: int, least: int, most: int) -> tuple[int, int]:
    """How many words the next of so many sentences may have, so that all of them fit."""
    middle = (least + most) // 2
    each = max(8, (middle - words) // sentences)
    return max(4, min(each - 4, most - words - 6)), min(each + 6, most - words, _LONGEST_SENTENCE)


def _variety(text: str, sentence: str) -> Check:
    """A sentence begins otherwise than those before it, and repeats no four words of theirs."""
    before, own = plain(text).split(), plain(sentence).split()
    seen = {tuple(before[n : n + 4]) for n in range(len(before) - 3)}
    found = [" ".join(own[n : n + 4]) for n in range(len(own) - 3) if tuple(own[n : n + 4]) in seen]
    openings = {tuple(plain(earlier).split()[:3]) for earlier in split_sentences(text)}
    if tuple(own[:3]) in openings:
        found.append(" ".join(own[:3]))
    return Check(
        name="variety",
        status="failed" if found else "passed",
        message="words of an earlier sentence" if found else "no earlier sentence is repeated",
        found=tuple(dict.fromkeys(found)),
    )


_BLAND = re.compile(
    r"\b(perfect|ideal|great|excellent|amazing|versatile|essential|must-have|quality|ensur\w+|provid\w+|design\w*|"
    r"stylish|elegan\w+|convenien\w+|comfort\w*|durab\w+|reliab\w+|innovat\w+|any|every|various|wide range)\b",
    re.IGNORECASE,
)


def _blandness(sentence: str, brief: Brief) -> float:
    """How much of a sentence would suit any product."""
    given = brief.given.casefold()
    return sum(word.casefold() not in given for word in _BLAND.findall(sentence))


def _rank(draft: Draft) -> tuple[float, float]:
    faults = sum(
        _PENALTIES.get(check.name, 1) * max(1, len(check.missing) + len(check.found)) for check in draft.failed
    )
    return faults, draft.cost
