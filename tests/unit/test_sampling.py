"""What an item's settings do to the scores of its next token."""

import torch

from contracts.items import Decoding
from runners.engines.sampling import Sampler


def test_written_tokens_are_penalised() -> None:
    sampler = Sampler(Decoding(temperature=0, repetition_penalty=2.0), torch.device("cpu"))
    scores = torch.tensor([0.0, 3.0, 2.0])
    assert sampler.choose(sampler.penalise(scores, [1])) == 2
    assert scores.tolist() == [0.0, 3.0, 2.0], "the model's own scores are left alone"


def test_a_text_cannot_end_before_its_least_length() -> None:
    sampler = Sampler(Decoding(temperature=0, min_new_tokens=2), torch.device("cpu"))
    chosen = []
    for written in range(3):
        scores = torch.tensor([1.0, 2.0, 3.0])
        sampler.keep_open(scores, written, {1, 2})
        chosen.append(sampler.choose(scores))
    assert chosen == [0, 0, 2]
