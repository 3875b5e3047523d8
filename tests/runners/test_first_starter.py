"""What only the first starter's engine does, on tiny random checkpoints."""

import pytest

from contracts.items import Decoding, Message, TextItem
from first_starter.engine import FirstStarterEngine, SentenceLikelihood
from tests.tiny import REFERENCES, SENTENCES, make_text

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> FirstStarterEngine:
    """A loaded checkpoint."""
    return FirstStarterEngine.load(make_text(tmp_path_factory.mktemp("llama"), "llama"))


def ask(text: str, starter: dict[str, object] | None = None, **decoding: object) -> TextItem:
    """An item that asks `text`."""
    settings = Decoding.model_validate({"temperature": 1.0, **decoding})
    return TextItem(id="1", messages=(Message(role="user", content=text),), decoding=settings, starter=starter)


def reference(token: str, **fields: object) -> dict[str, object]:
    """A reference that `token` writes."""
    return {"tokens": [token], "words": 2, **fields}


def test_constraints_hold_in_a_random_model_and_touch_only_their_row(engine: FirstStarterEngine) -> None:
    required = [reference(token, required=True) for token in REFERENCES[:3]]
    constraints = {"references": required, "forbidden": REFERENCES[3:], "min_words": 5, "enough_words": 8}
    bound = ask(SENTENCES[0], {"constraints": constraints}, max_new_tokens=150, seed=1)
    free = ask(SENTENCES[1], max_new_tokens=30, seed=2)
    results = engine.write([bound, free])
    text = results[0].text
    for token in REFERENCES[3:]:
        assert token not in text
    for token in REFERENCES[:3]:
        assert text.count(token) <= 1
    if results[0].finish == "end":
        assert all(token in text for token in REFERENCES[:3])
        assert text.rstrip().rstrip("\"'”’»)]").endswith((".", "!", "?"))
    assert results[1].text == engine.write([free])[0].text


def test_what_the_model_would_rather_have_written_comes_with_a_text(engine: FirstStarterEngine) -> None:
    only = {"references": [reference(REFERENCES[0])], "forbidden": REFERENCES[1:]}
    bound = ask(SENTENCES[0], {"constraints": only}, max_new_tokens=40, seed=3)
    greedy = ask(SENTENCES[0], max_new_tokens=40, temperature=0)
    bound_result, greedy_result = engine.write([bound, greedy])
    told, free = bound_result.starter, greedy_result.starter
    assert told and free
    assert free["forced"] == 0, "nothing was forbidden"
    assert 0 < told["forced"] < 1
    assert told["least_likely"] < free["least_likely"] < 0


def test_a_text_can_end_with_its_first_line(engine: FirstStarterEngine) -> None:
    (whole,) = engine.write([ask(SENTENCES[0], max_new_tokens=400, temperature=2.0, seed=3)])
    (line,) = engine.write([ask(SENTENCES[0], {"stop_at_line": True}, max_new_tokens=400, temperature=2.0, seed=3)])
    assert "\n" in whole.text, "the text to cut has no lines"
    assert whole.text.startswith(line.text) and line.text.count("\n") == 1 and line.finish == "end"


def test_a_run_of_tokens_is_not_written_twice(engine: FirstStarterEngine) -> None:
    """A tiny random model that is greedy repeats itself."""
    loose, strict = (
        engine.write([ask(SENTENCES[0], starter, max_new_tokens=60, temperature=0)])[0].text
        for starter in ({}, {"no_repeat_ngram": 2})
    )
    assert loose != strict


def test_settings_that_cannot_be_read_fail_their_item(engine: FirstStarterEngine) -> None:
    bad, good = engine.write([ask("x", {"constraints": {"min_words": -1}}), ask("x")])
    assert bad.error and bad.error.code == "invalid_item"
    assert good.error is None


def test_a_sentence_is_as_likely_as_all_of_its_tokens_together() -> None:
    likelihood = SentenceLikelihood()
    pieces = [("lighting", -1.0), ("\n", -0.5), ("It weighs 3", -2.0), (".", -0.5), ("5 kg.", -1.5), (" It", -3.0)]
    for piece, log_probability in pieces:
        likelihood.add(piece, log_probability)
    assert likelihood.least == -4.0, "a stop within a number ends no sentence"
    likelihood.add(" shines.", -3.0)
    likelihood.add("", -0.5)
    assert likelihood.least == -6.5
