"""Which written texts are learned from: `python -m training.text.keep WRITTEN OUT [--figures FILE]`.

WRITTEN holds products, the texts that were written for them, and what readers found wrong. A text is kept only if it
passes by two means: the checks that the service makes, and the reading of somebody who did not write it. What a reader
struck out goes, by whole sentences or items; a text that then lacks what was asked for goes with it.
"""

import argparse
import json
import logging
import lzma
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from contracts.base import Contract
from contracts.brief import FieldName
from copywriter.briefs import make_brief
from copywriter.checks import check_text
from copywriter.product import Product
from training.text.examples import Described, Text
from verify.texts import count_words, plain, split_sentences

_FEWEST_WORDS = 12
"""Of what is left of a description."""
_ROUND = 10
logger = logging.getLogger(__name__)


class Struck(Contract):
    """What a reader struck out of a product's text at the place `number`, and why."""

    field: FieldName
    number: int
    kind: Literal["false", "unsupported", "filler", "language"]
    quote: str


class Written(Described):
    """A product with what was written for it, and what was struck out."""

    struck: tuple[Struck, ...]


def keep(written: Written) -> Described:
    """The product with the texts that are kept."""
    product = Product.parse(written.attributes, written.keywords)
    texts = []
    for number, text in enumerate(written.texts):
        out = [one.quote for one in written.struck if one.number == number]
        left = _without(product, text, out) if out else text
        if left and _passes(product, left):
            texts.append(left)
    return Described(**{**written.model_dump(exclude={"struck"}), "texts": tuple(texts)})


def _without(product: Product, text: Text, quotes: Iterable[str]) -> Text | None:
    """The text without the sentences or items that hold a quote; None where one is not found, or too little is left."""
    brief = make_brief(text.field, product)
    separator = brief.limits.separator or " "
    whole = brief.limits.separator == "" and text.field != "description"
    parts = text.text.split(separator) if brief.limits.separator else split_sentences(text.text, product.source)
    bad = {number for quote in quotes for number in _places(parts, quote)}
    if whole or not bad or not all(any(True for _ in _places(parts, quote)) for quote in quotes):
        return None
    left = separator.join(part for number, part in enumerate(parts) if number not in bad)
    if text.field != "description":
        return text.model_copy(update={"text": left})
    words = count_words(left)
    if words < _FEWEST_WORDS:
        return None
    least, most = text.words or (0, 0)
    if words >= least:
        return text.model_copy(update={"text": left})
    lower = max(_FEWEST_WORDS, words // _ROUND * _ROUND - _ROUND)
    words_left = (lower, min(most, words // _ROUND * _ROUND + 2 * _ROUND))
    return text.model_copy(update={"text": left, "words": words_left})


def _places(parts: Sequence[str], quote: str) -> Iterator[int]:
    """Which parts hold a piece of the quote; pieces are parted by dots or quotation marks."""
    pieces = [plain(piece) for piece in re.split(r"\s*(?:\.{3}|\u2026|\")\s*", quote)]
    for number, part in enumerate(parts):
        text = f" {plain(part)} "
        for piece in filter(None, pieces):
            if f" {piece} " in text or (len(plain(part)) > _FEWEST_WORDS and f" {plain(part)} " in f" {piece} "):
                yield number
                break


def _passes(product: Product, text: Text) -> bool:
    brief = make_brief(text.field, product, text.tone, text.words, text.voice, text.avoid)
    items = text.text.split(brief.limits.separator) if brief.limits.separator else [text.text]
    return all(check.passed for check in check_text(brief, text.text, items, finished=True))


def main() -> None:
    """Command line; logs the figures."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description="Keep the texts that two means find faithful.")
    parser.add_argument("written", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--figures", type=Path)
    arguments = parser.parse_args()
    seen: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    words: Counter[str] = Counter()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(arguments.written, "rt") as lines, lzma.open(arguments.out, "wt") as out:
        for line in lines:
            written = Written.model_validate_json(line)
            described = keep(written)
            seen.update(text.field for text in written.texts)
            kept.update(text.field for text in described.texts)
            for text in described.texts:
                words[text.field] += count_words(text.text)
            if described.texts:
                out.write(described.model_dump_json(exclude_defaults=True) + "\n")
    figures = {field: {"written": seen[field], "kept": kept[field], "words": words[field]} for field in seen}
    logger.info(json.dumps({**figures, "words": sum(words.values())}))
    if arguments.figures:
        arguments.figures.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
