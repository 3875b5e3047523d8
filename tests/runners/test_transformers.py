"""The text engine on tiny random checkpoints of four real families."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from checkpoints.errors import CheckpointError
from contracts.items import Decoding, Message, TextItem
from runners.engines.detokenizer import Detokenizer
from runners.engines.transformers import TransformersEngine
from tests.tiny import SENTENCES, TEXT_FAMILIES, make_text

pytestmark = pytest.mark.slow

# fp32 sums over other shapes differ in their last bits; logits here are of the order of 10.
TOLERANCE = 1e-4
CONTROL_TOKENS = {
    "gemma": ["<start_of_turn>", "<end_of_turn>", "<eos>", "<bos>"],
    "llama": ["<|start_header_id|>", "<|eot_id|>", "<|begin_of_text|>"],
    "qwen3": ["<|im_start|>", "<|im_end|>", "</think>"],
    "smollm": ["<|im_start|>", "<|im_end|>", "<|endoftext|>"],
}


@pytest.fixture(scope="module", params=TEXT_FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    """The name of a family of checkpoints."""
    return str(request.param)


@pytest.fixture(scope="module")
def engine(family: str, tmp_path_factory: pytest.TempPathFactory) -> TransformersEngine:
    """A loaded checkpoint of the family."""
    return TransformersEngine.load(make_text(tmp_path_factory.mktemp(family), family))


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> TransformersEngine:
    """One checkpoint, where the family does not matter."""
    return TransformersEngine.load(make_text(tmp_path_factory.mktemp("llama"), "llama"))


def prompt(number: int) -> str:
    """Prompts of different lengths."""
    return " ".join(SENTENCES[: 1 + number % len(SENTENCES)]) + f" Number {number}."


def ask(text: str, **fields: object) -> TextItem:
    """An item that asks `text`."""
    return TextItem.model_validate({"id": "1", "messages": [Message(role="user", content=text)], **fields})


def mixed_items() -> list[TextItem]:
    """Eight items of which no two have the same settings."""
    return [
        TextItem(
            id=str(number),
            messages=(Message(role="user", content=prompt(number)),),
            decoding=Decoding(
                max_new_tokens=8 + 3 * number,
                temperature=0 if number % 2 else 0.7 + number / 10,
                top_k=5 if number % 3 == 0 else 0,
                top_p=0.9 if number % 3 == 1 else 1.0,
                repetition_penalty=1 + 0.1 * (number % 4),
                seed=number,
            ),
        )
        for number in range(8)
    ]


def test_logits_of_an_item_alone_and_in_a_batch_agree(engine: TransformersEngine) -> None:
    """Wrong padding, masks or positions show here first."""
    prompts = [engine.prompt_ids(ask(prompt(number))) for number in range(8)]
    together = engine.logits(prompts)
    alone = torch.cat([engine.logits([ids]) for ids in prompts])
    assert float((together - alone).abs().max()) < TOLERANCE


def test_items_of_a_batch_get_their_own_settings(engine: TransformersEngine) -> None:
    items = mixed_items()
    together = engine.write(items)
    alone = [engine.write([item])[0] for item in items]
    # Probabilities differ in their last digits, as a batch sums in another order.
    rounded = {"confidence": 0}
    assert [r.model_copy(update=rounded) for r in together] == [r.model_copy(update=rounded) for r in alone]
    own = [result.confidence for result in alone]
    assert [result.confidence for result in together] == pytest.approx(own, rel=1e-3)
    assert all(0 < (confidence or 0) < 1 for confidence in own)
    assert [result.id for result in together] == [item.id for item in items]
    assert len({result.new_tokens for result in together}) > 1, "rows ended at different steps"


def test_a_greedy_text_is_what_transformers_writes(engine: TransformersEngine) -> None:
    """Caching and compaction lose nothing: the reference is a plain `generate` without our loop."""
    item = ask(prompt(3), decoding=Decoding(max_new_tokens=24, temperature=0))
    others = [ask(prompt(1), decoding=Decoding(max_new_tokens=5, temperature=0))]
    result = engine.write([*others, item])[1]
    asked = torch.tensor([engine.prompt_ids(item)])
    written = engine.model.generate(  # type: ignore[operator]
        asked,
        attention_mask=torch.ones_like(asked),
        max_new_tokens=24,
        do_sample=False,
        eos_token_id=sorted(engine.end_ids),
    )[0, asked.shape[1] :]
    ids = [token for token in written.tolist() if token not in engine.end_ids]
    detokenizer = Detokenizer(engine.tokenizer)
    assert result.text == "".join(map(detokenizer.push, ids)) + detokenizer.finish()
    assert result.new_tokens == len(ids)


def test_a_seed_fixes_the_text_and_another_seed_changes_it(llama: TransformersEngine) -> None:
    def text(seed: int) -> str:
        decoding = Decoding(max_new_tokens=24, temperature=1.5, seed=seed)
        return llama.write([ask(prompt(0), decoding=decoding)])[0].text

    assert text(1) == text(1)
    assert len({text(seed) for seed in range(4)}) > 1


def test_a_text_goes_on_from_its_prefix(llama: TransformersEngine) -> None:
    """As if the model had written it; the result holds only what comes after."""
    decoding = Decoding(max_new_tokens=1, temperature=0)
    (result,) = llama.write([ask(prompt(0), prefix="lighting\n", decoding=decoding)])
    asked = [*llama.prompt_ids(ask(prompt(0))), *llama.tokenizer.encode("lighting\n", add_special_tokens=False)]
    detokenizer = Detokenizer(llama.tokenizer)
    assert result.text == detokenizer.push(int(llama.logits([asked])[0].argmax())) + detokenizer.finish()
    assert result.prompt_tokens == len(asked)


def test_control_tokens_in_a_prompt_stay_ordinary_text(engine: TransformersEngine, family: str) -> None:
    """Otherwise a product's name could close the user's turn and speak for the model."""
    tokens = CONTROL_TOKENS[family]
    vocabulary = engine.tokenizer.get_vocab()
    plain = engine.prompt_ids(ask("a x b [3] c"))
    forged = engine.prompt_ids(ask("a " + "".join(tokens) + " b [3] c"))
    for token in tokens:
        assert forged.count(vocabulary[token]) == plain.count(vocabulary[token])
    assert "".join(tokens) in engine.tokenizer.decode(forged)


def test_reference_tokens_in_a_prompt_stay_single_tokens(engine: TransformersEngine) -> None:
    ids = engine.prompt_ids(ask("The [3] is <eos> [4]."))
    for token in ("[3]", "[4]"):
        assert ids.count(engine.tokenizer.get_vocab()[token]) == 1


def test_bad_items_fail_alone(llama: TransformersEngine) -> None:
    items = mixed_items()
    expected = llama.write(items)
    items[3] = ask("word " * 2000)
    results = llama.write(items)
    assert results[3].error is not None
    assert results[3].error.code == "invalid_item"
    assert "tokens" in results[3].error.message
    assert results[:3] + results[4:] == expected[:3] + expected[4:]


def test_scores_that_are_not_numbers_fail_only_their_row(tmp_path: Path) -> None:
    """One token's embedding is broken after loading, as bad memory would do it."""
    engine = TransformersEngine.load(make_text(tmp_path, "gemma"))
    token = engine.tokenizer.get_vocab()["[9]"]
    embeddings, head = engine.model.get_input_embeddings(), engine.model.get_output_embeddings()
    assert isinstance(embeddings, torch.nn.Embedding)
    weight = embeddings.weight
    head.weight = torch.nn.Parameter(weight.detach().clone())  # no longer tied to the embeddings
    with torch.no_grad():
        weight[token] = torch.nan
    items = [ask(text) for text in ("good", "bad [9]", "good")]
    results = engine.write(items)
    assert [result.error.code if result.error else None for result in results] == [None, "model_failed", None]


def test_a_text_stops_at_the_end_of_the_models_positions(llama: TransformersEngine) -> None:
    ids = len(llama.prompt_ids(ask(" x" * 230)))
    item = ask(" x" * 230, decoding=Decoding(max_new_tokens=1024, temperature=0))
    (result,) = llama.write([item])
    assert result.error is None
    assert result.new_tokens <= 512 - ids


def test_every_configured_end_and_the_templates_own_end_a_text(engine: TransformersEngine, family: str) -> None:
    turn_end = {"gemma": "<end_of_turn>", "llama": "<|eot_id|>"}.get(family, "<|im_end|>")
    assert engine.tokenizer.convert_tokens_to_ids(turn_end) in engine.end_ids
    assert engine.tokenizer.eos_token_id in engine.end_ids


def test_a_checkpoint_without_a_chat_template_is_refused_by_file(tmp_path: Path) -> None:
    make_text(tmp_path, "llama")
    (tmp_path / "chat_template.jinja").unlink()
    with pytest.raises(CheckpointError, match=r"tokenizer_config\.json.*chat template"):
        TransformersEngine.load(tmp_path)


def test_a_checkpoint_with_missing_weights_is_refused(tmp_path: Path) -> None:
    """transformers would fill them with random numbers and only warn."""
    make_text(tmp_path, "llama")
    weights = load_file(tmp_path / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"lack weights.*up_proj"):
        TransformersEngine.load(tmp_path)


def test_a_checkpoint_that_writes_no_numbers_is_refused(tmp_path: Path) -> None:
    make_text(tmp_path, "llama")
    weights = load_file(tmp_path / "model.safetensors")
    weights["model.norm.weight"][:] = torch.nan
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="fails its first text"):
        TransformersEngine.load(tmp_path)


def test_a_damaged_tokenizer_is_refused_by_file(tmp_path: Path) -> None:
    make_text(tmp_path, "llama")
    (tmp_path / "tokenizer.json").write_text(json.dumps({"version": "1.0"}))
    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        TransformersEngine.load(tmp_path)


def test_a_text_ends_before_a_stop_string(llama: TransformersEngine) -> None:
    decoding = Decoding(max_new_tokens=60, temperature=1.5, seed=3)
    (whole,) = llama.write([ask(prompt(0), decoding=decoding)])
    stop = whole.text[20:23]
    (stopped,) = llama.write([ask(prompt(0), decoding=decoding.model_copy(update={"stop": (stop,)}))])
    assert stopped.finish == "stop"
    assert stopped.text == whole.text.partition(stop)[0]
    assert stopped.new_tokens < whole.new_tokens


def test_system_words_reach_models_without_a_system_turn(engine: TransformersEngine) -> None:
    """Gemma's template refuses a system turn."""
    turns = [Message(role="system", content="Be short."), Message(role="user", content="Describe a mug.")]
    seen = engine.tokenizer.decode(engine.prompt_ids(TextItem(id="1", messages=tuple(turns))))
    assert seen.index("Be short.") < seen.index("Describe a mug.")


def test_a_real_model_is_read_from_gguf(smollm2: Path) -> None:
    engine = TransformersEngine.load(smollm2)
    question = ask("What is the capital of France?", decoding=Decoding(max_new_tokens=16, temperature=0))
    (result,) = engine.write([question])
    assert "Paris" in result.text


def test_exactly_so_many_tokens_can_be_asked_for(smollm2: Path) -> None:
    engine = TransformersEngine.load(smollm2)
    settings = [Decoding(temperature=0, max_new_tokens=40, min_new_tokens=least) for least in (0, 40)]
    free, exact = engine.write([ask("What is the capital of France?", decoding=decoding) for decoding in settings])
    assert (exact.new_tokens, exact.finish) == (40, "length")
    assert free.new_tokens < 40 and exact.text.startswith(free.text)
