"""A listing as it is answered: each field's text with all that is needed to judge it again without the service."""

from typing import Literal

from contracts.base import Contract
from contracts.brief import Brief, FieldName
from contracts.verdicts import Written

Verdict = Literal["ok", "needs_review"]
"""Of a listing whose every text is complete, and of one that a person is to read; the checks say why."""


class ListedText(Written):
    """One field: its text, what was found out about it, and the `brief` by which it was written and judged.

    Evidence and statements count the brief's facts and keywords. A `locked` one is the caller's own text. `prompt_hash`
    stands for all that its prompts are made from.
    """

    locked: bool
    prompt_hash: str
    brief: Brief


class Listing(Contract):
    """One listing; `seed` writes it again."""

    status: Verdict
    seed: int
    fields: dict[FieldName, ListedText]
