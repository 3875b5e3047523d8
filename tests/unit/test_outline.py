"""What each sentence of a description is to tell."""

import pytest

from contracts.brief import Brief
from copywriter.briefs import make_brief
from copywriter.outline import outline
from copywriter.product import Product
from copywriter.prompts import ask_for_first_sentence, ask_for_next_sentence

ROD = Product.parse(
    "Length: 2.70 m; Sections: 2; Type: spinning rod; Brand: Hechtholm; Handle: cork; Foldable: no", "pike rod"
)


def brief_of(attributes: str, words: tuple[int, int] | None = None) -> Brief:
    """The brief of a description."""
    return make_brief("description", Product.parse(attributes), words=words)


def test_what_it_is_comes_first_and_whose_in_the_next_sentence_and_every_fact_has_one() -> None:
    points = outline(make_brief("description", ROD))
    told = [fact.value for point in points for fact in point.facts]
    assert (told[0], points[1].facts[0].value) == ("spinning rod", "Hechtholm")
    assert sorted(told) == sorted(fact.value for fact in ROD.facts)
    assert [point.keywords for point in points if point.keywords] == [("pike rod",)]


def test_a_no_is_told_though_no_word_of_it_is_required() -> None:
    brief = make_brief("description", ROD)
    assert len(brief.required) == 5
    assert any(fact.name == "Foldable" for point in outline(brief) for fact in point.facts)


@pytest.mark.parametrize(
    ("keywords", "names", "told"),
    [
        ("leakproof lid, commuters", (), ["leakproof lid", "commuters"]),
        ("coffee tumbler, travel cup", ("coffee tumbler", "travel cup"), []),
        ("insulated mug, gift for dad", ("insulated mug",), ["gift for dad"]),
        ("teakettle, outdoor", ("teakettle",), ["outdoor"]),
    ],
)
def test_a_keyword_that_names_no_product_is_told_as_a_fact(
    keywords: str, names: tuple[str, ...], told: list[str]
) -> None:
    """Told that it goes by the name of "leakproof lid", a model calls the mug a lid."""
    points = outline(make_brief("description", Product.parse("Type: travel mug; Colour: green; Size: 1 l", keywords)))
    assert tuple(name for point in points for name in point.keywords) == names
    assert [fact.value for point in points for fact in point.facts if not fact.name] == told


def test_another_name_waits_for_the_sentence_after_that_which_says_what_it_is() -> None:
    """ "A desk lamp in this reading lamp" is what came of both in one."""
    points = outline(make_brief("description", Product.parse("Type: lamp; Brand: Lumo; Size: 1 m", "reading lamp")))
    assert [point.keywords for point in points] == [(), ("reading lamp",)]
    (only,) = outline(make_brief("description", Product.parse("Type: lamp; Size: 1 m", "reading lamp")))
    assert only.keywords == ("reading lamp",)


def test_where_no_fact_says_what_it_is_the_first_keyword_does() -> None:
    points = outline(make_brief("description", Product.parse("Colour: green; Size: 1 l", "zorb, beginners")))
    assert [name for point in points for name in point.keywords] == ["zorb"]


def test_a_keyword_that_names_a_kind_of_product_says_what_it_is_before_others_do() -> None:
    product = Product.parse("Colour: navy; Size: M", "summer, t-shirt")
    points = outline(make_brief("description", product))
    assert [name for point in points for name in point.keywords] == ["t-shirt"]
    assert make_brief("title", product).product == "t-shirt"


@pytest.mark.parametrize(("words", "sentences"), [((10, 200), 5), ((80, 120), 9), ((10, 45), 3)])
def test_there_are_two_facts_to_a_sentence_unless_the_text_is_to_be_longer_or_shorter(
    words: tuple[int, int], sentences: int
) -> None:
    names = ("Height", "Width", "Depth", "Weight", "Volume")
    brief = brief_of("; ".join(f"{names[n % 5]} {n}: {n + 10} cm" for n in range(10)), words)
    assert len(outline(brief)) == sentences
    assert sum(len(point.facts) for point in outline(brief)) == len(brief.required)


def test_lengths_are_asked_for_in_the_steps_that_are_learned() -> None:
    points = outline(brief_of("Type: jug; Colour: blue; Volume: 1 l; Material: glass"))
    assert all(point.words % 5 == 0 for point in points)


def test_a_long_value_has_a_sentence_of_its_own() -> None:
    scope = "seven spare blades, two saws, one file and a case of beech"
    points = outline(brief_of(f"Type: saw set; Scope: {scope}; Colour: red; Weight: 2 kg; Brand: Feil"))
    assert next(len(point.facts) for point in points if scope in [fact.value for fact in point.facts]) == 1


def test_the_question_shows_the_sentences_own_facts_alone() -> None:
    brief = make_brief("description", ROD)
    first, second, *_ = outline(brief)
    asked = ask_for_first_sentence(brief, first)[-1].content
    assert "2.70 m" in asked and "- Brand: Hechtholm" not in asked
    assert "- Brand: Hechtholm" in ask_for_next_sentence(second).content
