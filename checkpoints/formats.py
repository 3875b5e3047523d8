"""Formats: how a writer and a painter are asked, and how far a captioner is believed.

A format belongs to the checkpoint and is recorded beside its weights in `text_format.json`, `caption_format.json` or
`picture_format.json`; a checkpoint without that file gets the plain format, with which every language model, every
captioner and every undistilled painter works.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

TEXT_FILE_NAME = "text_format.json"
CAPTION_FILE_NAME = "caption_format.json"
PICTURE_FILE_NAME = "picture_format.json"
UNNAMED = "a product"
"""What is written about where a captioner is not sure enough of what a photo shows."""


class TextFormat(BaseModel):
    """How a writer is asked for a description: whole, or `by_sentence` if it was taught to; and the `languages` that it
    writes, as BCP 47 names them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by_sentence: bool = False
    languages: tuple[str, ...] = ("en",)

    def to_json(self) -> str:
        """What its file holds: no more than says something, as the file's hash is part of the checkpoint's."""
        return self.model_dump_json(exclude_defaults=True) + "\n"


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


def read_text_format(checkpoint: Path) -> TextFormat:
    """The format recorded in the writer's folder, or that of any language model; raises ValueError if unreadable."""
    file = checkpoint / TEXT_FILE_NAME
    return TextFormat.model_validate_json(file.read_text()) if file.exists() else TextFormat()


def read_caption_format(checkpoint: Path) -> CaptionFormat:
    """The format recorded in the captioner's folder, or that which believes all; raises ValueError if unreadable."""
    file = checkpoint / CAPTION_FILE_NAME
    return CaptionFormat.model_validate_json(file.read_text()) if file.exists() else CaptionFormat()


def read_picture_format(checkpoint: Path) -> PictureFormat:
    """The format recorded in the painter's folder, or that of an undistilled one; raises ValueError if unreadable."""
    file = checkpoint / PICTURE_FILE_NAME
    return PictureFormat.model_validate_json(file.read_text()) if file.exists() else PictureFormat()
