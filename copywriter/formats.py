"""Formats: how facts are shown to a text checkpoint and how its text is read back; how far a captioner is believed; how
a painter is asked.

The format belongs to the checkpoint and is recorded beside its weights in `prompt_format.json`, `caption_format.json`
or `picture_format.json`; a checkpoint without that file gets the plain format, with which every instruction-tuned
model, every captioner and every undistilled painter works.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FILE_NAME = "prompt_format.json"
CAPTION_FILE_NAME = "caption_format.json"
PICTURE_FILE_NAME = "picture_format.json"
UNNAMED = "a product"
"""What is written about where a captioner is not sure enough of what a photo shows."""


class PromptFormat(BaseModel):
    """What a checkpoint was taught to read and write.

    With `values` "by reference" the model writes `[3]` for the third fact, and the fact's exact value is put
    in that place; with "in words" it writes the value itself. With `topic_line` it names the trade in a line of its
    own before the text, which keeps a small model to one kind of product; that line is no part of the text. Where a
    trade is a guess, it writes under `general_topic`, whose sentences suit anything: where it finds none as likely as
    `least_topic` (0 to 1), or none as likely as `sure_topic` and another from the product's name alone. `version`
    counts the wordings of the prompts (`copywriter.prompts`) that it was trained on.

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


class CaptionFormat(BaseModel):
    """How far a captioner is believed.

    A small captioner that knows few kinds of things calls all others by the nearest of them; its confidence tells. What
    it names with less than `least_confidence` (0 to 1) is not written about.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    least_confidence: float = Field(0.0, ge=0, le=1)

    def doubts(self, confidence: float) -> bool:
        """Whether a caption of this confidence (0 to 1) is too doubtful to write about."""
        return confidence < self.least_confidence


class PictureFormat(BaseModel):
    """How a painter is meant to be asked.

    A distilled checkpoint (SD-Turbo, LCM) needs few `steps` and no `guidance`; one without the file gets the steps
    that undistilled diffusion models need, and its pipeline's own guidance. `largest` is how many pixels a side of its
    pictures may have: beyond what it was trained on it only repeats itself, slowly.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(25, ge=1, le=100)
    guidance: float | None = Field(None, ge=0, le=50)
    largest: int = Field(1024, ge=64, le=1024)


def read_format(checkpoint: Path) -> PromptFormat:
    """The format recorded in the folder `checkpoint`, or the plain one; raises ValueError if unreadable."""
    file = checkpoint / FILE_NAME
    return PromptFormat.model_validate_json(file.read_text()) if file.exists() else PromptFormat()


def read_caption_format(checkpoint: Path) -> CaptionFormat:
    """The format recorded in the captioner's folder, or that which believes all; raises ValueError if unreadable."""
    file = checkpoint / CAPTION_FILE_NAME
    return CaptionFormat.model_validate_json(file.read_text()) if file.exists() else CaptionFormat()


def read_picture_format(checkpoint: Path) -> PictureFormat:
    """The format recorded in the painter's folder, or that of an undistilled one; raises ValueError if unreadable."""
    file = checkpoint / PICTURE_FILE_NAME
    return PictureFormat.model_validate_json(file.read_text()) if file.exists() else PictureFormat()
