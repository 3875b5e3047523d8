"""The short fields: written whole, and where a text has a fault written anew, lists item by item.

A model that is shown its faulty text repeats the fault more often than one that is asked once more.
"""

from collections.abc import Sequence

from contracts.brief import Brief
from contracts.items import Message, TextResult
from copywriter.checks import failed_alone
from copywriter.prompts import ask_for_more_items, ask_for_text
from copywriter.session import Draft, NoTextError, Session, missing, split_items, temperature, unquoted
from verify.facts import tells
from verify.texts import plain, split_sentences
from verify.vocabulary import stems


async def draft(session: Session) -> Draft:
    """The best of the first candidates; raises NoTextError."""
    answers = await session.ask(
        ask_for_text(session.brief), session.effort.candidates, temperature(0), _tokens(session.brief)
    )
    if not answers:
        raise NoTextError(session.errors)
    return min((_judge(session, answer) for answer in answers), key=lambda one: one.faults)


def _tells_something(brief: Brief, sentence: str) -> bool:
    """Whether a sentence tells a fact, or has a word that only the keywords of the input have."""
    facts = " ".join(f"{fact.name or ''} {fact.value}" for fact in brief.facts)
    keywords = {stem for _, stem in stems(brief.given)} - {stem for _, stem in stems(facts)}
    used = keywords & {stem for _, stem in stems(sentence)}
    return bool(used) or any(tells(sentence, fact) for fact in brief.facts)


async def mend(session: Session, draft: Draft, round_number: int) -> Draft:
    """The draft, or a better one."""
    way = _mend_items if session.brief.limits.separator else _mend_whole
    return await way(session, ask_for_text(session.brief), draft, round_number)


def _tokens(brief: Brief) -> tuple[int, int]:
    """How many tokens a field has at least and at most."""
    return 0, min(400, brief.limits.characters[1] * brief.limits.items[1] // 3 + 24)


async def _mend_whole(session: Session, turns: tuple[Message, ...], draft: Draft, round_number: int) -> Draft:
    """A short field written anew; the better of old and new."""
    answers = await session.ask(turns, session.effort.candidates, temperature(round_number), _tokens(session.brief))
    return min((*(_judge(session, answer) for answer in answers), draft), key=lambda one: one.faults)


def _judge(session: Session, answer: TextResult) -> Draft:
    """The answer as the checks see it, of a paragraph the sentences alone that tell a fact or use a keyword, if any do.

    What a model says when the facts are told is an appeal ("Ask for the size before you buy.").
    """
    brief, text = session.brief, answer.text
    if brief.limits.sentences:
        sentences = split_sentences(unquoted(text), brief.given)
        telling = [sentence for sentence in sentences if _tells_something(brief, sentence)]
        text = " ".join(telling) or text
    return session.judge(text, answer.finish != "length")


async def _mend_items(session: Session, turns: tuple[Message, ...], draft: Draft, round_number: int) -> Draft:
    """A list without its bad items, and with others where it then has too few or lacks something."""
    brief = session.brief
    sound = _sound_items(brief, split_items(brief, draft.text), draft.finished)
    wanted, lacking = brief.limits.items[0] - len(sound), missing(brief, _listed(brief, sound))
    if wanted > 0 or lacking:
        shown = Message(role="assistant", content=_listed(brief, sound) or "...")
        asked = (*turns, shown, ask_for_more_items(brief, max(wanted, len(lacking)), lacking))
        answers = await session.ask(asked, session.effort.candidates, temperature(round_number), _tokens(brief))
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
        if least <= len(item) <= most and not failed_alone(brief, item):
            kept.setdefault(plain(item), item)
    sound = list(kept.values())
    for number in reversed(range(len(sound))):
        spared = sound[:number] + sound[number + 1 :]
        loses = len(missing(brief, _listed(brief, spared))) > len(missing(brief, _listed(brief, sound)))
        if len(sound) > brief.limits.items[1] and not loses:
            sound = spared
    return sound


def _listed(brief: Brief, items: Sequence[str]) -> str:
    return brief.limits.separator.join(items)
