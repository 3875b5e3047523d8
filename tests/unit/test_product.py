"""How a shop's line of text is read."""

import pytest

from contracts.brief import Fact
from copywriter.product import Product, parse_keywords


def facts_of(text: str) -> list[tuple[str | None, str]]:
    return [(fact.name, fact.value) for fact in Product.parse(text).facts]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Brand: Acme; Colour: red", [("Brand", "Acme"), ("Colour", "red")]),
        ("Color:red, Size:M", [("Color", "red"), ("Size", "M")]),
        ("Color: red, blue, Size: M", [("Color", "red, blue"), ("Size", "M")]),
        ("Brand: Acme; waterproof; 2 pockets", [("Brand", "Acme"), (None, "waterproof"), (None, "2 pockets")]),
        ("Material: Enamel; Glass; Vinyl", [("Material", "Enamel; Glass; Vinyl")]),
        ("Pack Quantity: Rolls Per Unit: 50", [("Pack Quantity", "Rolls Per Unit: 50")]),
        ('Length: 121" - 132"', [("Length", '121" - 132"')]),
        ("Quantity: 1,000/Box", [("Quantity", "1,000/Box")]),
        ("- cotton\n- blue\n- 25 cm", [("product", "cotton"), (None, "blue"), (None, "25 cm")]),
        ("Bluetooth = 5.0", [("Bluetooth", "5.0")]),
    ],
)
def test_named_attributes_keep_name_and_value_exactly(text: str, facts: list[tuple[str | None, str]]) -> None:
    assert facts_of(text) == facts


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("dw_safe: Y", "dishwasher safe"),
        ("brnd: Acme", "brand"),
        ("hndl_mtrl: beech", "handle material"),
        ("Qty: 6", "quantity"),
        ("Bat: willow", "Bat"),
        ("Seat height: 46 cm", "Seat height"),
        ("3d: N", "3d"),
    ],
)
def test_a_feeds_names_are_read_in_words(text: str, name: str) -> None:
    assert facts_of(text)[0][0] == name


def test_free_text_begins_with_what_the_thing_is() -> None:
    assert facts_of("This is a handmade ceramic mug with blue glaze. Holds 350 ml, and dishwasher safe.") == [
        ("product", "handmade ceramic mug with blue glaze"),
        (None, "Holds 350 ml"),
        (None, "dishwasher safe"),
    ]


def test_commas_inside_brackets_part_nothing() -> None:
    assert facts_of("ring, 14k (white, yellow or rose gold), size 7") == [
        ("product", "ring"),
        (None, "14k (white, yellow or rose gold)"),
        (None, "size 7"),
    ]


@pytest.mark.parametrize(
    "text", ["::::", "12345", "; ; ;x", "a, , ,b", "https://example.org/a", "= = =", "(((", "🎁🎁🎁🎁🎁"]
)
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    assert Product.parse(text).facts


def test_keywords_lose_blanks_and_repetitions() -> None:
    assert parse_keywords(" eco , Eco,, gift for dad\n eco") == ("eco", "gift for dad")
    assert parse_keywords(None) == ()


def test_a_fact_is_immutable() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Fact(name=None, value="x").value = "y"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("attributes", "values"),
    [
        ("\u5546\u54c1\u540d\uff1aTeapot; \u5bb9\u91cf\uff1a650ml", ["Teapot", "650ml"]),
        (
            "Name: Set; Text: <ul><li>7420 pieces</li><li>Stand &amp;amp; light kit</li></ul>",
            ["Set", "7420 pieces", "Stand & light kit"],
        ),
        ("Product: Beignets; Ingredients: _wheat_ flour, _eggs_", ["Beignets", "wheat flour, eggs"]),
        ("🔥 Wireless Earbuds ✅ 40H ⭐ IPX5", ["Wireless Earbuds", "40H", "IPX5"]),
        ("Product: part_number_x; Code: A_B_C", ["part_number_x", "A_B_C"]),
    ],
)
def test_what_only_programs_read_is_no_part_of_a_value(attributes: str, values: list[str]) -> None:
    assert [fact.value for fact in Product.parse(attributes).facts] == values


@pytest.mark.parametrize(
    ("attributes", "value"), [("Product Type: Home > Kitchen > Mugs", "Mugs"), ("Limit: a > b", "a > b")]
)
def test_of_a_path_of_categories_the_last_says_what_the_thing_is(attributes: str, value: str) -> None:
    assert Product.parse(attributes).facts[0].value == value
