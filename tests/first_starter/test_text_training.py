"""What the starter learns from: composed texts must keep the very rules that served texts are checked for."""

import random
import re
from pathlib import Path
from typing import Any

import pytest

from first_starter.checks import check_field, unknown_words
from first_starter.formats import PromptFormat
from first_starter.prompts import prompt_for, wanted_keywords
from first_starter.references import all_references, resolve
from training.text.compose import compose
from training.text.lexicon import load_lexicon
from training.text.products import Sample, category_of, draw, held_out, is_plural

_AGREEMENT = re.compile(r"<[^<>/]*/[^<>/]*>")
_SLOT = re.compile(r"\{[^{}]*\}")


def composed(seed: int) -> tuple[Sample, str]:
    """The first sample of a seed whose facts leave room for a text, and its text."""
    rng = random.Random(seed)
    while True:
        sample = draw(rng)
        text = compose(sample, rng)
        if text is not None:
            return sample, text


@pytest.mark.parametrize("seed", range(40))
def test_a_composed_text_passes_every_check(seed: int) -> None:
    sample, text = composed(seed)
    shown, evidence = resolve(text, sample.product.facts, wanted_keywords(sample.product))
    checks = check_field("description", shown, sample.product, True, evidence)
    failed = [check for check in checks if not check.passed and check.name != "sentences"]
    assert not failed, shown


@pytest.mark.parametrize("seed", range(10))
def test_values_are_never_written_out_in_a_composed_text(seed: int) -> None:
    _, text = composed(seed)
    assert not re.search(r"\d", re.sub(r"\[[^\]]*\]", "", text)), "every figure must come by reference"


@pytest.mark.parametrize("name", sorted(load_lexicon()))
def test_every_sentence_of_the_lexicon_is_well_formed(name: str) -> None:
    category = load_lexicon()[name]
    tones = (category.plain, category.lively)
    sentences = [sentence for tone in tones for sentence in (*tone.openings, *tone.benefits, *tone.closings)]
    assert all(sentence.count("{k}") == 1 for sentence in category.keyword_sentences)
    for sentence in (*sentences, *(sentence.replace("{k}", "") for sentence in category.keyword_sentences)):
        assert sentence.endswith("."), sentence
        slots = set(_SLOT.findall(sentence))
        assert slots <= {"{This}", "{this}", "{the}", "{use}", "{audience}", "{place}"} | {
            "{Use}",
            "{Audience}",
            "{Place}",
        }, sentence
        assert not set("<>") & set(_AGREEMENT.sub("", sentence)), sentence
        assert not re.search(r"\d", sentence), f"a sentence for all products cannot know a figure: {sentence}"
    for opening in (*category.plain.openings, *category.lively.openings):
        assert len(set(_SLOT.findall(opening)) & {"{This}", "{this}", "{the}"}) == 1, opening


def test_every_word_that_the_starter_learns_exists() -> None:
    """A word that only the lexicon knows would fail the check of words in the very texts that were learned."""
    unknown = {}
    for name, category in load_lexicon().items():
        sentences = [s for tone in (category.plain, category.lively) for s in (*tone.openings, *tone.benefits)]
        words = (*category.uses, *category.audiences, *category.places, *category.keywords)
        text = " ".join((*sentences, *category.keyword_sentences, *words))
        text = _AGREEMENT.sub(lambda match: match.group().replace("/", " ").strip("<>"), text)
        unknown[name] = unknown_words(_SLOT.sub(" ", text))
    assert {name: words for name, words in unknown.items() if words} == {}


@pytest.mark.slow
def test_the_tokenizer_keeps_references_whole_and_digits_apart() -> None:
    from training.text.tokenizer import train_tokenizer

    pairs = [composed(seed) for seed in range(30)]
    shown = PromptFormat(values="by reference")
    texts = [text for _, text in pairs] + [prompt_for("description", sample.product, shown) for sample, _ in pairs]
    tokenizer = train_tokenizer(texts, 1500)
    for reference in all_references():
        assert len(tokenizer(reference)["input_ids"]) == 1
    assert len(tokenizer("095205742466")["input_ids"]) == 12
    odd = 'Ünïcode 7 7/8" 🎁 <|user|> [1:lower]\n'
    assert tokenizer.decode(tokenizer(odd)["input_ids"]) == odd


@pytest.mark.slow
def test_only_the_answer_is_learned_and_its_references_and_trade_most(tmp_path: Path) -> None:
    from training.text.tokenizer import train_tokenizer
    from training.text.train import REFERENCE_WEIGHT, TOPIC_WEIGHT, Options, _Batches, examples

    stream = examples(random.Random(1), None, 0)
    pairs = [next(stream) for _ in range(60)]
    tokenizer = train_tokenizer((text for prompt, answers in pairs for text in (prompt, *answers)), 1500)
    options = Options(tmp_path, None, 1, rows=2, lengths=(1000,), real_share=0)
    batch = next(iter(_Batches(options, tokenizer, 0)))
    assert {tensor.shape for tensor in batch.values()} == {(2, 1000)}
    for ids, weights, parts in zip(batch["input_ids"], batch["weights"], batch["parts"], strict=True):
        assert not weights[parts <= 0].any(), "neither prompts nor padding are learned"
        first = parts == 1
        topic, _, text = str(tokenizer.decode(ids[first])).partition("\n")
        assert topic.replace(" ", "_") in load_lexicon() and text.endswith("<|end|>")
        assert tokenizer.decode(ids[first & (weights == TOPIC_WEIGHT)]) == topic
        assert set(tokenizer.convert_ids_to_tokens(ids[weights == REFERENCE_WEIGHT])) <= set(all_references())


@pytest.mark.slow
def test_answers_that_share_a_prompt_are_learned_as_if_each_stood_alone(tmp_path: Path) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from training.text.tokenizer import train_tokenizer
    from training.text.train import Options, _Batches, _encoded, _loss

    tokenizer = train_tokenizer(["A desk lamp of brass.", "lighting"], 400)
    options = Options(tmp_path, None, 1, rows=1, lengths=(4000,), real_share=0)
    torch.manual_seed(1)
    size: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=4000, **size))
    batches = _Batches(options, tokenizer, 0)
    prompt, *answers = next(_encoded(random.Random("7-0"), options, tokenizer))
    model.eval()
    with torch.inference_mode():
        together = _loss(model, model.model, **batches._batch([[prompt, *answers]], 4000))
        alone = [batches._batch([[prompt, answer]], 4000) for answer in answers]
        for batch in alone[1:]:
            batch["weights"][0, len(prompt)] = 0
        sizes = torch.stack([batch["weights"].sum() for batch in alone])
        losses = torch.stack([_loss(model, model.model, **batch) for batch in alone])
    assert together == pytest.approx(float((losses * sizes).sum() / sizes.sum()), rel=1e-3)


def test_a_product_type_leads_to_its_category() -> None:
    assert category_of("Halo Diamond Engagement Ring").name == "rings"
    assert category_of("zorbifier").name == "generic"
    assert is_plural("Wedding bands") and not is_plural("Glass") and not is_plural(["Sheets", "of", "glass"][-1])


def test_a_fifth_of_the_real_sets_is_held_out() -> None:
    assert sum(held_out({"id": number}) for number in range(1000)) == 200
