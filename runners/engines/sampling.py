"""Choosing each row's next token by that row's own settings and random generator."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import cast

import torch
from transformers.generation.logits_process import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from contracts.items import Decoding

# The filters for sampling do not look at the ids written so far.
NO_IDS = cast(torch.LongTensor, torch.empty(1, 0, dtype=torch.long))


def build_warpers(decoding: Decoding) -> LogitsProcessorList:
    """The filters for sampling, in transformers' own order; none of them for greedy decoding."""
    warpers = LogitsProcessorList()
    if decoding.temperature == 0:
        return warpers
    warpers.append(TemperatureLogitsWarper(float(decoding.temperature)))
    if decoding.top_k:
        warpers.append(TopKLogitsWarper(decoding.top_k))
    if decoding.top_p < 1:
        warpers.append(TopPLogitsWarper(decoding.top_p))
    return warpers


@dataclass
class Sampler:
    """One row's way of choosing: settings from `decoding`, randomness from its seed alone."""

    decoding: Decoding
    device: torch.device
    generator: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.generator = torch.Generator(self.device).manual_seed(self.decoding.seed)
        self._warpers = build_warpers(self.decoding)

    def penalise(self, scores: torch.Tensor, written: Sequence[int]) -> torch.Tensor:
        """Lower the scores, shape (vocabulary,), of tokens already written.

        The prompt's tokens are not looked at: a description is meant to repeat the values given to it.
        """
        if self.decoding.repetition_penalty == 1 or not written:
            return scores
        seen = cast(torch.LongTensor, torch.tensor([list(written)], device=self.device))
        penalised: torch.Tensor = RepetitionPenaltyLogitsProcessor(float(self.decoding.repetition_penalty))(
            seen, scores[None].clone()
        )
        return penalised[0]

    def keep_open(self, scores: torch.Tensor, written: int, end_ids: Collection[int]) -> None:
        """Forbid the ids that end a text in `scores`, shape (vocabulary,), while too few tokens are written."""
        if written < self.decoding.min_new_tokens:
            scores[list(end_ids)] = -torch.inf

    def choose(self, scores: torch.Tensor) -> int:
        """The next token's id, from scores of shape (vocabulary,); forbidden tokens are -inf in it."""
        if self.decoding.temperature == 0:
            return int(scores.argmax())
        warped = self._warpers(NO_IDS, scores[None])[0]
        return int(torch.multinomial(warped.softmax(-1), 1, generator=self.generator))
