"""System turns go to the template, or to the head of the first user turn."""

import pytest

from checkpoints.errors import CheckpointError
from contracts.items import Message
from runners.engines.chat import Turns, after_answer, takes_system, to_turns


def chatml(turns: Turns) -> str:
    """A template that shows every turn."""
    return "".join(f"<{turn['role']}>{turn['content']}</{turn['role']}>\n" for turn in turns)


def silent(turns: Turns) -> str:
    """A template that leaves system turns out."""
    return chatml([turn for turn in turns if turn["role"] != "system"])


def refusing(turns: Turns) -> str:
    """A template that refuses them."""
    if turns[0]["role"] == "system":
        raise RuntimeError("System role not supported")
    return chatml(turns)


def test_a_template_shows_system_turns_or_not() -> None:
    assert takes_system(chatml)
    assert not takes_system(silent)
    assert not takes_system(refusing)


def test_system_words_move_to_the_first_user_turn() -> None:
    chat = [Message(role="system", content="Be short."), Message(role="user", content="A mug.")]
    assert [turn["role"] for turn in to_turns(chat, system=True)] == ["system", "user"]
    assert to_turns(chat, system=False) == [{"role": "user", "content": "Be short.\n\nA mug."}]


def test_a_chat_without_a_user_is_refused() -> None:
    with pytest.raises(ValueError, match="user"):
        to_turns([Message(role="system", content="Be short.")], system=False)


def test_the_end_of_an_answer_is_what_the_template_writes_after_it() -> None:
    assert after_answer(chatml).startswith("</assistant>")

    def broken(turns: Turns) -> str:
        raise ZeroDivisionError

    with pytest.raises(CheckpointError, match="template"):
        after_answer(broken)
