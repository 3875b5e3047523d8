"""Faults of language that are sure, and sound English that resembles them."""

import pytest

from copywriter.product import Product
from verify.language import faulty_language


@pytest.mark.parametrize(
    ("text", "attributes", "found"),
    [
        ("It is a induction pan.", "Product: pan", "a induction"),
        ("It fits a E27 holder.", "Product: lamp", "a E27"),
        ("A L-shaped desk with an U-lock.", "Product: desk", "A L-shaped"),
        ("It has an U-lock.", "Product: bike", "an U-lock"),
        ("You get a 18 cm blade.", "Product: knife", "a 18"),
        ("It is an user manual.", "Product: book", "an user"),
        ("A medium-dark medium-dark roast.", "Product: coffee", "medium-dark medium-dark"),
        ("It comes in black and comes in a bag.", "Product: tent", "comes in black and comes"),
        ("It includes eye protection included.", "Product: saw", "includes eye protection included"),
        ("It has no USB, and there is no USB.", "Product: hub; USB: none", "no USB, and there is no USB"),
        ("A beech, oiled piece from beech, oiled.", "Wood: beech, oiled", "beech, oiled piece from beech, oiled"),
        ("Acme gives you a mug in a gift box: a mug.", "Product: mug", "a mug in a gift box: a mug"),
        ("Dishwasher safe and dishwasher safe.", "Dishwasher safe: yes", "Dishwasher safe and dishwasher safe"),
        ("The lamp has a not included bulb.", "Product: lamp; Bulb: not included", "a not included"),
        ("You get a with brush.", "Product: hoof pick; Brush: with brush", "a with"),
        ("Its hoof pick has with brush.", "Hoof pick: with brush", "has with"),
        ("Your jade roller is a jade roller of 14 cm.", "Length: 14 cm", "Your jade roller is a jade roller"),
        ("The sulphites are contains.", "Sulphites: contains", "are contains"),
        ("It is dimmable depends on the bulb.", "Dimmable: depends on bulb", "is dimmable depends"),
        ("The tray is made of silverplated.", "Material: silverplated", "made of silverplated"),
        ("Your lamp has a charger not included.", "Product: lamp; Charger: not included", "has a charger not included"),
        ("The cup has no insulated.", "Product: cup; Insulated: no", "no insulated"),
        ("Machine washable, tumble dry not.", "Product: shirt; Tumble dry: no", "tumble dry not"),
    ],
)
def test_a_fault_is_found(text: str, attributes: str, found: str) -> None:
    assert found in faulty_language(text, Product.parse(attributes).facts, attributes)


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("An hour, a unit, a European plug and a urethane cover.", "Product: plug"),
        ("An 8 kg drum and an 11,000 rpm motor, a 110 V one.", "Product: washer"),
        ("A USB-C port, an HDPE shell and a RAM of 4 GB.", "Product: case"),
        ("It is in class A and has an LED.", "Product: lamp"),
        ("An L-shaped desk, a T-shirt, a U-lock and an X-ray.", "Product: desk"),
        ("A two litre jug comes with a curve of grade A with teeth, for the things you have with you.", "Product: jug"),
        (
            "Whether it is dimmable depends on the bulb; how bright it is depends on it too.",
            "Dimmable: depends on bulb",
        ),
        ("The light is light grey, the set is a set of six, made of coated, recycled paper.", "Product: lamp"),
        ("Your shelf is the wall shelf of oak.", "Product: wall shelf"),
        ("The cup is not insulated.", "Product: cup; Insulated: no"),
        ("It has no LED.", "Product: cup; LED: no"),
        ("No assembly required.", "Product: shelf; Assembly required: no"),
        ("The no no chair.", "Product: no no chair"),
        ("It takes 2 x AAA, not included.", "Product: clock; Batteries: 2 x AAA, not included"),
        ("The bulb that the lamp has is not supplied.", "Product: lamp; Bulb: not supplied"),
        ("The set has all parts not included in the base kit.", "Product: set"),
        ("Your lamp has a charger that is not included.", "Product: lamp; Charger: not included"),
        ("A tripod thread is fitted, but a tripod is not included.", "Product: camera"),
    ],
)
def test_sound_english_is_not(text: str, attributes: str) -> None:
    assert not faulty_language(text, Product.parse(attributes).facts, attributes)
