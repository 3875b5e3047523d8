"""A description sentence by sentence; the answers are scripted here, real models write them in tests/runners."""

import pytest

from contracts.items import ItemError
from contracts.verdicts import Written
from copywriter.briefs import make_brief
from copywriter.product import Product
from copywriter.session import Effort, NoTextError
from copywriter.writer import write_field
from tests.unit.test_writer import Reader, Script

LAMP = Product.parse('Product Type: Desk Lamp; Brand: Lumo; Height: 7 7/8"; Shade: linen')
BRIEF = make_brief("description", LAMP, words=(12, 40))
FIRST = "Lumo lights your evening page with this Desk Lamp."
SECOND = 'It stands 7 7/8" high and wears a shade of linen.'


async def describe(script: Script, candidates: int = 1, rounds: int = 2, reader: Reader | None = None) -> Written:
    """What comes of the script's answers."""
    return await write_field(BRIEF, script, 5, Effort(candidates, candidates, rounds, by_sentence=True), reader)


async def test_each_sentence_is_asked_for_after_those_before_it_and_with_its_own_facts() -> None:
    answer = await describe(script := Script(FIRST, SECOND))
    assert answer.complete and answer.text == f"{FIRST} {SECOND}"
    *_, shown, question = script.asked[1].messages
    assert shown.content == FIRST
    assert "- Shade: linen" in question.content and "Lumo" not in question.content


async def test_the_better_of_two_candidates_is_taken() -> None:
    answer = await describe(Script("Lumo waits.", FIRST, SECOND, "It wears a shade of linen."), candidates=2)
    assert answer.complete and answer.text == f"{FIRST} {SECOND}"
    assert answer.drafts[0] == f"Lumo waits. {SECOND}", "the first candidates, unchosen"


async def test_an_invention_is_asked_for_anew_and_never_shown() -> None:
    invented = 'It stands 7 7/8" high, in linen, with a lifetime warranty.'
    answer = await describe(script := Script(FIRST, invented, SECOND))
    assert answer.complete and answer.text == f"{FIRST} {SECOND}"
    assert not any("lifetime" in turn.content for turn in script.asked[-1].messages)


async def test_facts_that_will_not_stand_together_are_told_one_by_one() -> None:
    alone = ('From foot to top it measures 7 7/8".', "Its shade is cut from linen.")
    answer = await describe(script := Script(FIRST, "It glows like 99 suns.", "It glows like 98 suns.", *alone))
    assert answer.complete and answer.text == " ".join([FIRST, *alone])
    assert [len(item.messages[-1].content.splitlines()) - 1 for item in script.asked[1:]] == [2, 2, 1, 1]


async def test_a_fact_that_a_sentence_left_out_is_asked_for_in_the_next_round() -> None:
    answer = await describe(Script(FIRST, "Its shade is cut from linen.", "Linen shades it.", 'It is 7 7/8" high.'))
    assert answer.complete and answer.text.endswith('It is 7 7/8" high.')


async def test_what_was_said_before_is_not_said_again() -> None:
    answer = await describe(Script(FIRST, FIRST, FIRST, *[SECOND] * 20))
    assert answer.text.count(FIRST) == 1


async def test_a_sentence_that_was_left_out_for_its_length_is_not_shown_any_more() -> None:
    brief = make_brief("description", LAMP, words=(18, 24))
    spare, both = 'From foot to top it measures 7 7/8".', 'Linen shades it, 7 7/8" above the desk.'
    script = Script(FIRST, spare, spare, both, *["It."] * 40)
    answer = await write_field(brief, script, 5, Effort(1, 1, 3, by_sentence=True))
    assert answer.text == f"{FIRST} {both}"
    before, after = ([turn.content for turn in script.asked[number].messages] for number in (3, -1))
    assert spare in before and both in after and spare not in after


async def test_without_a_sound_sentence_the_first_answers_are_served_with_what_is_wrong_with_them() -> None:
    answer = await describe(Script(*["It glows like 99 suns."] * 40))
    assert answer.text.startswith("It glows like 99 suns.") and not answer.complete


async def test_the_listener_has_the_text_in_the_end() -> None:
    await describe(Script("Lumo waits.", FIRST, SECOND, SECOND), candidates=2, reader=(reader := Reader()))
    assert reader.text == f"{FIRST} {SECOND}" and reader.heard == ["token", "restart", "token"]


async def test_errors_alone_are_told() -> None:
    with pytest.raises(NoTextError):
        await describe(Script(*[ItemError(code="out_of_memory", message="no")] * 40))
