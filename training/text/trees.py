"""Several answers to one product in one row of tokens: what their chats have in common is read once.

A token sees what stands before it in the common part and in its own branch, as if it stood alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence

from training.text.examples import Example

IGNORED = -100
"""The label of tokens that are not learned, as transformers has it."""


@dataclass(frozen=True)
class Tree:
    """Tensors of shape (length,): `branches` is 0 in the common part; `labels` are the token that comes next."""

    ids: torch.Tensor
    positions: torch.Tensor
    branches: torch.Tensor
    labels: torch.Tensor

    @property
    def learned(self) -> int:
        """How many tokens are learned."""
        return int((self.labels != IGNORED).sum())


def pad(trees: Sequence[Tree]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids and positions of several trees, what each token sees (rows, 1, length, length), and the labels."""
    ids = pad_sequence([tree.ids for tree in trees], batch_first=True)
    positions = pad_sequence([tree.positions for tree in trees], batch_first=True)
    branches = pad_sequence([tree.branches for tree in trees], batch_first=True, padding_value=-1)
    labels = pad_sequence([tree.labels for tree in trees], batch_first=True, padding_value=IGNORED)
    own = branches[:, :, None] == branches[:, None, :]
    return ids, positions, ((branches[:, None, :] == 0) | own).tril()[:, None], labels


def encode(tokenizer: Any, example: Example) -> tuple[list[int], list[int]]:
    """The ids of the chat up to the model's turn, and of the answer with its end."""
    turns = [turn.model_dump() for turn in example.turns]
    asked = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    answer = tokenizer(example.answer, add_special_tokens=False)["input_ids"]
    return tokenizer(asked, add_special_tokens=False)["input_ids"], [*answer, tokenizer.eos_token_id]


def grow(encoded: Sequence[tuple[list[int], list[int]]], longest: int) -> Iterator[Tree]:
    """Trees of at most `longest` tokens that hold all chats of one product; a chat that is longer alone is left out."""
    common = _common([prompt for prompt, _ in encoded])
    waiting: list[tuple[list[int], list[int]]] = []
    length = len(common)
    for prompt, answer in encoded:
        branch = (prompt[len(common) :], answer)
        size = len(branch[0]) + len(answer)
        if len(common) + size > longest:
            continue
        if length + size > longest:
            yield _tree(common, waiting)
            waiting, length = [], len(common)
        waiting.append(branch)
        length += size
    if waiting:
        yield _tree(common, waiting)


def _common(prompts: Sequence[list[int]]) -> list[int]:
    """The tokens that all prompts begin with, less one, so that each branch has a token that predicts its answer."""
    shared = list(takewhile(lambda same: len(set(same)) == 1, zip(*prompts, strict=False)))
    return [same[0] for same in shared][: min(map(len, prompts)) - 1]


def _tree(common: list[int], branches: Sequence[tuple[list[int], list[int]]]) -> Tree:
    ids, labels, positions, numbers = list(common), [IGNORED] * len(common), list(range(len(common))), [0] * len(common)
    for number, (prompt, answer) in enumerate(branches, start=1):
        ids += prompt + answer
        labels += [IGNORED] * (len(prompt) - 1) + answer + [IGNORED]
        positions += range(len(common), len(common) + len(prompt) + len(answer))
        numbers += [number] * (len(prompt) + len(answer))
    return Tree(*(torch.tensor(column) for column in (ids, positions, numbers, labels)))
