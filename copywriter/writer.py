"""From a brief to a checked text: ask a language model, judge what it wrote, choose, ask again.

The model writes every word; this module checks and chooses. A description is drafted whole. Then sentences that say
what no fact says are left out, and what the text lacks is asked for in more sentences, each of which has to pass alone.
The other fields are short, and written again whole with their faults shown.
"""

import asyncio
import math
import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from contracts.brief import Brief, Fact
from contracts.items import Decoding, Heard, ItemError, Message, TextItem, TextResult
from contracts.verdicts import Check, Written
from copywriter.checks import END, check_sentence, check_text, repeated_runs, worn_openings
from copywriter.prompts import ask_again, ask_for_more, ask_for_more_items, ask_for_text
from verify.texts import count_words, plain, split_sentences
from verify.values import contains, find_keyword, spans_of_values
from verify.vocabulary import unsupported_words


class Write(Protocol):
    """How items are written; `heard` is told pieces as they come, where the engine streams."""

    def __call__(self, items: Sequence[TextItem], heard: Heard | None = None) -> Awaitable[Sequence[TextResult]]: ...


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
        """Begin again with `text` where the listener has another."""
        if text != self._text.strip():
            self._listener.restart(text)
            self._text = text


@dataclass(frozen=True)
class Effort:
    """How often to try: so many `drafts`, then so many `candidates` of what is mended, in at most `rounds` rounds.

    After so many `seconds` (None: any number) the best text so far is taken, with what it lacks.
    """

    drafts: int
    candidates: int
    rounds: int
    seconds: float | None = None


class NoTextError(Exception):
    """The runner answered every item with an error; `errors` are the items' own."""

    def __init__(self, errors: Sequence[ItemError]) -> None:
        super().__init__("; ".join(error.message for error in errors) or "nothing was written")
        self.errors = tuple(errors)


_TEMPERATURES = (0.4, 0.6, 0.8)
"""By round: what all candidates of one round got wrong, a freer one will not all repeat."""
TOP_P = 0.95
SEEDS_APART = 1024
"""How far the items' own seeds of two neighbouring `seed`s lie apart: another seed gives another text."""
_TOKENS_A_WORD = 2.5
_LONGEST_SENTENCE = 80
"""Tokens."""
_SHORT_SENTENCE, _USUAL_SENTENCE = 12, 25
"""Words."""
_VALUES_A_SENTENCE = 2
"""Asked for at first; what a sentence of two did not tell gets one of its own."""
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
    "avoided": 4,
    "length": 2,
}
_WORDS_A_FAULT = 20
_UNSUPPORTED = 0.5
"""The weight of a word that neither the facts nor plain copy has: it tells drafts apart, and fails none."""


@dataclass(frozen=True)
class Draft:
    """A text with what the checks say of it; `finished` tells whether the model ended it itself.

    `off` counts the words that it has too few or too many, `unsupported` those that no fact has and that are not plain.
    """

    text: str
    finished: bool
    checks: tuple[Check, ...]
    off: int = 0
    unsupported: int = 0

    @property
    def failed(self) -> list[Check]:
        """The checks that did not pass."""
        return [check for check in self.checks if not check.passed]

    @property
    def faults(self) -> tuple[bool, float]:
        """How bad it is: no text at all, then what failed, by weight."""
        weights = (_PENALTIES.get(c.name, 1) * max(1, len(c.missing) + len(c.found)) for c in self.failed)
        return not self.text, sum(weights) + self.off / _WORDS_A_FAULT + _UNSUPPORTED * self.unsupported


@dataclass
class Session:
    """One field while it is written, and what was spent on it."""

    brief: Brief
    write: Write
    effort: Effort
    seed: int
    results: list[TextResult] = field(default_factory=list)
    errors: list[ItemError] = field(default_factory=list)
    asked: int = 0

    def judge(self, text: str, finished: bool = True) -> Draft:
        """The text as the checks see it."""
        items = split_items(self.brief, text)
        text = self.brief.limits.separator.join(items)
        least, most = self.brief.limits.words or (0, 10_000)
        off = max(least - count_words(text), count_words(text) - most, 0)
        unsupported = len(unsupported_words(text, self.brief.given))
        return Draft(text, finished, check_text(self.brief, text, items, finished), off, unsupported)

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
            TextItem(id=str(seed), messages=turns, decoding=decoding.model_copy(update={"seed": seed}))
            for seed, turns in enumerate((turns for turns in questions for _ in range(candidates)), start=first)
        ]
        results = await self.write(items, heard)
        self.errors += [result.error for result in results if result.error]
        self.results += [result for result in results if not result.error]
        groups = (results[start : start + candidates] for start in range(0, len(results), candidates))
        return [[result for result in group if not result.error] for group in groups]


async def write_field(
    brief: Brief, write: Write, seed: int, effort: Effort, listener: Listener | None = None
) -> Written:
    """The best text found for `brief`; raises NoTextError if the runner wrote none."""
    began = asyncio.get_running_loop().time()
    session = Session(brief, write, effort, seed)
    reading = Reading(listener) if listener else None
    turns = ask_for_text(brief)
    draft = await _draft(session, turns, reading)
    if reading:
        reading.catch_up(draft.text)
    mend = _mend_sentences if brief.limits.words else _mend_items if brief.limits.separator else _mend_whole
    best = draft
    try:
        async with asyncio.timeout_at(None if effort.seconds is None else began + effort.seconds) as time_left:
            for round_number in range(1, effort.rounds):
                if not draft.failed:
                    break
                draft = await mend(session, turns, draft, round_number)
                best = min(draft, best, key=lambda one: one.faults)
                if reading:
                    reading.catch_up(best.text)
    except TimeoutError:
        if not time_left.expired():
            raise
    return _written(session, best)


async def _draft(session: Session, turns: tuple[Message, ...], reading: Reading | None) -> Draft:
    """The best of the first candidates; raises NoTextError. The first of them is heard while it is written."""

    def hear(number: int, piece: str) -> None:
        if number == 0 and reading:
            reading.go_on(piece)

    answers = await session.ask(turns, session.effort.drafts, _temperature(0), _tokens(session.brief), hear)
    if not answers:
        raise NoTextError(session.errors)
    return min((session.judge(a.text, a.finish != "length") for a in answers), key=lambda draft: draft.faults)


def _tokens(brief: Brief) -> tuple[int, int]:
    """How many tokens a whole field has at least, so that it cannot end too early, and at most."""
    limits = brief.limits
    if not limits.words:
        return 0, min(400, limits.characters[1] * limits.items[1] // 3 + 24)
    least, most = limits.words
    digits = sum(character.isdigit() for number in brief.required for character in brief.facts[number - 1].value)
    return least + digits, min(400, int(most * _TOKENS_A_WORD))


def _temperature(round_number: int) -> float:
    return _TEMPERATURES[min(round_number, len(_TEMPERATURES) - 1)]


async def _mend_whole(session: Session, turns: tuple[Message, ...], draft: Draft, round_number: int) -> Draft:
    """A short field written again, with its faults shown; the better of old and new."""
    asked = (*turns, Message(role="assistant", content=draft.text or "..."), ask_again(draft.failed))
    answers = await session.ask(asked, session.effort.candidates, _temperature(round_number), _tokens(session.brief))
    new = [session.judge(answer.text, answer.finish != "length") for answer in answers]
    return min((*new, draft), key=lambda one: one.faults)


async def _mend_items(session: Session, turns: tuple[Message, ...], draft: Draft, round_number: int) -> Draft:
    """A list without its bad items, and with others where it then has too few or lacks something."""
    brief = session.brief
    sound = _sound_items(brief, split_items(brief, draft.text), draft.finished)
    wanted, missing = brief.limits.items[0] - len(sound), _missing(brief, _listed(brief, sound))
    if wanted > 0 or missing:
        shown = Message(role="assistant", content=_listed(brief, sound) or "...")
        asked = (*turns, shown, ask_for_more_items(brief, max(wanted, len(missing)), missing))
        answers = await session.ask(asked, session.effort.candidates, _temperature(round_number), _tokens(brief))
        lists = [sound, *(_longer(brief, sound, answer) for answer in answers)]
        sound = min(lists, key=lambda items: session.judge(_listed(brief, items)).faults)
    return session.judge(_listed(brief, sound))


def _longer(brief: Brief, items: list[str], answer: TextResult) -> list[str]:
    more = _sound_items(brief, split_items(brief, answer.text), answer.finish != "length")
    return _sound_items(brief, [*items, *more], finished=True)


def _sound_items(brief: Brief, items: Sequence[str], finished: bool) -> list[str]:
    """The items without those that are cut off, faulty, said before, or too many and stating nothing required."""
    least, most = brief.limits.characters
    kept: dict[str, str] = {}
    for item in items if finished else items[:-1]:
        if least <= len(item) <= most and all(check.passed for check in check_sentence(brief, item)):
            kept.setdefault(plain(item), item)
    sound = list(kept.values())
    for number in reversed(range(len(sound))):
        spared = sound[:number] + sound[number + 1 :]
        loses = len(_missing(brief, _listed(brief, spared))) > len(_missing(brief, _listed(brief, sound)))
        if len(sound) > brief.limits.items[1] and not loses:
            sound = spared
    return sound


def _listed(brief: Brief, items: Sequence[str]) -> str:
    return brief.limits.separator.join(items)


async def _mend_sentences(session: Session, turns: tuple[Message, ...], draft: Draft, round_number: int) -> Draft:
    """A description without its bad sentences, and with more sentences for what it then lacks.

    A sentence that has to be written again is not shown to the model: it would repeat the fault.
    """
    brief = session.brief
    sentences = _leave_out(brief, split_sentences(draft.text, brief.given), draft.finished)
    bad = _bad(brief, sentences)
    sound = [sentence for number, sentence in enumerate(sentences) if number not in bad]
    place = bad[0] if bad else len(sound)
    groups = _groups(brief, sound, _VALUES_A_SENTENCE if round_number == 1 else 1)
    room = (brief.limits.words[1] - count_words(" ".join(sound))) // max(1, len(groups)) if brief.limits.words else 0
    most = max(room, _SHORT_SENTENCE) if room < _USUAL_SENTENCE else None
    shown = (*turns, Message(role="assistant", content=" ".join(sound) or "..."))
    answers = await session.ask_each(
        [(*shown, ask_for_more(group, most)) for group in groups],
        session.effort.candidates,
        _temperature(round_number),
        (0, _LONGEST_SENTENCE),
    )
    for written in answers:
        more = [sound, *(_with(brief, sound, place, answer) for answer in written)]
        best = min(more, key=lambda one: (len(_missing(brief, " ".join(one))), session.judge(" ".join(one)).faults))
        place += len(best) - len(sound)
        sound = best
    text = " ".join(_leave_out(brief, sound, finished=True))
    return session.judge(text)


def _bad(brief: Brief, sentences: list[str]) -> list[int]:
    """Which sentences cannot stay: those with a fault of their own, or else the longest of a text that is too long.

    So many of these go that short ones in their places make the text short enough.
    """
    bad = [number for number in range(len(sentences)) if _failed(brief, sentences, number)]
    if bad or not brief.limits.words:
        return bad
    longest_last = sorted(range(len(sentences)), key=lambda number: count_words(sentences[number]))
    words = count_words(" ".join(sentences))
    while words > brief.limits.words[1] and longest_last:
        longest = longest_last.pop()
        saved = count_words(sentences[longest]) - _SHORT_SENTENCE
        if bad and saved <= 0:
            break
        bad.append(longest)
        words -= saved
    return sorted(bad)


def _groups(brief: Brief, sentences: list[str], values: int) -> list[tuple[Fact, ...]]:
    """What each new sentence is to tell, so many values each; nothing in particular if the text is only too short."""
    missing = _missing(brief, " ".join(sentences))
    groups = [missing[start : start + values] for start in range(0, len(missing), values)]
    least = brief.limits.words[0] if brief.limits.words else 0
    return groups or ([()] if count_words(" ".join(sentences)) < least else [])


def _with(brief: Brief, sentences: list[str], place: int, answer: TextResult) -> list[str]:
    """The sentences and, at their `place`, those of the answer that are neither cut off nor faulty there."""
    new = split_sentences(_unquoted(answer.text), brief.given)
    if new and (answer.finish == "length" or not END.search(new[-1])):
        new.pop()
    for sentence in new:
        longer = [*sentences[:place], sentence, *sentences[place:]]
        if not any(_failed(brief, longer, number) for number in range(len(longer))):
            sentences, place = longer, place + 1
    return sentences


def _leave_out(brief: Brief, sentences: list[str], finished: bool) -> list[str]:
    """The sentences but those that can be spared: cut off, faulty or too many, and stating nothing required."""
    most = brief.limits.words[1] if brief.limits.words else 0
    kept = sentences if finished else sentences[:-1]
    for number in reversed(range(len(kept))):
        words = count_words(" ".join(kept))
        spared = kept[:number] + kept[number + 1 :]
        loses = len(_missing(brief, " ".join(spared))) > len(_missing(brief, " ".join(kept)))
        if not loses and (words > most or _failed(brief, kept, number)):
            kept = spared
    return kept


def _failed(brief: Brief, sentences: Sequence[str], number: int) -> list[Check]:
    """What is wrong with one sentence by itself, or said before it."""
    sentence, before = sentences[number], " ".join(sentences[:number])
    failed = [check for check in check_sentence(brief, sentence) if not check.passed]
    said = [run for run in repeated_runs(brief, f"{before} {sentence}") if run not in repeated_runs(brief, before)]
    if plain(sentence) in {plain(other) for other in sentences[:number]}:
        said = [sentence]
    said += [worn for worn in worn_openings(sentences[: number + 1]) if worn == sentence]
    if said and not any(check.name == "sentences" for check in failed):
        failed.append(Check(name="sentences", status="failed", message="said before", found=(said[0],)))
    return failed


def _missing(brief: Brief, text: str) -> tuple[Fact, ...]:
    """What the text must say and does not: required facts, and keywords as facts without a name."""
    required = (brief.facts[number - 1] for number in brief.required)
    return (
        *(fact for fact in required if not contains(text, fact.value)),
        *(Fact(name=None, value=keyword) for keyword in brief.keywords if not find_keyword(text, keyword)),
    )


def split_items(brief: Brief, text: str) -> tuple[str, ...]:
    """The bullets or tags of a text, without marks and quotes around them; of other fields the text is the one item."""
    if not brief.limits.separator:
        text = _unquoted(text)
        return (text,) if text else ()
    parted = re.split(r"[\n,]" if brief.field == "tags" else r"\n", text)
    items = (_LIST_MARK.sub("", item.strip()).strip() for item in parted)
    return tuple(item for item in items if item)


def _unquoted(text: str) -> str:
    """`text` without the quotation marks that a model puts around its whole answer; an inch mark at its end stays."""
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES else text


def _confidence(results: Sequence[TextResult]) -> float | None:
    """The geometric mean probability of all tokens written for a text; None where the engine tells none."""
    told = [(result.new_tokens, result.confidence) for result in results if result.confidence]
    tokens = sum(count for count, _ in told)
    return round(math.exp(sum(count * math.log(told_of) for count, told_of in told) / tokens), 3) if tokens else None


def _written(session: Session, draft: Draft) -> Written:
    brief, results = session.brief, session.results
    return Written(
        text=draft.text,
        items=split_items(brief, draft.text),
        complete=all(check.passed for check in draft.checks),
        missing=tuple(value for check in draft.checks for value in check.missing),
        checks=draft.checks,
        evidence=spans_of_values(draft.text, brief.facts, brief.keywords),
        left_out=brief.left_out,
        words=count_words(draft.text),
        confidence=_confidence(results),
        attempts=len(results),
        seed=session.seed,
        tokens=sum(result.new_tokens for result in results),
        drafts=tuple(result.text.strip() for result in results),
    )
