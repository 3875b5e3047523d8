"""Trains the text starter: `python -m training.text.train --out build/text [--attributes FILE] [--start FOLDER]`.

Examples are composed on the fly in a process of their own and never repeated; those of similar length share a step,
so that little padding is computed. Progress is logged, a checkpoint is written every few minutes, and a run that is
started again with the same folder goes on.
"""

import argparse
import json
import logging
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import cast

import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, IterableDataset
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.modeling_outputs import BaseModelOutputWithPast

from copywriter.checks import Check
from copywriter.fields import MAX_WORDS, MIN_WORDS, TONES, FieldName
from copywriter.formats import FILE_NAME, PromptFormat
from copywriter.prompts import PROMPT_VERSION, prompt_for, wanted_keywords
from copywriter.references import all_references
from training.text.compose import compose
from training.text.compose_fields import compose_field
from training.text.lexicon import load_lexicon
from training.text.products import Sample, draw, held_out, real_attribute_sets, real_sample
from training.text.tokenizer import train_tokenizer

FORMAT = PromptFormat(values="by reference", topic_line=True, version=PROMPT_VERSION)
# How often each field is asked for. Short ones are learned soon and cost a third of a description's tokens.
FIELD_SHARES: dict[FieldName, float] = {
    "description": 0.6,
    "title": 0.08,
    "bullets": 0.09,
    "tags": 0.05,
    "seo_title": 0.05,
    "meta_description": 0.08,
    "alt_text": 0.05,
}
REPAIR_SHARE = 0.08
# Finding the right fact and the trade are what is learned last.
REFERENCE_WEIGHT = 4.0
TOPIC_WEIGHT = 8.0
PROVENANCE = {
    "name": "starter-text",
    "source": "trained by this project",
    "revision": "1",
    "licence": "apache-2.0",
    "demonstration": True,
}
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What a run depends on; `minutes` bounds its time, `rows` examples make a step.

    With `start` the weights and the tokenizer are those of an earlier checkpoint, otherwise new.
    """

    out: Path
    attributes: Path | None
    minutes: float
    start: Path | None = None
    seed: int = 7
    vocabulary: int = 6144
    rows: int = 16
    lengths: tuple[int, ...] = (128, 160, 192, 224, 240, 256, 272, 288, 320, 384)
    learning_rate: float = 2e-3
    real_share: float = 0.25
    save_every: int = 250
    threads: int = 1


def train(options: Options) -> None:
    """Train until the time is used up, going on from the last checkpoint in `options.out`."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(options)
    model = _model(options, tokenizer)
    optimizers = _optimizers(model, options.learning_rate)
    state_file = options.out / "state.pt"
    state = {"step": 0, "seconds": 0.0, "tokens": 0}
    if state_file.exists():
        saved = torch.load(state_file, weights_only=True)
        model.load_state_dict(saved["model"])
        for optimizer, optimizer_state in zip(optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(optimizer_state)
        state = saved["state"]
    batches = iter(DataLoader(_Batches(options, tokenizer, int(state["step"])), batch_size=None, num_workers=1))
    decoder = torch.compile(model.model, dynamic=False)  # one graph per length
    budget, started, spent = options.minutes * 60, time.monotonic(), float(state["seconds"])
    model.train()
    while (seconds := spent + time.monotonic() - started) < budget:
        batch = next(batches)
        loss = _step(model, optimizers, _loss(model, decoder, **batch), _schedule(seconds / budget))
        state = {
            "step": int(state["step"]) + 1,
            "seconds": seconds,
            "tokens": int(state["tokens"]) + batch["input_ids"].numel(),
        }
        if state["step"] % 20 == 0:
            logger.info(json.dumps({**state, "loss": round(loss, 4), "minutes": round(seconds / 60, 1)}))
        if state["step"] % options.save_every == 0:
            _save(options, model, tokenizer, optimizers, state)
    _save(options, model, tokenizer, optimizers, state)


def _schedule(progress: float) -> float:
    """Linear warm-up over the first 2 %, constant, then linear decay to a fiftieth over the last 40 %."""
    return min(1.0, progress / 0.02 + 0.02, (1.0 - progress) / 0.4 + 0.02)


def _loss(
    model: LlamaForCausalLM,
    decoder: Callable[..., BaseModelOutputWithPast],
    input_ids: torch.Tensor,
    weights: torch.Tensor,
) -> torch.Tensor:
    """Mean cross-entropy of the tokens by their `weights`, both of shape (rows, length).

    Padding stands on the right, where causal attention never looks. Only tokens that weigh something go through the
    head, which is a third of the work otherwise.
    """
    wanted, weights = input_ids[:, 1:].flatten(), weights[:, 1:].flatten()
    answers = weights > 0
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = cast(torch.Tensor, decoder(input_ids=input_ids, use_cache=False).last_hidden_state)
        logits = model.lm_head(hidden[:, :-1].flatten(0, 1)[answers])
    losses = cross_entropy(logits.float(), wanted[answers], reduction="none")
    return (losses * weights[answers]).sum() / weights.sum()


def _optimizers(model: LlamaForCausalLM, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the layers, which learn in fewer steps with it, and AdamW for the rest."""
    inner = [p for name, p in model.named_parameters() if p.ndim == 2 and ".layers." in name]
    outer = [p for name, p in model.named_parameters() if p.ndim != 2 or ".layers." not in name]
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.Muon(inner, lr=1.5 * rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(outer, lr=rate, betas=(0.9, 0.95), weight_decay=0.05, fused=True),
    ]
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["full_rate"] = group["lr"]
    return optimizers


def _step(model: LlamaForCausalLM, optimizers: list[torch.optim.Optimizer], loss: torch.Tensor, share: float) -> float:
    """One update with `share` of the full learning rates; returns the loss."""
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = share * group["full_rate"]
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return float(loss.item())


class _Batches(IterableDataset):  # type: ignore[type-arg]
    """Endless batches: `input_ids` and `weights`, each (rows, length); only the answer's tokens weigh something."""

    def __init__(self, options: Options, tokenizer: PreTrainedTokenizerFast, step: int) -> None:
        self.options, self.tokenizer, self.step = options, tokenizer, step
        vocabulary = tokenizer.get_vocab()
        self.first_reference = min(vocabulary[token] for token in all_references())
        self.line_end = vocabulary["Ċ"]  # a line's end, as byte-level BPE spells it

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        rng = random.Random(f"{self.options.seed}-{self.step}")
        waiting: dict[int, list[tuple[list[int], int]]] = {length: [] for length in self.options.lengths}
        for ids, answer in _encoded(rng, self.options, self.tokenizer):
            length = next((limit for limit in self.options.lengths if len(ids) <= limit), None)
            if length is None:
                continue
            waiting[length].append((ids, answer))
            if len(waiting[length]) == self.options.rows:
                yield self._batch(waiting[length], length)
                waiting[length] = []

    def _batch(self, examples: list[tuple[list[int], int]], length: int) -> dict[str, torch.Tensor]:
        input_ids = torch.full((len(examples), length), int(self.tokenizer.pad_token_id))
        weights = torch.zeros(len(examples), length)
        for row, (ids, answer) in enumerate(examples):
            written = torch.tensor(ids[-answer:])
            topic = ids[-answer:].index(self.line_end)
            input_ids[row, : len(ids)] = torch.tensor(ids)
            own = weights[row, len(ids) - answer : len(ids)]
            own.fill_(1).masked_fill_(written >= self.first_reference, REFERENCE_WEIGHT)
            own[:topic] = TOPIC_WEIGHT
        return {"input_ids": input_ids, "weights": weights}


def _encoded(
    rng: random.Random, options: Options, tokenizer: PreTrainedTokenizerFast
) -> Iterator[tuple[list[int], int]]:
    """Token ids of a whole chat, and how many of them at its end are the answer."""
    for prompt, answer in examples(rng, options.attributes, options.real_share):
        asked = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, tokenize=False
        )
        question = tokenizer(asked, add_special_tokens=False)["input_ids"]
        written = tokenizer(answer, add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
        yield question + written, len(written)


def examples(rng: random.Random, attributes: Path | None, real_share: float) -> Iterator[tuple[str, str]]:
    """Endless pairs of prompt and answer for all fields; a fifth of the real attribute sets is held out."""
    real = [record for record in real_attribute_sets(attributes) if not held_out(record)] if attributes else []
    while True:
        sample = real_sample(rng, rng.choice(real)) if real and rng.random() < real_share else draw(rng)
        (field,) = rng.choices(list(FIELD_SHARES), list(FIELD_SHARES.values()))
        tone = rng.choice(TONES)
        answer = compose(sample, rng, tone) if field == "description" else compose_field(field, sample, rng, tone)
        if answer is not None:
            failed = (_failed_check(sample, rng),) if rng.random() < REPAIR_SHARE else ()
            topic = sample.category.name.replace("_", " ")
            yield prompt_for(field, sample.product, FORMAT, tone, failed), f"{topic}\n{answer}"


def _failed_check(sample: Sample, rng: random.Random) -> Check:
    """A check that an earlier attempt might have failed, so that prompts which name one are not new to the model."""
    values = [fact.value for fact in sample.product.facts]
    keywords = list(wanted_keywords(sample.product))
    failed = [
        Check(name="attributes", passed=False, message="", missing=tuple(rng.sample(values, 1))),
        Check(name="sentences", passed=False, message="", found=(rng.choice(("a arm", "these lamp", "the the")),)),
        Check(name="words", passed=False, message="", found=(rng.choice(("surers", "playging", "deskt")),)),
        Check(
            name="length", passed=False, message=f"{rng.randint(20, 79)} words; {MIN_WORDS} to {MAX_WORDS} are wanted"
        ),
    ]
    if keywords:
        failed.append(Check(name="keywords", passed=False, message="", missing=tuple(rng.sample(keywords, 1))))
    return rng.choice(failed)


def _tokenizer(options: Options) -> PreTrainedTokenizerFast:
    folder = options.out / "checkpoint"
    if (folder / "tokenizer.json").exists():
        return cast(PreTrainedTokenizerFast, PreTrainedTokenizerFast.from_pretrained(folder))
    if options.start:
        return cast(PreTrainedTokenizerFast, PreTrainedTokenizerFast.from_pretrained(options.start))
    stream = examples(random.Random(options.seed), options.attributes, options.real_share)
    pairs = [next(stream) for _ in range(12_000)]
    tokenizer = train_tokenizer((text for pair in pairs for text in pair), options.vocabulary)
    tokenizer.save_pretrained(folder)
    return tokenizer


def _model(options: Options, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    if options.start:
        return LlamaForCausalLM.from_pretrained(options.start, dtype=torch.float32)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=6,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    return LlamaForCausalLM(config)


def _save(
    options: Options,
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    optimizers: list[torch.optim.Optimizer],
    state: dict[str, float],
) -> None:
    """Write the state to go on from, and the checkpoint as it would be served (half precision)."""
    folder = options.out / "checkpoint"
    unfinished = options.out / "state.tmp"
    saved = {"model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizers], "state": state}
    torch.save(saved, unfinished)
    unfinished.replace(options.out / "state.pt")
    copy = LlamaForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    copy.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / FILE_NAME).write_text(FORMAT.model_dump_json(indent=2) + "\n")
    (folder / "checkpoint.json").write_text(json.dumps(PROVENANCE, indent=2) + "\n")
    _write_card(folder, model, options, state)


def _write_card(folder: Path, model: LlamaForCausalLM, options: Options, state: dict[str, float]) -> None:
    template = Template((Path(__file__).parent / "model_card.md").read_text())
    card = template.substitute(
        megabytes=f"{(folder / 'model.safetensors').stat().st_size / 1e6:.1f}",
        parameters=f"{model.num_parameters() / 1e6:.1f}",
        categories=len(load_lexicon()),
        layers=model.config.num_hidden_layers,
        hidden=model.config.hidden_size,
        vocabulary=model.config.vocab_size,
        tokens=f"{state['tokens'] / 1e6:.1f}",
        minutes=round(state["seconds"] / 60),
        seed=options.seed,
    )
    (folder / "README.md").write_text(card)


def main() -> None:
    """Command line; see the module's description."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description="Train the text starter.")
    parser.add_argument("--out", type=Path, default=Path("build/text"))
    parser.add_argument("--attributes", type=Path, help="JSON Lines of real attribute sets, used as inputs")
    parser.add_argument("--start", type=Path, help="checkpoint folder to go on from, with its tokenizer")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    train(Options(arguments.out, arguments.attributes, arguments.minutes, arguments.start, threads=arguments.threads))


if __name__ == "__main__":
    main()
