"""How much of the copy is recited: sentences and 8-grams that stand in the training text, and sentences that two
products share.

Compared is wording alone: the product's values, keywords and noun, and all numbers, are taken out of served and of
training texts alike. Two sentences are alike from ALIKE up, by 2 * LCS / (words of both): LCS is their longest common
subsequence of words, so that a changed word counts as little as it does to a reader, and order counts.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from copywriter.product import Product
from evaluation.products import json_lines, to_case
from verify.texts import plain, split_sentences

ALIKE = 0.8
GRAM = 8
GAP = "…"
"""Stands for a run of values, so that two templates are alike whatever they are filled with."""

Wording = tuple[str, ...]

_ROWS = 64
"""Sentences compared with all others at once: with 100,000 others, 25 MB of likenesses."""
_NUMBER = r"[\w.,/-]*\d[\w.,/-]*"
_AFTER_NOUN = re.compile(r"\s(?:with|for|of|in|from|by|on)\s|[,(/]")
_SUFFIXES = (".jsonl", ".xz", ".txt")
_NO_PRODUCT = Product(facts=(), source="")


class TrainingText:
    """What a model has learned from, as wordings."""

    def __init__(self, texts: Iterable[Sequence[Wording]]) -> None:
        self.sentences = sorted({sentence for text in texts for sentence in text})
        self.grams = {gram for sentence in self.sentences for gram in _grams(sentence)}


def read_training_text(path: Path) -> TrainingText:
    """The training text in a file, or in all .jsonl, .xz and .txt files of a folder.

    JSON Lines (perhaps .xz) hold records with "text", or several "texts", and, so that their values can be taken out,
    the "attributes" and "keywords" that they were written for, in the form of evaluation/products.py; other files hold
    a text a line. Raises OSError where a file cannot be read, ValueError where there is no text.
    """
    files = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES) if path.is_dir() else [path]
    found = TrainingText(wordings(text, product) for file in files for text, product in _texts(file))
    if not found.sentences:
        raise ValueError(f"{path}: holds no training text")
    return found


def wordings(text: str, product: Product) -> list[Wording]:
    """The sentences of `text` as words in lower case, with GAP for each run of what is the product's own.

    Sentences that are nothing but a GAP are left out.
    """
    own = _own_words(product)
    words = (_words(own.sub(GAP, sentence)) for sentence in split_sentences(text, product.source))
    return [sentence for sentence in words if set(sentence) - {GAP}]


def sentences_by_heart(texts: Sequence[Sequence[Wording]], training: TrainingText) -> float:
    """The share of sentences that are alike to one of the training text."""
    sentences = [sentence for text in texts for sentence in text]
    return _share(alike.any() for alike in _alike(sentences, training.sentences))


def grams_by_heart(texts: Sequence[Sequence[Wording]], training: TrainingText) -> float:
    """The share of 8-grams (within sentences) that stand in the training text."""
    return _share(gram in training.grams for text in texts for sentence in text for gram in _grams(sentence))


def shared_sentences(texts: Sequence[Sequence[Wording]]) -> float:
    """The share of sentences that are alike to one in another of the `texts`; it needs no training text."""
    sentences = [sentence for text in texts for sentence in text]
    places = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    return _share(
        (alike & (places != own)).any() for alike, own in zip(_alike(sentences, sentences), places, strict=True)
    )


def _texts(file: Path) -> Iterator[tuple[str, Product]]:
    if file.suffix not in (".jsonl", ".xz"):
        yield from ((line, _NO_PRODUCT) for line in file.read_text().splitlines())
        return
    for number, record in enumerate(json_lines(file), start=1):
        texts = [_whole(text) for text in record.pop("texts", ())] or [record.pop("text", None)]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError(f"{file}, record {number}: has no text")
        product = to_case(number, record).product if record.get("attributes") else _NO_PRODUCT
        yield from ((text, product) for text in texts)


def _whole(text: Mapping[str, Any]) -> str:
    """A text of the training data, which keeps descriptions by their sentences."""
    return text.get("text") or " ".join(sentence["text"] for sentence in text["sentences"])


def _own_words(product: Product) -> re.Pattern[str]:
    """What is the product's own: values, keywords, the noun with what describes it, the noun alone, and numbers."""
    own = {*(fact.value for fact in product.facts), *product.keywords}
    if product.title is not None:
        phrase = _AFTER_NOUN.split(product.facts[product.title].value)[0].strip()
        own |= {phrase, *phrase.split()[-1:]}
    longest_first = sorted(filter(plain, own), key=len, reverse=True)
    singular = "|".join(re.escape(re.sub(r"(?<!s)s$", "", value)) for value in longest_first)
    return re.compile(rf"(?<!\w)(?:{singular})(?:s|es)?(?!\w)|{_NUMBER}" if singular else _NUMBER, re.IGNORECASE)


def _words(masked: str) -> Wording:
    words = f" {GAP} ".join(map(plain, masked.split(GAP))).split()
    return tuple(word for word, run in groupby(words) for _ in (run if word != GAP else (word,)))


def _alike(sentences: Sequence[Wording], others: Sequence[Wording]) -> Iterator[NDArray[np.bool_]]:
    """For each sentence, which of the others are alike to it; what is less alike than the cutoff scores 0."""
    cutoff = ALIKE - 1e-6  # rounding must not tell sentences apart that are alike by exactly this
    for start in range(0, len(sentences), _ROWS):
        rows = sentences[start : start + _ROWS]
        yield from cdist(rows, others, scorer=Indel.normalized_similarity, score_cutoff=cutoff) > 0


def _grams(sentence: Wording) -> Iterator[Wording]:
    return (sentence[start : start + GRAM] for start in range(len(sentence) - GRAM + 1))


def _share(outcomes: Iterable[bool | np.bool_]) -> float:
    found = [bool(outcome) for outcome in outcomes]
    return sum(found) / len(found) if found else 0.0
