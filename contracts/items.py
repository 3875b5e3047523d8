"""What crosses between the public service and the runners: typed, JSON-friendly, free of torch.

A runner may live on another host, so an item carries everything that its answer depends on:
the prompt, its own generation settings and its own seed. An answer is an envelope: either a result
or an error of that one item, never an exception for the whole batch.
"""

from collections.abc import Callable
from typing import Literal

from pydantic import Field

from contracts.base import Contract


class Message(Contract):
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


class Decoding(Contract):
    """Generation settings of one item.

    The model cannot end its text before `min_new_tokens`. `temperature` 0 is greedy decoding. `top_k` 0 and `top_p` 1
    switch those filters off. `seed` starts the item's own random generator, so neighbours in a batch do not disturb it.
    The text ends before the first of the strings in `stop`, which is not part of it.
    """

    max_new_tokens: int = Field(256, ge=1, le=1024)
    min_new_tokens: int = Field(0, ge=0, le=1024)
    temperature: float = Field(0.8, ge=0.0, le=2.0)
    top_p: float = Field(1.0, gt=0.0, le=1.0)
    top_k: int = Field(0, ge=0, le=1000)
    repetition_penalty: float = Field(1.0, ge=1.0, le=2.0)
    stop: tuple[str, ...] = ()
    seed: int = Field(0, ge=0, le=2**63 - 1)


class TextItem(Contract):
    """One text to write: the turns of a chat so far, the last of them a user's.

    The model's turn begins with `prefix`, from which it goes on; the result holds only what it adds. A template without
    a system turn gets the system's words at the head of the first user turn. One that is written `alone` shares neither
    a batch nor a cache, in which its sums would be rounded otherwise: the same text comes out each time.
    """

    id: str
    messages: tuple[Message, ...] = Field(min_length=1)
    prefix: str = Field("", max_length=20_000)
    alone: bool = False
    decoding: Decoding = Decoding()


class ItemError(Contract):
    """Why one item failed, in words for the caller; neighbours in its batch are unaffected."""

    code: Literal["invalid_item", "unreadable_image", "unsafe_picture", "model_failed", "out_of_memory"]
    message: str


Finish = Literal["end", "stop", "length", "error"]
"""How a text ended: by the model, before a string of `stop`, at its length limit, or by a fault."""


class TextResult(Contract):
    """The text as the model wrote it, or the item's error.

    `confidence` is the geometric mean probability of its tokens, 0 to 1, as the model gave them before any setting of
    the item changed them; None where the engine does not tell.
    """

    id: str
    text: str = ""
    confidence: float | None = None
    prompt_tokens: int = 0
    new_tokens: int = 0
    finish: Finish = "error"
    error: ItemError | None = None


class TextChunk(Contract):
    """A piece of a text as it is written; the last one holds the whole `result`, and no piece."""

    text: str = ""
    result: TextResult | None = None


class EngineInfo(Contract):
    """The engine that a text runner works with: its name and version, and what it can.

    One that batches at each step is fed by `submit`, any other by `write`. `verifies` says whether a verifier came with
    its checkpoint.
    """

    name: str
    version: str
    submits: bool
    device: str
    verifies: bool = False


class PhotoItem(Contract):
    """One photo to caption: `image` is a base64 PNG or JPEG, upright RGB, already checked and bounded."""

    id: str
    image: str
    decoding: Decoding = Decoding(max_new_tokens=40, temperature=0.0)


class CaptionResult(Contract):
    """The caption as the captioner's decoder wrote it.

    `confidence` is the geometric mean probability of its tokens, 0 to 1.
    """

    id: str
    caption: str = ""
    confidence: float = 0.0
    error: ItemError | None = None


class PictureItem(Contract):
    """One picture to paint; None stands for what the checkpoint was made for.

    `width` and `height` are in pixels. `seed` starts the item's own random generator.
    """

    id: str
    prompt: str = Field(min_length=1, max_length=2000)
    seed: int = Field(0, ge=0, le=2**63 - 1)
    steps: int | None = Field(None, ge=1, le=100)
    width: int | None = Field(None, ge=64, le=2048, multiple_of=8)
    height: int | None = Field(None, ge=64, le=2048, multiple_of=8)


class PictureResult(Contract):
    """The picture as a base64 PNG, its size in pixels, and how many `steps` it took; or the item's error."""

    id: str
    image: str = ""
    steps: int = 0
    width: int = 0
    height: int = 0
    error: ItemError | None = None


Heard = Callable[[int, str], None]
"""Called with the number of an item and the piece of its text that has just been written."""
