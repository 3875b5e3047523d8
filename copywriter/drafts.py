"""A description drafted whole, then mended: the way for language models that were taught nothing by this project.

Sentences that say what no fact says are left out, and what the text then lacks is asked for in more sentences, each of
which has to pass alone.
"""

from contracts.brief import Brief, Fact
from contracts.items import Message, TextResult
from copywriter.checks import failed_in_place
from copywriter.prompts import ask_for_more, ask_for_text
from copywriter.session import (
    LONGEST_SENTENCE,
    Draft,
    NoTextError,
    Reading,
    Session,
    missing,
    spared,
    temperature,
    unquoted,
)
from verify.checks import END
from verify.texts import count_words, split_sentences

_TOKENS_A_WORD = 2.5
_SHORT_SENTENCE, _USUAL_SENTENCE = 12, 25
"""Words."""
_VALUES_A_SENTENCE = 2
"""Asked for at first; what a sentence of two did not tell gets one of its own."""


async def draft(session: Session, reading: Reading | None) -> Draft:
    """The best of the first candidates; raises NoTextError. The first of them is heard while it is written."""

    def hear(number: int, piece: str) -> None:
        if number == 0 and reading:
            reading.go_on(piece)

    asked = ask_for_text(session.brief)
    answers = await session.ask(asked, session.effort.drafts, temperature(0), _tokens(session.brief), hear)
    if not answers:
        raise NoTextError(session.errors)
    return min((session.judge(a.text, a.finish != "length") for a in answers), key=lambda one: one.faults)


def _tokens(brief: Brief) -> tuple[int, int]:
    """How many tokens it has at least, so that it cannot end too early, and at most."""
    least, most = brief.limits.words or (0, 400)
    digits = sum(character.isdigit() for number in brief.required for character in brief.facts[number - 1].value)
    return least + digits, min(400, int(most * _TOKENS_A_WORD))


async def mend(session: Session, draft: Draft, round_number: int) -> Draft:
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
    shown = (*ask_for_text(brief), Message(role="assistant", content=" ".join(sound) or "..."))
    answers = await session.ask_each(
        [(*shown, ask_for_more(group, most)) for group in groups],
        session.effort.candidates,
        temperature(round_number),
        (0, LONGEST_SENTENCE),
    )
    for written in answers:
        more = [sound, *(_with(brief, sound, place, answer) for answer in written)]
        best = min(more, key=lambda one: (len(missing(brief, " ".join(one))), session.judge(" ".join(one)).faults))
        place += len(best) - len(sound)
        sound = best
    text = " ".join(_leave_out(brief, sound, finished=True))
    return session.judge(text)


def _bad(brief: Brief, sentences: list[str]) -> list[int]:
    """Which sentences cannot stay: those with a fault of their own, or else the longest of a text that is too long.

    So many of these go that short ones in their places make the text short enough.
    """
    bad = [number for number in range(len(sentences)) if failed_in_place(brief, sentences, number)]
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
    lacking = missing(brief, " ".join(sentences))
    groups = [lacking[start : start + values] for start in range(0, len(lacking), values)]
    least = brief.limits.words[0] if brief.limits.words else 0
    return groups or ([()] if count_words(" ".join(sentences)) < least else [])


def _with(brief: Brief, sentences: list[str], place: int, answer: TextResult) -> list[str]:
    """The sentences and, at their `place`, those of the answer that are neither cut off nor faulty there."""
    new = split_sentences(unquoted(answer.text), brief.given)
    if new and (answer.finish == "length" or not END.search(new[-1])):
        new.pop()
    for sentence in new:
        longer = [*sentences[:place], sentence, *sentences[place:]]
        if not any(failed_in_place(brief, longer, number) for number in range(len(longer))):
            sentences, place = longer, place + 1
    return sentences


def _leave_out(brief: Brief, sentences: list[str], finished: bool) -> list[str]:
    """The sentences but those that can be spared: cut off, faulty or too many, and stating nothing required."""
    whole = sentences if finished else sentences[:-1]
    return spared(brief, whole, lambda kept, number: failed_in_place(brief, kept, number))
