"""Text from any causal language model of transformers that has a chat template, many items at a time.

The portable reference, and the engine for GPUs. The decoding loop is our own, because items of one batch have their
own settings, seeds and lengths, which `generate` cannot give them.
"""

import inspect
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self, cast

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.cache_utils import DynamicCache

from checkpoints.errors import CheckpointError
from checkpoints.folder import CHAT_TEMPLATE_NAME, check_files, gguf_file
from contracts.items import Decoding, EngineInfo, Finish, ItemError, Message, TextItem, TextResult
from runners.engines.chat import Turns, after_answer, takes_system, to_turns
from runners.engines.detokenizer import Detokenizer
from runners.engines.devices import pick_device, pick_dtype
from runners.engines.isolation import run_isolated
from runners.engines.loading import load_gguf, load_model
from runners.engines.sampling import Sampler
from runners.engines.stops import StopStrings

UNLIMITED = 2**31


@dataclass
class Row:
    """One item while it is written. `written` excludes the prompt and the token that ended the text."""

    item: TextItem
    prompt: list[int]
    limit: int
    sampler: Sampler
    detokenizer: Detokenizer
    stops: StopStrings
    written: list[int] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    log_probability: float = 0.0
    finish: Finish | None = None
    error: ItemError | None = None

    def adjust(self, scores: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        """The scores, shape (vocabulary,), to choose from; `given` are the model's own log probabilities."""
        return self.sampler.penalise(scores, self.written)

    def take(self, token: int, ends: bool, log_probability: float) -> str:
        """Note the token just chosen and how likely it was; returns the text that it completes."""
        self.log_probability += log_probability
        if ends:
            self.finish = "end"
            piece = ""
        else:
            self.written.append(token)
            piece = self.detokenizer.push(token)
            self.pieces.append(self.stops.push(piece))
            if len(self.written) >= self.limit:
                self.finish = "length"
        if self.finish:
            self.pieces.append(self.stops.push(self.detokenizer.finish()) + self.stops.finish())
        if self.stops.reached:
            self.finish = "stop"
        return piece

    def result(self) -> TextResult:
        """The item's result once `finish` is set."""
        if self.error:
            return _failed(self.item, self.error)
        tokens = len(self.written) + (self.finish == "end")
        return TextResult(
            id=self.item.id,
            text="".join(self.pieces),
            prompt_tokens=len(self.prompt),
            new_tokens=len(self.written),
            confidence=math.exp(self.log_probability / tokens),
            finish=self.finish or "error",
        )


class TransformersEngine:
    """A loaded checkpoint. Calls from several threads take turns step by step."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, end_ids: frozenset[int]) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.end_ids = end_ids
        self.info = EngineInfo(
            name="transformers",
            version=version("transformers"),
            submits=False,
            device=str(model.device),
        )
        self._system = takes_system(self._render)
        positions = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self._positions: int = positions or UNLIMITED
        parameters = inspect.signature(model.forward).parameters
        self._optional = frozenset({"position_ids", "logits_to_keep"} & parameters.keys())
        self._model_lock = threading.Lock()
        self._tokenizer_lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load and warm up the checkpoint in `folder`; raises CheckpointError naming the wrong file."""
        check_files(folder)
        device = pick_device()
        dtype = pick_dtype(folder, device)
        tokenizer = _load_tokenizer(folder)
        found = gguf_file(folder)
        model = load_gguf(found, dtype, device) if found else load_model(AutoModelForCausalLM, folder, dtype, device)
        if len(tokenizer) > _vocabulary_size(model):
            raise CheckpointError(f"{found or folder / 'tokenizer.json'}: has more tokens than the model's embeddings")
        engine = cls(model, tokenizer, _end_ids(folder, model, tokenizer))
        engine.warm_up(folder)
        return engine

    def warm_up(self, folder: Path) -> None:
        """Write a few tokens; raises CheckpointError if that fails or the logits are not numbers."""
        decoding = Decoding(max_new_tokens=2, temperature=0)
        (result,) = self.write([TextItem(id="", messages=(Message(role="user", content="Hello."),), decoding=decoding)])
        if result.error:
            raise CheckpointError(f"{folder}: the checkpoint fails its first text ({result.error.message})")

    def close(self) -> None:
        """Nothing runs in the background."""

    def write(self, items: Sequence[TextItem]) -> list[TextResult]:
        """One result per item, in order; whatever is wrong with one item stays in its own result."""
        results: dict[int, TextResult] = {}
        good: dict[int, tuple[TextItem, list[int]]] = {}
        for number, item in enumerate(items):
            try:
                self.check(item)
                good[number] = item, self.prompt_ids(item)
            except ValueError as error:
                results[number] = _failed(item, ItemError(code="invalid_item", message=str(error)))
        batches = [[number] for number in good if items[number].alone]
        batches.append([number for number in good if not items[number].alone])
        for batch in batches:
            pairs = [good[number] for number in batch]
            written = run_isolated(pairs, self._write_prompts, lambda pair, error: _failed(pair[0], error))
            results.update(zip(batch, written, strict=True))
        return [results[number] for number in range(len(items))]

    def check(self, item: TextItem) -> None:
        """Raise ValueError, in words for the caller, if the engine cannot do what the item asks; this one does all."""

    def prompt_ids(self, item: TextItem) -> list[int]:
        """The whole chat up to where the model goes on; control tokens typed into it stay ordinary text.

        Raises ValueError, in words for the caller, if that fails or leaves no room for one token.
        """
        turns = to_turns(item.messages, self._system)
        try:
            with self._tokenizer_lock:
                asked = self.tokenizer.apply_chat_template(
                    turns,
                    add_generation_prompt=True,
                    return_dict=False,
                    sanitize_control_tokens=True,
                    # Qwen3 thinks aloud unless told otherwise; templates without the switch ignore it.
                    enable_thinking=False,
                )
                begun = self.tokenizer.encode(item.prefix, add_special_tokens=False, split_special_tokens=True)
        except Exception as error:  # whatever a checkpoint's template raises
            raise ValueError("the messages cannot be put into the checkpoint's chat template") from error
        ids = cast(list[int], [*asked, *begun])
        if len(ids) >= self._positions:
            raise ValueError(f"the prompt has {len(ids)} tokens, the model reads fewer than {self._positions}")
        return ids

    def logits(self, prompts: Sequence[list[int]]) -> torch.Tensor:
        """Scores of the next token after each prompt, shape (prompts, vocabulary), fp32."""
        return self._prefill(prompts).scores

    def new_row(self, item: TextItem, prompt: list[int]) -> Row:
        """The state of a text of which nothing is written."""
        return Row(
            item=item,
            prompt=prompt,
            limit=min(item.decoding.max_new_tokens, self._positions - len(prompt)),
            sampler=Sampler(item.decoding, self.model.device),
            detokenizer=Detokenizer(self.tokenizer),
            stops=StopStrings(item.decoding.stop),
        )

    def _render(self, turns: Turns) -> str:
        return str(self.tokenizer.apply_chat_template(turns, tokenize=False))

    def _write_prompts(self, pairs: Sequence[tuple[TextItem, list[int]]]) -> list[TextResult]:
        rows = [self.new_row(item, prompt) for item, prompt in pairs]
        self._decode(rows)
        return [row.result() for row in rows]

    def _decode(self, rows: Sequence[Row]) -> None:
        """Write all rows to their ends; rows that have ended leave the batch."""
        step = self._prefill([row.prompt for row in rows])
        running = list(rows)
        while running:
            for row, scores in zip(running, step.scores, strict=True):
                self._advance(row, scores)
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
        adjusted = row.adjust(scores.clone(), given)
        row.sampler.keep_open(adjusted, len(row.written), self.end_ids)
        token = row.sampler.choose(adjusted)
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
    found = gguf_file(folder)
    where = found or folder / "tokenizer.json"
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, gguf_file=found and found.name, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # the tokenizers library raises bare Exception on a damaged file
        raise CheckpointError(f"{where}: cannot be loaded: {error}") from error
    beside = folder / CHAT_TEMPLATE_NAME
    if found and beside.exists():
        tokenizer.chat_template = beside.read_text()
    if not tokenizer.chat_template:
        where = found or folder / "tokenizer_config.json"
        raise CheckpointError(f"{where}: has no chat template, nor is there a {CHAT_TEMPLATE_NAME}")
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
    try:
        after = after_answer(lambda turns: str(tokenizer.apply_chat_template(turns, tokenize=False)))
    except CheckpointError as error:
        raise CheckpointError(f"{folder}: {error}") from error
    ids = tokenizer.encode(after, add_special_tokens=False)
    found.update(set(ids[:1]) & tokenizer.added_tokens_decoder.keys())
    if not found:
        raise CheckpointError(f"{folder / 'generation_config.json'}: names no eos_token_id: no text would end")
    return frozenset(found)


def _failed(item: TextItem, error: ItemError) -> TextResult:
    return TextResult(id=item.id, error=error)
