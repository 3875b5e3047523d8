"""What crosses between the public service and the runners: typed, JSON-friendly, free of torch.

A runner may live on another host, so an item carries everything that its answer depends on:
the prompt, its own generation settings and its own seed. An answer is an envelope: either a result
or an error of that one item, never an exception for the whole batch.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Contract(BaseModel):
    """Base of all items and results: immutable, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Decoding(Contract):
    """Generation settings of one item.

    `temperature` 0 is greedy decoding. `top_k` 0 and `top_p` 1 switch those filters off.
    `no_repeat_ngram` forbids to write so many tokens in a row a second time (0: off). `seed` starts the
    item's own random generator, so neighbours in a batch do not disturb it. With `stop_at_line` the text ends with the
    break of its first line.
    """

    max_new_tokens: int = Field(256, ge=1, le=1024)
    temperature: float = Field(0.8, ge=0.0, le=2.0)
    top_p: float = Field(1.0, gt=0.0, le=1.0)
    top_k: int = Field(0, ge=0, le=1000)
    repetition_penalty: float = Field(1.0, ge=1.0, le=2.0)
    no_repeat_ngram: int = Field(0, ge=0, le=64)
    stop_at_line: bool = False
    seed: int = Field(0, ge=0, le=2**63 - 1)


class Reference(Contract):
    """A value that the model may write by reference: `tokens` are the ways to write it.

    Each of them is one token of the checkpoint's vocabulary (a format that uses references is
    recorded with the checkpoint). `words` and `characters` are what the value adds to the length when it is put in
    place. The value makes no sense right after one of the words in `not_after` ("for" before "for the office").
    """

    tokens: tuple[str, ...] = Field(min_length=1)
    words: int = Field(ge=0)
    characters: int = Field(0, ge=0)
    required: bool = False
    limit: int = Field(1, ge=1)
    not_after: tuple[str, ...] = ()


class Constraints(Contract):
    """Tokens that decoding may not choose; constraints only forbid, they never add a token.

    The end of the text is forbidden outside the end of a sentence (unless `sentences` is false), before `min_words`,
    and while a required reference is missing that would still fit. Once `max_words` is reached at the end of a
    sentence only the end is allowed; from `enough_words` on likewise, if no required reference is missing. A reference
    is forbidden after `limit` uses, after a word of its `not_after`, and where the text would have more than
    `max_characters` with it; `forbidden` tokens never appear.
    """

    references: tuple[Reference, ...] = ()
    forbidden: tuple[str, ...] = ()
    min_words: int = Field(0, ge=0)
    enough_words: int = Field(10_000, ge=1)
    max_words: int = Field(10_000, ge=1)
    max_characters: int = Field(100_000, ge=1)
    sentences: bool = True


class TextItem(Contract):
    """One text to write: `prompt` is the user's turn of a chat, in plain language.

    The model's turn begins with `prefix`, from which it goes on; the result holds only what it adds.
    """

    id: str
    prompt: str = Field(min_length=1, max_length=20_000)
    prefix: str = Field("", max_length=200)
    decoding: Decoding = Decoding()
    constraints: Constraints | None = None


class ItemError(Contract):
    """Why one item failed, in words for the caller; neighbours in its batch are unaffected."""

    code: Literal["invalid_item", "unreadable_image", "unsafe_picture", "model_failed", "out_of_memory"]
    message: str


class TextResult(Contract):
    """The text as the model wrote it (references not yet resolved), or the item's error.

    `confidence` is the geometric mean probability of its tokens, 0 to 1, as the model gave them before any
    setting or constraint of the item changed them. `forced` is the largest share, 0 to 1, that it gave at one
    step to references which it might not write: where that is much, something else stands in a reference's place.
    `least_likely` is the natural logarithm of the probability of the least likely sentence (or line) as a whole.
    """

    id: str
    text: str = ""
    confidence: float = 0.0
    forced: float = 0.0
    least_likely: float = 0.0
    prompt_tokens: int = 0
    new_tokens: int = 0
    finish: Literal["end", "length", "error"] = "error"
    error: ItemError | None = None


class TextChunk(Contract):
    """A piece of a streamed text; the last one has `finish` set and repeats no text."""

    id: str
    text: str = ""
    finish: Literal["end", "length", "error"] | None = None
    error: ItemError | None = None


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
