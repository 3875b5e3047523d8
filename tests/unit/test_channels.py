"""The rules of marketplaces: what a text breaks of them, in their own words."""

import subprocess
import sys

import pytest
import yaml
from pydantic import ValidationError

from channels.rules import CHANNEL_NAMES, ChannelName, Rule, read_channel
from channels.violations import violations
from contracts.brief import FieldName
from tests.conftest import ROOT


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
    assert found in [one.found for one in violations(read_channel(channel), field, items)]


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
    assert not violations(read_channel(channel), field, items)


def test_a_byte_is_not_a_character() -> None:
    rule = yaml.safe_load("{field: title, unit: bytes, most: 4, source: a test, date: 2026-11-30, confidence: high}")
    channel = read_channel("ebay").model_copy(update={"rules": (Rule.model_validate(rule),)})
    assert [one.found for one in violations(channel, "title", ["éà!"])] == ["5 bytes"]


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
