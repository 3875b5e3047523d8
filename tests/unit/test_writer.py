"""Drafting, mending and choosing; the answers are scripted here, real models write them in tests/runners."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from contracts.items import Heard, ItemError, TextItem, TextResult
from contracts.verdicts import Written
from copywriter.briefs import make_brief
from copywriter.product import Product
from copywriter.session import Effort, NoTextError
from copywriter.writer import write_field
from tests.unit.test_checks import FIELD_TEXTS, GOOD, PRODUCT

BRIEF = make_brief("description", PRODUCT)


class Script:
    """A writer that gives the next of its texts for each item, as `sure` as is said of it, and remembers what it was
    asked."""

    def __init__(self, *texts: str | ItemError, sure: Mapping[str, float] | None = None) -> None:
        self.texts = list(texts)
        self.sure = sure or {}
        self.asked: list[TextItem] = []

    async def __call__(self, items: Sequence[TextItem], heard: Heard | None = None) -> Sequence[TextResult]:
        self.asked += items
        return [self._answer(number, item, heard) for number, item in enumerate(items)]

    def _answer(self, number: int, item: TextItem, heard: Heard | None) -> TextResult:
        text = self.texts.pop(0)
        if isinstance(text, ItemError):
            return TextResult(id=item.id, error=text)
        if heard:
            heard(number, text)
        return TextResult(id=item.id, text=text, new_tokens=10, finish="end", confidence=self.sure.get(text))


async def describe(script: Script, candidates: int = 1, rounds: int = 4) -> Written:
    return await write_field(BRIEF, script, 5, Effort(candidates, candidates, rounds))


async def test_a_good_draft_is_served_as_it_is() -> None:
    answer = await describe(script := Script("Too short.", GOOD), candidates=2)
    assert answer.complete and answer.text == GOOD and len(script.asked) == 2
    assert (answer.seed, answer.attempts, answer.tokens) == (5, 2, 20)
    assert {span.value for span in answer.evidence} >= {"Lumo", "LM-204", "home office"}


async def test_no_text_is_worse_than_any() -> None:
    answer = await describe(Script("", "Waterproof as 99 Glowmasters."), candidates=2, rounds=1)
    assert answer.text == "Waterproof as 99 Glowmasters."


async def test_an_invention_is_left_out_where_the_rest_is_long_enough() -> None:
    answer = await describe(script := Script(GOOD + " It comes with a lifetime warranty."))
    assert answer.complete and answer.text == GOOD
    assert len(script.asked) == 1, "leaving out costs no word"


async def test_a_bad_sentence_is_not_shown_again_and_what_it_told_is_asked_for_in_its_place() -> None:
    bad = GOOD.replace("At 7", "Made of cotton, at 7")
    mended = 'At 7 7/8" high and with a weight of 20 oz. in all, it is moved by hand.'
    answer = await describe(script := Script(bad, mended))
    assert answer.complete and answer.text.split(". ", 1)[1].startswith(mended)
    *_, shown, question = script.asked[-1].messages
    assert "cotton" not in shown.content and "Turn it towards the page" in shown.content
    assert 'the Height, "7 7/8"' in question.content and "20 oz." in question.content


async def test_what_is_missing_is_asked_for_in_one_more_sentence() -> None:
    lacking = GOOD.replace("The part no. LM-204 is what you order it by. ", "")
    answer = await describe(script := Script(lacking, "Its part number is LM-204."))
    assert answer.complete and answer.text.endswith("Its part number is LM-204.")
    assert 'the Part No., "LM-204"' in script.asked[-1].messages[-1].content


async def test_a_draft_cannot_end_before_it_has_words_enough() -> None:
    await describe(script := Script(GOOD))
    assert BRIEF.limits.words and script.asked[0].decoding.min_new_tokens >= BRIEF.limits.words[0]


async def test_the_longest_sentences_are_written_anew_and_short_where_all_are_needed_and_the_text_is_too_long() -> None:
    filler = [first + second for first in "bcdfg" for second in "hijklmnp"]
    starts = (
        ("The Lumo desk lamp is", 30),
        ("At 20 oz. and 7 7/8 inches a reading lamp is", 38),
        ("The LM-204 of the home office is", 36),
    )
    long = " ".join(
        f"{start} {' '.join(f'{word}{n}' for word in filler[:words])}."
        for n, (start, words) in zip("qvw", starts, strict=True)
    )
    brief = BRIEF.model_copy(update={"given": f"{BRIEF.given} {long.replace('.', '')}"})
    await write_field(brief, script := Script(long, *["No."] * 20), 5, Effort(1, 1, 3))
    *_, shown, question = script.asked[1].messages
    assert "Lumo" in shown.content and "20 oz." not in shown.content
    assert "20 oz." in question.content and "of at most" in question.content


async def test_of_many_short_sentences_few_are_written_anew_where_the_text_is_too_long() -> None:
    words = [first + second for first in "bdgklmnprt" for second in ("arm", "old", "ing")]
    parts = [f"{word}o" for word in words[:14]]
    brief = make_brief("description", Product.parse("; ".join(f"Part {n}: {part}" for n, part in enumerate(parts)), ""))
    text = " ".join(f"{w.capitalize()}a has {w}i {w}u {w}y {w}s {w}h {w}n {w}o." for w in words[:14])
    brief = brief.model_copy(update={"given": f"{brief.given} {text.replace('.', '').replace(' has ', ' ')}"})
    await write_field(brief, script := Script(text, *["No."] * 40), 1, Effort(1, 1, 2))
    kept = [part for part in parts if part in script.asked[1].messages[-2].content]
    assert 12 <= len(kept) < 14


async def test_of_an_answer_the_sound_sentences_are_taken() -> None:
    lacking = GOOD.replace("The part no. LM-204 is what you order it by. ", "")
    answer = await describe(Script(lacking, "Its part number is LM-204. It is made of cotton."))
    assert answer.complete and answer.text.endswith("Its part number is LM-204.")


async def test_an_answer_that_ends_nowhere_is_not_put_into_the_text() -> None:
    answer = await describe(Script(LACKING, "Part No.: LM-204", *["Its part number is LM-204."] * 2))
    assert answer.complete and "Part No.: LM-204" not in answer.text


async def test_a_worse_answer_does_not_replace_the_draft() -> None:
    lacking = GOOD.replace("LM-204", "it")
    answer = await describe(Script(lacking, *["Waterproof as 99 Glowmasters."] * 3))
    assert not answer.complete and answer.missing == ("LM-204",) and answer.text == lacking


class Slow(Script):
    """Answers the first question, and no other in time."""

    async def __call__(self, items: Sequence[TextItem], heard: Heard | None = None) -> Sequence[TextResult]:
        if self.asked:
            await asyncio.Event().wait()
        return await super().__call__(items, heard)


async def test_when_the_time_is_up_the_text_so_far_is_served_with_what_it_lacks() -> None:
    """A model that takes more rounds than the request's deadline allows was answered by an error, and its text lost."""
    lacking = GOOD.replace("LM-204", "it")
    answer = await write_field(BRIEF, Slow(lacking), 5, Effort(1, 1, 6, seconds=0.05))
    assert answer.text == lacking and answer.missing == ("LM-204",) and not answer.complete


async def test_no_seed_is_used_twice() -> None:
    script = Script(*["Too short."] * 40)
    await describe(script, candidates=2, rounds=4)
    seeds = [item.decoding.seed for item in script.asked]
    assert len(seeds) == len(set(seeds)) > 2


async def test_a_meta_description_ends_when_the_facts_are_told() -> None:
    appeal = "Ask for the size before you buy."
    script = Script(f"{FIELD_TEXTS['meta_description']} {appeal}")
    answer = await write_field(make_brief("meta_description", PRODUCT), script, 1, Effort(1, 1, 1))
    assert answer.complete and answer.text == FIELD_TEXTS["meta_description"]


async def test_a_faulty_short_field_is_asked_for_anew_unseen() -> None:
    script = Script("Desk Lamp in cotton", FIELD_TEXTS["title"])
    answer = await write_field(make_brief("title", PRODUCT), script, 1, Effort(1, 1, 4))
    assert answer.complete and answer.text == FIELD_TEXTS["title"]
    assert script.asked[-1].messages == script.asked[0].messages


async def test_a_list_keeps_its_sound_items_and_is_asked_for_others() -> None:
    brief = make_brief("tags", PRODUCT)
    script = Script("desk lamp, Desk Lamp, waterproof lamp, Lumo, desk lamp", "home office, reading, Lumo, light")
    written = await write_field(brief, script, 1, Effort(1, 1, 2))
    assert written.complete and written.items == ("desk lamp", "Lumo", "home office", "reading", "light")
    *_, shown, question = script.asked[-1].messages
    assert shown.content == "desk lamp, Lumo" and "Write 3 more" in question.content


async def test_a_list_that_is_too_long_keeps_what_it_must_hold() -> None:
    needed = ["desk lamp", "home office", "reading"]
    words = ("lumo", "part", "height", "weight")
    many = [f"{one} {other}" for one in words for other in words if one != other]
    written = await write_field(make_brief("tags", PRODUCT), Script(", ".join([*many, *needed])), 1, Effort(1, 1, 2))
    assert written.complete and written.items == (*many[:7], *needed)


@pytest.mark.parametrize("answer", ["- desk lamp\n- Lumo\n- home office\n- reading\n- light", FIELD_TEXTS["tags"]])
async def test_lists_are_read_however_the_model_marks_them(answer: str) -> None:
    written = await write_field(make_brief("tags", PRODUCT), Script(answer), 1, Effort(1, 1, 1))
    assert written.complete and len(written.items) == 5


async def test_one_error_leaves_the_other_candidate() -> None:
    answer = await describe(Script(ItemError(code="model_failed", message="no"), GOOD), candidates=2)
    assert answer.complete and answer.attempts == 1


class Reader:
    """Has the text as the events told it, and remembers them."""

    def __init__(self) -> None:
        self.text = ""
        self.heard: list[str] = []

    def token(self, text: str) -> None:
        self.text += text
        self.heard.append("token")

    def restart(self, text: str) -> None:
        self.text = text
        self.heard.append("restart")


INVENTED = GOOD + " It comes with a lifetime warranty."
LACKING = GOOD.replace("The part no. LM-204 is what you order it by. ", "")


@pytest.mark.parametrize(
    ("texts", "candidates", "heard"),
    [
        ((GOOD,), 1, ["token"]),
        ((f"  {GOOD}\n",), 1, ["token"]),
        ((GOOD, "Too short."), 2, ["token"]),
        (("Too short.", GOOD), 2, ["token", "restart"]),
        ((f'"{GOOD}"',), 1, ["token", "restart"]),
        ((INVENTED,), 1, ["token", "restart"]),
        ((LACKING, "Its part number is LM-204."), 1, ["token", "token"]),
        (("Too short.", LACKING, *["Its part number is LM-204."] * 2), 2, ["token", "restart", "token"]),
        ((LACKING, *["Waterproof as 99 Glowmasters."] * 3), 1, ["token"]),
        ((ItemError(code="model_failed", message="no"), GOOD), 2, ["token"]),
    ],
    ids=["good", "padded", "first", "second", "quoted", "left out", "mended", "second mended", "not mended", "failed"],
)
async def test_a_listener_hears_the_first_candidate_and_begins_again_where_another_text_stands(
    texts: Sequence[str | ItemError], candidates: int, heard: list[str]
) -> None:
    reader = Reader()
    answer = await write_field(BRIEF, Script(*texts), 5, Effort(candidates, candidates, 4), reader)
    assert reader.text.strip() == answer.text
    assert reader.heard == heard


async def test_errors_alone_are_told() -> None:
    with pytest.raises(NoTextError) as told:
        await describe(Script(*[ItemError(code="out_of_memory", message="no")] * 2), candidates=2)
    assert [error.code for error in told.value.errors] == ["out_of_memory", "out_of_memory"]
