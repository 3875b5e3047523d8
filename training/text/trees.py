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
    """Tensors of shape (length,): `branches` is 0 in the common part, of which a token sees what stands before its
    `forks`; `labels` are the token that comes next.

    `pairs` are the places of answers, each with those of the draft that it is better than.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    branches: torch.Tensor
    forks: torch.Tensor
    labels: torch.Tensor
    pairs: tuple[tuple[slice, slice], ...] = ()

    @property
    def learned(self) -> int:
        """How many tokens are learned."""
        drafted = sum(len(self.labels[draft]) for _, draft in self.pairs)
        return int((self.labels != IGNORED).sum()) - drafted


def pad(trees: Sequence[Tree]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids and positions of several trees, what each token sees (rows, 1, length, length), and the labels."""
    ids = pad_sequence([tree.ids for tree in trees], batch_first=True)
    positions = pad_sequence([tree.positions for tree in trees], batch_first=True)
    branches = pad_sequence([tree.branches for tree in trees], batch_first=True, padding_value=-1)
    forks = pad_sequence([tree.forks for tree in trees], batch_first=True)
    labels = pad_sequence([tree.labels for tree in trees], batch_first=True, padding_value=IGNORED)
    own = branches[:, :, None] == branches[:, None, :]
    common = (branches[:, None, :] == 0) & (torch.arange(ids.shape[1]) < forks[:, :, None])
    return ids, positions, (common | own).tril()[:, None], labels


@dataclass(frozen=True)
class Chat:
    """The ids of a chat up to the first answer that is learned, the rest of them, and that rest's labels.

    `drafts` are ids of drafts, each with the places in the rest of the answer that is better, and of its end.
    """

    prompt: list[int]
    rest: list[int]
    labels: list[int]
    drafts: tuple[tuple[list[int], int, int], ...] = ()


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
    end = [tokenizer.eos_token_id]
    rest.append(end)
    ids: list[int] = []
    labels: list[int] = []
    drafts: list[tuple[list[int], int, int]] = []
    for place, part in enumerate(rest):
        if place % 2 == 0 and any(example.drafts[place // 2 :][:1]):
            draft = tokenizer(example.drafts[place // 2], add_special_tokens=False)["input_ids"]
            drafts.append((draft + end, len(ids), len(ids) + len(part) + 1))
        ids += part
        # Between two answers stands the end of the first, which is learned, and the question for the second.
        labels += part if place % 2 == 0 else [part[0], *[IGNORED] * (len(part) - 1)]
    return Chat(prompt, ids, labels, tuple(drafts))


def fork(chat: Chat, longest: int) -> Tree:
    """One chat of at most `longest` tokens in the common part, and each draft as a branch that leaves it where the
    better answer begins; what is longer is cut, and its draft left out."""
    whole = (chat.prompt + chat.rest)[:longest]
    ids, positions, branches = list(whole), list(range(len(whole))), [0] * len(whole)
    forks, labels = (
        [len(whole)] * len(whole),
        ([IGNORED] * (len(chat.prompt) - 1) + chat.labels + [IGNORED])[: len(whole)],
    )
    pairs: list[tuple[slice, slice]] = []
    for number, (draft, start, end) in enumerate(chat.drafts, start=1):
        # The token before an answer stands once more at the head of its branch, as it has another one to predict.
        before, place, size = len(chat.prompt) + start - 1, len(ids), len(draft) + 1
        if place + size > longest or len(chat.prompt) + end > len(whole):
            continue
        ids += [whole[before], *draft]
        positions += range(before, before + size)
        branches += [number] * size
        forks += [before] * size
        labels += [*draft, IGNORED]
        pairs.append((slice(before, before + end - start), slice(place, place + len(draft))))
    return _tensors(ids, positions, branches, forks, labels, pairs)


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
    forks = [len(common)] * len(ids)
    return _tensors(ids, positions, numbers, forks, labels)


def _tensors(
    ids: list[int],
    positions: list[int],
    branches: list[int],
    forks: list[int],
    labels: list[int],
    pairs: Sequence[tuple[slice, slice]] = (),
) -> Tree:
    return Tree(
        ids=torch.tensor(ids),
        positions=torch.tensor(positions),
        branches=torch.tensor(branches),
        forks=torch.tensor(forks),
        labels=torch.tensor(labels),
        pairs=tuple(pairs),
    )
