"""Constraints only forbid: each test writes a text token by token and looks at what is still allowed."""

import pytest
import torch

from first_starter.constraints import ConstraintState, WordCount
from first_starter.contracts import Constraints, Reference

VOCABULARY = {text: number for number, text in enumerate(["<end>", "[1]", "[2]", " a", " b", ".", '"', " 3", ".."])}
END = 0


def write(state: ConstraintState, *tokens: str) -> None:
    """Let the row have chosen these tokens."""
    for token in tokens:
        state.advance(VOCABULARY[token], token)


def allowed(state: ConstraintState) -> set[str]:
    """The tokens that may come next."""
    scores = torch.zeros(len(VOCABULARY))
    state.apply(scores)
    return {token for token, number in VOCABULARY.items() if scores[number] > -torch.inf}


def begin(constraints: Constraints) -> ConstraintState:
    """A text of which nothing is written."""
    return ConstraintState(constraints, VOCABULARY, frozenset({END}), torch.device("cpu"))


def test_the_end_is_allowed_only_at_the_end_of_a_sentence() -> None:
    state = begin(Constraints())
    assert "<end>" not in allowed(state)
    write(state, " a")
    assert "<end>" not in allowed(state)
    write(state, ".")
    assert "<end>" in allowed(state)
    write(state, '"')
    assert "<end>" in allowed(state)
    write(state, " b")
    assert "<end>" not in allowed(state)


def test_a_period_after_a_reference_ends_a_sentence() -> None:
    state = begin(Constraints(references=(Reference(tokens=("[1]",), words=1),)))
    write(state, " a", "[1]")
    assert "<end>" not in allowed(state)
    write(state, ".")
    assert "<end>" in allowed(state)


def test_the_end_waits_for_the_least_number_of_words() -> None:
    state = begin(Constraints(min_words=3))
    write(state, " a", " b", ".")
    assert "<end>" not in allowed(state)
    write(state, " a", ".")
    assert "<end>" in allowed(state)


def test_the_end_waits_for_required_references() -> None:
    state = begin(Constraints(references=(Reference(tokens=("[1]", "[2]"), words=1, required=True),)))
    write(state, " a", ".")
    assert "<end>" not in allowed(state)
    write(state, "[2]", ".")
    assert "<end>" in allowed(state)


def test_all_ways_to_write_a_reference_are_forbidden_after_its_last_use() -> None:
    state = begin(Constraints(references=(Reference(tokens=("[1]", "[2]"), words=1, limit=2),)))
    write(state, "[1]")
    assert {"[1]", "[2]"} <= allowed(state)
    write(state, "[2]")
    assert not {"[1]", "[2]"} & allowed(state)


def test_a_reference_is_forbidden_right_after_a_word_that_it_cannot_follow() -> None:
    state = begin(Constraints(references=(Reference(tokens=("[1]",), words=1, not_after=("a",)),)))
    write(state, " b", " a")
    assert "[1]" not in allowed(state)
    write(state, " b")
    assert "[1]" in allowed(state)


def test_forbidden_tokens_never_appear_but_the_end_cannot_be_forbidden() -> None:
    state = begin(Constraints(forbidden=(" b", "not a token", "<end>")))
    write(state, " a", ".")
    assert " b" not in allowed(state)
    assert "<end>" in allowed(state)


def test_only_the_end_is_left_once_there_are_enough_words() -> None:
    required = Reference(tokens=("[1]",), words=1, required=True)
    state = begin(Constraints(references=(required,), enough_words=2))
    write(state, " a", " b", ".")
    assert len(allowed(state)) > 1, "a required reference is missing"
    write(state, " a", "[1]", ".")
    assert allowed(state) == {"<end>"}


def test_only_the_end_is_left_at_the_most_words_whatever_is_missing() -> None:
    required = Reference(tokens=("[1]",), words=1, required=True)
    state = begin(Constraints(references=(required,), max_words=2))
    write(state, " a", " b")
    assert "<end>" not in allowed(state), "the sentence is not finished"
    write(state, ".")
    assert allowed(state) == {"<end>"}


def test_a_period_that_may_be_a_decimal_point_does_not_force_the_end() -> None:
    """A text cut at "weighs 3." where the model meant 3.5 kg would be false."""
    state = begin(Constraints(max_words=1))
    write(state, " 3", ".")
    assert "<end>" in allowed(state)
    assert " a" in allowed(state)


def test_the_end_is_allowed_when_nothing_else_is() -> None:
    everything = tuple(VOCABULARY.keys() - {"<end>"})
    assert allowed(begin(Constraints(forbidden=everything))) == {"<end>"}


def test_the_end_gets_a_chance_even_if_the_model_gave_it_none() -> None:
    state = begin(Constraints(max_words=1))
    write(state, " a", ".")
    scores = torch.zeros(len(VOCABULARY))
    scores[END] = -torch.inf
    state.apply(scores)
    assert int(scores.argmax()) == END


def test_a_reference_that_is_no_single_token_is_counted_but_not_required() -> None:
    state = begin(Constraints(references=(Reference(tokens=("a.",), words=5, required=True),), min_words=5))
    write(state, " a", ".")
    assert state.words == 5
    assert "<end>" in allowed(state)


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([], 0),
        (["one two"], 2),
        (["one t", "wo ", " three"], 3),
        (["The [1] is [2]."], 2 + 4 + 1),
        (["The [", "1", "], well"], 1 + 4 + 1),
        (["A [1]-wide [2][1]"], 1 + 4 + 1 + 4),
        (["line\nbreak\tand\u00a0space"], 4),
    ],
)
def test_words_are_counted_as_if_values_were_in_place(pieces: list[str], words: int) -> None:
    references = (Reference(tokens=("[1]",), words=4), Reference(tokens=("[2]",), words=1))
    count = WordCount(references)
    for piece in pieces:
        count.add(piece)
    assert count.total == words


def test_a_text_that_need_not_be_a_sentence_may_end_anywhere() -> None:
    state = begin(Constraints(sentences=False, min_words=1))
    assert "<end>" not in allowed(state)
    write(state, " a")
    assert "<end>" in allowed(state)


def test_a_value_that_no_longer_fits_is_neither_allowed_nor_waited_for() -> None:
    """A page title has 60 characters: the model may choose which values to give up, never to run over."""
    long = Reference(tokens=("[1]",), words=2, characters=8, required=True)
    state = begin(Constraints(references=(long,), max_characters=10, sentences=False))
    assert "[1]" in allowed(state) and "<end>" not in allowed(state)
    write(state, " a", " b")
    assert "[1]" not in allowed(state) and "<end>" in allowed(state)
