"""Values of the input are found in a text however it spells them, and nothing else is taken for them."""

import pytest

from verify.values import contains, find_keyword, find_value, without_values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("500-GB", "a drive of 500 GB"),
        ('10\'6" x 32"', '10\'6" x 32" in all'),
        ("5'6\"", "5 feet 6 inches of cable"),
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
        ("5", "It weighs 5."),
        ("2-4", "2–4 players"),
        ("1500 W", "1,500 watts"),
        ("1,500 W", "1500 watts"),
        ('14 1/2"', '14-1/2" tall'),
        ("-20 C", "minus 20 C"),
        (".5 oz", "0.5 oz"),
        ("8, 10, 12", "sizes 8, 10 and 12"),
        ("16:9", "a 16:9 screen"),
        ("S", "in size S"),
        ("S", "sizes S, M and L"),
        ("US", "made for US sockets"),
        ("11 inches", '11" high'),
        ('24" x 36"', "24 by 36 inches"),
        ('24"', "a 24-inch screen"),
        ("6 ft", "a 6' cord"),
        ("100% cotton", "100 percent cotton"),
        ("20°C", "20 degrees Celsius"),
        ("Dresses", "this dress"),
        ("Batteries", "the battery"),
        ("Accessory", "its accessories"),
        ("1 Year", "a one-year warranty"),
        ("24 pieces", "twenty-four pieces"),
        ("Two drawers", "2 drawers"),
        ("2-in-1", "two-in-one"),
        ("50/60 Hz", "50 and 60 Hz"),
        ("10 x 20 x 30 cm", "10 × 20 × 30 cm"),
        ("2 to 60 sheets", "2-60 sheets"),
        ("500 GB", "500 gigabytes"),
        ("20A", "a 20-amp fuse"),
        ("16 fl oz", "16 fluid ounces"),
        ("12-Pack", "a pack of 12"),
        ("Set of 4", "a four-piece set"),
        ("1,000/Box", "1,000 per box"),
        ("Max. 120 kg", "a maximum of 120 kg"),
        ("Black and Decker", "Black & Decker"),
        ("Grey", "in gray"),
        ("Not included", "batteries not included"),
        ("(2) 3 gallon hoppers", "(2) 3-gallon hoppers"),
        ('40" - 48"', "from 40-inch to 48-inch width"),
        ("12 100 Sheet Pads/Pack", "12 100 sheet pads per pack"),
        ("copper, 20 m", "a 20 m copper wire"),
        ("copper, 20 m", "20 m of copper wire"),
        ("roll-up, included", "a roll-up case is included"),
        ("USB-C, 30 cm, included", "a 30 cm USB-C cable is included"),
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
        ("copper, 20 m", "copper wire. 20 m of rope"),
        ("red, blue", "blue on the whole outside, with a red lining"),
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
        ("5 kg", "2.5 kg"),
        ("2", "8 1/2"),
        ('1/2"', '8-1/2"'),
        ('11"', '11.5"'),
        ("1", "1,000 sheets"),
        (".5 oz", "5 oz"),
        ("3/4 inch", "3-4 inch"),
        ("1.5 L", "1-5 l"),
        ("500 ml", "1 500 ml"),
        ("14", "14 1/2"),
        ("-20 C", "20 C"),
        ("5 C", "at -5 C"),
        ("DR-510", "DR-510-BK"),
        ("S", "The shirt's collar"),
        ("M", "10 m long"),
        ("A", "A lamp."),
        ("US", "it gives us room"),
        ('24"', "24 cm"),
        ("10%", "10 kg"),
        ("5G", "a 5 g bag"),
        ("10 in 1", "10 inch 1"),
        ("Waterproof", "not waterproof"),
        ("Leather", "leather-free"),
        ("Gold", "gold-tone"),
        ("4 pieces", "twenty-four pieces"),
        ("20", "twenty-five"),
        ("100 sheets", "three hundred sheets"),
        ("Pack of 12", "6 packs of 12"),
        ("T-shirt", "T to shirt"),
        ("10 x 20 cm", "10 mm x 20 cm"),
        ("1000 W", "10,00 watts"),
        ("1,000 sheets", "1,000,000 sheets"),
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


def test_many_small_words_are_searched_to_the_end() -> None:
    """The ways to read them doubled with each, so that one such request stopped the whole service: this had no end."""
    assert not contains("of " * 150, "of " * 60 + "zq")


def test_the_place_of_a_value_is_told() -> None:
    text = "Small. It carries up to 1000 pounds in all."
    assert find_value(text, "1000 lbs.") == (text.index("1000"), text.index(" in all"))
    assert find_keyword(text, "pounds carried") is None
    assert find_keyword(text, "pounds, small") is None
    assert find_keyword(text, "all pounds") == (text.index("1000 pounds") + 5, text.index(" in all") + 7)


def test_of_values_that_overlap_the_same_ones_are_taken_out_whatever_their_order() -> None:
    assert without_values("blue silk ties", ["silk ties", "blue silk"]) == "… ties"
    assert without_values("blue silk ties", ["blue silk", "silk ties"]) == "… ties"


def test_a_list_is_looked_for_in_a_text_of_one_word_without_end() -> None:
    assert not contains("red. " * 200, "red, red, red, red")
