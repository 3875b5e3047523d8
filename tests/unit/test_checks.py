"""Each check of a text finds what it is for and lets good copy pass."""

import pytest

from contracts.brief import FieldName, Tone
from contracts.verdicts import Check
from copywriter.briefs import make_brief
from copywriter.product import Product
from copywriter.session import split_items
from verify.checks import check_text

PRODUCT = Product.parse(
    'Product Type: Desk Lamp; Brand: Lumo; Part No.: LM-204; Height: 7 7/8"; Weight: 20 oz.', "home office, reading"
)
GOOD = (
    'The Lumo desk lamp brings light to the place where it is needed. At 7 7/8" high and with a weight of 20 oz. in '
    "all, it moves from the desk to the shelf and back. Those who have a home office will find a place for it. Turn it "
    "towards the page for reading, and away from the screen when work is done. The part no. LM-204 is what you order "
    "it by. A light on the desk is one thing that you use each day of the year, and this one is ready for it."
)
FIELD_TEXTS: dict[FieldName, str] = {
    "title": 'Lumo Desk Lamp, 7 7/8" high, LM-204',
    "bullets": 'Height: 7 7/8"\nWeight: 20 oz.\nReading in the home office',
    "tags": "desk lamp, Lumo, home office, reading, work light",
    "seo_title": "Lumo Desk Lamp | home office",
    "meta_description": 'The Lumo desk lamp is 7 7/8" high and fit for the home office, for reading too.',
    "alt_text": "A desk lamp from Lumo.",
}


def failed(text: str, field: FieldName = "description", finished: bool = True) -> dict[str, Check]:
    brief = make_brief(field, PRODUCT)
    checks = check_text(brief, text, split_items(brief, text), finished)
    return {check.name: check for check in checks if not check.passed}


@pytest.mark.parametrize(
    ("field", "text", "invented"),
    [
        ("title", "Lumo Desk Lamp and reading mirror", "mirror"),
        ("tags", "desk lamp, Lumo, home office, reading, mirror lamp", "mirror"),
        ("alt_text", "A desk lamp from Lumo on a mirror.", "mirror"),
    ],
)
def test_a_short_field_names_nothing_that_no_fact_does(field: FieldName, text: str, invented: str) -> None:
    assert failed(text, field)["claims"].found == (invented,)


def test_an_answer_alone_is_no_tag() -> None:
    lamp = make_brief("tags", Product.parse("Product: lamp; Bulb: not included; Colour: red"))
    tags = ["lamp", "red lamp", "not included"]
    checks = {check.name: check for check in check_text(lamp, ", ".join(tags), tags, finished=True)}
    assert checks["sentences"].found == ("not included",)


def test_what_one_tag_denies_another_may_not_claim() -> None:
    speaker = Product.parse("Product: speaker; Water resistance: splash only, not waterproof")
    tags = ("speaker", "splash only", "not waterproof", "waterproof")
    checks = check_text(make_brief("tags", speaker), ", ".join(tags), tags, finished=True)
    assert {check.name: check.found for check in checks if not check.passed} == {"claims": ("waterproof",)}


def test_good_copy_passes_every_check() -> None:
    assert failed(GOOD) == {}
    assert {field: failed(text, field) for field, text in FIELD_TEXTS.items() if failed(text, field)} == {}


@pytest.mark.parametrize(
    ("text", "name", "evidence"),
    [
        (GOOD + " " + GOOD, "length", ""),
        (GOOD.replace("LM-204", "LM-402"), "attributes", "LM-204"),
        (GOOD.replace("home office", "study"), "keywords", "home office"),
        (GOOD.replace("ready for it.", "ready for it for 12 years."), "numbers", "12"),
        (GOOD.replace("ready for it.", "ready for it for fifty years."), "numbers", "fifty"),
        (GOOD.replace("LM-204", "LM-9204"), "numbers", "9204"),
        (GOOD.replace("this one is", "the Glowmaster is"), "names", "Glowmaster"),
        (GOOD.replace("The Lumo", "The waterproof Lumo"), "claims", "waterproof"),
        (GOOD.replace("ready for it.", "backed by a lifetime warranty."), "claims", "warranty"),
        (GOOD.replace("A light on", "A cotton shade on"), "claims", "cotton"),
        (GOOD.replace("needed.", "**needed**."), "plain text", "**"),
        (GOOD.replace("needed.", "needed [3]."), "plain text", "[3]"),
        (GOOD.replace("The part no.", "As an AI, I say the part no."), "plain text", "As an AI"),
        (GOOD.replace("needed.", "needed\nnow."), "plain text", "line break"),
        (GOOD.replace("needed.", "needed \ufffd."), "plain text", "character U+FFFD"),
        (GOOD.replace("needed.", "needed 灯."), "plain text", "character U+706F"),
        (GOOD.replace("needed.", "needed. The facts are clear."), "plain text", "The facts"),
        (GOOD.replace("ready for it.", "ready for"), "sentences", "A light on the desk"),
        (GOOD.replace("Turn it", "turn it"), "sentences", "turn it"),
        (GOOD.replace("The part no. LM-204 is what you order it by.", "LM-204 and Lumo."), "sentences", "LM-204"),
        (GOOD.replace("needed.", "needed and you use each day of the year."), "sentences", "you use each day of"),
        (GOOD.replace("in all", "in all all"), "sentences", "all all"),
        (
            GOOD.replace("The part no.", "Good for work. Good for rest. Good for play. Good for all. The part no."),
            "sentences",
            "Good for all.",
        ),
    ],
)
def test_a_fault_is_found_and_quoted(text: str, name: str, evidence: str) -> None:
    found = failed(text)
    assert name in found
    assert evidence in " ".join((*found[name].missing, *found[name].found))


@pytest.mark.parametrize(
    ("field", "text", "name"),
    [
        ("title", "Desk Lamp, black and quiet", "claims"),
        ("title", "Lumo Desk Lamp " + "with light " * 14, "length"),
        ("bullets", "For reading\nFor reading\nFor the desk", "sentences"),
        ("tags", "desk lamp, lamp, light, reading, study", "keywords"),
        ("tags", "desk lamp, home office, reading", "length"),
        ("meta_description", "A desk lamp.", "length"),
    ],
)
def test_short_fields_keep_to_their_limits(field: FieldName, text: str, name: str) -> None:
    assert name in failed(text, field)


def test_two_tags_may_name_the_same_thing() -> None:
    tags = ("desk lamp", "black desk lamp", "home office", "Lumo", "LM-204")
    brief = make_brief("tags", PRODUCT)
    checks = {check.name: check.passed for check in check_text(brief, ", ".join(tags), tags, True)}
    assert checks["sentences"]


@pytest.mark.parametrize(
    ("sentence", "tone", "whole"),
    [
        ("A pillow for side sleepers by Nidda.", "lively", True),
        ("A pillow for side sleepers by Nidda.", "plain", False),
        ("Pillow, 60 x 38 cm, side sleepers, Nidda.", "lively", False),
        ("The pillow measures 60 x 38 cm and suits side sleepers.", "plain", True),
        ("Wash before first use.", "plain", True),
        ("Pillow, side sleepers, wash before first use.", "plain", False),
    ],
)
def test_a_list_of_what_was_given_is_no_sentence(sentence: str, tone: Tone, whole: bool) -> None:
    product = Product.parse(
        "Product: Pillow; Brand: Nidda; Measures: 60 x 38 cm; Suits: side sleepers; wash before first use"
    )
    checks = check_text(make_brief("description", product, tone), sentence, (sentence,), True)
    assert {check.name: check.passed for check in checks}["sentences"] == whole


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It weighs 0.22&nbsp;kg.", "&nbsp;"),
        ("Apps run on iOS &amp; Android.", "&amp;"),
        ("A lamp for the desk #homeoffice.", "#homeoffice"),
        ("A lamp as shown at www.lumo.example.", "www.lumo.example."),
        ("A ~~lamp~~ for the desk.", "~~"),
        ("A *desk lamp* by Lumo.", "*desk lamp*"),
        ("A lamp,\\nby Lumo.", "\\n"),
        ("Tag @lumo_lamps with it.", "@lumo_lamps"),
        ("Sure, here is a lamp.", "Sure, here"),
        ("A lamp, and I hope this text helps.", "I hope"),
    ],
)
def test_markup_links_and_chatter_are_no_copy(text: str, found: str) -> None:
    assert found in failed(text)["plain text"].found


def test_a_text_that_was_cut_says_so() -> None:
    assert "length limit" in failed(GOOD, finished=False)["sentences"].found[0]


def test_what_the_input_says_is_no_invention() -> None:
    product = Product.parse("Product: Bowl; Material: stainless steel; Warranty: 2 years; Note: three compartments")
    text = "The bowl of stainless steel has three compartments and a warranty of 2 years."
    brief = make_brief("meta_description", product)
    assert all(check.passed for check in check_text(brief, text, (text,), True) if check.name != "attributes")


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ("Product: Car Bulb; Model: H7 Halogen Bulb 55W", "It fits an H7 socket."),
        ("Product: Oil; Grade: 5W-30", "It is a 5W-30 oil."),
        ("Product: Paper; Size: 1,000 sheets", "It holds 1000 of them."),
        ("Product: Drive; Speed: 5400 RPM", "It turns at 5,400 a minute."),
        ("Product: Game; Players: 2-4", "It is for 4 players."),
    ],
)
def test_a_number_of_the_input_may_stand_alone(attributes: str, words: str) -> None:
    assert not _numbers_of(attributes, words)


@pytest.mark.parametrize(
    ("attributes", "words", "found"),
    [
        ("Product: Lamp; Weight: light", "It holds eight bulbs.", "eight"),
        ("Product: Lamp; Cover: tent cloth", "It lasts fifteen hours.", "fifteen"),
        ("Product: Panel; Width: 23.8125 in", "It is 23 in wide.", "23"),
        ("Product: Bag; Weight: 2.5 kg; Pockets: 8", "It weighs 8.5 kg.", "8.5"),
        ("Product: Cell; Type: CR2032", "It lasts 2032 hours.", "2032"),
    ],
)
def test_a_number_that_only_resembles_the_inputs_is_invented(attributes: str, words: str, found: str) -> None:
    assert found in _numbers_of(attributes, words)


def _numbers_of(attributes: str, words: str) -> tuple[str, ...]:
    """What the check of numbers finds."""
    brief = make_brief("description", Product.parse(attributes))
    return next(check.found for check in check_text(brief, words, [words], True) if check.name == "numbers")


def test_a_word_to_avoid_is_found_where_the_shop_names_one() -> None:
    brief = make_brief("title", PRODUCT, avoid=("calm", "premium"))
    (check,) = (
        one for one in check_text(brief, "Calm Lumo Desk Lamp", ["Calm Lumo Desk Lamp"], True) if one.name == "avoided"
    )
    assert check.status == "failed" and check.found == ("calm",)
    assert "avoided" not in {check.name for check in check_text(make_brief("title", PRODUCT), "Lamp", ["Lamp"], True)}
