"""Text from any causal language model of transformers that has a chat template, many items at a time.

The decoding loop is our own, because items of one batch have their own settings, seeds, constraints and
lengths, which `generate` cannot give them.
"""

import inspect
import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.cache_utils import DynamicCache

from checkpoints.errors import CheckpointError
from checkpoints.folder import check_files
from runners.contracts import Decoding, ItemError, TextChunk, TextItem, TextResult
from runners.engines.constraints import SENTENCE_END, ConstraintState
from runners.engines.detokenizer import Detokenizer
from runners.engines.devices import pick_device, pick_dtype
from runners.engines.isolation import item_error, run_isolated
from runners.engines.loading import load_model
from runners.engines.sampling import Sampler

# Stands for an answer while the chat template is asked how one ends.
ANSWER = "The answer."
UNLIMITED = 2**31


@dataclass
class SentenceLikelihood:
    """The log probabilities of a text's sentences and lines, while it arrives in pieces; `least` is the lowest."""

    least: float = 0.0
    _current: float = 0.0
    _tail: str = ""

    def add(self, piece: str, log_probability: float) -> None:
        """Take the next piece of the text, which its token's `log_probability` belongs to."""
        if self._tail.endswith("\n") or (piece[:1].isspace() and SENTENCE_END.search(self._tail)):
            self._current, self._tail = 0.0, ""
        self._current += log_probability
        self._tail = (self._tail + piece)[-8:]
        self.least = min(self.least, self._current)


@dataclass
class Row:
    """One item while it is written. `written` excludes the prompt and the token that ended the text."""

    item: TextItem
    prompt: list[int]
    limit: int
    sampler: Sampler
    detokenizer: Detokenizer
    constraint: ConstraintState | None
    written: list[int] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    log_probability: float = 0.0
    sentences: SentenceLikelihood = field(default_factory=SentenceLikelihood)
    forced: float = 0.0
    finish: str | None = None
    error: ItemError | None = None

    def take(self, token: int, ends: bool, log_probability: float) -> None:
        """Note the token just chosen, how likely it was, and the text that it completes."""
        self.log_probability += log_probability
        if ends:
            self.finish = "end"
            self.sentences.add("", log_probability)
        else:
            self.written.append(token)
            piece = self.detokenizer.push(token)
            self.pieces.append(piece)
            self.sentences.add(piece, log_probability)
            if self.constraint:
                self.constraint.advance(token, piece)
            if self.item.decoding.stop_at_line and "\n" in piece:
                self.finish = "end"
            elif len(self.written) >= self.limit:
                self.finish = "length"
        if self.finish:
            self.pieces.append(self.detokenizer.finish())


class CausalLMEngine:
    """A loaded checkpoint. Calls from several threads take turns step by step."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, end_ids: frozenset[int]) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.end_ids = end_ids
        self._vocabulary: dict[str, int] = tokenizer.get_vocab()
        positions = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self._positions: int = positions or UNLIMITED
        parameters = inspect.signature(model.forward).parameters
        self._optional = frozenset({"position_ids", "logits_to_keep"} & parameters.keys())
        self._model_lock = threading.Lock()
        self._tokenizer_lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path) -> "CausalLMEngine":
        """Load and warm up the checkpoint in `folder`; raises CheckpointError naming the wrong file."""
        check_files(folder)
        device = pick_device()
        tokenizer = _load_tokenizer(folder)
        model = load_model(AutoModelForCausalLM, folder, pick_dtype(folder, device), device)
        if len(tokenizer) > _vocabulary_size(model):
            raise CheckpointError(f"{folder / 'tokenizer.json'}: has more tokens than the model's embeddings")
        engine = cls(model, tokenizer, _end_ids(folder, model, tokenizer))
        engine.warm_up(folder)
        return engine

    def warm_up(self, folder: Path) -> None:
        """Write a few tokens; raises CheckpointError if that fails or the logits are not numbers."""
        decoding = Decoding(max_new_tokens=2, temperature=0)
        probe = TextItem(id="warm-up", prompt="A product.", decoding=decoding)
        (result,) = self.write([probe])
        if result.error:
            raise CheckpointError(f"{folder}: the checkpoint fails its first text ({result.error.message})")

    def write(self, items: Sequence[TextItem]) -> list[TextResult]:
        """One result per item, in order; whatever is wrong with one item stays in its own result."""
        errors: dict[int, TextResult] = {}
        good: list[tuple[TextItem, list[int]]] = []
        for number, item in enumerate(items):
            try:
                good.append((item, self.prompt_ids(item.prompt, item.prefix)))
            except ValueError as error:
                errors[number] = _failed(item, ItemError(code="invalid_item", message=str(error)))
        results = iter(run_isolated(good, self._write_prompts, lambda pair, error: _failed(pair[0], error)))
        return [errors[number] if number in errors else next(results) for number in range(len(items))]

    def stream(self, item: TextItem) -> Iterator[TextChunk]:
        """The pieces of one text as they come; the last chunk carries how it ended."""
        try:
            row = self._row(item, self.prompt_ids(item.prompt, item.prefix))
        except ValueError as error:
            problem = ItemError(code="invalid_item", message=str(error))
            yield TextChunk(id=item.id, finish="error", error=problem)
            return
        sent = 0
        try:
            for _ in self._decode([row]):
                while sent < len(row.pieces):
                    if row.pieces[sent]:
                        yield TextChunk(id=item.id, text=row.pieces[sent])
                    sent += 1
        except Exception as error:
            yield TextChunk(id=item.id, finish="error", error=item_error(error))
            return
        result = _result(row)
        yield TextChunk(id=item.id, finish=result.finish, error=result.error)

    def prompt_ids(self, prompt: str, prefix: str = "") -> list[int]:
        """The whole chat up to where the model goes on; control tokens typed into `prompt` stay ordinary text.

        Raises ValueError, in words for the caller, if that fails or leaves no room for one token.
        """
        try:
            with self._tokenizer_lock:
                asked = self.tokenizer.apply_chat_template(
                    [{"role": "user", "content": prompt}],
                    add_generation_prompt=True,
                    return_dict=False,
                    sanitize_control_tokens=True,
                    # Qwen3 thinks aloud unless told otherwise; templates without the switch ignore it.
                    enable_thinking=False,
                )
                ids = cast(list[int], [*asked, *self.tokenizer.encode(prefix, add_special_tokens=False)])
        except Exception as error:  # whatever a checkpoint's template raises
            raise ValueError("the prompt cannot be put into the checkpoint's chat template") from error
        if len(ids) >= self._positions:
            raise ValueError(f"the prompt has {len(ids)} tokens, the model reads fewer than {self._positions}")
        return ids

    def logits(self, prompts: Sequence[list[int]]) -> torch.Tensor:
        """Scores of the next token after each prompt, shape (prompts, vocabulary), fp32."""
        return self._prefill(prompts).scores

    def _write_prompts(self, pairs: Sequence[tuple[TextItem, list[int]]]) -> list[TextResult]:
        rows = [self._row(item, prompt) for item, prompt in pairs]
        for _ in self._decode(rows):
            pass
        return [_result(row) for row in rows]

    def _row(self, item: TextItem, prompt: list[int]) -> Row:
        device = self.model.device
        constraint = None
        if item.constraints is not None:
            constraint = ConstraintState(item.constraints, self._vocabulary, self.end_ids, device)
        return Row(
            item=item,
            prompt=prompt,
            limit=min(item.decoding.max_new_tokens, self._positions - len(prompt)),
            sampler=Sampler(item.decoding, device),
            detokenizer=Detokenizer(self.tokenizer),
            constraint=constraint,
        )

    def _decode(self, rows: Sequence[Row]) -> Iterator[None]:
        """Write all rows to their ends, pausing after each step; rows that have ended leave the batch."""
        step = self._prefill([row.prompt for row in rows])
        running = list(rows)
        while running:
            for row, scores in zip(running, step.scores, strict=True):
                self._advance(row, scores)
            yield
            keep = [number for number, row in enumerate(running) if row.finish is None]
            if len(keep) < len(running):
                running = [running[number] for number in keep]
                step.keep(keep)
            if running:
                self._forward(step, torch.tensor([[row.written[-1]] for row in running]))

    def _prefill(self, prompts: Sequence[list[int]]) -> "Step":
        """Read the prompts, padded on the left so that all of them end in the same column."""
        longest = max(map(len, prompts))
        ids = torch.zeros(len(prompts), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for number, prompt in enumerate(prompts):
            ids[number, longest - len(prompt) :] = torch.tensor(prompt)
            mask[number, longest - len(prompt) :] = 1
        step = Step(DynamicCache(config=self.model.config), mask.to(self.model.device))
        return self._forward(step, ids)

    @torch.inference_mode()
    def _forward(self, step: "Step", ids: torch.Tensor) -> "Step":
        """Feed `ids`, shape (rows, columns), and leave the next scores in `step`."""
        columns = ids.shape[1]
        if step.started:
            step.mask = torch.nn.functional.pad(step.mask, (0, columns), value=1)
        positions = (step.mask.cumsum(-1) - 1).clamp(min=0)[:, -columns:]
        optional: dict[str, Any] = {"position_ids": positions, "logits_to_keep": 1}
        with self._model_lock:
            output = self.model(
                input_ids=ids.to(self.model.device),
                attention_mask=step.mask,
                past_key_values=step.cache,
                use_cache=True,
                **{name: optional[name] for name in self._optional},
            )
        step.started = True
        step.scores = output.logits[:, -1].float()
        return step

    @torch.inference_mode()
    def _advance(self, row: Row, scores: torch.Tensor) -> None:
        """Choose the row's next token from `scores`, shape (vocabulary,), and note if the text has ended."""
        if bool(scores.isnan().any()):
            row.error = ItemError(code="model_failed", message="the model's scores are not numbers")
            row.finish = "error"
            return
        given = scores.log_softmax(-1)
        if row.constraint and (closed := row.constraint.closed_references()):
            row.forced = max(row.forced, float(given[closed].exp().sum()))
        scores = row.sampler.penalise(scores.clone(), row.written)
        if row.constraint:
            row.constraint.apply(scores)
        token = row.sampler.choose(scores)
        with self._tokenizer_lock:
            row.take(token, token in self.end_ids, float(given[token]))


@dataclass
class Step:
    """What a batch carries from step to step; `mask` has the shape (rows running, columns so far)."""

    cache: DynamicCache
    mask: torch.Tensor
    scores: torch.Tensor = field(default_factory=lambda: torch.empty(0))
    started: bool = False

    def keep(self, rows: list[int]) -> None:
        """Drop all rows but these."""
        if rows:
            index = torch.tensor(rows, device=self.mask.device)
            self.cache.reorder_cache(cast(torch.LongTensor, index))
            self.mask = self.mask[index]


def _load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # the tokenizers library raises bare Exception on a damaged file
        raise CheckpointError(f"{folder / 'tokenizer.json'}: cannot be loaded: {error}") from error
    if not tokenizer.chat_template:
        where = folder / "tokenizer_config.json"
        raise CheckpointError(f"{where}: has no chat template, nor is there a chat_template.jinja")
    return tokenizer


def _vocabulary_size(model: PreTrainedModel) -> int:
    weight = model.get_input_embeddings().weight
    return int(cast(torch.Tensor, weight).shape[0])


def _end_ids(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """All ids that end a text: those configured, and the one that the template writes after an answer."""
    found: set[int] = set()
    for configured in (model.generation_config, model.config.get_text_config(), tokenizer):
        value = getattr(configured, "eos_token_id", None)
        found.update(value if isinstance(value, list) else [] if value is None else [value])
    chat = [{"role": "user", "content": "A question."}, {"role": "assistant", "content": ANSWER}]
    try:
        rendered = tokenizer.apply_chat_template(chat, tokenize=False)
    except Exception as error:  # whatever a template raises
        raise CheckpointError(f"{folder}: the tokenizer's chat template does not work: {error}") from error
    after = tokenizer.encode(str(rendered).rpartition(ANSWER)[2].lstrip(), add_special_tokens=False)
    found.update(set(after[:1]) & tokenizer.added_tokens_decoder.keys())
    if not found:
        raise CheckpointError(f"{folder / 'generation_config.json'}: names no eos_token_id: no text would end")
    return frozenset(found)


def _result(row: Row) -> TextResult:
    if row.error:
        return _failed(row.item, row.error)
    tokens = len(row.written) + (row.finish == "end")
    return TextResult(
        id=row.item.id,
        text="".join(row.pieces),
        prompt_tokens=len(row.prompt),
        new_tokens=len(row.written),
        confidence=math.exp(row.log_probability / tokens),
        forced=row.forced,
        least_likely=row.sentences.least,
        finish="end" if row.finish == "end" else "length",
    )


def _failed(item: TextItem, error: ItemError) -> TextResult:
    return TextResult(id=item.id, error=error)
