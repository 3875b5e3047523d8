"""A recited sentence is found whatever it was filled with, and a sentence of one's own is not."""

import json
from pathlib import Path

import pytest

from copywriter.product import Product
from evaluation.by_heart import (
    TrainingText,
    grams_by_heart,
    read_training_text,
    sentences_by_heart,
    shared_sentences,
    wordings,
)

LAMP = Product.parse("Product Type: Desk Lamps; Brand: Lumo; Colour: moss green; Height: 40 cm", "home office")
MUG = Product.parse("stoneware mug with a lid, sand, 350 ml", "gift")
TEMPLATE = "These {} bring a calm light to any corner that has waited for it."


def heart(text: str, training: str, product: Product = LAMP) -> float:
    """The share of the sentences of a text on `product` that stand in a training text on the mug."""
    return sentences_by_heart([wordings(text, product)], TrainingText([wordings(training, MUG)]))


def test_what_is_the_products_own_is_taken_out() -> None:
    """Values, keywords, the noun in both numbers and every number; what stands side by side is one gap."""
    assert wordings("The Lumo desk lamp, in MOSS GREEN, shines for 12 hours.", LAMP) == [
        ("the", "…", "in", "…", "shines", "for", "…", "hours")
    ]
    assert wordings("A mug for 3. Mugs!", MUG) == [("a", "…", "for", "…")]
    assert wordings("Smuggled lamplight", MUG) == [("smuggled", "lamplight")]


def test_a_template_is_recited_whatever_it_is_filled_with() -> None:
    assert heart(TEMPLATE.format("moss green desk lamps"), TEMPLATE.format("sand mugs")) == 1
    assert heart(TEMPLATE.format("lamps") + " It stands where the day begins.", TEMPLATE.format("mugs")) == 0.5


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("one two three four five six seven eight nine ten", 1),
        ("one two three four five six seven eight nine and ten", 1),
        ("one two three four five six seven eight other words", 1),
        ("one two three four five six seven other words here", 0),
        ("ten nine eight seven six five four three two one", 0),
    ],
)
def test_sentences_are_alike_while_four_words_in_five_stay_in_their_order(text: str, share: float) -> None:
    assert heart(text, "one two three four five six seven eight nine ten") == share


def test_eight_words_in_a_row_are_recited_though_the_sentence_is_not() -> None:
    known = "it stands on the desk from the first coffee"
    training = TrainingText([wordings(known, MUG)])
    sentence = [wordings("Nobody minds that " + known + " to the last of many mails and calls.", LAMP)]
    assert sentences_by_heart(sentence, training) == 0
    assert grams_by_heart(sentence, training) == pytest.approx(2 / 13)
    assert grams_by_heart([wordings("Too short.", LAMP)], training) == 0


def test_a_sentence_that_one_product_says_twice_is_not_shared() -> None:
    own, other = TEMPLATE.format("lamps"), "It stands where the day begins."
    assert shared_sentences([wordings(f"{own} {own}", LAMP), wordings(other, MUG)]) == 0
    assert shared_sentences([wordings(own, LAMP), wordings(TEMPLATE.format("mugs") + " " + other, MUG)]) == 2 / 3
    assert shared_sentences([[], []]) == 0


def test_training_text_is_read_from_lines_and_records(tmp_path: Path) -> None:
    """A record's values are taken out, those of a plain line are not known."""
    record = {"text": TEMPLATE.format("mugs"), "attributes": MUG.source, "keywords": None}
    (tmp_path / "a.jsonl").write_text(json.dumps(record) + "\n" + json.dumps({"text": "A line."}) + "\n")
    (tmp_path / "b.txt").write_text("Sand mugs wait. And so do we.\n\nSoon.")
    (tmp_path / "notes.md").write_text("Not a text.")
    found = set(read_training_text(tmp_path).sentences)
    assert found == {
        *wordings(TEMPLATE.format("mugs"), MUG),
        ("a", "line"),
        ("sand", "mugs", "wait"),
        ("and", "so", "do", "we"),
        ("soon",),
    }
    assert read_training_text(tmp_path / "b.txt").sentences == [
        ("and", "so", "do", "we"),
        ("sand", "mugs", "wait"),
        ("soon",),
    ]


@pytest.mark.parametrize(("name", "content"), [("a.jsonl", '{"attributes": "mug"}'), ("a.jsonl", "{"), ("a.txt", "\n")])
def test_a_file_without_training_text_is_named(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=name):
        read_training_text(tmp_path / name)
