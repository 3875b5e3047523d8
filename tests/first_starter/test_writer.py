"""Planning, choosing and asking again; the candidates are scripted here, real models write them in tests/service."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from checkpoints.formats import read_caption_format
from contracts.items import ItemError, TextItem, TextResult
from copywriter.product import Product
from copywriter.session import NoTextError
from first_starter.formats import PromptFormat, read_format
from first_starter.prompts import prompt_for, wanted_keywords
from first_starter.writer import Request, Written, constraints_of, write_field
from tests.first_starter.test_checks import GOOD, PRODUCT

IN_WORDS = PromptFormat()
BY_REFERENCE = PromptFormat(values="by reference")


class Script:
    """A writer that gives the next of its texts for each item and remembers what it was asked."""

    def __init__(
        self,
        *texts: str | ItemError,
        confidences: Sequence[float] = (),
        forced: Sequence[float] = (),
        least_likely: Sequence[float] = (),
    ) -> None:
        self.texts = list(texts)
        self.confidences = list(confidences)
        self.forced = list(forced)
        self.least_likely = list(least_likely)
        self.asked: list[TextItem] = []

    async def __call__(self, items: Sequence[TextItem]) -> Sequence[TextResult]:
        self.asked += items
        return [self._result(item, self.texts.pop(0)) for item in items]

    def _result(self, item: TextItem, text: str | ItemError) -> TextResult:
        if isinstance(text, ItemError):
            return TextResult(id=item.id, error=text)
        confidence = self.confidences.pop(0) if self.confidences else 0.5
        forced = self.forced.pop(0) if self.forced else 0.0
        told = {"forced": forced}
        if self.least_likely:
            told["least_likely"] = self.least_likely.pop(0)
        return TextResult(id=item.id, text=text, new_tokens=10, finish="end", confidence=confidence, starter=told)


async def describe(script: Script, prompt_format: PromptFormat, *, seed: int, candidates: int, rounds: int) -> Written:
    return await write_field("description", Request(PRODUCT, prompt_format, "plain", seed, candidates, rounds), script)


async def test_the_first_complete_candidate_ends_the_sampling() -> None:
    script = Script("Too short.", GOOD)
    answer = await describe(script, IN_WORDS, seed=5, candidates=2, rounds=3)
    assert answer.complete and answer.text == GOOD
    assert (answer.seed, answer.candidate, answer.attempts, answer.tokens) == (5, 1, 2, 20)
    assert len(answer.restrictions) == 1, "only repetition is forbidden in a text in words"


async def test_of_complete_candidates_the_likeliest_is_served() -> None:
    """Checks cannot see that a sentence suits another kind of product; the model's own probability can."""
    script = Script(GOOD, GOOD.replace("calm", "soft"), GOOD, confidences=(0.3, 0.6, 0.5))
    answer = await describe(script, IN_WORDS, seed=5, candidates=3, rounds=1)
    assert (answer.candidate, answer.confidence) == (1, 0.6)
    assert answer.text == answer.drafts[1] and len(answer.drafts) == 3


async def test_a_candidate_that_was_forced_off_a_reference_comes_last_and_does_not_end_the_sampling() -> None:
    """ "It is made of 10 in" has an exact value, and the model itself knows better."""
    script = Script(GOOD, GOOD.replace("calm", "soft"), confidences=(0.6, 0.4), forced=(0.9, 0.0))
    answer = await describe(script, IN_WORDS, seed=5, candidates=1, rounds=3)
    assert (answer.candidate, answer.attempts) == (1, 2)


async def test_a_candidate_with_a_garbled_sentence_comes_last_where_the_checkpoint_can_tell() -> None:
    """A model that learned its sentences by heart finds a garbled one far less likely than any of those."""
    texts, likely = (GOOD, GOOD.replace("calm", "soft")), {"confidences": (0.6, 0.4), "least_likely": (-20.0, -7.0)}
    by_heart = PromptFormat(least_likely=-12.0)
    answer = await describe(Script(*texts, **likely), by_heart, seed=5, candidates=1, rounds=3)
    assert (answer.candidate, answer.attempts, answer.least_likely) == (1, 2, -7.0)
    likely = {"confidences": (0.6, 0.4), "least_likely": (-8.0, -7.0)}
    answer = await describe(Script(*texts, **likely), by_heart, seed=5, candidates=2, rounds=1)
    assert answer.candidate == 1, "of two without such a sentence the one whose worst is likelier"
    answer = await describe(Script(*texts, **likely), IN_WORDS, seed=5, candidates=1, rounds=3)
    assert (answer.candidate, answer.attempts) == (0, 1), "a large model words its sentences anew each time"


async def test_the_best_of_bad_candidates_is_served_with_what_it_misses() -> None:
    script = Script("Short.", GOOD.replace("LM-204", "none"), "Short again.", "Nothing.")
    answer = await describe(script, IN_WORDS, seed=0, candidates=2, rounds=2)
    assert not answer.complete
    assert answer.missing == ("LM-204",)
    assert "LM-204" in script.asked[2].messages[0].content, "the second round names what the first left out"
    assert script.asked[2].decoding.temperature > script.asked[1].decoding.temperature


async def test_an_item_that_fails_does_not_take_the_others_along() -> None:
    error = ItemError(code="model_failed", message="not a number")
    answer = await describe(Script(error, GOOD), IN_WORDS, seed=0, candidates=2, rounds=1)
    assert answer.complete
    with pytest.raises(NoTextError) as failure:
        await describe(Script(error, error), IN_WORDS, seed=0, candidates=2, rounds=1)
    assert failure.value.errors == (error, error)


async def test_every_candidate_has_a_seed_of_its_own() -> None:
    script = Script("a", "b", "c", "d")
    await describe(script, IN_WORDS, seed=7, candidates=2, rounds=2)
    assert [item.decoding.seed for item in script.asked] == [896, 897, 898, 899]
    neighbour = Script("a", "b", "c", "d")
    await describe(neighbour, IN_WORDS, seed=8, candidates=2, rounds=2)
    assert not {i.decoding.seed for i in script.asked} & {i.decoding.seed for i in neighbour.asked}


async def test_references_are_resolved_and_told() -> None:
    text = GOOD.replace("Lumo", "[2]").replace("LM-204", "[3]")
    answer = await describe(Script(text), BY_REFERENCE, seed=0, candidates=1, rounds=1)
    assert answer.text == GOOD
    assert {span.value for span in answer.evidence} == {"Lumo", "LM-204"}
    assert len(answer.restrictions) > 1


async def test_the_line_that_names_the_trade_is_taken_off() -> None:
    """It is asked for first, the same for all candidates, and no part of the description."""
    with_topic = PromptFormat(values="by reference", topic_line=True)
    script = Script("lighting\n", "furniture\n", GOOD, GOOD)
    answer = await describe(script, with_topic, seed=0, candidates=2, rounds=1)
    assert answer.text == GOOD and answer.attempts == 2
    asked, alone, *candidates = script.asked
    assert (
        PRODUCT.facts[0].value in alone.messages[0].content and PRODUCT.facts[2].value not in alone.messages[0].content
    )
    assert "first line" in asked.messages[0].content and asked.decoding.temperature == 0
    assert asked.starter and asked.starter["stop_at_line"]
    assert [item.prefix for item in candidates] == ["lighting\n", "lighting\n"]


async def test_a_product_without_a_fact_has_a_trade_too() -> None:
    """Attributes of nothing but marks pass as input."""
    nothing = Request(Product.parse(";;;;;;"), PromptFormat(topic_line=True), "plain", 0, 1, 1)
    assert (await write_field("description", nothing, Script("generic\n", "generic\n", GOOD))).text == GOOD


@pytest.mark.parametrize(
    ("probability", "opinion", "topic"),
    [
        (0.81, "lighting", "lighting"),
        (0.79, "lighting", "generic"),
        (0.94, "furniture", "generic"),
        (0.96, "furniture", "lighting"),
    ],
)
async def test_a_trade_that_is_a_guess_gives_way_to_the_general_one(
    probability: float, opinion: str, topic: str
) -> None:
    """Sentences for anything are dull, sentences for another trade are nonsense."""
    doubting = PromptFormat(
        values="by reference", topic_line=True, general_topic="generic", least_topic=0.8, sure_topic=0.95
    )
    script = Script("lighting\n", f"{opinion}\n", GOOD, least_likely=[math.log(probability), 0.0, 0.0])
    await describe(script, doubting, seed=0, candidates=1, rounds=1)
    assert script.asked[2].prefix == f"{topic}\n"


def test_both_formats_show_every_fact_and_keyword() -> None:
    for prompt_format in (IN_WORDS, BY_REFERENCE):
        prompt = prompt_for("description", PRODUCT, prompt_format)
        assert all(fact.value in prompt for fact in PRODUCT.facts)
        assert all(keyword in prompt for keyword in PRODUCT.keywords)
    assert "[3] Part No.: LM-204" in prompt_for("description", PRODUCT, BY_REFERENCE)


def test_a_keyword_that_a_value_holds_is_not_asked_for_twice() -> None:
    product = Product.parse("Product Type: Desk Lamp", "desk lamp, gift")
    assert wanted_keywords(product) == ("gift",)


def test_constraints_allow_only_the_references_that_exist() -> None:
    constraints = constraints_of("description", PRODUCT)
    required = [reference.tokens[0] for reference in constraints.references if reference.required]
    assert required == ["[1]", "[2]", "[3]", "[4]", "[5]", "[k1]", "[k2]"]
    assert "[6]" in constraints.forbidden and "[5]" not in constraints.forbidden


def test_a_checkpoint_without_a_format_gets_plain_prompts_or_is_believed(tmp_path: Path) -> None:
    assert read_format(tmp_path) == IN_WORDS
    (tmp_path / "prompt_format.json").write_text(BY_REFERENCE.model_dump_json())
    assert read_format(tmp_path) == BY_REFERENCE
    assert not read_caption_format(tmp_path).doubts(0.0)
    (tmp_path / "caption_format.json").write_text('{"least_confidence": 0.8}')
    assert read_caption_format(tmp_path).doubts(0.79) and not read_caption_format(tmp_path).doubts(0.8)
    (tmp_path / "caption_format.json").write_text('{"least_confidence": 80}')
    with pytest.raises(ValueError, match="least_confidence"):
        read_caption_format(tmp_path)
