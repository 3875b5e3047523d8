"""What a text says against what is known: units, binding, denials, and that honest copy passes."""

import json
import subprocess
import sys

import pytest

from copywriter.briefs import make_brief
from copywriter.product import Product
from tests.conftest import ROOT
from verify.binding import misplaced
from verify.checks import check_sentence
from verify.claims import unsupported_claims
from verify.denials import contradicted, unfounded_denials
from verify.names import invented_names
from verify.numbers import invented_numbers
from verify.quantities import quantities, unlike
from verify.vocabulary import empty_clauses, unsupported_words


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("14 1/2 metres long", 'Length: 14 1/2"'),
        ("It weighs 2 kg.", "Weight (lbs): 2"),
        ("It plays for 12 minutes.", "Battery: 12 h"),
        ("40 x 20 x 22 mm", "Size: 40 x 20 x 22 cm"),
        ("a 5 l tank", "Tank: 5 gal"),
        ("24 inches wide", "Pieces: 24"),
    ],
)
def test_a_number_with_another_unit_is_found(text: str, given: str) -> None:
    assert unlike(text, given)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("25.4 cm wide", "Width: 10 in"),
        ("about 25 cm wide", "Width: 10 in"),
        ("a 100 ml bottle", "volume_ml: 100"),
        ("12 hours of play", "Battery: 12h"),
        ("24 in a box", "Count: 24"),
        ("900 watts", "Watt: 900"),
        ("40 by 20 by 22 centimetres", "Size: 40 x 20 x 22 cm"),
        ("0.5 kg of it", "Net: 500 g"),
        ("5'6\" of cable", "Cable: 5'6\""),
        ("-20 to 60 °C", "Range: -20 to 60 °C"),
        ("3/4 in thick", 'Thickness: 3/4"'),
    ],
)
def test_the_same_measure_in_other_words_or_units_is_not(text: str, given: str) -> None:
    assert not unlike(text, given)


def test_a_measure_may_be_told_in_another_unit_and_a_colour_in_another_english() -> None:
    given = "Product: shelf; Width: 10 in; Colour: grey; Frame: aluminum"
    assert invented_numbers("It is 25.4 cm wide.", given, []) == ()
    assert invented_numbers("It is 25.9 mm wide.", given, []) == ("25.9", "25.9 mm")
    assert unsupported_claims("The gray shelf has a frame of aluminium.", given) == ()


def test_each_number_of_a_size_is_a_quantity() -> None:
    assert [(float(one.number), one.unit) for one in quantities("40 x 20 cm, 1 1/2 lbs")] == [
        (40, "cm"),
        (20, "cm"),
        (1.5, "lb"),
    ]


@pytest.mark.parametrize("text", ["3/0 in", "thread 0/0 mm", "9" * 400 + " kg", "1/" + "0" * 40 + " m", ".5.5.5 l"])
def test_no_number_is_too_odd_to_be_read(text: str) -> None:
    assert isinstance(unlike(text, text), tuple)


@pytest.mark.parametrize(
    ("text", "attributes", "found"),
    [
        ("The size is cotton and red.", "Product: shirt; Size: M; Material: cotton", "size is cotton"),
        ("It is 40 cm wide.", "Width: 60 cm; Height: 40 cm", "40 cm wide"),
        ("A height of 60 cm.", "Width: 60 cm; Height: 40 cm", "height of 60 cm"),
        ("Its diameter is 150 cm.", "Diameter: 35 cm; Cable: 150 cm", "diameter is 150 cm"),
        ("The colour is M.", "Colour: red; Size: M", "colour is M"),
        ("The size is cotton.", "Product: shirt; Material: cotton", "size is cotton"),
        ("Its height is 40 cm.", "Product: box; Width: 40 cm", "height is 40 cm"),
    ],
)
def test_a_value_of_another_attribute_is_misplaced(text: str, attributes: str, found: str) -> None:
    assert misplaced(text, Product.parse(attributes).facts) == (found,)


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("A width of 60 cm and a height of 40 cm.", "Width: 60 cm; Height: 40 cm"),
        ("It is 60 cm wide, 40 cm high.", "Width: 60 cm; Height: 40 cm"),
        ("A weight of 130 kg is the most.", "Weight: 28 kg; Max user weight: 130 kg"),
        ("A bottle of Playa Candil.", "Brand: Playa Candil; Bottle: 0.7 l"),
        ("It is 40 cm wide and 40 cm high.", "Width: 40 cm; Height: 40 cm"),
        ("The size, M, is cotton.", "Size: M; Material: cotton"),
        ("The colour is black.", "Shade: black; Material: steel"),
        ("The size is 40 cm.", "Product: box; Width: 40 cm"),
        ("The material is oak.", "Wood: oak; Colour: oak"),
    ],
)
def test_a_value_in_its_place_is_not(text: str, attributes: str) -> None:
    assert not misplaced(text, Product.parse(attributes).facts)


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("An FDA approved sleeve.", "Product: sleeve; FDA Approved: No"),
        ("It is waterproof.", "Product: watch; Waterproof: not tested"),
        ("A waterproof speaker.", "Product: speaker; Water Resistance: splash only, not waterproof"),
        ("The charger is included.", "Product: drill; Charger included: No"),
        ("A vegan brush.", "Product: brush; Vegan: no"),
        ("Allergens: hazelnuts, not gluten free.", "Product: spread; Gluten Free: Yes"),
        ("A lamp without a dimmer.", "Product: lamp; Dimmer: yes"),
        ("It comes with a steel body and a cordless unit.", "Product: kettle; Cordless: no"),
        ("Auto Shut-Off, cordless, with a warranty.", "Product: kettle; Cordless: no"),
        ("Oat cookies without gluten.", "Product: cookies; Gluten Free: no"),
        ("Gluten-free cookies, not vegan.", "Product: cookies; Gluten Free: no; Vegan: no"),
        ("Dishwasher safe, not for the dishwasher.", "Product: pan; Dishwasher safe: no"),
        ("It is sold with a battery.", "Product: clock; Battery: not included"),
        ("Tumble dry your dress, and the iron is cool.", "Product: dress; Tumble dry: do not"),
        ("The tin is light and non-stick.", "Product: tin; Non-stick coating (inside): none"),
        ("It is wireless, and light.", "Product: lamp; Wireless charging: no"),
        ("There is no passive cooling fan.", "Product: lamp; Fan: none, passive cooling"),
        ("The chair has cup holes.", "Product: chair; cup_holes: 0"),
        ("There are no castors, but there is a backrest.", "Product: chair; Castors: none; Backrest: no"),
        ("The mill is not electric and comes prefilled.", "Product: mill; Electric: N; Prefilled: N"),
        ("Coasters are included, but there is no pocket.", "Product: mats; Coasters: not included; Pocket: no"),
        ("The complete feed is not supplementary.", "Product: tripe; Complete feed: no, supplementary"),
        ("The bulb is not waterproof to IP20.", "Product: bulb; Waterproof: no, IP20"),
        ("The blind is sold separately and works without a hub.", "Product: blind; Hub: sold separately"),
        ("Your remote is not a pull chain.", "Product: fan; Remote: no, pull chain"),
        ("A sharpener is included.", "Product: pencils; sharpener: excl"),
        (
            "Not tested waterproof to the FDA approved range.",
            "Product: sleeve; FDA Approved: no; Waterproof: not tested",
        ),
    ],
)
def test_what_the_facts_deny_is_contradicted(text: str, attributes: str) -> None:
    assert contradicted(text, Product.parse(attributes).facts)


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("It is not waterproof.", "Product: watch; Waterproof: no"),
        ("No charger is included.", "Product: drill; Charger included: No"),
        ("Is it vegan? No.", "Product: brush; Vegan: no"),
        ("Buy the brush separately.", "Product: paint; Brush: not included"),
        ("A fragrance-free soap.", "Product: soap; Fragrance: none"),
        ("It is gluten free.", "Product: spread; Gluten Free: Yes"),
        ("There is no lid, handle or base.", "Product: pan; Lid: none; Handle: none; Base: none"),
        ("Shirt, trousers and teeth are not included.", "Product: cape; Shirt: not included; Teeth: not included"),
        ("It holds 6 knives and needs 2 screws.", "Product: rack; Knives: not included"),
        ("They are reusable, but not for raw meat.", "Product: bags; Reusable: not for raw meat"),
        ("Dishwasher safe: no", "Product: pan; Dishwasher safe: no"),
        ("Do not tumble dry it.", "Product: dress; Tumble dry: do not"),
        ("It is not for human consumption.", "Product: tripe; Not for human consumption: yes"),
        ("There are no pockets.", "Product: apron; pckts: 0"),
        ("There are 0 cup holes.", "Product: chair; cup_holes: 0"),
        ("They come in a tin, with the sharpener excl.", "Product: pencils; sharpener: excl"),
        ("There is no headcover.", "Product: wedge; Head: steel; Headcover: none"),
        ("The battery is rechargeable, not removable.", "Product: lamp; Rechargeable battery: not removable"),
        ("The tent is waterproof.", "Product: tent; Waterproofing: 3000 mm; Waterproof zip: no"),
        ("The lamp is light and small.", "Product: lamp; Light included: no"),
        ("The tin is not non-stick.", "Product: tin; Non-stick coating: none"),
        ("It is wireless, and light.", "Product: wireless lamp; Wireless charging: no"),
        ("The pen tray is clip-on.", "Product: board; Pen tray: clip-on; Pens: none"),
    ],
)
def test_a_denial_that_is_told_is_not(text: str, attributes: str) -> None:
    assert not contradicted(text, Product.parse(attributes).facts)


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("There is no hook inside the neck.", "Product: robe; Hanger loop: inside neck; Buttons: none"),
        ("The pan is not oven safe at 450 °F.", "Product: pan; Oven safe: 450 °F; Microwave: no"),
        ("It has no pull chain.", "Product: fan; Remote: no, pull chain"),
        ("It comes without a lid.", "Product: pan; Lid: glass"),
    ],
)
def test_a_denial_that_no_fact_makes_is_found(text: str, attributes: str) -> None:
    assert unfounded_denials(text, Product.parse(attributes).facts)


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("The lamp does not dim.", "Product: lamp; Dimmable: no"),
        ("The table does not fold.", "Product: table; Foldable: no"),
        ("It has no fragrance.", "Product: serum; fragrance_free: TRUE"),
        ("It has no Wi-Fi.", "Product: dryer; Wi-Fi: no"),
        ("Do not bleach it.", "Product: robe; Care: wash at 60 °C, do not bleach"),
        ("A lamp not only for the desk.", "Product: desk lamp"),
    ],
)
def test_a_denial_that_a_fact_makes_is_sound(text: str, attributes: str) -> None:
    assert not unfounded_denials(text, Product.parse(attributes).facts)


@pytest.mark.parametrize(
    ("text", "attributes", "claims"),
    [
        ("It is free of dairy.", "Product: shake; Dairy: none", True),
        ("It is free of dairy.", "Product: shake; Sugar: none", False),
        ("It is dishwasher safe.", "prod: bowl; dw_safe: Y", True),
        ("The strap is adjustable.", "prod: belt; strap_adj: Y", True),
        ("The strap is removable.", "prod: belt; strap_adj: Y", False),
    ],
)
def test_what_is_denied_or_abbreviated_may_be_claimed(text: str, attributes: str, claims: bool) -> None:
    brief = make_brief("description", Product.parse(attributes))
    assert {check.name: check.passed for check in check_sentence(brief, text)}["claims"] == claims


def test_the_command_line_needs_nothing_else() -> None:
    facts, text = "Brand: Acme; Size: M; Material: cotton", "The Acme size is cotton and waterproof."
    done = subprocess.run(
        [sys.executable, "-m", "verify", facts, text], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["binding"] == ["size is cotton"] and found["claims"] == ["waterproof"] and not found["names"]


@pytest.mark.parametrize(
    ("text", "given", "claims"),
    [
        ("A bag of leather.", "Material: leatherette", ("leather",)),
        ("It is made of oak.", "Finish: oak effect", ("oak",)),
        ("It has an oak effect finish.", "Finish: oak effect", ()),
        ("A marble-look tray.", "Finish: marble look", ()),
        ("A wooden spoon.", "Material: wood", ()),
        ("The soap is free from palm oil.", "Oil: palm", ("free",)),
    ],
)
def test_what_only_looks_like_a_material_is_none(text: str, given: str, claims: tuple[str, ...]) -> None:
    assert unsupported_claims(text, given) == claims


def test_parts_and_compounds_are_claims() -> None:
    """Two fold-out aerials became ports, and wispy lashes "wished-on" ones."""
    assert unsupported_words("It has 2 fold-out ports.", "Ant.: 2 fold-out") == ("ports",)
    assert unsupported_words("They are wished-on lashes.", "Strip lashes") == ("wished-on",)
    assert not unsupported_words("It has a built-in USB-C port.", "Ports: 1 x USB-C; Speaker: built in")
    assert not unsupported_words("Plug it in: a two-way switch, side-by-side.", "Switch: 2 ways")


def test_what_is_measured_must_be_named_by_the_input() -> None:
    """Three litres of merlot became water."""
    given = "Content: 3 l; Grape: merlot"
    assert unsupported_words("You get 3 l of water.", given) == ("water",)
    assert not unsupported_words("You get 3 l of it, in water.", given)
    assert not unsupported_words("You get 3 l of water.", given + "; Product: water")


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("It has vibration damping.", "brand: Acme; vib_damp: Y"),
        ("Its width is 40 cm.", "brand: Acme; wdth_cm: 40"),
        ("The flour thickens.", "Product: cornflour; Thickens: yes"),
        ("You can dim it.", "Dimmable: yes"),
        ("It runs at 50 watts for 9 minutes.", "Power: 50 W; Time: 9 min"),
    ],
)
def test_a_word_that_the_input_shortens_or_holds_in_another_is_its_own(text: str, given: str) -> None:
    assert not unsupported_words(text, given)


@pytest.mark.parametrize(
    ("text", "given", "invented"),
    [
        ("It has vibration damping.", "Vib: yes", ("vibration", "damping")),
        ("It is made of pine.", "Material: oak; in_box: Y", ("pine",)),
        ("It has a velvet lining.", "Product: jewelry box; Lid: yes", ("velvet",)),
    ],
)
def test_no_other_word_is(text: str, given: str, invented: tuple[str, ...]) -> None:
    """Names that a person gave are no abbreviations, nor are two letters."""
    assert unsupported_words(text, given) == invented


def test_a_clause_that_shares_no_word_with_the_facts_is_empty() -> None:
    given = "Product: wrench; Store: at the lowest setting; Sockets: none"
    assert empty_clauses("Store it at the lowest setting and turn it on before use.", given) == (
        "turn it on before use.",
    )
    assert not empty_clauses("Store it at the lowest setting, and there are no sockets.", given)


def test_words_that_no_fact_has_tell_drafts_apart() -> None:
    """In any form: "measures" is plain, "aluminium" stands in the facts, and nothing says where the lamp stands."""
    given = "Product: Desk Lamp; Material: Aluminium; Height: 47 cm"
    assert not unsupported_words("The desk lamp measures 47 cm and is made of aluminium.", given)
    assert unsupported_words("This lamp brightens a bedroom.", given) == ("brightens", "bedroom")


@pytest.mark.parametrize(
    ("text", "invented"),
    [
        ("It has an ISBN, no PoE, and is RoHS compliant.", ()),
        ("A lamp by Torvik.", ()),
        ("A lamp by TORvik.", ("TORvik",)),
        ("A lamp by Ikea.", ("Ikea",)),
    ],
)
def test_names_are_written_as_they_are_given_and_a_feeds_small_letters_in_any_case(
    text: str, invented: tuple[str, ...]
) -> None:
    assert invented_names(text, "isbn13: 9781916008427; poe: N; rohs: Y; brand: Torvik") == invented
