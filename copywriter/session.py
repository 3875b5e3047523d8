"""One field while it is written: asking the engine, judging what it wrote, telling whoever follows."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from contracts.brief import Brief, Fact
from contracts.items import Decoding, Heard, ItemError, Message, TextItem, TextResult
from contracts.verdicts import Check
from copywriter.checks import check_field
from verify.facts import tells
from verify.texts import count_words
from verify.values import find_keyword


class Write(Protocol):
    """How items are written; `heard` is told pieces as they come, where the engine streams."""

    def __call__(self, items: Sequence[TextItem], heard: Heard | None = None) -> Awaitable[Sequence[TextResult]]: ...


class Verify(Protocol):
    """How a verifier is asked."""

    def __call__(self, items: Sequence[TextItem]) -> Awaitable[Sequence[TextResult]]: ...


class Listener(Protocol):
    """Who follows a description while it is written."""

    def token(self, text: str) -> None:
        """The text goes on with this."""

    def restart(self, text: str) -> None:
        """What was heard so far is void; the text begins with this."""


class Reading:
    """The text as a listener has it so far."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._text = ""

    def go_on(self, piece: str) -> None:
        """Pass on a piece that has just been written."""
        self._listener.token(piece)
        self._text += piece

    def catch_up(self, text: str) -> None:
        """Go on to the end of `text`, or begin again with it where the listener has another beginning."""
        heard = self._text.strip()
        if not text.startswith(heard):
            self._listener.restart(text)
        elif text != heard:
            self._listener.token(text[len(self._text) :])
        self._text = text


_TEMPERATURES = (0.4, 0.6, 0.8)
"""By round: what all candidates of one round got wrong, a freer one will not all repeat."""
TOP_P = 0.95


@dataclass(frozen=True)
class Effort:
    """How often to try: so many `drafts` of a whole description, so many `candidates` of a short field and of what is
    mended, in at most `rounds` rounds.

    After so many `seconds` (None: any number) the best text so far is taken, with what it lacks. `by_sentence` is for
    models that were taught to write a description sentence by sentence, with so many `candidates` of each; others draft
    it whole. What is written `alone` comes out the same each time.
    """

    drafts: int
    candidates: int
    rounds: int
    seconds: float | None = None
    by_sentence: bool = False
    alone: bool = False

    def decoding(self) -> dict[str, bool | int | float | tuple[float, ...]]:
        """How the model is asked, as provenance names it."""
        return {
            "drafts": self.drafts,
            "candidates": self.candidates,
            "rounds": self.rounds,
            "by_sentence": self.by_sentence,
            "alone": self.alone,
            "temperatures": _TEMPERATURES,
            "top_p": TOP_P,
        }


class NoTextError(Exception):
    """The runner answered every item with an error; `errors` are the items' own."""

    def __init__(self, errors: Sequence[ItemError]) -> None:
        super().__init__("; ".join(error.message for error in errors) or "nothing was written")
        self.errors = tuple(errors)


LONGEST_SENTENCE = 80
"""Tokens of one sentence that is asked for alone."""
SEEDS_APART = 1024
"""How far the items' own seeds of two neighbouring `seed`s lie apart: another seed gives another text."""
_LIST_MARK = re.compile(r"^(?:[-*\u2022]|\d{1,2}[.)])\s+")
_QUOTES = "\"'\u201c\u201d"
_PENALTIES = {
    "attributes": 3,
    "keywords": 3,
    "sentences": 3,
    "numbers": 4,
    "binding": 4,
    "claims": 4,
    "plain text": 4,
    "channel": 4,
    "avoided": 4,
    "length": 2,
}
_WORDS_A_FAULT = 20


@dataclass(frozen=True)
class Draft:
    """A text (its bullets or tags as `items`, else the text alone) with what the checks say of it; `finished` tells
    whether the model ended it itself.

    `off` counts the words that it has too few or too many.
    """

    text: str
    items: tuple[str, ...]
    finished: bool
    checks: tuple[Check, ...]
    off: int = 0

    @property
    def failed(self) -> list[Check]:
        """The checks that hinder it."""
        return [check for check in self.checks if check.hinders]

    @property
    def faults(self) -> tuple[bool, float]:
        """How bad it is: no text at all, then what failed, by weight."""
        weights = (_PENALTIES.get(c.name, 1) * max(1, len(c.missing) + len(c.found)) for c in self.failed)
        return not self.text, sum(weights) + self.off / _WORDS_A_FAULT


@dataclass
class Session:
    """One field while it is written, and what was spent on it."""

    brief: Brief
    write: Write
    effort: Effort
    seed: int
    verify: Verify | None = None
    results: list[TextResult] = field(default_factory=list)
    errors: list[ItemError] = field(default_factory=list)
    asked: int = 0

    def judge(self, text: str, finished: bool = True) -> Draft:
        """The text as the checks see it."""
        return self.judge_items(split_items(self.brief, text), finished)

    def judge_items(self, items: tuple[str, ...], finished: bool = True) -> Draft:
        """The bullets or tags, or the one text, as the checks see them."""
        text = self.brief.limits.separator.join(items)
        least, most = self.brief.limits.words or (0, 10_000)
        off = max(least - count_words(text), count_words(text) - most, 0)
        return Draft(text, items, finished, check_field(self.brief, text, items, finished), off)

    async def ask(
        self,
        turns: tuple[Message, ...],
        candidates: int,
        temperature: float,
        tokens: tuple[int, int],
        heard: Heard | None = None,
    ) -> list[TextResult]:
        """The model's answers to `turns`, of `tokens` at least and at most; what failed is left out and noted."""
        (answers,) = await self.ask_each([turns], candidates, temperature, tokens, heard)
        return answers

    async def ask_each(
        self,
        questions: Sequence[tuple[Message, ...]],
        candidates: int,
        temperature: float,
        tokens: tuple[int, int],
        heard: Heard | None = None,
    ) -> list[list[TextResult]]:
        """The answers to each of several questions, all asked at once."""
        stop = () if self.brief.limits.separator else ("\n",)
        first = self.seed * SEEDS_APART + self.asked
        self.asked += candidates * len(questions)
        least, most = tokens
        decoding = Decoding(
            min_new_tokens=least,
            max_new_tokens=most,
            temperature=temperature,
            top_p=TOP_P,
            stop=stop,
        )
        items = [
            TextItem(
                id=str(seed),
                messages=turns,
                decoding=decoding.model_copy(update={"seed": seed}),
                alone=self.effort.alone,
            )
            for seed, turns in enumerate((turns for turns in questions for _ in range(candidates)), start=first)
        ]
        results = await self.write(items, heard)
        self.errors += [result.error for result in results if result.error]
        self.results += [result for result in results if not result.error]
        groups = (results[start : start + candidates] for start in range(0, len(results), candidates))
        return [[result for result in group if not result.error] for group in groups]


def temperature(round_number: int) -> float:
    """Of the candidates of a round."""
    return _TEMPERATURES[min(round_number, len(_TEMPERATURES) - 1)]


def missing(brief: Brief, text: str) -> tuple[Fact, ...]:
    """What the text must say and does not: required facts, and keywords as facts without a name."""
    required = (brief.facts[number - 1] for number in brief.required)
    return (
        *(fact for fact in required if not tells(text, fact)),
        *(Fact(name=None, value=keyword) for keyword in brief.keywords if not find_keyword(text, keyword)),
    )


def spared(brief: Brief, sentences: list[str], faulty: Callable[[list[str], int], object]) -> list[str]:
    """The sentences but those that can be spared: they state nothing required, and are `faulty` in their place or make
    the text too long; the last go first."""
    most = brief.limits.words[1] if brief.limits.words else 0
    for number in reversed(range(len(sentences))):
        others = sentences[:number] + sentences[number + 1 :]
        loses = len(missing(brief, " ".join(others))) > len(missing(brief, " ".join(sentences)))
        if not loses and (count_words(" ".join(sentences)) > most or faulty(sentences, number)):
            sentences = others
    return sentences


def split_items(brief: Brief, text: str) -> tuple[str, ...]:
    """The bullets or tags of a text, without marks and quotes around them; of other fields the text is the one item."""
    if not brief.limits.separator:
        text = unquoted(text)
        return (text,) if text else ()
    parted = re.split(r"[\n,]" if brief.field == "tags" else r"\n", text)
    items = (_LIST_MARK.sub("", item.strip()).strip() for item in parted)
    return tuple(item for item in items if item)


def parted(brief: Brief, text: str) -> tuple[str, ...]:
    """The bullets or tags of a text that is as it is to be, without a change but for spaces around them."""
    parts = text.split(brief.limits.separator.strip(" ")) if brief.limits.separator else [text]
    return tuple(part.strip() for part in parts if part.strip())


def unquoted(text: str) -> str:
    """`text` without the quotation marks that a model puts around its whole answer; an inch mark at its end stays."""
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES else text
