"""The engine follows from the checkpoint, the machine and the setting."""

import pytest

from checkpoints.errors import CheckpointError
from runners.engines.choice import Contents, Machine, choose

SMOLLM2 = Contents("llama", "gpt2", frozenset({"F32", "Q4_1", "Q8_0"}))
QWEN = Contents("qwen2", "gpt2", frozenset({"F32", "Q4_K", "Q6_K"}))
GEMMA = Contents("gemma3", "llama", frozenset({"F32", "Q4_K"}))
LLAMA_2 = Contents("llama", "llama", frozenset({"F32", "Q8_0"}))
MIXED = Contents("qwen2", "gpt2", frozenset({"F32", "Q5_0", "Q8_0"}))
SAFETENSORS = Contents()
CPU, GPU, BARE = Machine(False, True), Machine(True, True), Machine(False, False)


@pytest.mark.parametrize(
    ("contents", "machine", "name"),
    [
        (SMOLLM2, CPU, "openvino"),
        (QWEN, CPU, "openvino"),
        (QWEN, GPU, "transformers"),
        (QWEN, BARE, "transformers"),
        (GEMMA, CPU, "transformers"),
        (LLAMA_2, CPU, "transformers"),
        (MIXED, CPU, "transformers"),
        (SAFETENSORS, CPU, "transformers"),
    ],
)
def test_the_engine_follows_from_checkpoint_and_machine(contents: Contents, machine: Machine, name: str) -> None:
    assert choose(contents, machine) == name


def test_a_setting_overrides_the_choice() -> None:
    assert choose(SMOLLM2, CPU, "transformers") == "transformers"
    assert choose(SMOLLM2, GPU, "openvino") == "openvino"


@pytest.mark.parametrize(("contents", "machine"), [(GEMMA, CPU), (SAFETENSORS, CPU), (SMOLLM2, BARE)])
def test_a_setting_that_cannot_hold_is_refused(contents: Contents, machine: Machine) -> None:
    with pytest.raises(CheckpointError, match="PDG_TEXT_ENGINE"):
        choose(contents, machine, "openvino")
