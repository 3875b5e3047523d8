"""From a brief to a checked text: ask a language model, judge what it wrote, choose, ask again.

The model writes every word; this package checks and chooses. A description is drafted whole and mended (`drafts`), or
written sentence by sentence by a model that was taught to (`sentences`); the other fields are short (`short_fields`).
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from contracts.brief import Brief
from contracts.items import Heard, TextItem, TextResult
from contracts.verdicts import Written
from copywriter import drafts, short_fields
from copywriter.checks import located
from copywriter.sentences import Description, describe
from copywriter.session import Draft, Effort, Listener, Reading, Session, Verify, Write
from copywriter.verifier import check_opinions
from verify.facts import spans_of_values, statements
from verify.texts import count_words, split_sentences

Mend = Callable[[Session, Draft, int], Awaitable[Draft]]


async def write_field(
    brief: Brief,
    write: Write,
    seed: int,
    effort: Effort,
    listener: Listener | None = None,
    verify: Verify | None = None,
) -> Written:
    """The best text found for `brief`; raises NoTextError if the runner wrote none."""
    began = asyncio.get_running_loop().time()
    session = Session(brief, write, effort, seed, verify)
    time = asyncio.timeout_at(None if effort.seconds is None else began + effort.seconds)
    reading = Reading(listener) if listener else None
    if brief.field != "description":
        return await _mended(session, await short_fields.draft(session), short_fields.mend, None, time)
    if effort.by_sentence:
        return await _by_sentence(session, reading, time)
    return await _mended(session, await drafts.draft(session, reading), drafts.mend, reading, time)


async def _mended(
    session: Session, draft: Draft, mend: Mend, reading: Reading | None, time: asyncio.Timeout
) -> Written:
    """The draft, mended round by round while there is time."""
    best = draft
    if reading:
        reading.catch_up(best.text)
    try:
        async with time:
            for round_number in range(1, session.effort.rounds):
                if not draft.failed:
                    break
                draft = await mend(session, draft, round_number)
                best = min(draft, best, key=lambda one: one.faults)
                if reading:
                    reading.catch_up(best.text)
    except TimeoutError:
        if not time.expired():
            raise
    return _written(session, best)


async def _by_sentence(session: Session, reading: Reading | None, time: asyncio.Timeout) -> Written:
    """The sentences that there are when all is told, or the time is up."""
    description = Description(session.brief)
    try:
        async with time:
            await describe(session, description, reading)
    except TimeoutError:
        if not time.expired() or not description.first:
            raise
    first = " ".join(description.first)
    draft = session.judge(description.text or first)
    if said := {sentence: description.opinions[sentence] for sentence in description.verified}:
        draft = replace(draft, checks=(*draft.checks, located(check_opinions(said), draft.text)))
    if reading:
        reading.catch_up(draft.text)
    return _written(session, draft, first)


def judge_items(brief: Brief, items: tuple[str, ...], seed: int) -> Written:
    """Bullets or tags, or the one text, that somebody else wrote, as they are judged when the model wrote them."""
    session = Session(brief, _write_nothing, Effort(0, 0, 0), seed)
    return _written(session, session.judge_items(items))


async def _write_nothing(items: Sequence[TextItem], heard: Heard | None = None) -> Sequence[TextResult]:
    return ()


def _confidence(results: Sequence[TextResult]) -> float | None:
    """The geometric mean probability of all tokens written for a text; None where the engine tells none."""
    told = [(result.new_tokens, result.confidence) for result in results if result.confidence]
    tokens = sum(count for count, _ in told)
    return round(math.exp(sum(count * math.log(told_of) for count, told_of in told) / tokens), 3) if tokens else None


def _written(session: Session, draft: Draft, first: str = "") -> Written:
    brief, results = session.brief, session.results
    return Written(
        text=draft.text,
        items=draft.items,
        complete=not draft.failed,
        missing=tuple(value for check in draft.checks for value in check.missing),
        checks=draft.checks,
        evidence=spans_of_values(draft.text, brief.facts, brief.keywords),
        statements=statements(
            draft.text, brief.facts, split_sentences(draft.text, brief.given) if brief.limits.sentences else draft.items
        ),
        left_out=brief.left_out,
        words=count_words(draft.text),
        confidence=_confidence(results),
        attempts=len(results),
        seed=session.seed,
        tokens=sum(result.new_tokens for result in results),
        drafts=(*filter(None, [first]), *(result.text.strip() for result in results)),
    )
