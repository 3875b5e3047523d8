"""How the text starter is taught: what is kept, what it is asked, and that answers do not see each other."""

import random

import pytest
import torch

from training.text.examples import Described, Example, Text, examples_of
from training.text.keep import Struck, Written, keep
from training.text.trees import IGNORED, grow, pad

ATTRIBUTES = "Product: Desk Lamp; Brand: Lumo; Height: 47 cm; Shade: linen"
FIRST = "A Desk Lamp by Lumo stands 47 cm high."
SECOND = "Its shade is linen."
INVENTED = "It brightens a bedroom with its glow."
DESCRIPTION = f"{FIRST} {INVENTED} {SECOND}"
KEPT = Text(field="description", text=f"{FIRST} {SECOND}", words=(10, 20))
LAMP = Described(id="1", trade="lighting", attributes=ATTRIBUTES, keywords="", texts=(KEPT,))


def written(text: Text, *quotes: str) -> Written:
    """A lamp with one text, of which a reader struck out `quotes`."""
    struck = tuple(Struck(field=text.field, number=0, kind="unsupported", quote=quote) for quote in quotes)
    return Written(id="1", trade="lighting", attributes=ATTRIBUTES, keywords="", texts=(text,), struck=struck)


def test_a_struck_sentence_goes_and_the_length_that_was_asked_with_it() -> None:
    text = Text(field="description", text=DESCRIPTION, words=(18, 30))
    assert keep(written(text)).texts == (text,)
    (left,) = keep(written(text, "brightens a bedroom ... glow")).texts
    assert left.text == f"{FIRST} {SECOND}"
    assert left.words and left.words[0] <= 13 <= left.words[1]


def test_a_text_that_lacks_a_value_after_that_goes_whole() -> None:
    text = Text(field="description", text=DESCRIPTION, words=(18, 30))
    assert not keep(written(text, "stands 47 cm high")).texts


def test_a_text_with_a_quote_that_is_not_found_goes_whole() -> None:
    text = Text(field="description", text=DESCRIPTION, words=(18, 30))
    assert not keep(written(text, "words of another text")).texts


def test_a_struck_bullet_goes_alone() -> None:
    items = ["Shade of linen", "47 cm high", "Warm glow", "By Lumo"]
    (left,) = keep(written(Text(field="bullets", text="\n".join(items)), "Warm glow")).texts
    assert left.text.splitlines() == ["Shade of linen", "47 cm high", "By Lumo"]


@pytest.mark.parametrize("fault", ["Desk Lamp by Lumo, 52 cm", "Desk Lamp", "Oak Desk Lamp by Lumo"])
def test_what_the_checks_refuse_is_not_learned(fault: str) -> None:
    assert not keep(written(Text(field="title", text=fault))).texts


def test_numbers_change_in_facts_and_texts_alike() -> None:
    heights = set()
    for seed in range(20):
        example = examples_of(LAMP, random.Random(seed), 1)[-1]
        asked = example.turns[1].content
        height = asked.split("Height: ")[1][:5]
        heights.add(height)
        learned = " ".join([example.answer, *(turn.content for turn in example.turns[2:])])
        assert height in learned, learned
    assert "47 cm" in heights and len(heights) > 3


def test_an_answer_sees_the_common_part_and_itself_alone() -> None:
    """Else it would learn from answers that it will not have before it."""
    trees = list(grow([([1, 2, 3, 4], [5, 6]), ([1, 2, 7, 8], [9])], longest=20))
    ids, positions, mask, labels = pad(trees)
    assert ids[0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert positions[0].tolist() == [0, 1, 2, 3, 4, 5, 2, 3, 4]
    assert labels[0].tolist() == [IGNORED, IGNORED, IGNORED, 5, 6, IGNORED, IGNORED, 9, IGNORED]
    seen = [torch.nonzero(row).flatten().tolist() for row in mask[0, 0]]
    assert seen[5] == [0, 1, 2, 3, 4, 5] and seen[8] == [0, 1, 6, 7, 8]


def test_a_long_product_is_parted_into_several_trees() -> None:
    chats = [([1, 2, 3, number], [9] * 6) for number in range(4, 9)]
    trees = list(grow(chats, longest=20))
    assert [len(tree.ids) for tree in trees] == [17, 17, 10]
    assert sum(tree.learned for tree in trees) == 30


def test_repairs_end_in_what_was_kept() -> None:
    repairs: list[Example] = []
    for seed in range(200):
        repairs += [example for example in examples_of(LAMP, random.Random(seed), 1) if len(example.turns) == 4]
    assert repairs
    for repair in repairs:
        shown, asked = repair.turns[2].content, repair.turns[3].content
        assert shown != repair.answer and "one more whole sentence" in asked
        assert ("cm" in repair.answer) == ("cm high" not in shown)


def test_a_lesson_is_learned_in_its_epoch_and_texts_without_one_in_all() -> None:
    texts = [Text(field="bullets", text="47 cm high\nShade of linen\nBy Lumo")]
    texts += [KEPT.model_copy(update={"lesson": number}) for number in (1, 2)]
    described = LAMP.model_copy(update={"texts": tuple(texts)})
    for lesson in (1, 2):
        examples = examples_of(described, random.Random(3), lesson)
        assert len([example for example in examples if len(example.turns) == 2]) == 2
