"""A description sentence by sentence; the answers are scripted here, real models write them in tests/runners."""

import asyncio
from collections.abc import Sequence

import pytest

from contracts.items import Heard, ItemError, TextItem, TextResult
from contracts.verdicts import Written
from copywriter.briefs import make_brief
from copywriter.product import Product
from copywriter.session import Effort, NoTextError
from copywriter.writer import write_field
from tests.unit.test_writer import Reader, Script

LAMP = Product.parse('Product Type: Desk Lamp; Brand: Lumo; Height: 7 7/8"; Shade: linen')
BRIEF = make_brief("description", LAMP, words=(12, 40))
FIRST = "This Desk Lamp is made by Lumo."
SECOND = 'It stands 7 7/8" high and has a shade of linen.'


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
    answer = await describe(Script("Lumo waits.", FIRST, SECOND, "Linen waits."), candidates=2)
    assert answer.complete and answer.text == f"{FIRST} {SECOND}"
    assert answer.drafts[0] == f"Lumo waits. {SECOND}", "the first candidates, unchosen"


async def test_of_two_sound_candidates_the_surer_is_taken() -> None:
    sure = "Lumo makes this Desk Lamp."
    script = Script(FIRST, sure, SECOND, SECOND, sure={FIRST: 0.4, sure: 0.9})
    assert (await describe(script, candidates=2)).text == f"{sure} {SECOND}"


class Verifier:
    """Doubts the sentences that it is given, and would publish no other one."""

    def __init__(self, *doubted: str) -> None:
        self.doubted = doubted
        self.asked: list[TextItem] = []

    async def __call__(self, items: Sequence[TextItem]) -> list[TextResult]:
        self.asked += items
        return [TextResult(id=item.id, text=self._say(item.prefix), confidence=0.9, finish="length") for item in items]

    def _say(self, prefix: str) -> str:
        return " no" if prefix.startswith(self.doubted) else " yes"


async def test_a_sentence_that_the_verifier_doubts_is_written_anew() -> None:
    swapped = 'It stands 7 7/8" high with linen for a shade.'
    script, verifier = Script(FIRST, swapped, SECOND), Verifier(swapped)
    answer = await write_field(BRIEF, script, 5, Effort(1, 1, 2, by_sentence=True), verify=verifier)
    assert answer.text == f"{FIRST} {SECOND}"
    assert [check.status for check in answer.checks if check.name == "verifier"] == ["passed"]
    facts = verifier.asked[0].messages[-1].content
    assert "- Shade: linen" in facts and verifier.asked[0].prefix.startswith(FIRST)


async def test_what_the_verifier_doubts_to_the_end_is_served_with_its_doubt() -> None:
    script = Script(FIRST, *[SECOND] * 30)
    answer = await write_field(BRIEF, script, 5, Effort(1, 1, 2, by_sentence=True), verify=Verifier(SECOND))
    (check,) = (check for check in answer.checks if check.name == "verifier")
    assert (check.status, check.severity, check.found) == ("failed", "advice", (SECOND,)) and check.where
    assert SECOND in answer.text and answer.complete, "it is advice: a verifier errs"


async def test_of_two_sound_candidates_the_one_is_taken_that_the_verifier_would_publish() -> None:
    other = 'With a shade of linen it stands 7 7/8" high.'
    script = Script(FIRST, FIRST, other, SECOND)

    async def verify(items: Sequence[TextItem]) -> list[TextResult]:
        said = (" no" if "Publish" in item.prefix and item.prefix.startswith(other) else " yes" for item in items)
        return [TextResult(id=item.id, text=one, confidence=0.9) for item, one in zip(items, said, strict=True)]

    answer = await write_field(BRIEF, script, 5, Effort(2, 2, 2, by_sentence=True), verify=verify)
    assert answer.text == f"{FIRST} {SECOND}"


async def test_where_both_have_a_fault_others_are_asked_for() -> None:
    answer = await describe(script := Script("Lumo waits.", "Lumo.", FIRST, FIRST, SECOND, SECOND), candidates=2)
    assert answer.complete and answer.text == f"{FIRST} {SECOND}" and len(script.asked) == 6


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


async def test_a_text_begins_with_what_the_thing_is() -> None:
    """The name of the thing came last: "This is a face cream."."""
    whose = "Lumo makes it by hand in small numbers."
    answer = await describe(Script(whose, whose, "Here is a Desk Lamp.", "Lumo makes it.", SECOND))
    assert answer.text == f"Here is a Desk Lamp. Lumo makes it. {SECOND}"


async def test_a_keyword_that_hangs_on_a_preposition_is_asked_for_anew() -> None:
    brief = make_brief("description", Product.parse("Product: water bottle; Volume: 750 ml", "flask"))
    forced, said = "You get a water bottle of 750 ml in a flask.", "The water bottle, a flask, holds 750 ml."
    answer = await write_field(brief, Script(forced, said), 5, Effort(1, 1, 2, by_sentence=True))
    assert answer.text == said


async def test_a_word_of_no_fact_is_never_served() -> None:
    """Rather a fact is missing, and the answer says so."""
    strange = 'The furniture stands 7 7/8" high and has a shade of linen.'
    answer = await describe(Script(FIRST, *[strange] * 30))
    assert answer.text == FIRST and not answer.complete and set(answer.missing) >= {"linen", '7 7/8"'}


async def test_a_fact_that_a_sentence_left_out_is_asked_for_in_the_next_round() -> None:
    answer = await describe(Script(FIRST, "Its shade is cut from linen.", "Linen shades it.", 'It is 7 7/8" high.'))
    assert answer.complete and answer.text.endswith('It is 7 7/8" high.')


async def test_a_no_is_told_by_a_denial() -> None:
    tin = Product.parse("Product: Bread Tin; Size: 2 lb; Non-stick coating: none; Lid: yes")
    brief = make_brief("description", tin, words=(8, 40))
    right = "The tin has a lid and no non-stick coating."
    script = Script("This is a 2 lb Bread Tin.", "The tin has a lid and is non-stick.", right)
    answer = await write_field(brief, script, 5, Effort(1, 1, 3, by_sentence=True))
    assert answer.text.endswith(right)


async def test_a_keyword_that_is_missing_goes_into_the_last_sentence() -> None:
    brief = make_brief("description", LAMP.model_copy(update={"keywords": ("reading light",)}), words=(12, 40))
    better = 'This reading light stands 7 7/8" high and has a shade of linen.'
    answer = await write_field(brief, Script(FIRST, FIRST, SECOND, better), 5, Effort(1, 1, 3, by_sentence=True))
    assert answer.complete and answer.text == f"{FIRST} {better}"


async def test_a_sentence_without_its_keyword_is_better_than_none() -> None:
    brief = make_brief("description", LAMP.model_copy(update={"keywords": ("reading light",)}), words=(12, 40))
    answer = await write_field(brief, Script(FIRST, FIRST, *[SECOND] * 20), 5, Effort(1, 1, 3, by_sentence=True))
    assert answer.text == f"{FIRST} {SECOND}" and answer.missing == ("reading light",)


async def test_the_last_sentence_is_kept_where_time_is_up_while_it_is_written_again() -> None:
    brief = make_brief("description", LAMP.model_copy(update={"keywords": ("reading light",)}), words=(12, 40))
    script = Script(FIRST, FIRST, SECOND)

    async def write(items: Sequence[TextItem], heard: Heard | None = None) -> Sequence[TextResult]:
        if not script.texts:
            await asyncio.sleep(60)
        return await script(items, heard)

    answer = await write_field(brief, write, 5, Effort(1, 1, 3, seconds=0.3, by_sentence=True))
    assert answer.text == f"{FIRST} {SECOND}"


async def test_what_was_said_before_is_not_said_again() -> None:
    answer = await describe(Script(FIRST, FIRST, FIRST, *[SECOND] * 20))
    assert answer.text.count(FIRST) == 1


async def test_a_sentence_that_makes_the_text_too_long_and_states_nothing_of_its_own_is_left_out() -> None:
    brief = make_brief("description", LAMP, words=(12, 26))
    spare, both = 'From foot to top it measures 7 7/8".', 'Its shade is of linen, and the lamp is 7 7/8" high.'
    answer = await write_field(brief, Script(FIRST, spare, spare, both), 5, Effort(1, 1, 3, by_sentence=True))
    assert answer.text == f"{FIRST} {both}"


async def test_without_a_sound_sentence_the_first_answers_are_served_with_what_is_wrong_with_them() -> None:
    answer = await describe(Script(*["It glows like 99 suns."] * 40))
    assert answer.text.startswith("It glows like 99 suns.") and not answer.complete


async def test_the_listener_has_the_text_in_the_end() -> None:
    script = Script("Lumo waits.", FIRST, SECOND, SECOND)
    await describe(script, candidates=2, reader=(reader := Reader()))
    assert reader.text == f"{FIRST} {SECOND}" and reader.heard == ["token", "restart", "token"]


async def test_errors_alone_are_told() -> None:
    with pytest.raises(NoTextError):
        await describe(Script(*[ItemError(code="out_of_memory", message="no")] * 40))
