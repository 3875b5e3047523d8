"""A text ends before the first stop string, however it is cut into pieces."""

import pytest

from runners.engines.stops import StopStrings


@pytest.mark.parametrize("size", [1, 2, 3, 50])
@pytest.mark.parametrize(
    ("text", "stop", "left"),
    [
        ("One line.\nAnother.", ("\n",), "One line."),
        ("a b abc d", ("abc",), "a b "),
        ("aab", ("ab",), "a"),
        ("\n\nOne line.\nAnother.", ("\n",), "One line."),
        ("first END then ###", ("###", "END"), "first "),
        ("ends with ab", ("abc",), "ends with ab"),
        ("no stop", (), "no stop"),
        ("nothing to stop at", ("",), "nothing to stop at"),
    ],
)
def test_a_text_ends_before_the_first_stop_string(text: str, stop: tuple[str, ...], left: str, size: int) -> None:
    stops = StopStrings(stop)
    pieces = [stops.push(text[start : start + size]) for start in range(0, len(text), size)]
    assert "".join(pieces) + stops.finish() == left
    assert stops.reached == (left != text)


def test_what_cannot_begin_a_stop_string_is_not_held_back() -> None:
    stops = StopStrings(("###",))
    assert stops.push("ready #") == "ready "
    assert stops.push("1") == "#1"
