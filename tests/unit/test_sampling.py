"""What an item's settings do to the scores of its next token."""

import torch

from contracts.items import Decoding
from runners.engines.sampling import Sampler


def test_a_run_of_tokens_is_not_written_twice() -> None:
    sampler = Sampler(Decoding(temperature=0, no_repeat_ngram=2), torch.device("cpu"))
    scores = torch.tensor([0.0, 1.0, 5.0, 2.0])
    assert sampler.choose(sampler.penalise(scores, [1, 2, 3, 1])) == 3, "1 was followed by 2 before"
    assert scores.tolist() == [0.0, 1.0, 5.0, 2.0], "the model's own scores are left alone"


def test_written_tokens_are_penalised() -> None:
    sampler = Sampler(Decoding(temperature=0, repetition_penalty=2.0), torch.device("cpu"))
    assert sampler.choose(sampler.penalise(torch.tensor([0.0, 3.0, 2.0]), [1])) == 2
