"""What becomes of references in a model's text."""

from contracts.brief import Fact
from first_starter.references import in_lower_case, name_in_text, resolve
from verify.values import spans_of_values

FACTS = (
    Fact(name="Product Type", value="Toner Cartridge"),
    Fact(name="Color(s)", value="black"),
    Fact(name=None, value="25K"),
)


def test_values_stand_in_the_text_exactly_with_their_evidence() -> None:
    text, evidence = resolve("The [1:lower] prints [2] for [k1].", FACTS, ["office use"])
    assert text == "The toner cartridge prints black for office use."
    assert [(text[span.start : span.end], span.source, span.number) for span in evidence] == [
        ("toner cartridge", "fact", 1),
        ("black", "fact", 2),
        ("office use", "keyword", 1),
    ]


def test_a_value_at_the_start_of_a_sentence_gets_a_capital() -> None:
    assert resolve("[2] it is. [2:name] here.", FACTS, [])[0] == "Black it is. Color here."


def test_a_reference_to_nothing_stays_visible() -> None:
    assert resolve("It has [9], [k3] and [3:name].", FACTS, [])[0] == "It has [9], [k3] and [3:name]."


def test_a_value_that_looks_like_a_reference_is_not_resolved_again() -> None:
    assert resolve("See [1].", (Fact(name=None, value="[2]"), FACTS[1]), [])[0] == "See [2]."


def test_lower_case_spares_acronyms_and_codes_but_not_shouting() -> None:
    assert in_lower_case("LED OPEN Sign") == "LED OPEN sign"
    assert in_lower_case("TONER CARTRIDGE") == "toner cartridge"
    assert in_lower_case("Type A4 Paper") == "type A4 paper"
    assert name_in_text("Color(s)") == "color"


def test_a_text_in_words_is_searched_for_its_values() -> None:
    spans = spans_of_values("A BLACK cartridge for 25K pages.", FACTS, ["pages"])
    assert [(span.value, span.source, span.number) for span in spans] == [
        ("BLACK", "fact", 2),
        ("25K", "fact", 3),
        ("pages", "keyword", 1),
    ]
