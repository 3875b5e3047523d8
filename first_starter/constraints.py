"""Tokens that one row of a batch may not choose next, from `contracts.Constraints`.

All of it is incremental: a step costs a few dictionary look-ups and one small index assignment, whatever the
vocabulary's size.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping

import torch

from first_starter.contracts import Constraints, Reference

SENTENCE_END = re.compile(r"[.!?][\"'”’»)\]]*$")
# "weighs 3." may be the first half of "weighs 3.5 kg": the text may end there, but is never made to.
LAST_WORD = re.compile(r"([A-Za-z]+)\s*$")
MAYBE_A_DECIMAL = re.compile(r"\d\.$")


class WordCount:
    """Words of a text that arrives in pieces; a reference counts as the words of its value."""

    def __init__(self, references: Collection[Reference]) -> None:
        self._words = {token: reference.words for reference in references for token in reference.tokens}
        longest_first = sorted(self._words, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        self._before_last = 0
        self._last = ""

    @property
    def total(self) -> int:
        """Words up to here; a word still being written counts as one."""
        return self._before_last + self._count(self._last)

    def add(self, piece: str) -> None:
        """Take the next piece of the text."""
        *complete, self._last = re.split(r"\s+", self._last + piece)
        self._before_last += sum(map(self._count, complete))

    def _count(self, word: str) -> int:
        found = self._pattern.findall(word) if self._pattern else []
        if not found:
            return 1 if word else 0
        return sum(self._words[token] for token in found)


class ConstraintState:
    """The constraints of one text while it is written.

    `vocabulary` maps a token's text to its id; a reference whose text is no single token is counted, but
    neither limited nor required. `end_ids` are the ids that end the text.
    """

    def __init__(
        self,
        constraints: Constraints,
        vocabulary: Mapping[str, int],
        end_ids: frozenset[int],
        device: torch.device,
    ) -> None:
        self._constraints = constraints
        self._device = device
        self._end = sorted(end_ids)
        self._words = WordCount(constraints.references)
        self._tail = ""
        self._word = ""
        self._uses: Counter[int] = Counter()
        self._reference_of: dict[int, int] = {}
        self._ids_of: dict[int, list[int]] = {}
        for number, reference in enumerate(constraints.references):
            ids = [vocabulary[token] for token in reference.tokens if token in vocabulary]
            self._ids_of[number] = ids
            self._reference_of.update(dict.fromkeys(ids, number))
        self._missing = {n for n, ids in self._ids_of.items() if ids and constraints.references[n].required}
        self._closed = {vocabulary[token] for token in constraints.forbidden if token in vocabulary}
        self._closed -= end_ids
        self._characters = 0

    @property
    def words(self) -> int:
        """Words written so far."""
        return self._words.total

    def closed_references(self) -> list[int]:
        """Ids of the references that the text may not write, not again, or not here."""
        return [
            *self._closed,
            *(id_ for number in self._too_long() | self._misplaced() for id_ in self._ids_of[number]),
        ]

    def _too_long(self) -> set[int]:
        """References that no longer fit within the characters that are left."""
        left = self._constraints.max_characters - self._characters
        return {n for n, reference in enumerate(self._constraints.references) if reference.characters > left}

    def _misplaced(self) -> set[int]:
        """References that make no sense after the word just written."""
        last = match[1].lower() if (match := LAST_WORD.search(self._word)) else ""
        return {n for n, reference in enumerate(self._constraints.references) if last in reference.not_after}

    def advance(self, token: int, piece: str) -> None:
        """Take the token just chosen and the text that it completed (perhaps empty)."""
        self._words.add(piece)
        # A sentence's end is at most a mark and a few closing quotes, with white space after it.
        self._tail = (self._tail + piece).rstrip()[-8:]
        self._word = (self._word + piece)[-24:]
        number = self._reference_of.get(token)
        if number is None:
            self._characters += len(piece)
            return
        self._characters += self._constraints.references[number].characters
        self._missing.discard(number)
        self._uses[number] += 1
        if self._uses[number] >= self._constraints.references[number].limit:
            self._closed.update(self._ids_of[number])

    def apply(self, scores: torch.Tensor) -> None:
        """Set the forbidden entries of `scores`, shape (vocabulary,), to -inf in place."""
        allowed_ends = scores[self._end]
        if self._must_end():
            scores.fill_(-torch.inf)
        else:
            closed = self.closed_references() + ([] if self._may_end() else self._end)
            if not closed:
                return
            scores[torch.tensor(closed, device=self._device)] = -torch.inf
            if bool((scores > -torch.inf).any()):
                return
        # Only the end is left; a model that gave it no chance at all still has to end.
        scores[self._end] = torch.nan_to_num(allowed_ends, neginf=-1e4)

    def _at_sentence_end(self) -> bool:
        return SENTENCE_END.search(self._tail) is not None

    def _may_end(self) -> bool:
        enough = self.words >= self._constraints.min_words
        whole = self._at_sentence_end() or not self._constraints.sentences
        return enough and whole and not self._missing - self._too_long()

    def _must_end(self) -> bool:
        if not self._at_sentence_end() or MAYBE_A_DECIMAL.search(self._tail):
            return False
        if self.words >= self._constraints.max_words:
            return True
        return self._may_end() and self.words >= self._constraints.enough_words
