"""The evaluation's figures on texts whose faults are known, and runs that go on where they were cut off."""

import json
from pathlib import Path

import pytest

from copywriter.product import Product
from evaluation.blind import KEY, make_pairs, score, write_page
from evaluation.compare import differences
from evaluation.filler import filler_rate, filler_sentences
from evaluation.metrics import measure_catalogue, measure_text, near_duplicates
from evaluation.products import Case, read_cases
from evaluation.run import answer_all, measure, read_run, summary, write_metrics
from evaluation.sources import Answer, AttributeListSource
from tests.unit.test_checks import GOOD, PRODUCT
from verify.texts import count_words

pytestmark = pytest.mark.slow
OTHER = "A kettle boils water for tea. " * 14


def test_a_good_text_has_no_fault() -> None:
    figures = measure_text(GOOD, PRODUCT)
    assert (figures.coverage, figures.in_band, figures.passes_every_check) == (1.0, True, True)
    assert figures.reading_ease > 50 and not figures.invented_units


@pytest.mark.parametrize(
    ("text", "metric", "value"),
    [
        (GOOD.replace("LM-204", "LM-999"), "invented_numbers", True),
        (GOOD.replace("20 oz.", "20 kg"), "invented_units", True),
        (GOOD.replace("LM-204", "none"), "coverage", 0.8),
        (GOOD.replace("LM-204", "none"), "required_facts", 0.8),
        (GOOD.replace("The Lumo", "The Acme"), "invented_names", True),
        (GOOD + " [insert brand]", "placeholder", True),
        (GOOD + " As an AI language model I stop here.", "refusal", True),
        (GOOD + " **Buy now**", "markup", True),
        (GOOD + " It is", "faulty_sentences", True),
        (GOOD.replace("desk lamp brings", "waterproof desk lamp brings"), "invented_claims", True),
        ("Too short.", "in_band", False),
    ],
)
def test_each_fault_shows_in_its_metric(text: str, metric: str, value: object) -> None:
    assert getattr(measure_text(text, PRODUCT), metric) == pytest.approx(value)


def test_keywords_listed_in_the_last_sentence_are_stuffing() -> None:
    product = PRODUCT.model_copy(update={"keywords": ("reading", "home office", "gift")})
    spread = "It suits reading. A gift for the home office. It is a lamp."
    assert measure_text("It is a lamp. Reading, home office, gift.", product).keywords_listed_at_end
    assert not measure_text(spread, product).keywords_listed_at_end


def test_near_duplicates_are_found_whatever_their_place() -> None:
    """Two texts that differ in a single word are one text to a search engine."""
    texts = [GOOD, OTHER, GOOD.replace("shelf", "table")]
    assert near_duplicates(texts) == [(0, 2)]
    figures = measure_catalogue(texts, [PRODUCT] * 3, None)
    assert figures.near_duplicate_pairs == 1
    assert figures.most_repeated_opening == pytest.approx(2 / 3)
    assert 0 < figures.distinct_1 < figures.distinct_2 < 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.jsonl", '{"id": 1, "attributes": {"Type": "mug", "Colour": "red"}, "keywords": "gift"}\n'),
        ("p.csv", "id,Type,Colour,keywords\n1,mug,red,gift\n"),
        ("q.csv", "id,attributes,keywords\n1,Type: mug; Colour: red,gift\n"),
        ("q.jsonl", '{"id": 1, "text": "Type: mug; Colour: red", "keywords": "gift"}\n'),
    ],
)
def test_products_are_read_from_every_form(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert read_cases(tmp_path / name) == [Case(id="1", attributes="Type: mug; Colour: red", keywords="gift")]


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"id": 1, "attributes": " "}'])
def test_a_line_that_holds_no_product_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "p.jsonl").write_text(line + "\n")
    with pytest.raises(ValueError, match="1"):
        read_cases(tmp_path / "p.jsonl")


class Counting:
    """A source that writes the same text for all, fails when told to, and counts."""

    name = "counting"
    at_once = 1

    def __init__(self, fail_at: int | None = None) -> None:
        self.asked: list[str] = []
        self.fail_at = fail_at

    async def answer(self, case: Case, seed: int) -> Answer:
        """One more answer."""
        if len(self.asked) == self.fail_at:
            raise ConnectionError("gone")
        self.asked.append(case.id)
        return Answer(id=case.id, served=GOOD, first=GOOD, complete=True, attempts=1, tokens=100, seconds=1.0)


CASES = [Case(id=str(number), attributes=PRODUCT.source) for number in range(5)]


async def test_a_run_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    """What was answered is not asked again, and a line cut in the middle is."""
    with pytest.raises(ConnectionError):
        await answer_all(Counting(fail_at=3), CASES, tmp_path, seed=1)
    with (tmp_path / "answers.jsonl").open("a") as file:
        file.write('{"id": "3", "served": "cut')
    source = Counting()
    answers = await answer_all(source, CASES, tmp_path, seed=1)
    assert source.asked == ["3", "4"]
    assert [answer.id for answer in answers] == ["0", "1", "2", "3", "4"]
    assert read_run(tmp_path, "again", CASES).answers == tuple(answers)


async def test_the_metrics_file_has_served_and_first(tmp_path: Path) -> None:
    run = measure("list", CASES, await answer_all(AttributeListSource(), CASES, tmp_path, seed=1))
    write_metrics(run, tmp_path / "metrics.json")
    written = json.loads((tmp_path / "metrics.json").read_text())
    assert written["products"] == 5
    assert written["served"]["coverage"] == 1 and written["served"]["in_band"] == 0
    assert written["first"].keys() < written["served"].keys()


def test_a_difference_is_clear_only_where_the_interval_leaves_out_zero() -> None:
    good, bad = measure_text(GOOD, PRODUCT), measure_text("Too short.", PRODUCT)
    rows = {row.metric: row for row in differences([good] * 20, [bad] * 10 + [good] * 10, seed=1)}
    assert rows["coverage"].clear and 0.25 < rows["coverage"].low < rows["coverage"].difference
    assert rows["coverage"].difference < rows["coverage"].high < 0.8
    assert not rows["invented_numbers"].clear


def test_a_summary_needs_no_run_of_a_model() -> None:
    answers = [
        Answer(id=case.id, served=GOOD, first=OTHER, complete=case.id < "2", attempts=2, tokens=9, seconds=0.5)
        for case in CASES
    ]
    figures = summary(measure("x", CASES, answers))
    assert figures["served"]["attempts"] == 2
    assert figures["served"]["complete"] == pytest.approx(0.4)
    assert figures["served"]["tokens_per_word"] == pytest.approx(9 / count_words(GOOD))
    assert figures["served"]["coverage"] > figures["first"]["coverage"]


def test_filler_is_what_carries_no_fact_or_only_what_all_have() -> None:
    lamp, mug = (
        Product.parse(f"Product: {thing}; Colour: black; Size: {size}") for thing, size in (("lamp", 1), ("mug", 2))
    )
    text = "It is black. The lamp is black. It suits any home."
    assert filler_sentences(text, lamp, [mug]) == ["It is black.", "It suits any home."]
    assert filler_rate([text, "The mug is black."], [lamp, mug]) == pytest.approx(2 / 4)


def test_a_blind_choice_is_told_by_its_key_alone(tmp_path: Path) -> None:
    cases = [Case(id=str(number), attributes=f"Type: mug {number}") for number in range(6)]
    own, other = ([answer(case, text) for case in cases] for text in ("Text one.", "Text two."))
    pairs = make_pairs(cases, own, other, products=6, seed=1)
    page = write_page(pairs, tmp_path).read_text()
    assert "Text one." in page and '"own"' not in page and {pair.own for pair in pairs} == {"left", "right"}
    choices = {pair.id: pair.own for pair in pairs[:4]} | {pairs[4].id: "neither"}
    (tmp_path / "choices.json").write_text(json.dumps(choices))
    preference = score(tmp_path / "choices.json", tmp_path / KEY)
    assert (preference.chosen, preference.other, preference.neither, preference.share) == (4, 0, 1, 1.0)
    assert preference.low < 0.7
    (tmp_path / "choices.json").write_text('{"another": "left"}')
    with pytest.raises(ValueError, match="another"):
        score(tmp_path / "choices.json", tmp_path / KEY)


def answer(case: Case, text: str) -> Answer:
    """A run's answer of one text."""
    return Answer(id=case.id, served=text, first=text, complete=True, attempts=1, tokens=1, seconds=0.0)
