"""How the first starter is shown facts and how its text is read back: `prompt_format.json` beside its weights."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FILE_NAME = "prompt_format.json"


class PromptFormat(BaseModel):
    """What a checkpoint was taught to read and write.

    With `values` "by reference" the model writes `[3]` for the third fact, and the fact's exact value is put
    in that place; with "in words" it writes the value itself. With `topic_line` it names the trade in a line of its
    own before the text, which keeps a small model to one kind of product; that line is no part of the text. Where a
    trade is a guess, it writes under `general_topic`, whose sentences suit anything: where it finds none as likely as
    `least_topic` (0 to 1), or none as likely as `sure_topic` and another from the product's name alone. `version`
    counts the wordings of the prompts (`first_starter.prompts`) that it was trained on.

    A small model that learned its sentences by heart finds a garbled one far less likely as a whole than any of those:
    texts with a sentence of less than this log probability (`least_likely`, natural) are not served while there is a
    better one to be had. A large model, which words things as it goes, has no such limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: Literal["in words", "by reference"] = "in words"
    topic_line: bool = False
    general_topic: str | None = None
    least_topic: float = Field(0.0, ge=0, le=1)
    sure_topic: float = Field(0.0, ge=0, le=1)
    version: int = 1
    least_likely: float | None = None


def read_format(checkpoint: Path) -> PromptFormat:
    """The format recorded in the folder `checkpoint`, or the plain one; raises ValueError if unreadable."""
    file = checkpoint / FILE_NAME
    return PromptFormat.model_validate_json(file.read_text()) if file.exists() else PromptFormat()
