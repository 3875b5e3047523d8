"""Teaches a verifier: `python -m training.text.verifier --data training/judged.jsonl.xz --out build/verifier`.

The data are sentences about products, each with what is wrong with it, if anything: errors that readers planted into
true sentences, the readers' own true ones, and sentences that the text starter wrote, as readers judged them. An
adapter on the upper layers of the same base model learns to say whether the facts support a sentence, and of the
starter's, whether it could be published. Options and files are those of `training.text.train`.
"""

import lzma
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template
from typing import Any, Literal

from contracts.base import Contract
from copywriter.product import Product
from copywriter.prompts import TO_PUBLISH, ask_to_verify, to_verify
from training.text.train import LONGEST, Run, log_progress, read_options
from training.text.trees import IGNORED, Chat, Tree, grow

_TRUE = ("true", "fine", "clumsy")
"""What the facts support."""
_WRITTEN = ("fine", "clumsy", "wrong")
"""What a reader said of sentences that the starter wrote."""


class Judged(Contract):
    """A sentence and what it is: "true", or of a class of errors; the starter's own are fine, clumsy or wrong."""

    text: str
    kind: Literal["true", "binding", "relation", "extent", "negation", "value", "feature", "fine", "clumsy", "wrong"]


class JudgedProduct(Contract):
    """A product with sentences about it."""

    trade: str
    attributes: str
    keywords: str
    sentences: tuple[Judged, ...]


class VerifyingRun(Run[JudgedProduct]):
    """A run that learns to answer yes or no behind a sentence."""

    first_layer = 16

    def read(self) -> list[JudgedProduct]:
        with lzma.open(self.options.data, "rt") as lines:
            return [JudgedProduct.model_validate_json(line) for line in lines]

    def grown(self, products: Sequence[JudgedProduct], epoch: int) -> Iterator[list[Tree]]:
        rng = random.Random(f"{self.options.seed}-{epoch}")
        for product in rng.sample(list(products), len(products)):
            known = Product.parse(product.attributes, product.keywords)
            turns = ask_to_verify(rng.sample(known.facts, len(known.facts)), known.keywords)
            asked = self.tokenizer.apply_chat_template(
                [turn.model_dump() for turn in turns], add_generation_prompt=True, tokenize=False
            )
            prompt = _ids(self.tokenizer, str(asked))
            yield list(grow([answered(self.tokenizer, prompt, judged) for judged in product.sentences], LONGEST))

    def card(self) -> str:
        validated = self.progress.losses[-1][-1] if self.progress.losses else None
        return Template((Path(__file__).parent / "verifier_card.md").read_text()).substitute(
            products=len(self.products),
            sentences=f"{sum(len(product.sentences) for product in self.products):,}",
            minutes=round(self.progress.seconds / 60),
            validation="not measured" if validated is None else f"{validated:.3f}",
            rank=self.options.rank,
            layer=self.first_layer,
            seed=self.options.seed,
        )


def answered(tokenizer: Any, prompt: list[int], judged: Judged) -> Chat:
    """The ids of a sentence behind the prompt, of which the answers alone are learned."""
    own = _ids(tokenizer, to_verify(judged.text))
    rest = _answer(tokenizer, judged.kind in _TRUE)
    labels = rest
    if judged.kind in _WRITTEN:
        between, fine = _ids(tokenizer, TO_PUBLISH), _answer(tokenizer, judged.kind == "fine")
        rest, labels = rest + between + fine, labels + [IGNORED] * len(between) + fine
    return Chat(prompt + own, rest, labels)


def _answer(tokenizer: Any, yes: bool) -> list[int]:
    """The id of the one token that says so."""
    return _ids(tokenizer, " yes" if yes else " no")


def _ids(tokenizer: Any, text: str) -> list[int]:
    found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return found


def main() -> None:
    """Command line; see the module's description."""
    log_progress()
    VerifyingRun(read_options("Teach the verifier.")).complete()


if __name__ == "__main__":
    main()
