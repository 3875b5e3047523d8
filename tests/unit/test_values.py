"""Values of the input are found in a text however it spells them, and nothing else is taken for them."""

import pytest

from copywriter.values import contains, find_keyword, find_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("500-GB", "a drive of 500 GB"),
        ("500-GB", "a 500GB drive"),
        ("HardDrive", "this hard drive"),
        ("silver plated", "of silverplated steel"),
        ("TONER CARTRIDGE", "a toner cartridge"),
        ("Rain jackets", "this rain jacket"),
        ('29-1/2"', "29-1/2 inches high"),
        ("18k white gold, 18k yellow gold", "of 18k white gold and 18k yellow gold"),
        ("Blue/Pink", "in blue and pink"),
        ("1000 lbs.", "it carries 1000 pounds"),
        ("10 cu. ft.", "10 cubic feet of room"),
        ("120g", "a bar of 120 grams"),
        ("30/Pack", "a pack of 30"),
        ("500/Ream", "500 sheets per ream"),
        ("50 fasteners per box", "Each box contains 50 fasteners"),
        ("50 fasteners per box", "50 fasteners to a box"),
        ("holds 350 ml", "it holds up to 350 ml"),
        ("Gents", "a wedding band for men"),
        ("female", "this women's ring"),
        ("Men's", "for gentlemen"),
        ("Levi's jeans", "Levi\u2019s jeans"),
        ("Gents ring", "a men's ring"),
        ("2-4", "for two to four players"),
        ("2-4", "for 2 to 4 players"),
        ('109" - 120"', '109" to 120" wide'),
        ("400 lumens front", "400 lumens in the front"),
        ("tower with 9 rings", "a tower with nine rings"),
        ("Serial Attached SCSI (SAS)", "with a SAS interface"),
    ],
)
def test_a_value_is_found_as_a_writer_spells_it(value: str, text: str) -> None:
    assert contains(text, value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("50", "the 50th"),
        ("M", "10M long"),
        ("101", "10 1"),
        ("14 1/2", "14 of them, 1/2 of it"),
        ("10 ft", "10 in by 20 ft"),
        ("2 shelves, 3 doors", "3 shelves and 2 doors"),
        ("2 doors in oak", "2 doors inches oak"),
        ("milk, soy, wheat, eggs, nuts, fish", "with milk, soy, wheat, eggs and nuts"),
        ("Without stone", "a stone of beauty without equal"),
        ("not tested", "tested, but not loud"),
        ("red white", "red or white"),
        ("50 fasteners per box", "each box contains 500 fasteners"),
        ("25/Carton", "each carton weighs 25 pounds"),
        ("25/Carton", "a carton with 25 mm walls"),
        ("Lady Grey", "a women grey tea"),
        ("Gents", "for ladies"),
        ("male", "for women"),
        ("black leather", "a black dial on a leather strap"),
        ("HardDrive", "It is hard. Drive on."),
        ("QRTMP1650Q", "QRTMP1650"),
        ("G2", "Gtwo"),
        ("-", "a-b"),
    ],
)
def test_what_is_not_there_is_not_found(value: str, text: str) -> None:
    assert not contains(text, value)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("cleaning products", "the cleaning product of hotels"),
        ("compatible part", "Compatible with the original part."),
        ("for photos", "room for your photos"),
        ("sugar free", "It is sugar-free."),
    ],
)
def test_a_keyword_is_used_where_its_words_stand_in_one_sentence(keyword: str, text: str) -> None:
    assert find_keyword(text, keyword)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("home office", "For the home. In the office."),
        ("sugar free", "Free delivery, with sugar."),
        ("of the", "None."),
    ],
)
def test_words_of_two_sentences_or_a_denial_apart_are_no_keyword(keyword: str, text: str) -> None:
    assert not find_keyword(text, keyword)


def test_the_place_of_a_value_is_told() -> None:
    text = "Small. It carries up to 1000 pounds in all."
    assert find_value(text, "1000 lbs.") == (text.index("1000"), text.index(" in all"))
    assert find_keyword(text, "pounds carried") is None
    assert find_keyword(text, "pounds, small") is None
    assert find_keyword(text, "all pounds") == (text.index("1000 pounds") + 5, text.index(" in all") + 7)
