"""The engine of the first starter: that of transformers, held to its grammar of references."""

from dataclasses import dataclass, field
from typing import cast

import torch
from transformers.generation.logits_process import NoRepeatNGramLogitsProcessor

from contracts.items import TextItem, TextResult
from first_starter.constraints import SENTENCE_END, ConstraintState
from first_starter.contracts import StarterSettings
from runners.engines.transformers import Row, TransformersEngine


@dataclass
class SentenceLikelihood:
    """The log probabilities of a text's sentences and lines, while it arrives in pieces; `least` is the lowest."""

    least: float = 0.0
    _current: float = 0.0
    _tail: str = ""

    def add(self, piece: str, log_probability: float) -> None:
        """Take the next piece of the text, which its token's `log_probability` belongs to."""
        if self._tail.endswith("\n") or (piece[:1].isspace() and SENTENCE_END.search(self._tail)):
            self._current, self._tail = 0.0, ""
        self._current += log_probability
        self._tail = (self._tail + piece)[-8:]
        self.least = min(self.least, self._current)


@dataclass(kw_only=True)
class StarterRow(Row):
    """One item while it is written, with what its `starter` asks for.

    The result tells two things more. `forced` is the largest share, 0 to 1, that the model gave at one step to
    references which it might not write: where that is much, something else stands in a reference's place.
    `least_likely` is the natural logarithm of the probability of the least likely sentence (or line) as a whole.
    """

    settings: StarterSettings
    constraint: ConstraintState | None
    sentences: SentenceLikelihood = field(default_factory=SentenceLikelihood)
    forced: float = 0.0

    def adjust(self, scores: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        if self.constraint and (closed := self.constraint.closed_references()):
            self.forced = max(self.forced, float(given[closed].exp().sum()))
        scores = super().adjust(scores, given)
        if self.settings.no_repeat_ngram and self.written:
            seen = cast(torch.LongTensor, torch.tensor([self.written], device=scores.device))
            scores = NoRepeatNGramLogitsProcessor(self.settings.no_repeat_ngram)(seen, scores[None].clone())[0]
        if self.constraint:
            self.constraint.apply(scores)
        return scores

    def take(self, token: int, ends: bool, log_probability: float) -> str:
        piece = super().take(token, ends, log_probability)
        self.sentences.add(piece, log_probability)
        if self.constraint and not ends:
            self.constraint.advance(token, piece)
        if self.settings.stop_at_line and "\n" in piece:
            self.finish = "end"
        return piece

    def result(self) -> TextResult:
        told = {"forced": self.forced, "least_likely": self.sentences.least}
        result = super().result()
        return result if result.error else result.model_copy(update={"starter": told})


class FirstStarterEngine(TransformersEngine):
    """A loaded first starter, or a checkpoint that writes by reference as it does."""

    def check(self, item: TextItem) -> None:
        _settings(item)

    def new_row(self, item: TextItem, prompt: list[int]) -> Row:
        settings = _settings(item)
        constraint = None
        if settings.constraints is not None:
            vocabulary: dict[str, int] = self.tokenizer.get_vocab()
            constraint = ConstraintState(settings.constraints, vocabulary, self.end_ids, self.model.device)
        return StarterRow(**vars(super().new_row(item, prompt)), settings=settings, constraint=constraint)


def _settings(item: TextItem) -> StarterSettings:
    """What the item's `starter` asks for; raises ValueError."""
    return StarterSettings.model_validate(item.starter or {})
