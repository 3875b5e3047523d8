"""How many planted errors the checks find, or a verifier, and how many true sentences they refuse, by class.

A corpus (JSON Lines, xz) has lines with a `wrong` sentence of a `class`, and lines of the class "true" with a
`sentence`, each beside the `facts` of its product, and the `keywords` if there are any, as the service is given them.
"""

import asyncio
import json
import lzma
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.brief import Brief
from contracts.verdicts import Check
from copywriter.briefs import make_brief
from copywriter.product import Product
from copywriter.session import Verify
from copywriter.verifier import Opinion, opinions
from verify.checks import check_sentence

TRUE = "true"
"""The class of what no check should refuse."""
_AT_ONCE = 16
"""Sentences that are with a verifier at once."""
_NORMAL = 1.96
"""Standard deviations of an interval that holds in 95 of 100 cases."""


@dataclass(frozen=True)
class Verdict:
    """One sentence of a corpus: its class, and the names of the checks that it failed."""

    kind: str
    sentence: str
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """So many `found` of `all`, and the Wilson interval of that share (Wilson 1927)."""

    found: int
    all: int

    @property
    def share(self) -> float:
        return self.found / self.all

    @property
    def interval(self) -> tuple[float, float]:
        """Its least and its most, 0 to 1."""
        n, squared = self.all, _NORMAL**2
        middle = (self.share + squared / (2 * n)) / (1 + squared / n)
        half = _NORMAL / (1 + squared / n) * math.sqrt(self.share * (1 - self.share) / n + squared / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


def judge_corpus(file: Path) -> list[Verdict]:
    """Each sentence of the corpus as the checks see it; raises OSError, ValueError or KeyError if it cannot be read."""
    with lzma.open(file, "rt") as lines:
        return [_judge(json.loads(line)) for line in lines]


def _judge(line: Mapping[str, str]) -> Verdict:
    kind, brief, sentence = _asked(line)
    return Verdict(kind, sentence, tuple(_names(check_sentence(brief, sentence))))


def _asked(line: Mapping[str, str]) -> tuple[str, Brief, str]:
    """The class of a line, its product, and the sentence about it."""
    sentence = line["sentence"] if line["class"] == TRUE else line["wrong"]
    return line["class"], make_brief("description", Product.parse(line["facts"], line.get("keywords"))), sentence


async def verify_corpus(file: Path, ask: Verify) -> list[Verdict]:
    """Each sentence of the corpus as the verifier sees it, which "failed" what it doubts; as `judge_corpus`."""
    with lzma.open(file, "rt") as lines:
        asked = [_asked(json.loads(line)) for line in lines]
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(brief: Brief, sentence: str) -> Opinion:
        async with places:
            (opinion,) = await opinions(ask, brief, [sentence])
        if opinion is None:
            raise ValueError(f"the verifier has no opinion of: {sentence}")
        return opinion

    said = await asyncio.gather(*(one(brief, sentence) for _, brief, sentence in asked))
    doubted = (("verifier",) if opinion.doubted else () for opinion in said)
    return [Verdict(kind, sentence, failed) for (kind, _, sentence), failed in zip(asked, doubted, strict=True)]


def _names(checks: tuple[Check, ...]) -> Iterator[str]:
    return (check.name for check in checks if check.hinders)


def shares(verdicts: list[Verdict]) -> dict[str, Share]:
    """Of each class the share that failed a check: of errors the recall, of what is true the false alarms."""
    found: dict[str, list[bool]] = defaultdict(list)
    for verdict in verdicts:
        found[verdict.kind].append(bool(verdict.failed))
    return {kind: Share(sum(marks), len(marks)) for kind, marks in sorted(found.items())}
