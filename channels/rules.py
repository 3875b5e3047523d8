"""The rules of a channel as they stand in `rules/`, each with its source, date and how sure it is."""

import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, model_validator

from contracts.base import Contract
from contracts.brief import ChannelName, FieldName
from contracts.verdicts import Severity

Unit = Literal["characters", "bytes", "words", "items"]
"""What is counted; characters, UTF-8 bytes and words of each item where a field is a list."""
_FOLDER = Path(__file__).parent / "rules"


class Rule(Contract):
    """One rule of one field, or of `all`: how much there may be in a `unit`, a `forbidden` pattern, or how often the
    `same_word` may stand. A broken one makes a listing unfit for the channel, unless it is `advice`."""

    field: FieldName | Literal["all"]
    unit: Unit | None = None
    least: int | None = Field(None, ge=0)
    most: int | None = Field(None, ge=1)
    forbidden: str | None = None
    same_word: int | None = Field(None, ge=1)
    severity: Severity = "hard"
    why: str = ""
    source: str
    date: date
    confidence: Literal["high", "medium", "low"]

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        asked = [self.unit is not None, self.forbidden is not None, self.same_word is not None]
        if sum(asked) != 1 or (self.unit is not None) != (self.least is not None or self.most is not None):
            raise ValueError("a rule has a unit with least or most, a forbidden pattern, or same_word")
        try:
            re.compile(self.forbidden or "")
        except re.error as error:
            raise ValueError(f"the forbidden pattern cannot be read: {error}") from error
        return self


class Channel(Contract):
    """A marketplace or shop system, and its rules in their order."""

    name: ChannelName
    title: str
    rules: tuple[Rule, ...]

    def of(self, field: FieldName) -> tuple[Rule, ...]:
        """The rules that hold for `field`."""
        return tuple(rule for rule in self.rules if rule.field in (field, "all"))

    def room(self, field: FieldName, unit: Unit) -> tuple[int | None, int | None]:
        """The least and the most of a `unit` that rules and advice leave to `field`; None where all are silent."""
        rules = [rule for rule in self.of(field) if rule.unit == unit]
        least = max((rule.least for rule in rules if rule.least is not None), default=None)
        return least, min((rule.most for rule in rules if rule.most is not None), default=None)


@lru_cache
def read_channel(name: ChannelName) -> Channel:
    """The channel of that name; raises ValidationError naming what is wrong with its file."""
    read = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text())
    return Channel.model_validate({"name": name, **read})
