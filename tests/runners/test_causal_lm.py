"""The text engine on tiny random checkpoints of four real families."""

import json
from pathlib import Path

import pytest
import torch
from runners.engines.causal_lm import CausalLMEngine, SentenceLikelihood
from safetensors.torch import load_file, save_file

from checkpoints.errors import CheckpointError
from contracts.items import Constraints, Decoding, Reference, TextItem
from runners.engines.detokenizer import Detokenizer
from tests.tiny import REFERENCES, SENTENCES, TEXT_FAMILIES, make_text

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
def engine(family: str, tmp_path_factory: pytest.TempPathFactory) -> CausalLMEngine:
    """A loaded checkpoint of the family."""
    return CausalLMEngine.load(make_text(tmp_path_factory.mktemp(family), family))


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> CausalLMEngine:
    """One checkpoint, where the family does not matter."""
    return CausalLMEngine.load(make_text(tmp_path_factory.mktemp("llama"), "llama"))


def prompt(number: int) -> str:
    """Prompts of different lengths."""
    return " ".join(SENTENCES[: 1 + number % len(SENTENCES)]) + f" Number {number}."


def mixed_items() -> list[TextItem]:
    """Eight items of which no two have the same settings."""
    return [
        TextItem(
            id=str(number),
            prompt=prompt(number),
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


def test_logits_of_an_item_alone_and_in_a_batch_agree(engine: CausalLMEngine) -> None:
    """Wrong padding, masks or positions show here first."""
    prompts = [engine.prompt_ids(prompt(number)) for number in range(8)]
    together = engine.logits(prompts)
    alone = torch.cat([engine.logits([ids]) for ids in prompts])
    assert float((together - alone).abs().max()) < TOLERANCE


def test_items_of_a_batch_get_their_own_settings(engine: CausalLMEngine) -> None:
    items = mixed_items()
    together = engine.write(items)
    alone = [engine.write([item])[0] for item in items]
    # Probabilities differ in their last digits, as a batch sums in another order.
    rounded = {"confidence": 0, "least_likely": 0}
    assert [r.model_copy(update=rounded) for r in together] == [r.model_copy(update=rounded) for r in alone]
    for name in rounded:
        own = [getattr(result, name) for result in alone]
        assert [getattr(result, name) for result in together] == pytest.approx(own, rel=1e-3)
    assert [result.id for result in together] == [item.id for item in items]
    assert len({result.new_tokens for result in together}) > 1, "rows ended at different steps"


def test_a_greedy_text_is_what_transformers_writes(engine: CausalLMEngine) -> None:
    """Caching and compaction lose nothing: the reference is a plain `generate` without our loop."""
    item = TextItem(id="1", prompt=prompt(3), decoding=Decoding(max_new_tokens=24, temperature=0))
    others = [TextItem(id="2", prompt=prompt(1), decoding=Decoding(max_new_tokens=5, temperature=0))]
    result = engine.write([*others, item])[1]
    asked = torch.tensor([engine.prompt_ids(item.prompt)])
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


def test_a_seed_fixes_the_text_and_another_seed_changes_it(llama: CausalLMEngine) -> None:
    def text(seed: int) -> str:
        decoding = Decoding(max_new_tokens=24, temperature=1.5, seed=seed)
        return llama.write([TextItem(id="1", prompt=prompt(0), decoding=decoding)])[0].text

    assert text(1) == text(1)
    assert len({text(seed) for seed in range(4)}) > 1


def test_a_text_goes_on_from_its_prefix(llama: CausalLMEngine) -> None:
    """As if the model had written it; the result holds only what comes after."""
    decoding = Decoding(max_new_tokens=1, temperature=0)
    (result,) = llama.write([TextItem(id="1", prompt=prompt(0), prefix="lighting\n", decoding=decoding)])
    asked = [*llama.prompt_ids(prompt(0)), *llama.tokenizer.encode("lighting\n", add_special_tokens=False)]
    detokenizer = Detokenizer(llama.tokenizer)
    assert result.text == detokenizer.push(int(llama.logits([asked])[0].argmax())) + detokenizer.finish()
    assert result.prompt_tokens == len(asked)


def test_a_text_can_end_with_its_first_line(llama: CausalLMEngine) -> None:
    decoding = Decoding(max_new_tokens=400, temperature=2.0, seed=3)
    item = TextItem(id="1", prompt=prompt(0), decoding=decoding)
    one_line = item.model_copy(update={"decoding": decoding.model_copy(update={"stop_at_line": True})})
    (whole,), (line,) = llama.write([item]), llama.write([one_line])
    assert "\n" in whole.text, "the text to cut has no lines"
    assert whole.text.startswith(line.text) and line.text.count("\n") == 1 and line.finish == "end"


def test_control_tokens_in_a_prompt_stay_ordinary_text(engine: CausalLMEngine, family: str) -> None:
    """Otherwise a product's name could close the user's turn and speak for the model."""
    tokens = CONTROL_TOKENS[family]
    vocabulary = engine.tokenizer.get_vocab()
    plain = engine.prompt_ids("a x b [3] c")
    forged = engine.prompt_ids("a " + "".join(tokens) + " b [3] c")
    for token in tokens:
        assert forged.count(vocabulary[token]) == plain.count(vocabulary[token])
    assert "".join(tokens) in engine.tokenizer.decode(forged)


def test_reference_tokens_in_a_prompt_stay_single_tokens(engine: CausalLMEngine) -> None:
    ids = engine.prompt_ids("The [3] is <eos> [4].")
    for token in ("[3]", "[4]"):
        assert ids.count(engine.tokenizer.get_vocab()[token]) == 1


def test_a_stream_joins_to_the_written_text(engine: CausalLMEngine) -> None:
    for item in mixed_items()[:3]:
        chunks = list(engine.stream(item))
        (whole,) = engine.write([item])
        assert "".join(chunk.text for chunk in chunks) == whole.text
        assert [chunk.finish for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
        assert chunks[-1].finish == whole.finish


def test_bad_items_fail_alone(llama: CausalLMEngine) -> None:
    items = mixed_items()
    expected = llama.write(items)
    items[3] = TextItem(id="long", prompt="word " * 2000)
    results = llama.write(items)
    assert results[3].error is not None
    assert results[3].error.code == "invalid_item"
    assert "tokens" in results[3].error.message
    assert results[:3] + results[4:] == expected[:3] + expected[4:]


def test_scores_that_are_not_numbers_fail_only_their_row(tmp_path: Path) -> None:
    """One token's embedding is broken after loading, as bad memory would do it."""
    engine = CausalLMEngine.load(make_text(tmp_path, "gemma"))
    token = engine.tokenizer.get_vocab()["[9]"]
    embeddings, head = engine.model.get_input_embeddings(), engine.model.get_output_embeddings()
    assert isinstance(embeddings, torch.nn.Embedding)
    weight = embeddings.weight
    head.weight = torch.nn.Parameter(weight.detach().clone())  # no longer tied to the embeddings
    with torch.no_grad():
        weight[token] = torch.nan
    items = [TextItem(id=str(n), prompt=text) for n, text in enumerate(["good", "bad [9]", "good"])]
    results = engine.write(items)
    assert [result.error.code if result.error else None for result in results] == [None, "model_failed", None]


def test_constraints_hold_in_a_random_model_and_touch_only_their_row(engine: CausalLMEngine) -> None:
    required = tuple(Reference(tokens=(token,), words=2, required=True, limit=1) for token in REFERENCES[:3])
    constraints = Constraints(references=required, forbidden=tuple(REFERENCES[3:]), min_words=5, enough_words=8)
    decoding = Decoding(max_new_tokens=150, temperature=1.0, seed=1)
    bound = TextItem(id="bound", prompt=prompt(1), decoding=decoding, constraints=constraints)
    free = TextItem(id="free", prompt=prompt(2), decoding=Decoding(max_new_tokens=30, seed=2))
    results = engine.write([bound, free])
    text = results[0].text
    for token in REFERENCES[3:]:
        assert token not in text
    for token in REFERENCES[:3]:
        assert text.count(token) <= 1
    if results[0].finish == "end":
        assert all(token in text for token in REFERENCES[:3])
        assert text.rstrip().rstrip("\"'”’»)]").endswith((".", "!", "?"))
    assert results[1].text == engine.write([free])[0].text


def test_the_models_own_probabilities_come_with_a_text(engine: CausalLMEngine) -> None:
    """They are those before settings and constraints: a random model finds each of its tokens about as unlikely."""
    only = Constraints(references=(Reference(tokens=(REFERENCES[0],), words=1),), forbidden=tuple(REFERENCES[1:]))
    decoding = Decoding(max_new_tokens=40, temperature=1.0, seed=3)
    bound = TextItem(id="bound", prompt=prompt(1), decoding=decoding, constraints=only)
    greedy = TextItem(id="greedy", prompt=prompt(1), decoding=Decoding(max_new_tokens=40, temperature=0))
    bound_result, greedy_result = engine.write([bound, greedy])
    assert 0 < bound_result.confidence < greedy_result.confidence < 1
    assert greedy_result.forced == 0, "nothing was forbidden"
    assert 0 < bound_result.forced < 1
    assert bound_result.least_likely < greedy_result.least_likely < 0


def test_a_sentence_is_as_likely_as_all_of_its_tokens_together() -> None:
    likelihood = SentenceLikelihood()
    pieces = [("lighting", -1.0), ("\n", -0.5), ("It weighs 3", -2.0), (".", -0.5), ("5 kg.", -1.5), (" It", -3.0)]
    for piece, log_probability in pieces:
        likelihood.add(piece, log_probability)
    assert likelihood.least == -4.0, "a stop within a number ends no sentence"
    likelihood.add(" shines.", -3.0)
    likelihood.add("", -0.5)
    assert likelihood.least == -6.5


def test_a_text_stops_at_the_end_of_the_models_positions(llama: CausalLMEngine) -> None:
    ids = len(llama.prompt_ids(""" x""" * 230))
    item = TextItem(id="1", prompt=" x" * 230, decoding=Decoding(max_new_tokens=1024, temperature=0))
    (result,) = llama.write([item])
    assert result.error is None
    assert result.new_tokens <= 512 - ids


def test_every_configured_end_and_the_templates_own_end_a_text(engine: CausalLMEngine, family: str) -> None:
    turn_end = {"gemma": "<end_of_turn>", "llama": "<|eot_id|>"}.get(family, "<|im_end|>")
    assert engine.tokenizer.convert_tokens_to_ids(turn_end) in engine.end_ids
    assert engine.tokenizer.eos_token_id in engine.end_ids


def test_a_checkpoint_without_a_chat_template_is_refused_by_file(tmp_path: Path) -> None:
    make_text(tmp_path, "llama")
    (tmp_path / "chat_template.jinja").unlink()
    with pytest.raises(CheckpointError, match=r"tokenizer_config\.json.*chat template"):
        CausalLMEngine.load(tmp_path)


def test_a_checkpoint_with_missing_weights_is_refused(tmp_path: Path) -> None:
    """transformers would fill them with random numbers and only warn."""
    make_text(tmp_path, "llama")
    weights = load_file(tmp_path / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"lack weights.*up_proj"):
        CausalLMEngine.load(tmp_path)


def test_a_checkpoint_that_writes_no_numbers_is_refused(tmp_path: Path) -> None:
    make_text(tmp_path, "llama")
    weights = load_file(tmp_path / "model.safetensors")
    weights["model.norm.weight"][:] = torch.nan
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="fails its first text"):
        CausalLMEngine.load(tmp_path)


def test_a_damaged_tokenizer_is_refused_by_file(tmp_path: Path) -> None:
    make_text(tmp_path, "llama")
    (tmp_path / "tokenizer.json").write_text(json.dumps({"version": "1.0"}))
    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        CausalLMEngine.load(tmp_path)
