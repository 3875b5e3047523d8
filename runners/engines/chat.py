"""Chats as templates take them, whatever library renders them."""

from collections.abc import Callable, Sequence

from checkpoints.errors import CheckpointError
from contracts.items import Message

Turns = list[dict[str, str]]
Render = Callable[[Turns], str]

SYSTEM, ANSWER = "The rules.", "The answer."
"""Stand for a system turn and an answer while a template is asked what it does with them."""


def takes_system(render: Render) -> bool:
    """Whether the template shows a system turn to the model; some refuse it, some leave it out."""
    try:
        return SYSTEM in render([{"role": "system", "content": SYSTEM}, {"role": "user", "content": "A question."}])
    except Exception:  # whatever a template raises
        return False


def to_turns(messages: Sequence[Message], system: bool) -> Turns:
    """The messages for a template; one without a system turn gets its words at the head of the first user turn."""
    turns = [message.model_dump() for message in messages]
    if system or turns[0]["role"] != "system":
        return turns
    words, *rest = turns
    head = next((number for number, turn in enumerate(rest) if turn["role"] == "user"), None)
    if head is None:
        raise ValueError("a chat needs a user's turn")
    rest[head] = {"role": "user", "content": f"{words['content']}\n\n{rest[head]['content']}"}
    return rest


def after_answer(render: Render) -> str:
    """What the template writes after an answer, from the first mark on; raises CheckpointError if it fails."""
    chat = [{"role": "user", "content": "A question."}, {"role": "assistant", "content": ANSWER}]
    try:
        return render(chat).rpartition(ANSWER)[2].lstrip()
    except Exception as error:  # whatever a template raises
        raise CheckpointError(f"the chat template does not work: {error}") from error
