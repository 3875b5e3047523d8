"""Which written texts are learned from: `python -m training.text.keep WRITTEN OUT [--figures FILE]`.

WRITTEN holds products, the texts that were written for them, and what readers found wrong. A text is kept only if it
passes by two means: the checks that the service makes, and the reading of somebody who did not write it. What
fails goes by whole sentences or items.
"""

import argparse
import json
import logging
import lzma
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

from contracts.base import Contract
from contracts.brief import Brief
from copywriter.briefs import make_brief
from copywriter.product import Product
from training.text.examples import Described, Sentence, Text
from verify.checks import check_text, failed_in_place
from verify.facts import is_yes_or_no, tells
from verify.texts import count_words, plain

logger = logging.getLogger(__name__)


class Struck(Contract):
    """What a reader struck out of a product's text at the place `number`, and why: of a description the sentence at
    the place `sentence`, of other fields what is quoted."""

    number: int
    kind: Literal["false", "unsupported", "filler", "language"]
    quote: str = ""
    sentence: int | None = None


class Written(Described):
    """A product with what was written for it, and what was struck out."""

    struck: tuple[Struck, ...]


def keep(written: Written) -> Described:
    """The product with the texts that are kept, descriptions by their sentences; raises ValueError where a sentence is
    of a fact that there is not."""
    product = Product.parse(written.attributes, written.keywords)
    texts = []
    for number, text in enumerate(written.texts):
        struck = [one for one in written.struck if one.number == number]
        way = _sound_sentences if text.field == "description" else _sound_text
        try:
            left = way(product, text, struck)
        except IndexError as error:
            raise ValueError(
                f"{written.id}: a sentence tells a fact by a number that the product does not have"
            ) from error
        if left:
            texts.append(left)
    return Described(**{**written.model_dump(exclude={"struck"}), "texts": tuple(texts)})


def _sound_sentences(product: Product, text: Text, struck: Sequence[Struck]) -> Text | None:
    """The description without the sentences that were struck or fail a check; None without its first, which says what
    the others are about."""
    brief = make_brief(text.field, product, text.tone, voice=text.voice, avoid=text.avoid)
    out = {one.sentence for one in struck}
    told: set[int] = set()
    kept: list[Sentence] = []
    for number, sentence in enumerate(text.sentences):
        facts = _told(brief, sentence, told)
        before = [one.text for one in kept]
        if number not in out and facts and not failed_in_place(brief, [*before, sentence.text], len(before)):
            told.update(facts)
            kept.append(sentence.model_copy(update={"facts": facts}))
        elif not kept:
            return None
    return text.model_copy(update={"sentences": tuple(kept)}) if kept else None


def _told(brief: Brief, sentence: Sentence, told: Collection[int]) -> tuple[int, ...]:
    """The facts that a sentence tells: those that it was written for, and any other value in it that is new.

    There are none if it lacks the value of one that it was written for: what is asked for is answered.
    """
    new = [number for number in brief.required if number not in told and _says(brief, number, sentence.text)]
    if not all(_says(brief, number, sentence.text) for number in sentence.facts):
        return ()
    return tuple(dict.fromkeys([*sentence.facts, *new]))


def _says(brief: Brief, number: int, text: str) -> bool:
    fact = brief.facts[number - 1]
    return is_yes_or_no(fact) or tells(text, fact)


def _sound_text(product: Product, text: Text, struck: Sequence[Struck]) -> Text | None:
    """A short field, of a list the items that were not struck; None if it fails a check then."""
    brief = make_brief(text.field, product, text.tone, voice=text.voice, avoid=text.avoid)
    separator = brief.limits.separator
    if struck and not separator:
        return None
    quotes = [plain(one.quote) for one in struck]
    items = text.text.split(separator) if separator else [text.text]
    kept = [item for item in items if not any(_quotes(plain(item), quote) for quote in quotes)]
    if len(items) - len(kept) < len(set(quotes)):
        return None
    left = text.model_copy(update={"text": separator.join(kept) if separator else text.text})
    return left if all(check.passed for check in check_text(brief, left.text, kept, finished=True)) else None


def _quotes(item: str, quote: str) -> bool:
    return f" {quote} " in f" {item} " or f" {item} " in f" {quote} "


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
                words[text.field] += count_words(text.whole)
            if described.texts:
                out.write(described.model_dump_json(exclude_defaults=True) + "\n")
    figures = {field: {"written": seen[field], "kept": kept[field], "words": words[field]} for field in seen}
    logger.info(json.dumps({**figures, "words": sum(words.values())}))
    if arguments.figures:
        arguments.figures.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
