"""The brief is made once, and whatever is accepted is asked for or named with the reason."""

import pytest

from contracts.brief import FIELD_NAMES, Brief, FieldName
from copywriter.briefs import make_brief, nothing_to_tell
from copywriter.product import Product
from copywriter.prompts import ask_for_text
from verify.checks import check_text

LAMP = Product.parse('Product Type: Desk Lamp; Brand: Lumo; Height: 7 7/8"; Weight: 20 oz.', "home office, desk lamp")


def accounted(brief: Brief, product: Product) -> bool:
    """Whether each keyword is asked for, contained in a value that is, or named as left out."""
    asked = [brief.facts[number - 1].value.casefold() for number in brief.required]
    named = {left.value for left in brief.left_out}
    return all(
        word in brief.keywords or word in named or any(word.casefold() in value for value in asked)
        for word in product.keywords
    )


def test_a_description_must_state_every_fact_and_every_keyword_that_no_fact_holds() -> None:
    brief = make_brief("description", LAMP)
    assert brief.required == (1, 2, 3, 4)
    assert brief.keywords == ("home office",), "the fact says desk lamp already"
    assert brief.product == "Desk Lamp" and brief.left_out == ()


def test_facts_without_room_are_named_with_the_reason() -> None:
    """25 facts were accepted, 20 shown and all 25 required, so that no text could ever be complete."""
    product = Product.parse("; ".join(["Product: Box"] + [f"Part {n}: {'word ' * 6}{n}" for n in range(25)]))
    brief = make_brief("description", product)
    stated = {brief.facts[number - 1].value for number in brief.required}
    left = {one.value: one.reason for one in brief.left_out}
    assert stated and left and stated | set(left) == {fact.value for fact in product.facts}
    assert all("no room in 120 words" in reason for reason in left.values())


def test_a_value_too_long_for_a_sentence_is_told_but_not_required() -> None:
    brief = make_brief("description", Product.parse("Product: Lamp; Story: " + "word " * 40))
    assert brief.required == (1,) and len(brief.facts) == 2
    assert "longer than" in brief.left_out[0].reason


@pytest.mark.parametrize(("value", "reason"), [("Yes", "yes or no"), ("+++", "neither letters nor digits")])
def test_what_no_sentence_can_be_held_to_is_told_but_not_required(value: str, reason: str) -> None:
    brief = make_brief("description", Product.parse(f"Product: Lamp; Dimmable: {value}"))
    assert brief.required == (1,) and len(brief.facts) == 2
    assert [one.value for one in brief.left_out] == [value] and reason in brief.left_out[0].reason


def test_a_name_without_room_in_a_title_is_named() -> None:
    brief = make_brief("seo_title", Product.parse("Product: " + "Very " * 20 + "long lamp; Brand: Lumo"))
    assert brief.required == () and "no room" in brief.left_out[0].reason


@pytest.mark.parametrize("field", FIELD_NAMES)
def test_ten_keywords_are_used_or_named(field: FieldName) -> None:
    """Ten keywords were accepted where eight were shown."""
    product = Product.parse("Product: Lamp", ", ".join(f"word{n}" for n in range(10)))
    brief = make_brief(field, product)
    assert accounted(brief, product) or field not in ("description", "tags")


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ("Colour: N/A", "no value"),
        ("Chip: null", "no value"),
        ("Width: -", "no value"),
        ("EAN: 5015678901230", "shop's own use"),
        ("Variant Inventory Policy: deny", "shop's own use"),
        ("compare_at_price: 59.99", "shop's own use"),
        ("Rating: 4.5", "shop's own use"),
        ("Price ex VAT: 12.00", "shop's own use"),
        ("price_eur: 12.00", "shop's own use"),
        ("stock_policy: deny", "shop's own use"),
        ("See: https://shop.example.com/mat", "a link"),
        ("Contact: +49 30 1234567", "phone number"),
        ("Now: $39.99 (was $59.99)", "price"),
        ("Note: Free shipping over 50", "offer"),
    ],
)
def test_junk_and_what_a_shop_keeps_for_itself_reach_no_text(pair: str, reason: str) -> None:
    brief = make_brief("description", Product.parse(f"Product: Lamp; {pair}; Height: 40 cm"))
    assert [fact.value for fact in brief.facts] == ["Lamp", "40 cm"]
    assert reason in brief.left_out[0].reason


@pytest.mark.parametrize(
    "pair",
    [
        "IP rating: IP20",
        "Image sensor: CMOS",
        "Internal storage: 256 GB",
        "Link length: 8 mm",
        "Rows: 7",
        "Symbol: Na",
        "Price tag: 26 mm",
    ],
)
def test_a_property_that_only_sounds_like_a_shops_own_is_told(pair: str) -> None:
    """An IP rating was taken for a rating by customers."""
    brief = make_brief("description", Product.parse(f"Product: Lamp; {pair}"))
    assert len(brief.facts) == 2 and brief.left_out == ()


def test_a_text_has_no_more_keywords_than_sentences() -> None:
    """Ten keywords of a lamp with three facts became a lamp that was a small table and a gift idea."""
    product = Product.parse("Brand: Lumo; Product Type: Lamp; Colour: black", "dorm room, study desk, home office")
    brief = make_brief("description", product)
    assert brief.keywords == ("dorm room", "study desk")
    assert [(left.value, left.reason) for left in brief.left_out] == [
        ("home office", "one keyword a sentence: 3 facts carry 2")
    ]


def test_no_and_none_are_values() -> None:
    """A soap without fragrance is what somebody looks for."""
    brief = make_brief("description", Product.parse("Product: Soap; Fragrance: none; Vegan: no"))
    assert [fact.value for fact in brief.facts] == ["Soap", "none", "no"]


def test_a_text_of_few_words_need_not_state_every_fact() -> None:
    """A fact in four words is a list already."""
    product = Product.parse("; ".join(["Product: Box", *(f"Part {n}: red{n}" for n in range(12))]))
    brief = make_brief("description", product, words=(20, 40))
    assert brief.limits.words == (20, 40) and len(brief.required) == 7 and brief.required[0] == 1
    assert {left.reason for left in brief.left_out} == {"no room in 40 words"}


@pytest.mark.parametrize(
    ("attributes", "least"),
    [("a pink dress", 4), ("A: a; B: b; C: c; D: d", 12), ("; ".join(f"A{n}: {n}" for n in range(30)), 80)],
)
def test_a_description_is_as_long_as_its_facts_carry(attributes: str, least: int) -> None:
    limits = make_brief("description", Product.parse(attributes)).limits
    assert limits.words == (least, 120)


@pytest.mark.parametrize(
    ("attributes", "least"), [("a pink dress", 20), ("A: a; B: b; C: c", 40), ("A: a; B: b; C: c; D: d; E: e", 70)]
)
def test_a_meta_description_of_few_facts_need_not_be_filled_up(attributes: str, least: int) -> None:
    assert make_brief("meta_description", Product.parse(attributes)).limits.characters == (least, 155)


def test_a_text_is_planned_with_room_for_its_yes_and_no() -> None:
    facts = [f"Part {n}: red{n}" for n in range(18)]
    plain, denied = (
        make_brief("description", Product.parse("; ".join(["Product: Box", *facts, *more])))
        for more in ([], [f"Extra {n}: no" for n in range(6)])
    )
    assert len(denied.required) < len(plain.required)


def test_prompts_say_length_voice_and_words_to_avoid() -> None:
    brief = make_brief("description", LAMP, words=(30, 50), voice="dry and exact", avoid=("premium", "ideal"))
    asked = ask_for_text(brief)[-1].content
    assert "30 to 50 words" in asked and "Never use these words: premium, ideal." in asked
    assert "The shop's voice: dry and exact." in asked


def test_the_fields_of_a_product_are_asked_for_after_the_same_words() -> None:
    """So that an engine reads them once."""
    asked = [ask_for_text(make_brief(field, LAMP))[-1].content for field in FIELD_NAMES]
    facts = asked[0].split("\n\n")[0]
    assert all(one.startswith(facts + "\n\n") for one in asked)


def test_a_title_is_told_the_keyword_where_no_fact_says_what_the_thing_is() -> None:
    lipstick = Product.parse("Maker: Rougelline; Colour: brick red; Finish: satin", "satin lipstick, lipstick")
    brief = make_brief("title", lipstick)
    assert brief.facts[0].value == "satin lipstick" and 1 in brief.required
    assert all(fact.value != "satin lipstick" for fact in make_brief("description", lipstick).facts)


def test_a_single_word_of_free_text_does_not_say_what_the_thing_is() -> None:
    assert (
        make_brief("title", Product.parse("Wholegrain; 500 g", "wholegrain couscous")).facts[0].value
        == "wholegrain couscous"
    )
    assert make_brief("title", Product.parse("Clamp lamp; white", "desk light")).facts[0].value == "Clamp lamp"


@pytest.mark.parametrize(
    ("attributes", "least"), [("Kazoo; metal", 2), ("Kazoo; metal; red; 12 cm; for children; 30 g", 5)]
)
def test_a_product_of_few_facts_needs_few_tags(attributes: str, least: int) -> None:
    assert make_brief("tags", Product.parse(attributes)).limits.items[0] == least


@pytest.mark.parametrize("attributes", [".....", "Brand: ; Colour: ; Size: ", "Price: 12 EUR; SKU: 8837", "+++++"])
def test_input_without_a_fact_says_nothing(attributes: str) -> None:
    """A text about it was about a book that you can read."""
    assert nothing_to_tell(Product.parse(attributes))
    assert not nothing_to_tell(Product.parse(attributes, "lipstick"))
    assert make_brief("description", Product.parse(attributes, "lipstick")).keywords == ("lipstick",)


def test_a_name_alone_has_no_value() -> None:
    brief = make_brief("description", Product.parse("Product Type: Office Chair; Material: ; Weight: 14 kg"))
    assert [fact.value for fact in brief.facts] == ["Office Chair", "14 kg"]
    assert [(left.value, left.reason) for left in brief.left_out] == [("-", "no value")]


@pytest.mark.parametrize(
    ("attributes", "keyword", "reason"),
    [
        ("Product: Knee Sleeve; FDA Approved: No", "FDA approved", "a fact says no"),
        ("Product: Knee Sleeve; Material: neoprene", "pain relief", "no fact says relief"),
        ("Title: Summer Dress; Length: midi", "floral print", "no fact says floral"),
        ("Title: Cargo Pants; Fit: relaxed", "shipping", "no fact says shipping"),
        ("Product: Speaker; Water resistance: splash only, not waterproof", "waterproof speaker", "a fact says no"),
        ("Product: Chocolate; Organic: no", "organic chocolate", "a fact says no"),
    ],
)
def test_a_keyword_that_no_fact_supports_is_refused_before_anything_is_written(
    attributes: str, keyword: str, reason: str
) -> None:
    brief = make_brief("description", Product.parse(attributes, f"{keyword}, gift"))
    assert brief.keywords == ("gift",) and brief.refused == (keyword,)
    assert [left.value for left in brief.left_out if reason in left.reason and left.kind == "keyword"] == [keyword]
    keywords = next(check for check in check_text(brief, "A gift.", ("A gift.",), True) if check.name == "keywords")
    assert not keywords.passed and keywords.missing == (keyword,) and "refused" in keywords.message


@pytest.mark.parametrize(
    ("attributes", "keyword"),
    [
        ("Grape: sangiovese; Content: 0.75 l", "red wine"),
        ("Product: Dry bag; Waterproof: IPX7", "waterproof bag"),
        ("Stone: jade; Length: 14 cm", "jade roller"),
        ("Product: Spread; Vegan: yes", "vegan spread"),
    ],
)
def test_a_keyword_that_names_the_thing_or_a_fact_is_not(attributes: str, keyword: str) -> None:
    brief = make_brief("tags", Product.parse(attributes, keyword))
    assert brief.refused == () and brief.keywords == (keyword,)
