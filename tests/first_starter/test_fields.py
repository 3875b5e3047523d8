"""The short fields of a listing: what each is asked, what it must keep to, and how its text is read."""

import asyncio

import pytest

from copywriter.product import Product
from first_starter.checks import check_field, required_facts, split_items
from first_starter.fields import FIELD_NAMES, FIELDS, TONES, FieldName
from first_starter.formats import PromptFormat
from first_starter.prompts import prompt_for
from first_starter.writer import Request, constraints_of, write_field, write_listing
from tests.first_starter.test_checks import GOOD, PRODUCT
from tests.first_starter.test_writer import Script

BY_REFERENCE = PromptFormat(values="by reference", topic_line=True)
IN_WORDS = PromptFormat()
FIELD_TEXTS: dict[FieldName, str] = {
    "title": 'Lumo Desk Lamp, 7 7/8" high, LM-204',
    "bullets": 'Height: 7 7/8"\nWeight: 20 oz.\nReady for late hours',
    "tags": "desk lamp, Lumo, home office, reading, work light",
    "seo_title": "Lumo Desk Lamp | home office",
    "meta_description": 'The Lumo desk lamp is 7 7/8" high and ready for long evenings at the desk.',
    "alt_text": "A desk lamp from Lumo.",
}


def failed(field: FieldName, text: str, product: Product = PRODUCT) -> dict[str, tuple[str, ...]]:
    checks = check_field(field, text, product, finished=True)
    return {check.name: (*check.missing, *check.found, check.message) for check in checks if not check.passed}


@pytest.mark.parametrize("field", list(FIELD_TEXTS))
def test_good_fields_pass_every_check(field: FieldName) -> None:
    assert failed(field, FIELD_TEXTS[field]) == {}


@pytest.mark.parametrize(
    ("field", "text", "name", "evidence"),
    [
        ("title", "Desk Lamp, black and quiet", "attributes", "Lumo"),
        ("title", "Lumo Desk Lamp " + "with light " * 14, "length", "at most|150"),
        ("title", "Lumo Desk Lamp 60 W", "numbers", "60"),
        ("title", "Lumo Desk Lamp by Glowmaster", "names", "Glowmaster"),
        ("title", "**Lumo Desk Lamp**", "plain text", "**"),
        ("bullets", "For reading\nFor reading\nFor the desk", "sentences", "For reading"),
        ("bullets", "For reading", "length", "3 to 5"),
        ("bullets", "For reading\nMade of surewood\nFor the desk", "words", "surewood"),
        ("tags", "desk lamp, lamp, light, reading, study", "keywords", "home office"),
        ("tags", "desk lamp, home office, reading", "length", "5 to 10"),
        ("seo_title", "Lumo Desk Lamp | " + "home office and reading light" * 2, "length", "3 to 60"),
        ("seo_title", "A fine light", "attributes", "Desk Lamp"),
        ("meta_description", "A desk lamp.", "length", "70 to 155"),
        ("meta_description", FIELD_TEXTS["meta_description"][:-1], "sentences", "The Lumo desk lamp"),
        ("alt_text", "An desk lamp.", "sentences", "An desk"),
    ],
)
def test_a_fault_is_found_and_quoted(field: FieldName, text: str, name: str, evidence: str) -> None:
    found = failed(field, text)
    assert name in found
    assert any(part in " ".join(found[name]) for part in evidence.split("|"))


def test_a_value_that_cannot_fit_is_not_asked_for() -> None:
    """A page title of 60 characters cannot hold a type of 90: the shop need not hear of it with every listing."""
    product = Product.parse(f"Product Type: {'very long ' * 9}lamp; Brand: Lumo")
    assert required_facts("seo_title", product) == ()
    assert required_facts("title", product) == (0, 1)


@pytest.mark.parametrize("field", FIELD_NAMES)
def test_every_prompt_states_the_facts_and_its_limits(field: FieldName) -> None:
    for prompt_format in (IN_WORDS, BY_REFERENCE):
        prompt = prompt_for(field, PRODUCT, prompt_format)
        assert all(fact.value in prompt for fact in PRODUCT.facts)
        assert all(keyword in prompt for keyword in PRODUCT.keywords)
        assert "{" not in prompt
    assert "Markdown" in prompt_for(field, PRODUCT, IN_WORDS)


def test_tones_are_asked_for_by_name() -> None:
    for field in ("description", "bullets", "meta_description"):
        prompts = {prompt_for(field, PRODUCT, IN_WORDS, tone) for tone in TONES}
        assert len(prompts) == len(TONES)
        assert all(any(tone in prompt for prompt in prompts) for tone in TONES)


def test_a_repair_prompt_names_the_failed_checks_and_the_values_as_the_model_knows_them() -> None:
    text = GOOD.replace("LM-204", "none").replace("calm", "calmurers")
    checks = [check for check in check_field("description", text, PRODUCT, True) if not check.passed]
    in_words = prompt_for("description", PRODUCT, IN_WORDS, failed=checks)
    assert "it left out LM-204" in in_words and "calmurers" in in_words
    assert "it left out [3]" in prompt_for("description", PRODUCT, BY_REFERENCE, failed=checks)


def test_constraints_of_a_field_are_its_own() -> None:
    title = constraints_of("title", PRODUCT)
    assert [r.tokens[0] for r in title.references if r.required] == ["[1]", "[2]"]
    assert not title.sentences and title.max_characters == 150 and title.min_words == 1
    tags = constraints_of("tags", PRODUCT)
    assert [r.tokens[0] for r in tags.references if r.required] == ["[1]", "[k1]", "[k2]"]


def test_list_marks_of_a_model_are_not_part_of_its_bullets() -> None:
    """Full checkpoints number their lines or put dashes before them, whatever they are told."""
    script = Script("- For reading\n* For the desk\n3. At home in a study")
    request = Request(PRODUCT, IN_WORDS, "plain", seed=1, candidates=1, rounds=1)
    written = asyncio.run(write_field("bullets", request, script))
    assert written.items == ("For reading", "For the desk", "At home in a study")
    assert written.complete


def test_a_listing_holds_every_field() -> None:
    texts = {**FIELD_TEXTS, "description": GOOD}
    request = Request(PRODUCT, IN_WORDS, "lively", seed=1, candidates=1, rounds=1)
    listing = asyncio.run(write_listing(request, Script(*(texts[field] for field in FIELD_NAMES))))
    assert list(listing) == list(FIELD_NAMES)
    assert all(written.complete for written in listing.values())
    assert listing["tags"].items == split_items("tags", FIELD_TEXTS["tags"])
    assert len(listing["tags"].items) == 5


def test_limits_are_said_in_words_too() -> None:
    """What is checked must have been asked for."""
    for field, rule in FIELDS.items():
        if field != "description" and not rule.separator:
            assert str(rule.characters[1]) in rule.task


def test_a_tag_keeps_the_commas_of_its_value_and_evidence_counts_in_the_joined_text() -> None:
    product = Product.parse("Product Type: Pan; Material: Enamel, Steel", "kitchen")
    script = Script("cookware\n", "cookware\n", "[1:lower],[2], [k1], home cooking, stew")
    request = Request(product, BY_REFERENCE, "plain", seed=1, candidates=1, rounds=1)
    written = asyncio.run(write_field("tags", request, script))
    assert written.items == ("Pan", "Enamel, Steel", "kitchen", "home cooking", "stew")
    assert written.text == ", ".join(written.items)
    assert all(written.text[span.start : span.end] == span.value for span in written.evidence)
    assert written.complete
