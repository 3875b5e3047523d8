"""A description, sentence by sentence: each is asked for with the facts that it tells, and is taken if it is sound.

The model sees the sentences before it and no other fact, so that it can neither leave one out nor mix them up. Of
several answers the best is taken, and of sound ones that which the model is surest of, and a verifier if there is one:
it reads better than the first. A sentence that was refused is not shown: a model repeats the fault that it sees.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from contracts.brief import Brief
from contracts.items import Message, TextResult
from copywriter.checks import failed_in_place
from copywriter.outline import Point, length, outline
from copywriter.prompts import ask_for_first_sentence, ask_for_next_sentence
from copywriter.session import LONGEST_SENTENCE, NoTextError, Reading, Session, missing, spared, temperature, unquoted
from copywriter.verifier import Opinion, opinions
from verify.checks import END
from verify.facts import tells
from verify.texts import count_words, split_sentences
from verify.values import contains, find_keyword
from verify.vocabulary import empty_clauses

_ROUNDS = 3
"""What a taught model has not told by then it does not tell in more."""
_TRIES = 2
"""For one point, before its facts are told one by one."""
_LACKING, _FORCED, _STRANGE, _WORDS_OFF = 3.0, 2.0, 0.5, 0.05
"""What a sentence's faults weigh against each other: a fact or keyword that it lacks, a keyword that is forced in, a
word or clause that is strange, a word more or less than asked."""

_DOUBTED, _OPINION, _SURE = 2.0, 0.05, 4.0
"""What a verifier's doubt weighs, and what its log-odds do, of which more than so many say no more."""


@dataclass
class Description:
    """What was told so far, each point with its sentence; `first` are the first answers, unchosen, and `opinions` what
    a verifier said of answers."""

    brief: Brief
    told: list[tuple[Point, str]] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    opinions: dict[str, Opinion] = field(default_factory=dict)

    @property
    def sentences(self) -> list[str]:
        """The sentences alone."""
        return [sentence for _, sentence in self.told]

    @property
    def verified(self) -> list[str]:
        """The sentences that a verifier was asked about."""
        return [sentence for sentence in self.sentences if sentence in self.opinions]

    @property
    def text(self) -> str:
        """The whole text."""
        return " ".join(self.sentences)

    def ask(self, point: Point) -> tuple[Message, ...]:
        """The chat so far, and the turn that asks for the next sentence."""
        turns: list[Message] = []
        for told, sentence in self.told:
            turns += [*self._question(told, first=not turns), Message(role="assistant", content=sentence)]
        return (*turns, *self._question(point, first=not turns))

    def _question(self, point: Point, first: bool) -> tuple[Message, ...]:
        return ask_for_first_sentence(self.brief, point) if first else (ask_for_next_sentence(point),)


async def describe(session: Session, description: Description, reading: Reading | None) -> None:
    """Write the sentences one after the other, then others for what is missing; raises NoTextError."""
    points = outline(description.brief)
    for round_number in range(min(session.effort.rounds, _ROUNDS)):
        for point in points:
            await _tell(session, description, point, round_number, reading)
        _spare(description)
        lacking = missing(description.brief, description.text)
        names = tuple(fact.value for fact in lacking if not fact.name and fact.value in description.brief.names)
        points = [Point((fact,), length([fact])) for fact in lacking if fact.name or fact.value not in names]
        if names and description.told:
            await _use(session, description, names, round_number)
        if not lacking:
            return


async def _use(session: Session, description: Description, keywords: tuple[str, ...], round_number: int) -> None:
    """Write the last sentence again with these keywords in it too; it stays as it is unless less is missing then."""
    brief, (last, _) = description.brief, description.told[-1]
    other = Description(brief, description.told[:-1], opinions=description.opinions)
    await _tell(session, other, replace(last, keywords=(*last.keywords, *keywords)), round_number, None)
    if len(missing(brief, other.text)) < len(missing(brief, description.text)):
        description.told = other.told


async def _tell(
    session: Session, description: Description, point: Point, round_number: int, reading: Reading | None
) -> None:
    """Add the best sentence for a point, or one for each of its facts, or none."""

    def hear(number: int, piece: str) -> None:
        if number == 0 and reading:
            reading.go_on(piece)

    best: _Sentence | None = None
    for number in range(_TRIES):
        answers = await session.ask(
            description.ask(point),
            session.effort.candidates,
            temperature(round_number + number),
            (0, LONGEST_SENTENCE),
            None if description.told or number else hear,
        )
        if not session.results:
            raise NoTextError(session.errors)
        if round_number == number == 0 and answers:
            description.first.append(answers[0].text.strip())
        new = await _judged(session, description, point, answers)
        best = min(new if best is None else [best, *new], key=lambda one: one.faults, default=None)
        if best and best.sound:
            break
    sayable = best and not best.failed and not (best.strange and len(point.facts) > 1)
    if best and sayable and best.untold < len(point.facts) and _begins(description, best.text):
        description.told.append((point, best.text))
        if reading:
            reading.catch_up(description.text)
    elif len(point.facts) > 1:
        for fact in point.facts:
            await _tell(session, description, Point((fact,), length([fact])), round_number, reading)


def _begins(description: Description, text: str) -> bool:
    """Whether a text can begin with this: it says what the thing is, where that must be said at all."""
    brief = description.brief
    return bool(description.told) or brief.title not in brief.required or contains(text, brief.product or "")


@dataclass(frozen=True)
class _Sentence:
    """An answer with what is wrong with it: it has `failed` a check, and leaves so many facts of its point `untold`.

    It is `strange` if it has a clause that tells no fact, or a verifier doubts it, and `sound` if nothing is wrong,
    down to a keyword that it lacks.
    """

    text: str
    sound: bool
    failed: bool
    strange: bool
    untold: int
    faults: float


async def _judged(
    session: Session, description: Description, point: Point, answers: Sequence[TextResult]
) -> list[_Sentence]:
    """The answers with what is wrong with them: by rules, and where none refuses one by the verifier."""
    judged = [_judge(description, point, answer) for answer in answers]
    asked = list(dict.fromkeys(one.text for one in judged if not (one.failed or one.text in description.opinions)))
    if session.verify and asked:
        said = await opinions(session.verify, description.brief, asked, session.effort.alone)
        description.opinions |= {text: opinion for text, opinion in zip(asked, said, strict=True) if opinion}
    return [_weighed(one, description.opinions.get(one.text)) for one in judged]


def _weighed(one: _Sentence, opinion: Opinion | None) -> _Sentence:
    """The answer with what the verifier says of it, if it was asked."""
    if opinion is None:
        return one
    doubted, odds = opinion.doubted, (opinion.supported, opinion.publishable)
    faults = one.faults + _DOUBTED * doubted - _OPINION * sum(min(max(said, -_SURE), _SURE) for said in odds)
    return replace(one, sound=one.sound and not doubted, strange=one.strange or doubted, faults=faults)


def _judge(description: Description, point: Point, answer: TextResult) -> _Sentence:
    brief, text = description.brief, unquoted(answer.text)
    new = split_sentences(text, brief.given)
    sentences = [*description.sentences, *new]
    places = range(len(description.sentences), len(sentences))
    cut = not new or answer.finish == "length" or not END.search(text)
    faulty = sum(len(failed_in_place(brief, sentences, place)) for place in places) + cut
    untold = sum(not tells(text, fact) for fact in point.facts)
    lacking = untold + sum(not find_keyword(text, keyword) for keyword in point.keywords)
    forced = sum(_is_forced(text, keyword, brief.product) for keyword in point.keywords)
    strange = len(empty_clauses(text, brief.given))
    off = abs(count_words(text) - point.words)
    faults = 10.0 * faulty + _LACKING * lacking + _FORCED * forced + _STRANGE * strange + _WORDS_OFF * off
    sound = not (faulty or lacking or forced or strange)
    return _Sentence(text, sound, bool(faulty), bool(strange), untold, faults - (answer.confidence or 0))


def _is_forced(text: str, keyword: str, product: str | None) -> bool:
    """Whether a keyword hangs on a preposition beside what the thing is: "a bottle of 750 ml in a flask"."""
    words = r"[\s-]+".join(map(re.escape, keyword.split()))
    hangs = re.search(rf"\b(?:in|by|with|holds?|on) (?:(?:an?|the|your) )?{words}\b", text, re.IGNORECASE)
    return bool(hangs and product and contains(text, product))


def _spare(description: Description) -> None:
    """Leave out what makes the text too long and states nothing that is required."""
    kept = spared(description.brief, description.sentences, lambda sentences, number: False)
    description.told = [(point, sentence) for point, sentence in description.told if sentence in kept]
