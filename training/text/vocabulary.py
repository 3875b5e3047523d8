"""Write the words that claim nothing: `python -m training.text.vocabulary WRITTEN... [--out verify/plain_words.txt]`.

They are those that both readers of evaluation/neutral_words.tsv found neutral, and those that descriptions of several
trades, or short fields of many, use beside the facts, but for sentences that were struck out, and for names of parts.
"""

import argparse
import lzma
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from checkpoints.pins import ROOT
from copywriter.product import Product
from training.text.keep import Written, keep
from verify.vocabulary import stems

_TRADES, _TRADES_IN_SHORT = 4, 12
"""In so many a word has to be used: by descriptions, and by short fields, whose few words name things."""
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


def _products(written: Sequence[Path]) -> Iterator[Written]:
    for path in written:
        with lzma.open(path, "rt") as lines:
            yield from map(Written.model_validate_json, lines)


def main() -> None:
    """Command line; writes the file."""
    parser = argparse.ArgumentParser(description="Write the words that claim nothing of a product.")
    parser.add_argument("written", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=ROOT / "verify" / "plain_words.txt")
    arguments = parser.parse_args()
    arguments.out.write_text("\n".join(plain_words(arguments.written)) + "\n")


if __name__ == "__main__":
    main()
