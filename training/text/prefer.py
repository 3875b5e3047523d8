"""A last lesson from the model's own faults: `python -m training.text.prefer --begin build/text-taught/adapter
--data FILE --out build/text`.

The data are descriptions that the model wrote (`training.text.draft`), with each faulty sentence mended by a reader.
Mended texts are learned, and each mended sentence is preferred to the draft in its place (direct preference
optimisation, Rafailov et al. 2023, arXiv 2305.18290, beside the likelihood of what is preferred as in Pang et al. 2024,
arXiv 2404.19733): a model that only sees what is right hardly unlearns what it does wrong. Options and files are those
of `training.text.train`.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template

import torch
from torch.nn.functional import logsigmoid

from copywriter.briefs import make_brief
from copywriter.product import Product
from training.text.examples import Described, sentence_by_sentence
from training.text.train import CARD, LONGEST, Options, WritingRun, log_progress, read_options
from training.text.trees import Tree, encode, fork

_SHARPNESS, _WEIGHT = 0.2, 5.0
"""How far a preference may lead away from the model that it begins with, and what one weighs beside a token."""


class PreferringRun(WritingRun):
    """A run that goes on from the adapter of another one, and keeps in mind how that one judged each pair.

    Raises ValueError if the options name no such adapter.
    """

    def __init__(self, options: Options) -> None:
        if options.begin is None:
            raise ValueError("preferences go on from an adapter: --begin names it")
        super().__init__(options)
        self._begin = options.begin
        self.adapter.add()
        trees = [tree for grown in self.grown([*self.products, *self.validated], 0) for tree in grown]
        with torch.no_grad():
            self._before = {
                _key(tree): [margin.item() for margin in _margins(self.log_probabilities([tree]), [tree])]
                for tree in trees
            }

    def grown(self, products: Sequence[Described], epoch: int) -> Iterator[list[Tree]]:
        """A tree for each description as it is, its drafts beside it."""
        for described in random.Random(f"{self.options.seed}-{epoch}").sample(list(products), len(products)):
            product = Product.parse(described.attributes, described.keywords)
            texts = [text for text in described.texts if text.field == "description"]
            examples = [sentence_by_sentence(make_brief(text.field, product, text.tone), text) for text in texts]
            yield [fork(encode(self.tokenizer, example), LONGEST) for example in examples]

    def loss(self, trees: Sequence[Tree]) -> torch.Tensor:
        """The summed cross-entropy of what was mended, and that of each preference."""
        found = self.log_probabilities(trees)
        drafted = [found[row, draft].sum() for row, tree in enumerate(trees) for _, draft in tree.pairs]
        before = [margin for tree in trees for margin in self._before[_key(tree)]]
        preferred = [
            logsigmoid(_SHARPNESS * (margin - earlier))
            for margin, earlier in zip(_margins(found, trees), before, strict=True)
        ]
        return torch.stack([*drafted, *(-_WEIGHT * one for one in preferred), -found.sum()]).sum()

    def card(self) -> str:
        """The card of the adapter that it began with, and this lesson."""
        pairs = sum(bool(sentence.draft) for one in self.products for text in one.texts for sentence in text.sentences)
        lesson = Template((Path(__file__).parent / "mended_card.md").read_text()).substitute(
            products=len(self.products), pairs=pairs, minutes=round(self.progress.seconds / 60)
        )
        before, heading, limits = (self._begin / CARD).read_text().partition("## What it cannot do")
        return before + lesson + "\n" + heading + limits


def _margins(found: torch.Tensor, trees: Sequence[Tree]) -> list[torch.Tensor]:
    """By how much each answer is likelier than its draft, in logarithms."""
    pairs = [(row, *pair) for row, tree in enumerate(trees) for pair in tree.pairs]
    return [found[row, answer].sum() - found[row, draft].sum() for row, answer, draft in pairs]


def _key(tree: Tree) -> tuple[int, ...]:
    return tuple(tree.ids.tolist())


def main() -> None:
    """Command line; see the module's description."""
    log_progress()
    options = read_options("Teach the text starter's adapter what is better than its own drafts.")
    PreferringRun(options).complete()


if __name__ == "__main__":
    main()
