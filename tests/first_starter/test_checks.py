"""Each check finds what it is for and lets good copy pass."""

import pytest

from copywriter.product import Product
from first_starter.checks import Check, check_field, split_sentences
from first_starter.references import resolve

PRODUCT = Product.parse(
    'Product Type: Desk Lamp; Brand: Lumo; Part No.: LM-204; Height: 7 7/8"; Weight: 20 oz.', "home office, reading"
)
GOOD = (
    'The Lumo desk lamp brings light to the place where it is needed. At 7 7/8" high and with a weight of 20 oz. in '
    "all, it moves from the desk to the shelf and back without any effort. Anyone who plans a home office will find "
    "the right spot for it quickly. Turn it towards the page when reading gets serious, and away from the screen when "
    "work is done. The part no. LM-204 makes repeat orders simple. A calm light in the evening is a small thing that "
    "changes how a room feels, and this one is ready for it."
)


def failed(text: str, finished: bool = True) -> dict[str, Check]:
    return {check.name: check for check in check_field("description", text, PRODUCT, finished) if not check.passed}


def test_good_copy_passes_every_check() -> None:
    assert failed(GOOD) == {}


@pytest.mark.parametrize(
    ("text", "name", "evidence"),
    [
        (GOOD + " " + GOOD, "length", ""),
        (GOOD.replace("LM-204", "LM-402"), "attributes", "LM-204"),
        (GOOD.replace("home office", "study"), "keywords", "home office"),
        (GOOD.replace("ready for it.", "ready for it for 12 years."), "numbers", "12"),
        (GOOD.replace("LM-204", "LM-9204"), "numbers", "9204"),
        (GOOD.replace("this one is", "the Glowmaster is"), "names", "Glowmaster"),
        (GOOD.replace("needed.", "**needed**."), "plain text", "**"),
        (GOOD.replace("needed.", "needed [3]."), "plain text", "[3]"),
        (GOOD.replace("The part no.", "As an AI, I say the part no."), "plain text", "As an AI"),
        (GOOD.replace("needed.", "needed\nnow."), "plain text", "line break"),
        (GOOD.replace("needed.", "needed \ufffd."), "plain text", "character U+FFFD"),
        (GOOD.replace("A calm light", "A evening light"), "sentences", "A evening"),
        (GOOD.replace("The Lumo", "An Lumo"), "sentences", "An Lumo"),
        (GOOD.replace("ready for it.", "ready for"), "sentences", "A calm light in the evening"),
        (GOOD.replace("Turn it", "turn it"), "sentences", "turn it"),
        (GOOD.replace("calm light", "calm lightsurers"), "words", "lightsurers"),
    ],
)
def test_a_fault_is_found_and_quoted(text: str, name: str, evidence: str) -> None:
    found = failed(text)
    assert name in found
    assert evidence in " ".join((*found[name].missing, *found[name].found))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("It is made of [1] and weighs [2]. It holds [3] and comes in size [4]. The pieces are [5].", ()),
        ("It is made of [5].", ("made of 12",)),
        ("It is packed as [5].", ("packed as 12",)),
        ("It is made of [1]. It [5] and comes in size [4].", ("It 12",)),
        ("It is found in the [1] range.", ("found in the steel",)),
        ("To order again, quote Capacity [3].", ("quote Capacity 350 ml",)),
        ("They are made from steel and weigh [3].", ("weigh 350 ml",)),
        ("There is room for [2].", ("is room for 1.4 kg",)),
        ("It comes in black and is [6].", ("and is 4006381333931",)),
        ("They are [1] and [5]. It comes in [4].", ()),
        ("As for the weight, they come in [2].", ("come in 1.4 kg",)),
    ],
)
def test_a_value_is_not_called_what_its_name_contradicts(text: str, wrong: tuple[str, ...]) -> None:
    """ "Made of 12" has an exact value, and says nothing."""
    mug = Product.parse("Material: steel; Weight: 1.4 kg; Capacity: 350 ml; Size: L; Pieces: 12; EAN: 4006381333931")
    text, evidence = resolve(text, mug.facts, ())
    (check,) = (c for c in check_field("description", text, mug, True, evidence) if c.name == "named values")
    assert check.found == wrong


def test_a_name_has_a_verb_of_its_number() -> None:
    toy = Product.parse("Pieces: 12; Clock speed: 2 GHz; Series: A; Glass: clear")
    text = "The [1:name] is [1]. The [2:name] are [2]. The [3:name] is [3]. The [4:name] is [4]. The [1:name] are [1]."
    text, evidence = resolve(text, toy.facts, ())
    (check,) = (c for c in check_field("meta_description", text, toy, True, evidence) if c.name == "sentences")
    assert check.found == ("pieces is", "clock speed are")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("It is a fine pick for the office. Choose it when it rains. Gifts are a sensible choice.", ()),
        ("It is a fine pick waterproof.", ("pick waterproof",)),
        ("Choose them waterproof.", ("Choose them waterproof",)),
        ("With for the office in mind, look here.", ("With for",)),
    ],
)
def test_a_keyword_fits_what_stands_before_it(text: str, wrong: tuple[str, ...]) -> None:
    bag = Product.parse("Type: bag", "for the office, waterproof")
    (check,) = (c for c in check_field("meta_description", text, bag, True) if c.name == "sentences")
    assert check.found == wrong


def test_a_text_cut_at_its_limit_is_reported() -> None:
    assert "sentences" in failed(GOOD, finished=False)


def test_an_abbreviation_of_the_input_ends_no_sentence() -> None:
    assert len(split_sentences("It weighs 20 oz. in all. Good.", "20 oz.")) == 2
    assert len(split_sentences("It weighs 20 oz. In all. Good.", "20 oz.")) == 2


def test_gibberish_is_not_taken_for_copy() -> None:
    assert {"length", "attributes", "keywords", "sentences"} <= set(failed("qzx vrr lamp lamp bleh"))


def test_a_facts_name_must_stand_with_its_own_value() -> None:
    """ "The colour is LM-204." has an exact value, and is nonsense all the same."""
    lamp = Product.parse("Colour: black; Part No.: LM-204")
    right, evidence = resolve("The [1:name] is [1]. For orders, note [2:name] [2].", lamp.facts, ())
    assert "named values" not in {
        c.name for c in check_field("description", right, lamp, True, evidence) if not c.passed
    }
    wrong, evidence = resolve("It comes in [1]. The [1:name] is [2].", lamp.facts, ())
    (check,) = (c for c in check_field("description", wrong, lamp, True, evidence) if c.name == "named values")
    assert not check.passed and check.found == ("colour",)


def test_a_word_is_not_written_twice_in_a_row() -> None:
    assert failed(GOOD.replace("reading gets", "reading reading gets"))["sentences"].found == ("reading reading",)
    given = {c.name: c for c in check_field("description", "A bye bye mug.", Product.parse("Type: bye bye mug"), True)}
    assert "bye bye" not in given["sentences"].found


@pytest.mark.parametrize(
    ("attributes", "text", "wrong"),
    [
        ("a pink dress", "These pink dress bring joy.", True),
        ("a pink dress", "This pink dress brings joy.", False),
        ("Type: red jacket; Brand: Acme", "Wear these Acme red jacket.", True),
        ("Type: Running shoes", "This running shoes is light.", True),
        ("Type: Running shoes", "These running shoes are light.", False),
        ("a pair of trousers", "This pair of trousers fits.", False),
        ("Type: canvas", "This canvas waits. These canvas wait.", False),
        ("Type: glass", "These glass shine.", True),
    ],
)
def test_one_thing_is_not_called_these(attributes: str, text: str, wrong: bool) -> None:
    checks = {c.name: c for c in check_field("description", text, Product.parse(attributes), True)}
    assert any(found in text and not found.endswith(".") for found in checks["sentences"].found) == wrong


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("It measures [2] high and [3] wide.", ()),
        ("It measures [2] wide.", ("40 cm wide",)),
        ("It measures [1] high and [4] wide.", ("LM-204 high", "oak wide")),
        ("With [5] wide legs it is made of [4] long-lasting wood.", ()),
    ],
)
def test_a_measure_is_called_by_its_own_dimension(sentence: str, found: tuple[str, ...]) -> None:
    """ "Find room for LM-204 high" has an exact value, and says nothing."""
    shelf = Product.parse("Part No.: LM-204; Height: 40 cm; Overall Width: 90 cm; Material: oak; 2 m", None)
    text, evidence = resolve(sentence, shelf.facts, ())
    (check,) = (c for c in check_field("description", text, shelf, True, evidence) if c.name == "named values")
    assert check.found == found
