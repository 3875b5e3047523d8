"""What a request for listings may say, and what its answer says of it."""

import pytest
from pydantic import ValidationError

from contracts.brief import Fact, FieldName
from copywriter.writer import judge_items
from operations.errors import InvalidInput
from operations.http.listings import (
    ListingRequest,
    ListingsAnswer,
    ReplayRequest,
    listing,
    listings_answer,
    replay_answer,
)
from operations.http.problems import as_service_error

MUG = {"Brand": "Acme", "Type": "mug", "Size": {"value": 350, "unit": "ml"}, "Dishwasher safe": True}
PROVENANCE = {
    "tone": "lively",
    "channel": "plain",
    "language_model": "tiny",
    "engine": "none 1",
    "dvc_hashes": {"text": "a"},
    "decoding": {"top_p": 0.95},
    "bento_tag": None,
}


def _asked(**fields: object) -> ListingRequest:
    asked: ListingRequest = ListingRequest.model_validate({"attributes": MUG, **fields})
    return asked


def _answer(asked: ListingRequest, seed: int = 7) -> ListingsAnswer:
    briefs = asked.briefs()
    return listings_answer(asked, [listing(seed, briefs, {}, ())], PROVENANCE)


def test_an_object_and_a_list_of_attributes_are_the_same_product() -> None:
    """A shop sends what its database gives; numbers, units and truths are told as a person writes them."""
    listed = [
        {"name": "Brand", "value": "Acme"},
        {"name": "Type", "value": "mug"},
        {"name": "Size", "value": 350, "unit": "ml"},
        {"name": "Dishwasher safe", "value": True},
    ]
    product = _asked().product
    assert product == _asked(attributes=listed).product
    assert product.facts[2:] == (Fact(name="Size", value="350 ml"), Fact(name="Dishwasher safe", value="yes"))


def test_a_value_of_a_record_is_never_parted() -> None:
    """In free text a comma may begin another fact."""
    (fact,) = ListingRequest.model_validate({"attributes": {"Use": "Indoors, Care: wipe"}}).product.facts
    assert fact == Fact(name="Use", value="Indoors, Care: wipe")


def test_free_text_is_read_as_before() -> None:
    product = _asked(attributes="Brand: Acme; Type: mug", keywords="gift, office").product
    assert [fact.value for fact in product.facts] == ["Acme", "mug"]
    assert product.keywords == ("gift", "office")


def test_what_is_named_product_says_what_the_thing_is() -> None:
    asked = ListingRequest.model_validate({"attributes": {"product": "mug", "Brand": "Acme"}, "keywords": ["gift"]})
    assert asked.brief("title").product == "mug" and not _answer(asked).questions


def test_keywords_come_by_priority_and_the_words_of_the_voice_after_them() -> None:
    keywords = [{"text": "gift", "priority": 5}, "coffee mug"]
    assert _asked(keywords=keywords, voice={"use": ["honest"]}).product.keywords == ("coffee mug", "gift", "honest")


def test_voice_audience_and_channel_reach_every_brief() -> None:
    asked = _asked(voice={"style": "dry", "avoid": ["premium"]}, audience="commuters", channel="etsy", fields=["title"])
    (brief,) = asked.briefs().values()
    assert (brief.voice, brief.avoid, brief.audience, brief.channel) == ("dry", ("premium",), "commuters", "etsy")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"attributes": 5}, "attributes", "must be a list"),
        ({"attributes": {"Size": {"value": {}}}}, "attributes.0.value", "must be text"),
        ({"attributes": {"Size": float("nan")}}, "attributes.0.value", "must be text"),
        ({"attributes": {"Size": "a\x00"}}, "attributes.0.value", "must be text"),
        ({"attributes": {"n" * 61: 1}}, "attributes.0.name", "must have at most 60 characters"),
        ({"attributes": {str(number): 1 for number in range(61)}}, "attributes", "must have at most 60 items"),
        ({"attributes": "a" * 4001}, "attributes", "must have at most 4000 characters"),
        ({"keywords": [{"text": "gift", "priority": 0}]}, "keywords.0.priority", "must be at least 1"),
        ({"fields": []}, "fields", "must have at least 1 items"),
        ({"fields": ["title", "slogan"]}, "fields.1", "must be 'description'"),
        ({"locked": {"slogan": "a"}}, "locked.slogan", "must be 'description'"),
        ({"locked": {"title": 5}}, "locked.title", "must be text, or a list of at most 50 texts"),
        ({"variants": 5}, "variants", "must be at most 4"),
        ({"attributes": {"Size": 10**400}}, "attributes.0.value", "must be text"),
        ({"attributes": {"Size": {"name": "Colour", "value": "red"}}}, "attributes", "give Size another name"),
        ({"attributes": {str(number): "a" * 900 for number in range(5)}}, "attributes", "must have at most 4000"),
        ({"keywords": ["black, white"]}, "keywords.0.text", "must hold no comma"),
        ({"locked": {"tags": ["a"] * 51}}, "locked.tags", "must be text, or a list"),
        ({"style": "loud"}, "style", "is not known here"),
    ],
)
def test_each_fault_of_a_request_is_named_where_it_is(fields: dict[str, object], field: str, words: str) -> None:
    """Nobody relies on this address yet, so that a field which is not known is refused."""
    with pytest.raises(ValidationError) as refused:
        _asked(**fields)
    (error,) = as_service_error(refused.value).problem("/").errors
    assert error.field == field and error.reason.startswith(words)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"keywords": list("abcdef"), "voice": {"use": list("ghijk")}}, "keywords"),
        ({"deterministic": True, "variants": 2}, "variants"),
        ({"locked": {"title": ["Acme", "mug"]}}, "locked.title"),
    ],
)
def test_what_the_parts_allow_and_the_whole_does_not_is_refused(fields: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _asked(**fields)
    assert refused.value.errors[0].field == field


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (350.0, "350"),
        (1e-07, "0.0000001"),
        ("<ul><li>steel</li><li>oak</li></ul>", "steel, oak"),
        ("<p></p>", "-"),
        (";", "-"),
        ([1, "oak"], "1, oak"),
    ],
)
def test_a_value_is_told_as_a_person_would(value: object, told: str) -> None:
    (fact,) = ListingRequest.model_validate({"attributes": {"Size": value}}).product.facts
    assert fact.value == told


def test_whom_a_text_addresses_makes_no_claim_true() -> None:
    """The text may name them, and no more."""
    brief = _asked(audience="commuters who want waterproof mugs of 500 W", fields=["title"]).brief("title")
    found = {
        check.name: check.found
        for check in judge_items(brief, ("Acme mug for commuters, waterproof, 500 W",), 7).checks
        if not check.passed
    }
    assert found["claims"] == ("waterproof",) and "500" in found["numbers"][0]


@pytest.mark.parametrize("text", [['"Acme" mug', "2. generation"], '"Acme" mug\n2. generation'])
def test_a_locked_list_stays_as_it_is(text: object) -> None:
    asked = _asked(locked={"bullets": text})
    assert asked.judge_locked(asked.briefs(), 7)["bullets"].items == ('"Acme" mug', "2. generation")


def test_a_locked_text_is_judged_as_if_it_had_been_written() -> None:
    asked = _asked(locked={"title": "Acme mug, 500 ml", "tags": ["mug", "Acme", "350 ml"]}, fields=["tags"])
    briefs = asked.briefs()
    answer = listing(7, briefs, asked.judge_locked(briefs, 7), asked.locked)
    title, tags = answer.fields["title"], answer.fields["tags"]
    assert (title.complete, title.locked, title.text, title.tokens) == (False, True, "Acme mug, 500 ml", 0)
    assert [check.found for check in title.checks if check.name == "numbers"] == [("500",)]
    assert tags.items == ("mug", "Acme", "350 ml")
    assert [statement.facts for statement in tags.statements] == [(2,), (1,), (3,)]
    assert answer.status == "needs_review"


def test_what_is_not_known_is_asked_for() -> None:
    """A name without a value, a keyword that no fact supports, a product that nothing names."""
    attributes = {"Material": None, "Colour": "red"}
    asked = ListingRequest.model_validate({"attributes": attributes, "keywords": ["waterproof"]})
    questions = _answer(asked).questions
    assert [(one.asks, one.about) for one in questions] == [
        ("product", "product"),
        ("value", "Material"),
        ("keyword", "waterproof"),
    ]
    assert not _answer(_asked()).questions


def test_a_request_has_one_hash_however_it_is_written() -> None:
    """The seed is part of it, as it is of what was answered."""
    listed = [{"name": name, **(one if isinstance(one, dict) else {"value": one})} for name, one in MUG.items()]
    hashes = [_answer(_asked()), _answer(_asked(attributes=listed)), _answer(_asked(), seed=8)]
    assert hashes[0].request_hash == hashes[1].request_hash != hashes[2].request_hash


def test_a_replay_names_what_came_out_otherwise_and_what_wrote_it() -> None:
    asked = ReplayRequest.model_validate(
        {
            "request": {"attributes": MUG, "seed": 7},
            "texts": {"title": "Acme mug", "tags": "mug, Acme"},
            "provenance": {"engine": "none 2", "language_model": "tiny", "status": "ok"},
        }
    )
    briefs = asked.briefs()
    shown: dict[FieldName, str] = {"title": "Acme mug", "tags": "mug"}
    written = {name: judge_items(briefs[name], (text,), 7) for name, text in shown.items()}
    answer = replay_answer(asked, written, PROVENANCE)
    assert {name: field.same for name, field in answer.fields.items()} == {"title": True, "tags": False}
    assert not answer.same and answer.differs == ("engine",)
