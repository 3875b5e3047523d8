"""Sentences that say nothing of their product: those without a fact, and those as true of other products."""

from collections.abc import Sequence

from copywriter.product import Product
from verify.facts import tells
from verify.texts import plain, split_sentences
from verify.values import contains

OTHERS = 3
"""Under so many other products a sentence is put."""


def filler_sentences(text: str, product: Product, others: Sequence[Product]) -> list[str]:
    """The sentences of `text` that state no value of `product`, or none that each of the `others` has not as well."""
    facts = [fact for fact in product.facts if plain(fact.value)]
    given = [" ; ".join(fact.value for fact in other.facts) for other in others]
    found = []
    for sentence in split_sentences(text, product.source):
        stated = [fact.value for fact in facts if tells(sentence, fact)]
        if all(given and all(contains(source, value) for source in given) for value in stated):
            found.append(sentence)
    return found


def filler_rate(texts: Sequence[str], products: Sequence[Product]) -> float:
    """The share of filler among all sentences; each text's others are the products that follow its own."""
    filler = sentences = 0
    for number, (text, product) in enumerate(zip(texts, products, strict=True)):
        others = [products[(number + step) % len(products)] for step in range(1, min(OTHERS, len(products) - 1) + 1)]
        filler += len(filler_sentences(text, product, others))
        sentences += len(split_sentences(text, product.source))
    return filler / sentences if sentences else 0.0
