"""Trains the text starter: `python -m training.text.train --out build/text [--attributes FILE] [--start FOLDER]`.

Examples are composed on the fly in a process of their own and never repeated. One reads a prompt once and then writes
several answers to it, none of which sees the others: prompts are longer than answers, and reading them is most of the
work otherwise. Examples of similar length share a step, so that little padding is computed. Progress is logged, a
checkpoint and the losses so far (loss.csv) are written every few minutes, and a run that is started again with the same
folder and inputs goes on. `dvc repro` runs it as a stage.
"""

import argparse
import csv
import hashlib
import json
import logging
import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from string import Template
from typing import Any, cast

import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, IterableDataset
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.modeling_outputs import BaseModelOutputWithPast

from checkpoints.hashes import hash_folder
from first_starter.checks import Check
from first_starter.fields import MAX_WORDS, MIN_WORDS, TONES, FieldName, Tone
from first_starter.formats import FILE_NAME, PromptFormat
from first_starter.prompts import PROMPT_VERSION, prompt_for, wanted_keywords
from first_starter.references import all_references
from training.text.compose import compose
from training.text.compose_fields import compose_field
from training.text.lexicon import GENERIC, load_lexicon
from training.text.products import Sample, draw, held_out, real_attribute_sets, real_sample
from training.text.tokenizer import train_tokenizer

FORMAT = PromptFormat(
    values="by reference",
    topic_line=True,
    general_topic=GENERIC,
    # Of the trades that it named with less on products that it never saw, about every second one was wrong; of those
    # between, one in six where the product's name alone led to another.
    least_topic=0.8,
    sure_topic=0.94,
    version=PROMPT_VERSION,
    least_likely=-9.0,
)
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
ANSWERS = 3
"""How many texts are composed for one prompt."""
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
STATE, LOSSES = "state.pt", "loss.csv"
LOG_EVERY = 20
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What a run depends on; `minutes` bounds its time, `rows` prompts with their answers make a step.

    With `start` the weights and the tokenizer are those of an earlier checkpoint, otherwise new. `eager` does without
    torch.compile, which needs a C++ compiler and some minutes to pay. With `drop_state` a run that used up its time
    leaves nothing to go on from, so that the next one begins anew.
    """

    out: Path
    attributes: Path | None
    minutes: float
    start: Path | None = None
    seed: int = 7
    vocabulary: int = 6144
    rows: int = 10
    lengths: tuple[int, ...] = (192, 224, 288, 464, 512, 560, 640)
    learning_rate: float = 2e-3
    real_share: float = 0.25
    save_every: int = 250
    threads: int = 1
    eager: bool = False
    drop_state: bool = False


@dataclass
class Progress:
    """How far a run has come; `losses` are rows of tokens seen, minutes spent and the loss of that step."""

    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    losses: list[tuple[int, float, float]] = field(default_factory=list)

    def log(self, loss: float) -> None:
        """Log the step, and keep its loss for the curve."""
        minutes, loss = round(self.seconds / 60, 2), round(loss, 4)
        self.losses.append((self.tokens, minutes, loss))
        figures = {"step": self.step, "seconds": self.seconds, "tokens": self.tokens, "loss": loss, "minutes": minutes}
        logger.info(json.dumps(figures))


def train(options: Options) -> None:
    """Train until the time is used up, going on from the state in `options.out` if that had the same inputs."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    saved = _saved_state(options)
    tokenizer = _tokenizer(options, going_on=saved is not None)
    model = _model(options, tokenizer)
    optimizers = _optimizers(model, options.learning_rate)
    progress = Progress()
    if saved:
        model.load_state_dict(saved["model"])
        for optimizer, optimizer_state in zip(optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(optimizer_state)
        progress = Progress(**saved["state"])
    batches = iter(DataLoader(_Batches(options, tokenizer, progress.step), batch_size=None, num_workers=1))
    decoder = model.model if options.eager else torch.compile(model.model, dynamic=False)  # one graph per length
    budget, started, spent = options.minutes * 60, time.monotonic(), progress.seconds
    model.train()
    while (seconds := spent + time.monotonic() - started) < budget:
        batch = next(batches)
        loss = _step(model, optimizers, _loss(model, decoder, **batch), _schedule(seconds / budget))
        progress.step, progress.seconds = progress.step + 1, seconds
        progress.tokens += batch["input_ids"].numel()
        if progress.step == 1 or progress.step % LOG_EVERY == 0:
            progress.log(loss)
        if progress.step % options.save_every == 0:
            _save(options, model, tokenizer, optimizers, progress)
    _save(options, model, tokenizer, optimizers, progress)
    if options.drop_state:
        (options.out / STATE).unlink()


def _saved_state(options: Options) -> dict[str, Any] | None:
    """The state to go on from; None where there is none, or where it began with inputs that this run does not have."""
    file = options.out / STATE
    if not file.exists():
        return None
    saved: dict[str, Any] = torch.load(file, weights_only=True)
    if saved.get("inputs", _inputs(options)) != _inputs(options):
        logger.warning("%s began with other inputs; this run begins anew", file)
        return None
    return saved


def _inputs(options: Options) -> str:
    """All that a checkpoint comes from, apart from the time it took: a longer run may go on from a shorter one."""
    names = ("start", "seed", "vocabulary", "rows", "lengths", "learning_rate", "real_share")
    digest = hashlib.sha256(options.attributes.read_bytes()).hexdigest() if options.attributes else None
    return json.dumps({**{name: getattr(options, name) for name in names}, "attributes": digest}, default=str)


def _schedule(progress: float) -> float:
    """Linear warm-up over the first 2 %, constant, then linear decay to a fiftieth over the last 60 %."""
    return min(1.0, progress / 0.02 + 0.02, (1.0 - progress) / 0.6 + 0.02)


def _loss(
    model: LlamaForCausalLM,
    decoder: Callable[..., BaseModelOutputWithPast],
    input_ids: torch.Tensor,
    weights: torch.Tensor,
    parts: torch.Tensor,
    position_ids: torch.Tensor,
) -> torch.Tensor:
    """Mean cross-entropy of the tokens by their `weights`; all tensors have the shape (rows, length).

    A token sees what stands before it in the prompt (part 0) and in its own answer. Only tokens that weigh something
    go through the head, which is a third of the work otherwise.
    """
    wanted, weights = input_ids[:, 1:].flatten(), weights[:, 1:].flatten()
    answers = weights > 0
    seen = ((parts[:, None, :] == 0) | (parts[:, None, :] == parts[:, :, None])).tril()[:, None]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        read = decoder(input_ids=input_ids, attention_mask=seen, position_ids=position_ids, use_cache=False)
        hidden = cast(torch.Tensor, read.last_hidden_state)
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
    """Endless batches of what `_loss` takes; only the answers' tokens weigh something."""

    def __init__(self, options: Options, tokenizer: PreTrainedTokenizerFast, step: int) -> None:
        self.options, self.tokenizer, self.step = options, tokenizer, step
        vocabulary = tokenizer.get_vocab()
        self.first_reference = min(vocabulary[token] for token in all_references())
        self.line_end = vocabulary["Ċ"]  # a line's end, as byte-level BPE spells it

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        rng = random.Random(f"{self.options.seed}-{self.step}")
        waiting: dict[int, list[list[list[int]]]] = {length: [] for length in self.options.lengths}
        for parts in _encoded(rng, self.options, self.tokenizer):
            length = next((limit for limit in self.options.lengths if sum(map(len, parts)) <= limit), None)
            if length is None:
                continue
            waiting[length].append(parts)
            if len(waiting[length]) == self.options.rows:
                yield self._batch(waiting[length], length)
                waiting[length] = []

    def _batch(self, examples: list[list[list[int]]], length: int) -> dict[str, torch.Tensor]:
        shape = (len(examples), length)
        input_ids = torch.full(shape, int(self.tokenizer.pad_token_id))
        weights, part_ids = torch.zeros(shape), torch.full(shape, -1)
        position_ids = torch.zeros(shape, dtype=torch.long)
        for row, parts in enumerate(examples):
            start = 0
            for number, ids in enumerate(parts):
                place = (row, slice(start, start + len(ids)))
                input_ids[place] = torch.tensor(ids)
                part_ids[place] = number
                position_ids[place] = torch.arange(len(ids)) + (len(parts[0]) if number else 0)
                if number:
                    weights[place] = self._weights(ids, first=number == 1)
                start += len(ids)
        return {"input_ids": input_ids, "weights": weights, "parts": part_ids, "position_ids": position_ids}

    def _weights(self, answer: list[int], first: bool) -> torch.Tensor:
        """What each token of an answer weighs; its first is predicted by the prompt's end, which only the first answer
        of a row follows."""
        written = torch.tensor(answer)
        weights = torch.ones(len(answer)).masked_fill_(written >= self.first_reference, REFERENCE_WEIGHT)
        weights[: answer.index(self.line_end)] = TOPIC_WEIGHT
        if not first:
            weights[0] = 0
        return weights


def _encoded(rng: random.Random, options: Options, tokenizer: PreTrainedTokenizerFast) -> Iterator[list[list[int]]]:
    """Token ids of a chat up to the model's turn, and then those of each answer to it."""
    for prompt, answers in examples(rng, options.attributes, options.real_share):
        asked = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, tokenize=False
        )
        parts = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in (str(asked), *answers)]
        yield [parts[0], *([*part, tokenizer.eos_token_id] for part in parts[1:])]


def examples(rng: random.Random, attributes: Path | None, real_share: float) -> Iterator[tuple[str, list[str]]]:
    """Endless prompts with answers to each, for all fields; a fifth of the real attribute sets is held out."""
    real = [record for record in real_attribute_sets(attributes) if not held_out(record)] if attributes else []
    while True:
        sample = real_sample(rng, rng.choice(real)) if real and rng.random() < real_share else draw(rng)
        if not sample.product.facts:
            continue
        (field,) = rng.choices(list(FIELD_SHARES), list(FIELD_SHARES.values()))
        tone = rng.choice(TONES)
        answers = [_answer(field, sample, rng, tone) for _ in range(ANSWERS)]
        if any(answers):
            failed = (_failed_check(sample, rng),) if rng.random() < REPAIR_SHARE else ()
            topic = sample.category.name.replace("_", " ")
            written = [f"{topic}\n{answer}" for answer in answers if answer]
            yield prompt_for(field, sample.product, FORMAT, tone, failed), written


def _answer(field: FieldName, sample: Sample, rng: random.Random, tone: Tone) -> str | None:
    return compose(sample, rng, tone) if field == "description" else compose_field(field, sample, rng, tone)


def _failed_check(sample: Sample, rng: random.Random) -> Check:
    """A check that an earlier attempt might have failed, so that prompts which name one are not new to the model."""
    values = [fact.value for fact in sample.product.facts]
    keywords = list(wanted_keywords(sample.product))
    failed = [
        Check(name="attributes", passed=False, message="", missing=(rng.choice(values),)),
        Check(name="sentences", passed=False, message="", found=(rng.choice(("a arm", "these lamp", "the the")),)),
        Check(name="words", passed=False, message="", found=(rng.choice(("surers", "playging", "deskt")),)),
        Check(
            name="length", passed=False, message=f"{rng.randint(20, 79)} words; {MIN_WORDS} to {MAX_WORDS} are wanted"
        ),
    ]
    if keywords:
        failed.append(Check(name="keywords", passed=False, message="", missing=(rng.choice(keywords),)))
    return rng.choice(failed)


def _tokenizer(options: Options, going_on: bool) -> PreTrainedTokenizerFast:
    folder = options.out / "checkpoint"
    if going_on and (folder / "tokenizer.json").exists():
        return cast(PreTrainedTokenizerFast, PreTrainedTokenizerFast.from_pretrained(folder))
    if options.start:
        return cast(PreTrainedTokenizerFast, PreTrainedTokenizerFast.from_pretrained(options.start))
    stream = examples(random.Random(options.seed), options.attributes, options.real_share)
    texts = (text for _ in range(8_000) for prompt, answers in [next(stream)] for text in (prompt, *answers))
    return train_tokenizer(texts, options.vocabulary)


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
    progress: Progress,
) -> None:
    """Write the state to go on from, the losses, and the checkpoint as it would be served (half precision)."""
    unfinished = options.out / "state.tmp"
    saved = {
        "model": model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "state": asdict(progress),
        "inputs": _inputs(options),
    }
    torch.save(saved, unfinished)
    unfinished.replace(options.out / STATE)
    _write_losses(options.out / LOSSES, progress)
    folder = options.out / "checkpoint.unfinished"
    shutil.rmtree(folder, ignore_errors=True)
    copy = LlamaForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    copy.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / FILE_NAME).write_text(FORMAT.model_dump_json(indent=2) + "\n")
    (folder / "checkpoint.json").write_text(json.dumps(PROVENANCE, indent=2) + "\n")
    _write_card(folder, model, options, progress)
    shutil.rmtree(options.out / "checkpoint", ignore_errors=True)
    folder.rename(options.out / "checkpoint")


def _write_losses(file: Path, progress: Progress) -> None:
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([("tokens", "minutes", "loss"), *progress.losses])


def _write_card(folder: Path, model: LlamaForCausalLM, options: Options, progress: Progress) -> None:
    template = Template((Path(__file__).parent / "model_card.md").read_text())
    card = template.substitute(
        megabytes=f"{(folder / 'model.safetensors').stat().st_size / 1e6:.1f}",
        parameters=f"{model.num_parameters() / 1e6:.1f}",
        categories=len(load_lexicon()),
        layers=model.config.num_hidden_layers,
        hidden=model.config.hidden_size,
        vocabulary=model.config.vocab_size,
        tokens=f"{progress.tokens / 1e6:.1f}",
        minutes=round(progress.seconds / 60),
        seed=options.seed,
        start=f"the checkpoint {hash_folder(options.start)}" if options.start else "random weights",
        prompts=PROMPT_VERSION,
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
    parser.add_argument("--threads", type=int, default=Options.threads)
    parser.add_argument("--seed", type=int, default=Options.seed)
    parser.add_argument("--vocabulary", type=int, default=Options.vocabulary, help="tokens of a new tokenizer")
    parser.add_argument("--rows", type=int, default=Options.rows, help="examples per step")
    parser.add_argument("--learning-rate", type=float, default=Options.learning_rate)
    parser.add_argument("--real-share", type=float, default=Options.real_share, help="of real sets, 0 to 1")
    parser.add_argument("--eager", action="store_true", help="without torch.compile, which needs a C++ compiler")
    parser.add_argument("--drop-state", action="store_true", help="when done, leave nothing to go on from")
    train(Options(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
