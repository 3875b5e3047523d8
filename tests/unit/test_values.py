"""Values of the input are found in a text however it spells them, and nothing else is taken for them."""

import pytest

from copywriter.values import contains, find_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("500-GB", "a drive of 500 GB"),
        ("500-GB", "a 500GB drive"),
        ("HardDrive", "this hard drive"),
        ("TONER CARTRIDGE", "a toner cartridge"),
        ('29-1/2"', "29-1/2 inches high"),
        ("18k white gold, 18k yellow gold", "of 18k white gold and 18k yellow gold"),
        ("Blue/Pink", "in blue and pink"),
        ("1000 lbs.", "it carries 1,200 kg or 1000 pounds"),
        ("10 cu. ft.", "10 cubic feet of room"),
        ("30/Pack", "a pack of 30"),
        ("300 3 x 5 cards", "room for 300 cards of 3x5"),
        ("cleaning products", "the cleaning product of hotels"),
        ("Serial Attached SCSI (SAS)", "with a SAS interface"),
        ("2-4", "for two to four players"),
        ("2-4", "for 2 to 4 players"),
        ("silver plated", "of silverplated steel"),
        ("wooden tower with 9 rings", "a wooden tower that has nine rings"),
        ("unscented hand soap bar made from goat milk and oat", "an unscented soap bar of goat milk and oat"),
        ("for photos", "room for your photos"),
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
        ("Without stone", "a band with a stone"),
        ("QRTMP1650Q", "QRTMP1650"),
        (
            "soap bar of goat milk and oat, no perfume, 3 pieces",
            "a soap bar of goat milk and oat with perfume, 3 pieces",
        ),
        ("red wool hat", "a red hat"),
        ("G2", "Gtwo"),
        ("home office", "For the home. In the office."),
        ("-", "a-b"),
    ],
)
def test_what_is_not_there_is_not_found(value: str, text: str) -> None:
    assert not contains(text, value)


def test_the_place_of_a_value_is_told() -> None:
    text = "Small. It carries up to 1000 pounds in all."
    assert find_value(text, "1000 lbs.") == (text.index("1000"), text.index(" in all"))
