"""How a text checkpoint is asked for a field: as any language model, or as the first starter."""

from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from checkpoints.formats import read_text_format
from contracts.brief import FieldName, Tone
from contracts.verdicts import Written
from copywriter.briefs import make_brief
from copywriter.product import Product
from copywriter.session import Effort, Listener, Write
from copywriter.writer import write_field
from first_starter.briefs import readable, write_brief
from first_starter.formats import read_format

_MOST_ROUNDS = 6
"""Of the starter: with more, beside other work, a listing took longer than the 30 s that BentoML's client waits."""


class FieldWriter(Protocol):
    """Writes one field of a product's listing; raises NoTextError where the runner wrote none."""

    def __call__(
        self,
        field: FieldName,
        product: Product,
        tone: Tone,
        write: Write,
        seed: int,
        effort: Effort,
        listener: Listener | None = None,
    ) -> Awaitable[Written]: ...


def field_writer(checkpoint: Path) -> FieldWriter:
    """The way that suits the checkpoint in this folder; raises ValueError if its format is unreadable."""
    prompt_format, by_sentence = read_format(checkpoint), read_text_format(checkpoint).by_sentence

    async def as_language_model(
        field: FieldName,
        product: Product,
        tone: Tone,
        write: Write,
        seed: int,
        effort: Effort,
        listener: Listener | None = None,
    ) -> Written:
        effort = replace(effort, by_sentence=by_sentence)
        return await write_field(make_brief(field, product, tone), write, seed, effort, listener)

    async def as_starter(
        field: FieldName,
        product: Product,
        tone: Tone,
        write: Write,
        seed: int,
        effort: Effort,
        listener: Listener | None = None,
    ) -> Written:
        brief = readable(make_brief(field, product, tone))
        # It knows few sentences, so that it takes more tries until all of them suit each other.
        more = replace(effort, candidates=2 * effort.candidates, rounds=min(effort.rounds, _MOST_ROUNDS))
        written = await write_brief(brief, write, seed, more, prompt_format)
        if listener:
            listener.token(written.text)
        return written

    return as_starter if prompt_format.values == "by reference" else as_language_model
