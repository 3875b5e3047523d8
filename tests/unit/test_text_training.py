"""How the text starter is taught: what is kept, what it is asked, and that answers do not see each other."""

import random

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from training.text.adapter import Adapter
from training.text.examples import Described, Example, Sentence, Text, examples_of
from training.text.keep import Struck, Written, keep
from training.text.trees import IGNORED, Chat, fork, grow, pad

ATTRIBUTES = "Product: Desk Lamp; Brand: Lumo; Height: 47 cm; Shade: linen; Dimmable: yes"
FIRST = Sentence(text="A Desk Lamp by Lumo lights the page that you read.", facts=(1, 2))
SECOND = Sentence(text="Its shade of linen hides the bulb.", facts=(4,))
THIRD = Sentence(text="It stands 47 cm high in all, and you can dim it.", facts=(3, 5))
KEPT = Text(field="description", sentences=(FIRST, SECOND, THIRD))
LAMP = Described(id="1", trade="lighting", attributes=ATTRIBUTES, keywords="", texts=(KEPT,))


def kept(text: Text, *struck: Struck) -> tuple[Text, ...]:
    """What is kept of a lamp's text."""
    return keep(
        Written(id="1", trade="lighting", attributes=ATTRIBUTES, keywords="", texts=(text,), struck=struck)
    ).texts


def sentences(*given: Sentence) -> tuple[Sentence, ...]:
    """The sentences that are kept of a description."""
    return tuple(sentence for text in kept(Text(field="description", sentences=given)) for sentence in text.sentences)


def test_a_struck_sentence_goes_alone() -> None:
    (left,) = kept(KEPT, Struck(number=0, kind="unsupported", sentence=1))
    assert left.sentences == (FIRST, THIRD)


def test_without_its_first_sentence_nothing_of_a_description_is_kept() -> None:
    """What would begin it does not say what it is about."""
    assert not kept(KEPT, Struck(number=0, kind="false", sentence=0))


@pytest.mark.parametrize("fault", ["Its shade of linen comes with a lifetime warranty.", "Its shade of linen"])
def test_a_sentence_that_the_checks_refuse_goes(fault: str) -> None:
    assert sentences(FIRST, Sentence(text=fault, facts=(4,))) == (FIRST,)


def test_a_sentence_without_the_value_that_it_was_written_for_goes() -> None:
    assert sentences(FIRST, Sentence(text="Its shade of cloth hides the bulb.", facts=(4,))) == (FIRST,)


def test_a_value_that_a_sentence_tells_beside_its_own_is_asked_for_too() -> None:
    told = "Its shade of linen stands 47 cm above the desk."
    assert sentences(FIRST, Sentence(text=told, facts=(4,)))[1].facts == (4, 3)


def test_a_struck_bullet_goes_alone() -> None:
    items = ["Shade of linen", "47 cm high", "Warm glow", "By Lumo"]
    struck = Struck(number=0, kind="unsupported", quote="Warm glow")
    (left,) = kept(Text(field="bullets", text="\n".join(items)), struck)
    assert left.text.splitlines() == ["Shade of linen", "47 cm high", "By Lumo"]


@pytest.mark.parametrize("fault", ["Desk Lamp by Lumo, 52 cm", "Desk Lamp", "Oak Desk Lamp by Lumo"])
def test_what_the_checks_refuse_is_not_learned(fault: str) -> None:
    assert not kept(Text(field="title", text=fault))


def test_a_description_is_asked_for_sentence_by_sentence_each_with_its_facts() -> None:
    (example,), _ = examples_of(LAMP, random.Random(4), 0)
    asked = [turn.content for turn in example.turns if turn.role == "user"]
    answers = [turn.content for turn in example.turns if turn.role == "assistant"]
    assert example.learned == 3 and answers[:2] == [FIRST.text, SECOND.text]
    assert "- Shade: linen" in asked[1] and "Lumo" not in asked[1] and "- Dimmable: yes" in asked[2]


def test_numbers_change_in_facts_and_texts_alike() -> None:
    heights = set()
    for seed in range(20):
        (example,), _ = examples_of(LAMP, random.Random(seed), 0)
        question, answer = example.turns[-2:]
        height = question.content.split("Height: ")[1][:5]
        heights.add(height)
        assert height in answer.content
    assert "47 cm" in heights and len(heights) > 3


def test_an_answer_sees_the_common_part_and_itself_alone() -> None:
    """Else it would learn from answers that it will not have before it."""
    chats = [Chat([1, 2, 3, 4], [5, 6], [5, 6]), Chat([1, 2, 7, 8], [9], [9])]
    ids, positions, mask, labels = pad(list(grow(chats, longest=20)))
    assert ids[0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert positions[0].tolist() == [0, 1, 2, 3, 4, 5, 2, 3, 4]
    assert labels[0].tolist() == [IGNORED, IGNORED, IGNORED, 5, 6, IGNORED, IGNORED, 9, IGNORED]
    seen = [torch.nonzero(row).flatten().tolist() for row in mask[0, 0]]
    assert seen[5] == [0, 1, 2, 3, 4, 5] and seen[8] == [0, 1, 6, 7, 8]


def test_a_draft_sees_what_its_better_answer_sees_and_is_not_learned() -> None:
    """Prompt 1 2, answers 3 4 and 7 8 (5 and 9 end them, 6 asks on); in the place of the second, 20 21 was drafted."""
    chat = Chat([1, 2], [3, 4, 5, 6, 7, 8, 9], [3, 4, 5, IGNORED, 7, 8, 9], (([20, 21, 9], 4, 7),))
    tree = fork(chat, longest=20)
    ids, positions, mask, labels = pad([tree])
    assert ids[0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 6, 20, 21, 9]
    assert positions[0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8]
    ((answer, draft),) = tree.pairs
    assert labels[0, answer].tolist() == [7, 8, 9] and labels[0, draft].tolist() == [20, 21, 9]
    assert tree.learned == 6
    seen = [torch.nonzero(row).flatten().tolist() for row in mask[0, 0]]
    assert seen[8] == [0, 1, 2, 3, 4, 5, 6, 7, 8] and seen[11] == [0, 1, 2, 3, 4, 9, 10, 11]


def test_a_draft_without_room_is_left_out() -> None:
    chat = Chat([1, 2], [3, 4, 5], [3, 4, 5], (([20, 21, 5], 0, 3),))
    assert not fork(chat, longest=6).pairs and fork(chat, longest=9).pairs


def test_a_long_product_is_parted_into_several_trees_and_a_long_chat_is_cut() -> None:
    chats = [Chat([1, 2, 3, number], [9] * 6, [9] * 6) for number in range(4, 9)]
    trees = list(grow([*chats, Chat([1, 2, 3, 9], [9] * 90, [9] * 90)], longest=20))
    assert [len(tree.ids) for tree in trees] == [17, 17, 10, 20]
    assert sum(tree.learned for tree in trees) == 46


def test_repairs_end_in_what_was_kept() -> None:
    bullets = Text(field="bullets", text="47 cm high\nShade of linen\nBy Lumo\nDimmable")
    described = LAMP.model_copy(update={"texts": (bullets,)})
    repairs: list[Example] = []
    for seed in range(200):
        _, fields = examples_of(described, random.Random(seed), 0)
        repairs += [example for example in fields if len(example.turns) == 5]
    assert repairs
    for repair in repairs:
        shown, asked, answer = (turn.content for turn in repair.turns[2:])
        assert not set(shown.splitlines()) & set(answer.splitlines()) and "more, about other facts" in asked


def test_two_epochs_have_all_descriptions_and_none_twice() -> None:
    texts = [
        KEPT.model_copy(update={"tone": tone, "voice": voice})
        for tone, voice in (("plain", None), ("lively", None), ("plain", "dry"))
    ]
    described = LAMP.model_copy(update={"texts": tuple(texts)})
    assert [len(examples_of(described, random.Random(3), epoch)[0]) for epoch in (0, 1)] == [2, 1]


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_an_adapter_is_added_to_the_model_that_was_loaded_each_time(kind: torch.dtype) -> None:
    """Else every step is computed with all those before it added once more."""
    config = LlamaConfig(vocab_size=16, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2)
    model = AutoModelForCausalLM.from_config(config, dtype=kind)
    matrix = model.model.layers[0].mlp.up_proj.weight
    loaded = matrix.detach().float().clone()
    adapter = Adapter(model, rank=2, scale=2.0)
    for up in adapter.up.values():
        torch.nn.init.ones_(up)
    for _ in range(3):
        adapter.add()
    key = next(key for key in adapter.up if key.endswith("up_proj"))
    expected = loaded + 2.0 * adapter.up[key] @ adapter.down[key]
    torch.testing.assert_close(matrix.detach(), expected.to(matrix.dtype))
