"""Write the words that claim nothing, and those for kinds of products: `python -m training.text.vocabulary WRITTEN...`.

The first are those that both readers of evaluation/neutral_words.tsv found neutral, and those that descriptions of
several trades, or short fields of many, use beside the facts, but for sentences that were struck out, and for names of
parts. The others are the nouns that names of products end in, unless they name attributes far more often: a "lid" is a
part.
"""

import argparse
import lzma
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from checkpoints.pins import ROOT
from copywriter.briefs import says_what_it_is
from copywriter.product import Product
from training.text.keep import Written, keep
from verify.vocabulary import KINDS_FILE, PLAIN_WORDS_FILE, head, stems

_TRADES, _TRADES_IN_SHORT = 4, 12
"""In so many a word has to be used: by descriptions, and by short fields, whose few words name things."""
_NAMES, _NAMES_AN_ATTRIBUTE = 2, 4
"""In so many names of products a noun has to stand, and in no more than so many times as many of attributes."""
_PARTS = "filter panel port wheel"
"""What a product may have or lack, however many trades tell it: two fold-out aerials are no ports."""


def plain_words(written: Sequence[Path]) -> list[str]:
    """The stems, sorted."""
    used: defaultdict[str, set[str]] = defaultdict(set)
    short: defaultdict[str, set[str]] = defaultdict(set)
    for product in _products(written):
        kept = keep(product)
        facts = Product.parse(kept.attributes, kept.keywords).facts
        named = " ".join(fact.name for fact in facts if fact.name)
        given = {stem for _, stem in stems(f"{kept.attributes} {named} {kept.keywords}")}
        for text in kept.texts:
            for _, stem in stems(" ".join(sentence.text for sentence in text.sentences)):
                if stem not in given:
                    used[stem].add(kept.trade)
        for text in product.texts:
            for _, stem in stems(text.text):
                if stem not in given:
                    short[stem].add(kept.trade)
    rows = [line.split("\t") for line in (ROOT / "evaluation" / "neutral_words.tsv").read_text().splitlines()]
    neutral = {stem for word, *labels in rows if labels == ["N", "N"] for _, stem in stems(word)}
    common = {stem for stem, trades in used.items() if len(trades) >= _TRADES}
    things = {stem for stem, trades in short.items() if len(trades) >= _TRADES_IN_SHORT}
    return sorted((neutral | common | things) - {stem for _, stem in stems(_PARTS)})


def kinds(written: Sequence[Path]) -> list[str]:
    """The stems, sorted."""
    products: Counter[str | None] = Counter()
    attributes: Counter[str | None] = Counter()
    for described in _products(written):
        product = Product.parse(described.attributes, described.keywords)
        products.update(map(head, product.keywords))
        if product.title is not None and says_what_it_is(product):
            products[head(product.facts[product.title].value)] += 1
        attributes.update(head(fact.name) for fact in product.facts if fact.name)
    return sorted(
        stem
        for stem, count in products.items()
        if stem and count >= _NAMES and _NAMES_AN_ATTRIBUTE * count >= attributes[stem]
    )


def _products(written: Sequence[Path]) -> Iterator[Written]:
    for path in written:
        with lzma.open(path, "rt") as lines:
            yield from map(Written.model_validate_json, lines)


def main() -> None:
    """Command line; writes the files."""
    parser = argparse.ArgumentParser(description="Write the words that claim nothing, and those for kinds of products.")
    parser.add_argument("written", type=Path, nargs="+")
    arguments = parser.parse_args()
    PLAIN_WORDS_FILE.write_text("\n".join(plain_words(arguments.written)) + "\n")
    KINDS_FILE.write_text("\n".join(kinds(arguments.written)) + "\n")


if __name__ == "__main__":
    main()
