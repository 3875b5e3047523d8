"""The rules of marketplaces: what a text breaks of them, in their own words."""

import subprocess
import sys

import pytest
import yaml
from pydantic import ValidationError

from channels.checks import check_rules
from channels.rules import Rule, Unit, read_channel
from contracts.brief import CHANNEL_NAMES, ChannelName, FieldName
from copywriter.briefs import make_brief
from copywriter.checks import check_field
from copywriter.product import Product
from copywriter.session import Effort
from copywriter.writer import write_field
from tests.conftest import ROOT
from tests.unit.test_writer import Script

MUG = Product.parse("Product: Mug; Brand: Acme; Size: 350 ml")


def test_every_file_is_a_channel_whose_rules_say_where_they_come_from() -> None:
    assert {path.stem for path in (ROOT / "channels" / "rules").iterdir()} == set(CHANNEL_NAMES)
    for name in CHANNEL_NAMES:
        assert all(rule.source and rule.date for rule in read_channel(name).rules)


@pytest.mark.parametrize(
    ("channel", "field", "items", "found"),
    [
        ("amazon", "title", ["Lumo lamp, lamp for a desk, lamp"], "lamp"),
        ("amazon", "title", ["Lumo lamp!"], "!"),
        ("amazon", "title", ["x" * 201], "201 characters"),
        ("amazon", "title", ["Lumo * lamp"], "*"),
        ("amazon", "bullets", ["a"] * 6, "6 items"),
        ("amazon", "bullets", ["Sound lamp", "Colour: N/A"], "N/A"),
        ("amazon", "description", ["Write to us at shop@example.com."], "shop@example.com"),
        ("amazon", "description", ["<b>Lamp</b>"], "<b>"),
        ("ebay", "title", ["é" * 81], "81 characters"),
        ("etsy", "title", ["Bowl & lid & spoon"], "& lid &"),
        ("etsy", "tags", ["a tag of more than twenty characters"], "36 characters"),
        ("shopify", "meta_description", ["x" * 161], "161 characters"),
        ("walmart", "title", ["LUMO LAMP"], "LUMO LAMP"),
        ("walmart", "title", ["Lamp of 2024"], "2024"),
        ("walmart", "description", ["A short text."], "3 words"),
    ],
)
def test_what_breaks_a_rule_is_found(channel: ChannelName, field: FieldName, items: list[str], found: str) -> None:
    assert found in [place for one in check_rules(read_channel(channel), field, items) for place in one.found]


@pytest.mark.parametrize(
    ("channel", "field", "items"),
    [
        ("amazon", "title", ["Lumo lamp for a desk and a lamp for a bed, #204"]),
        ("amazon", "description", ["A lamp.<br>It is 10 cm high."]),
        ("etsy", "title", ["Bowl & lid: oak, 100% linen"]),
        ("walmart", "title", ["Lumo LED Desk Lamp, 14 in"]),
        ("google_merchant", "description", ["A lamp."]),
    ],
)
def test_what_keeps_them_is_not(channel: ChannelName, field: FieldName, items: list[str]) -> None:
    assert [one.passed for one in check_rules(read_channel(channel), field, items)] == [True]


def test_a_byte_is_not_a_character() -> None:
    rule = yaml.safe_load("{field: title, unit: bytes, most: 4, source: a test, date: 2026-11-30, confidence: high}")
    channel = read_channel("ebay").model_copy(update={"rules": (Rule.model_validate(rule),)})
    assert [one.found for one in check_rules(channel, "title", ["éà!"])] == [("5 bytes",)]


@pytest.mark.parametrize(
    "wrong", [{}, {"unit": "words"}, {"most": 3}, {"unit": "words", "most": 3, "same_word": 2}, {"forbidden": "("}]
)
def test_a_rule_asks_one_thing(wrong: dict[str, object]) -> None:
    given = {"field": "title", "source": "a test", "date": "2026-11-30", "confidence": "high"}
    with pytest.raises(ValidationError):
        Rule.model_validate({**given, **wrong})


@pytest.mark.parametrize(("text", "status"), [("Bowl & lid & spoon", 1), ("Bowl and lid", 0)])
def test_the_command_line_needs_no_model(text: str, status: int) -> None:
    asked = [sys.executable, "-m", "channels", "etsy", "title", text]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stderr


@pytest.mark.parametrize(
    ("channel", "field", "unit", "room"),
    [
        ("plain", "title", "characters", (3, 150)),
        ("amazon", "title", "characters", (3, 200)),
        ("ebay", "title", "characters", (3, 80)),
        ("etsy", "tags", "characters", (2, 20)),
        ("etsy", "tags", "items", (3, 13)),
        ("shopify", "seo_title", "characters", (3, 60)),
        ("walmart", "description", "words", (8, 190)),
        ("ebay", "description", "words", (8, 120)),
    ],
)
def test_a_field_is_asked_to_be_as_long_as_its_channel_takes_and_its_facts_carry(
    channel: ChannelName, field: FieldName, unit: Unit, room: tuple[int, int]
) -> None:
    assert getattr(make_brief(field, MUG, channel=channel).limits, unit) == room


def test_enough_facts_carry_what_walmart_advises() -> None:
    product = Product.parse("; ".join(f"Part {number}: steel {number}" for number in range(40)))
    assert make_brief("description", product, channel="walmart").limits.words == (150, 190)


def test_what_breaks_a_rule_hinders_and_names_its_source_and_advice_does_not() -> None:
    title = "Acme Mug!"
    (broken,) = [
        one for one in check_field(make_brief("title", MUG, channel="amazon"), title, [title], True) if one.hinders
    ]
    assert broken.found == ("!",) and "Seller Central" in broken.source and broken.message.startswith("Amazon")
    text = "The Acme mug holds 350 ml. It is a mug by Acme."
    checks = check_field(make_brief("description", MUG, channel="walmart"), text, [text], True)
    advice = [one for one in checks if one.severity == "advice"]
    assert [one.passed for one in advice] == [False] and not any(one.hinders for one in checks)


def test_a_shop_of_ones_own_has_no_channel_to_check() -> None:
    checks = check_field(make_brief("title", MUG), "Acme Mug!", ["Acme Mug!"], True)
    assert "channel" not in {check.name for check in checks}


async def test_an_item_that_the_channel_forbids_is_written_anew() -> None:
    brief = make_brief("bullets", MUG, channel="amazon")
    script = Script("Acme mug, ask for a refund\nA mug by Acme\nHolds 350 ml", "Size: 350 ml")
    written = await write_field(brief, script, 1, Effort(1, 1, 2))
    assert written.complete and written.items == ("A mug by Acme", "Holds 350 ml", "Size: 350 ml")
