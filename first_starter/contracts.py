"""What the first starter's engine reads from `TextItem.starter`."""

from pydantic import Field

from contracts.base import Contract


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


class StarterSettings(Contract):
    """What decoding may not choose; `no_repeat_ngram` tokens in a row are not written twice (0: off).

    With `stop_at_line` the text ends with the break of its first line, which is part of it.
    """

    constraints: Constraints | None = None
    no_repeat_ngram: int = Field(0, ge=0, le=64)
    stop_at_line: bool = False
