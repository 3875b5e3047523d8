"""What was found out about a text: one verdict per check, and the spans that come from the input."""

from typing import Literal

from contracts.base import Contract

Status = Literal["passed", "failed", "not_run"]


class Check(Contract):
    """One question asked of a text: `missing` are input values that it lacks, `found` what should not be there.

    A check that did not run says so in `status`, and why in `message`; no text is complete on it.
    """

    name: str
    status: Status
    message: str
    missing: tuple[str, ...] = ()
    found: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the check ran and found nothing wrong."""
        return self.status == "passed"


class Evidence(Contract):
    """Characters `start` to `end` of the text, and the fact or keyword (counted from 1) that they come from."""

    start: int
    end: int
    source: Literal["fact", "fact name", "keyword"]
    number: int
    value: str
