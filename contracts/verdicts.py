"""What was found out about a text: one verdict per check, and the spans that come from the input."""

from typing import Literal

from contracts.base import Contract
from contracts.brief import LeftOut

Status = Literal["passed", "failed", "not_run"]
Severity = Literal["hard", "advice"]


class Span(Contract):
    """Characters `start` to `end` of a text."""

    start: int
    end: int


class Check(Contract):
    """One question asked of a text: `missing` are input values that it lacks, `found` what should not be there, and
    `where` the places of that in the text, as far as it stands there just so.

    A check that did not run says so in `status`, and why in `message`; no text is complete on it. One that is `advice`
    hinders nothing. `source` names whose rule it is, where that is not this project's.
    """

    name: str
    status: Status
    severity: Severity = "hard"
    message: str
    source: str = ""
    missing: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    where: tuple[Span, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the check ran and found nothing wrong."""
        return self.status == "passed"

    @property
    def hinders(self) -> bool:
        """Whether no text is complete on it."""
        return self.severity == "hard" and not self.passed


class Evidence(Span):
    """A place in the text, and the fact or keyword (counted from 1) that it comes from."""

    source: Literal["fact", "fact name", "keyword"]
    number: int
    value: str


class Statement(Span):
    """A sentence, bullet or tag, and the `facts` (counted from 1) that it rests on; with none it tells nothing of the
    product."""

    facts: tuple[int, ...]


class Judged(Contract):
    """All that is known of a text besides itself.

    `complete` means that every check ran and passed, but for advice; else `missing` and `checks` say what it lacks.
    `left_out` names what of the input was not asked for. `attempts` counts the texts (or sentences) that were written
    for it, `tokens` all that the model wrote. Asked again with the same `seed` and settings, alone and on the same kind
    of processor, the same text is written; beside other texts its sums are rounded otherwise, and it may differ.
    `confidence` is the model's own, the geometric mean probability of all tokens that it wrote for the text (None where
    the engine does not tell). `drafts` is all that was written on the way.
    """

    complete: bool
    missing: tuple[str, ...]
    checks: tuple[Check, ...]
    evidence: tuple[Evidence, ...]
    statements: tuple[Statement, ...]
    left_out: tuple[LeftOut, ...]
    words: int
    confidence: float | None
    attempts: int
    seed: int
    tokens: int
    drafts: tuple[str, ...] = ()


class Written(Judged):
    """One field's text; `items` are its bullets or tags, for other fields the text alone."""

    text: str
    items: tuple[str, ...]
