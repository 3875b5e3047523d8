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


@dataclass(frozen=True)
class Chat:
    """The ids of a chat up to the first answer that is learned, the rest of them, and that rest's labels."""

    prompt: list[int]
    rest: list[int]
    labels: list[int]


def encode(tokenizer: Any, example: Example) -> Chat:
    """The chat with its learned answers, each with its end, as ids."""
    turns = [turn.model_dump() for turn in example.turns]
    answers = [number for number, turn in enumerate(turns) if turn["role"] == "assistant"][-example.learned :]
    shown = ""
    parts: list[list[int]] = []
    for number in answers:
        asked = tokenizer.apply_chat_template(turns[:number], add_generation_prompt=True, tokenize=False)
        answer = turns[number]["content"]
        parts += [tokenizer(text, add_special_tokens=False)["input_ids"] for text in (asked[len(shown) :], answer)]
        shown = asked + answer
    prompt, *rest = parts
    rest.append([tokenizer.eos_token_id])
    ids, labels = [], []
    for place, part in enumerate(rest):
        ids += part
        # Between two answers stands the end of the first, which is learned, and the question for the second.
        labels += part if place % 2 == 0 else [part[0], *[IGNORED] * (len(part) - 1)]
    return Chat(prompt, ids, labels)


def grow(chats: Sequence[Chat], longest: int) -> Iterator[Tree]:
    """Trees of at most `longest` tokens that hold all chats; what is longer alone is cut."""
    common = _common([chat.prompt for chat in chats])
    waiting: list[Chat] = []
    length = len(common)
    for chat in chats:
        own = chat.prompt[len(common) :]
        room = longest - len(common) - len(own)
        if room <= 0:
            continue
        branch = Chat(own, chat.rest[:room], chat.labels[:room])
        size = len(own) + len(branch.rest)
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


def _tree(common: list[int], branches: Sequence[Chat]) -> Tree:
    ids, labels, positions, numbers = list(common), [IGNORED] * len(common), list(range(len(common))), [0] * len(common)
    for number, branch in enumerate(branches, start=1):
        own = branch.prompt + branch.rest
        ids += own
        labels += [IGNORED] * (len(branch.prompt) - 1) + branch.labels + [IGNORED]
        positions += range(len(common), len(common) + len(own))
        numbers += [number] * len(own)
    return Tree(*(torch.tensor(column) for column in (ids, positions, numbers, labels)))
