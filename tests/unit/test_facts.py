"""Which facts a text tells: those of a value, those of a yes or no, and those of both."""

import pytest

from contracts.brief import Fact
from verify.facts import find_fact, spans_of_values, tells


@pytest.mark.parametrize(
    ("name", "value", "text", "where"),
    [
        ("Power", "800 W", "It runs at 800 W.", "800 W"),
        ("Dimmable", "yes", "The lamp is dimmable.", "dimmable"),
        ("Gravy boat", "no", "There is a plate. It has no gravy boat.", "gravy"),
        ("Step stool", "yes, to 100 kg", "The step stool carries up to 100 kg.", "to 100 kg"),
        ("Foot loops", "Yes - replaceable", "It has replaceable foot loops.", "replaceable"),
        ("Dimmable", "yes with compatible bulbs", "It is dimmable with compatible bulbs.", "with compatible bulbs"),
        ("Doping-relevant substances", "none declared", "No doping-relevant substances are declared.", "declared"),
        ("Waterproof", "no, IP20", "It is rated IP20 and is not waterproof.", "IP20"),
        ("Sugar", "no added", "It has no added sugar.", "no added"),
        (None, "no preservatives", "There are no preservatives in it.", "no preservatives"),
    ],
)
def test_a_fact_is_told(name: str | None, value: str, text: str, where: str) -> None:
    span = find_fact(text, Fact(name=name, value=value))
    assert span and text[slice(*span)] == where


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("Power", "800 W", "It runs at 80 W."),
        ("Dimmable", "yes", "The lamp is white."),
        ("Gravy boat", "no", "It has a gravy boat."),
        ("Gravy boat", "no", "It has a gravy boat. There is no plate."),
        ("Step stool", "yes, to 100 kg", "The box has a step stool."),
        ("Step stool", "yes, to 100 kg", "The step stool is red. The box carries up to 100 kg."),
        ("Waterproof", "no, IP20", "It is rated IP20 and waterproof."),
        ("Size", "No. 5", "It has no 6 and is size 5."),
        ("Finish", "+++", "It is +++."),
    ],
)
def test_a_fact_is_not_told(name: str | None, value: str, text: str) -> None:
    assert not tells(text, Fact(name=name, value=value))


def test_evidence_counts_the_texts_own_characters() -> None:
    text = "The red lamp is dimmable. A bulb is not included."
    facts = [Fact(name="Color", value="red"), Fact(name="Dimmable", value="yes"), Fact(name="Bulb", value="no")]
    spans = spans_of_values(text, facts, ["lamp"])
    assert [(one.source, one.number, one.value) for one in spans] == [
        ("fact", 1, "red"),
        ("keyword", 1, "lamp"),
        ("fact", 2, "dimmable"),
        ("fact", 3, "bulb"),
    ]
    assert all(text[one.start : one.end] == one.value for one in spans)
