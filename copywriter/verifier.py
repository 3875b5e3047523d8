"""What a learned verifier says of a sentence: whether the facts support it, and whether it could be published.

It is asked for the sentences that no rule refuses, and sees what rules cannot: whose a value is, and how far a word
goes. Its answers are log-odds, of which only the differences mean anything: the least that a supported sentence has was
found on sentences that it had not learned from.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from contracts.brief import Brief
from contracts.items import Decoding, TextItem, TextResult
from copywriter.prompts import TO_PUBLISH, ask_to_verify, to_verify

Ask = Callable[[Sequence[TextItem]], Awaitable[Sequence[TextResult]]]
"""How the verifier is asked."""
_YES, _NO = "yes", "no"
_LEAST = 1e-7
"""Of a probability, so that its logarithm is a number."""


@dataclass(frozen=True)
class Opinion:
    """Log-odds that the facts support a sentence, and that it could be published."""

    supported: float
    publishable: float


async def opinions(ask: Ask, brief: Brief, sentences: Sequence[str], alone: bool = False) -> list[Opinion]:
    """One for each sentence about the product of `brief`."""
    turns = ask_to_verify(brief.facts, brief.keywords)
    supported = [to_verify(sentence) for sentence in sentences]
    publishable = [f"{asked} {_YES}{TO_PUBLISH}" for asked in supported]
    items = [
        TextItem(id=str(number), messages=turns, prefix=prefix, alone=alone, decoding=_ONE_WORD)
        for number, prefix in enumerate([*supported, *publishable])
    ]
    odds = [_log_odds(result) for result in await ask(items)]
    return [Opinion(*both) for both in zip(odds[: len(sentences)], odds[len(sentences) :], strict=True)]


_ONE_WORD = Decoding(max_new_tokens=1, temperature=0)


def _log_odds(result: TextResult) -> float:
    sure = min(max(result.confidence or 0.5, _LEAST), 1 - _LEAST)
    odds = math.log(sure / (1 - sure))
    return odds if result.text.strip() == _YES else -odds
