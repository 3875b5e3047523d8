"""What callers may write in a field."""

import pytest
from pydantic import ValidationError

from operations.http.forms import TextForm
from operations.http.problems import as_service_error


def _refusal(**fields: object) -> tuple[str, str, float | None]:
    with pytest.raises(ValidationError) as refused:
        TextForm.model_validate({"attributes": "A blue mug", **fields})
    (error,) = as_service_error(refused.value).problem("/").errors
    return error.field, error.reason, error.limit


@pytest.mark.parametrize(
    ("fields", "field", "limit"),
    [
        ({"attributes": "   abc   "}, "attributes", 5),
        ({"attributes": "a" * 501}, "attributes", 500),
        ({"attributes": "a" + "\u0301" * 10_000}, "attributes", 500),
        ({"attributes": 12345}, "attributes", None),
        ({"attributes": None}, "attributes", None),
        ({"attributes": "mug \x00 blue"}, "attributes", None),
        ({"attributes": "mug \x1b[31m blue"}, "attributes", None),
        ({"attributes": "mug \ud800 blue"}, "attributes", None),
        ({"keywords": "k" * 201}, "keywords", 200),
        ({"keywords": ",".join("abcdefghijk")}, "keywords", 10),
        ({"seed": -1}, "seed", 0),
        ({"seed": float("nan")}, "seed", None),
        ({"seed": 1.5}, "seed", None),
        ({"tone": "shouting"}, "tone", None),
    ],
)
def test_input_that_cannot_be_used_is_refused_by_field(
    fields: dict[str, object], field: str, limit: float | None
) -> None:
    """Each refusal tells the field, and the limit where there is one."""
    refused_field, reason, refused_limit = _refusal(**fields)
    assert (refused_field, refused_limit) == (field, limit)
    assert reason.startswith("must")


def test_unseen_characters_are_taken_out() -> None:
    """Pasted from a web page they would split words and turn the text around unseen."""
    form = TextForm.model_validate({"attributes": "\ufeffblue\u200b mug \u202egnp\u2066", "keywords": "a\u00adb"})
    assert (form.attributes, form.keywords) == ("blue mug gnp", "ab")


def test_joiners_line_ends_and_other_scripts_stay() -> None:
    """Persian and emoji are written with joiners; attributes may come as lines."""
    text = "\u0645\u06cc\u200c\u062e\u0648\n\U0001f469\u200d\U0001f373 apron\t100 % coton"
    assert TextForm.model_validate({"attributes": text}).attributes == text


def test_unknown_fields_are_ignored() -> None:
    """The first version ignored them, and its callers may send some."""
    assert TextForm.model_validate({"attributes": "A blue mug", "style": "loud"}).attributes == "A blue mug"
