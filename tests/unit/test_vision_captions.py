"""Training captions say what the labels and the pixels support, in plain English."""

import re

import numpy as np
import pytest

from evaluation.captions import PHRASES, CaptionReader, caption
from evaluation.colour import NAMES, colour_name, colour_shares
from evaluation.photo_index import Photo

RGB = tuple[int, int, int]


def picture(thing: RGB, background: RGB, noise: int = 6) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """A 64-pixel square of `background` with a centred square of `thing` that covers a third of it."""
    pixels = np.full((64, 64, 3), background, dtype=np.int16)
    pixels[14:50, 14:50] = thing
    pixels += np.random.default_rng(0).integers(-noise, noise + 1, pixels.shape, dtype=np.int16)
    return pixels.clip(0, 255).astype(np.uint8)


def photo(product: str, product_type: str, department: str = "grocery") -> Photo:
    return Photo(f"train/{product}.jpg", "train", department, product_type, product)


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        ((20, 20, 22), "black"),
        ((240, 240, 238), "white"),
        ((128, 128, 128), "grey"),
        ((190, 20, 30), "red"),
        ((235, 130, 170), "pink"),
        ((30, 80, 190), "blue"),
        ((20, 25, 75), "navy"),
        ((35, 130, 50), "green"),
        ((245, 215, 30), "yellow"),
        ((240, 130, 20), "orange"),
        ((105, 65, 35), "brown"),
        ((215, 190, 150), "beige"),
        ((110, 40, 140), "purple"),
        ((20, 170, 170), "turquoise"),
    ],
)
def test_the_thing_is_named_and_not_its_background(thing: RGB, name: str) -> None:
    for background in ((200, 160, 60), (90, 150, 90), (150, 40, 90)):
        assert colour_name(picture(thing, background)) == name


def test_a_thing_in_the_colour_of_its_background_is_still_named() -> None:
    """A white shirt on a white bed has no outline; the middle of the photo is then all there is."""
    assert colour_name(picture((245, 245, 243), (242, 242, 240))) == "white"


def test_no_colour_is_named_where_several_share_the_thing() -> None:
    stripes = picture((0, 0, 0), (128, 128, 128))
    for i, colour in enumerate(((200, 30, 30), (30, 60, 200), (240, 220, 40), (40, 150, 60))):
        stripes[14 + 9 * i : 23 + 9 * i, 14:50] = colour
    assert colour_name(stripes) is None


def test_shares_of_colours_add_up_to_one() -> None:
    assert colour_shares(picture((190, 20, 30), (240, 240, 240))).sum() == pytest.approx(1, abs=1e-5)


def test_captions_have_the_right_article() -> None:
    dress = photo("dress", "dress", "apparel")
    assert caption(dress, "navy") == "a navy dress"
    assert caption(dress, "olive green") == "an olive green dress"
    assert caption(dress, None) == "a dress"


def test_a_measured_colour_stays_out_of_captions_that_have_no_place_for_it() -> None:
    assert caption(photo("Granny-Smith", "Apple"), "green") == "Granny Smith apples"


@pytest.mark.parametrize("phrase", PHRASES.values())
def test_phrases_are_plain_english_without_counts_or_brands(phrase: str) -> None:
    brands = r"arla|alpro|bravo|garant|god morgon|oatly|tropicana|valio|yoggi"
    assert re.fullmatch(r"[A-Za-z{}-]+( [A-Za-z{}-]+)*", phrase)
    assert not re.search(rf"\b({brands}|one|two|three|four|five|several)\b", phrase, re.IGNORECASE)


def test_every_caption_is_read_back_as_what_it_was_made_from() -> None:
    """Metrics read the decoder's captions; a phrase that two types share would count wrong ones as right."""
    photos = [photo(key, key) for key in PHRASES]
    reader = CaptionReader(photos)
    for one in photos:
        for colour in (*NAMES, None):
            text = caption(one, colour)
            reading = reader.read(text)
            assert one.product_type in reading.product_types
            assert reading.colour == (colour if colour and text != caption(one, None) else None)


def test_text_that_is_no_known_caption_claims_no_type() -> None:
    assert not CaptionReader([photo("Kiwi", "Kiwi")]).read("a dress of kiwi").product_types
