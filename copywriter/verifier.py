"""What a learned verifier says of a sentence: whether the facts support it, and whether it could be published.

It is asked for the sentences that no rule refuses, and sees what rules cannot: whose a value is, and how far a word
goes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.brief import Brief
from contracts.items import Decoding, TextItem, TextResult
from contracts.verdicts import Check, Status
from copywriter.prompts import TO_PUBLISH, ask_to_verify, to_verify
from copywriter.session import Verify

SUPPORTED = 0.0
"""The least that the log-odds of a supported sentence are: less is doubted. Training leaves it open, and no verifier is
published yet for which it was measured."""
_YES, _NO = "yes", "no"
_LEAST = 1e-7
"""Of a probability, so that its logarithm is a number; and of log-odds, so that a no is one."""


@dataclass(frozen=True)
class Opinion:
    """Log-odds that the facts support a sentence, and that it could be published."""

    supported: float
    publishable: float

    @property
    def doubted(self) -> bool:
        """Whether it is not taken for supported."""
        return self.supported < SUPPORTED


async def opinions(ask: Verify, brief: Brief, sentences: Sequence[str], alone: bool = False) -> list[Opinion | None]:
    """One for each sentence about the product of `brief`; None where the verifier failed, or said something else."""
    turns = ask_to_verify(brief.facts, brief.keywords)
    supported = [to_verify(sentence) for sentence in sentences]
    publishable = [f"{asked} {_YES}{TO_PUBLISH}" for asked in supported]
    items = [
        TextItem(id=str(number), messages=turns, prefix=prefix, alone=alone, decoding=_ONE_WORD)
        for number, prefix in enumerate([*supported, *publishable])
    ]
    odds = [_log_odds(result) for result in await ask(items)]
    pairs = zip(odds[: len(sentences)], odds[len(sentences) :], strict=True)
    return [None if first is None or then is None else Opinion(first, then) for first, then in pairs]


def check_opinions(said: Mapping[str, Opinion]) -> Check:
    """Which of the sentences the verifier doubts: advice, as it errs where no rule would."""
    doubted = tuple(sentence for sentence, opinion in said.items() if opinion.doubted)
    message = "sentences that the verifier doubts" if doubted else "the verifier doubts no sentence"
    status: Status = "failed" if doubted else "passed"
    return Check(name="verifier", status=status, severity="advice", message=message, found=doubted)


_ONE_WORD = Decoding(max_new_tokens=1, temperature=0)


def _log_odds(result: TextResult) -> float | None:
    answer = result.text.strip()
    if result.error or result.confidence is None or answer not in (_YES, _NO):
        return None
    sure = min(max(result.confidence, _LEAST), 1 - _LEAST)
    odds = max(_LEAST, math.log(sure / (1 - sure)))
    return odds if answer == _YES else -odds
