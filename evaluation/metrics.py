"""What is measured of each text, and of a whole catalogue of texts.

Rates and coverage are 0 to 1. Numbers, names, markup and sentences are judged by the service's own checks
(`verify.checks`); style and likeness by textstat, sacrebleu and datasketch.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import textstat
from datasketch import MinHash, MinHashLSH
from pydantic import BaseModel, ConfigDict
from sacrebleu.metrics.bleu import BLEU

from contracts.brief import Fact
from copywriter.briefs import make_brief
from copywriter.product import Product
from evaluation.by_heart import TrainingText, grams_by_heart, sentences_by_heart, shared_sentences, wordings
from evaluation.filler import filler_rate
from verify.checks import check_text
from verify.facts import tells
from verify.texts import count_words, plain, split_sentences
from verify.values import contains

NEAR_DUPLICATE = 0.5
"""5-gram Jaccard similarity from which two texts count as near-duplicates."""

_SELF_BLEU_TEXTS = 60
_REFUSAL = re.compile(r"\b(as an ai|language model|i cannot|i can't|i'm sorry|lorem ipsum)\b", re.IGNORECASE)
_UNIT = re.compile(
    r"(\d[\d.,/]*)[ -]?(\"|inch(?:es)?|cm|mm|m|ft|km|kg|g|lbs?|oz|ml|cl|l|hours|h|mah|w|v|ghz|mhz|hz|gb|tb|mb|%|°[cf])"
    r"(?![\w])",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"\[[^\]]*\]|\{[^}]*\}|<[a-z/!|][^>]*>|\b(tbd|xxx|insert \w+ here)\b", re.IGNORECASE)


class TextMetrics(BaseModel):
    """One text against its product."""

    model_config = ConfigDict(frozen=True)

    words: int
    in_band: bool
    coverage: float
    required_facts: float
    keywords_included: bool
    keywords_listed_at_end: bool
    invented_numbers: bool
    invented_units: bool
    invented_names: bool
    invented_claims: bool
    misplaced_values: bool
    markup: bool
    placeholder: bool
    refusal: bool
    faulty_sentences: bool
    passes_every_check: bool
    reading_ease: float


class CatalogueMetrics(BaseModel):
    """All texts together; openings and recited sentences are found with the products' own words taken out.

    What is by heart is None where no training text is at hand.
    """

    model_config = ConfigDict(frozen=True)

    distinct_1: float
    distinct_2: float
    self_bleu: float
    mean_jaccard_5: float
    near_duplicate_pairs: int
    most_repeated_opening: float
    filler: float
    shared_sentences: float
    sentences_by_heart: float | None
    grams_by_heart: float | None


def measure_text(text: str, product: Product, finished: bool = True) -> TextMetrics:
    """Judge `text`; `finished` says whether the model ended it itself."""
    brief = make_brief("description", product)
    checks = {check.name: check.passed for check in check_text(brief, text, (text,), finished)}
    facts = [fact for fact in product.facts if plain(fact.value)]
    required = [brief.facts[number - 1] for number in brief.required]
    return TextMetrics(
        words=count_words(text),
        in_band=checks["length"],
        coverage=_share_told(text, facts),
        required_facts=_share_told(text, required),
        keywords_included=checks["keywords"],
        keywords_listed_at_end=_listed_at_end(text, product.keywords),
        invented_numbers=not checks["numbers"],
        invented_units=bool(_units(text) - _units(product.source)),
        invented_names=not checks["names"],
        invented_claims=not checks["claims"],
        misplaced_values=not checks["binding"],
        markup=not checks["plain text"],
        placeholder=any(m.group() not in product.source for m in _PLACEHOLDER.finditer(text)),
        refusal=bool(_REFUSAL.search(text)),
        faulty_sentences=not checks["sentences"],
        passes_every_check=all(checks.values()),
        reading_ease=float(textstat.textstat.flesch_reading_ease(text)) if text.strip() else 0.0,
    )


def measure_catalogue(
    texts: Sequence[str], products: Sequence[Product], training: TrainingText | None
) -> CatalogueMetrics:
    """How varied `texts` are, and how much of them stands in `training`; each belongs to the product at its place."""
    worded = [wordings(text, product) for text, product in zip(texts, products, strict=True)]
    words = [plain(text).split() for text in texts]
    grams = [_ngrams(tokens, 5) for tokens in words]
    openings = Counter(sentences[0] for sentences in worded if sentences)
    pairs = [_jaccard(a, b) for a, b in combinations(grams, 2)]
    return CatalogueMetrics(
        distinct_1=_distinct(words, 1),
        distinct_2=_distinct(words, 2),
        self_bleu=_self_bleu(texts),
        mean_jaccard_5=sum(pairs) / len(pairs) if pairs else 0.0,
        near_duplicate_pairs=len(near_duplicates(texts)),
        most_repeated_opening=max(openings.values()) / len(texts) if openings else 0.0,
        filler=filler_rate(texts, products),
        shared_sentences=shared_sentences(worded),
        sentences_by_heart=sentences_by_heart(worded, training) if training else None,
        grams_by_heart=grams_by_heart(worded, training) if training else None,
    )


def _share_told(text: str, facts: Sequence[Fact]) -> float:
    return sum(tells(text, fact) for fact in facts) / len(facts) if facts else 1.0


def near_duplicates(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of texts whose 5-grams overlap by more than NEAR_DUPLICATE; MinHash finds them, exact overlap decides."""
    grams = [_ngrams(plain(text).split(), 5) for text in texts]
    index = MinHashLSH(threshold=NEAR_DUPLICATE * 0.7, num_perm=128)
    pairs = []
    for number, own in enumerate(grams):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([" ".join(gram).encode() for gram in own])
        found = [other for other in index.query(sketch) if _jaccard(own, grams[other]) > NEAR_DUPLICATE]
        pairs += [(other, number) for other in sorted(found)]
        index.insert(number, sketch)
    return pairs


def _units(text: str) -> set[tuple[str, str]]:
    """Figures with their units: ("7/8", "cm")."""
    return {(figure, unit.lower()) for figure, unit in _UNIT.findall(text)}


def _listed_at_end(text: str, keywords: Sequence[str]) -> bool:
    """Whether the last sentence holds three keywords or more, the sign of stuffing."""
    sentences = split_sentences(text)
    return bool(sentences) and sum(contains(sentences[-1], keyword) for keyword in keywords) >= 3


def _ngrams(tokens: Sequence[str], n: int) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(tokens[start : start + n]) for start in range(len(tokens) - n + 1))


def _jaccard(a: frozenset[tuple[str, ...]], b: frozenset[tuple[str, ...]]) -> float:
    return len(a & b) / len(a | b) if a or b else 0.0


def _distinct(texts: Sequence[Sequence[str]], n: int) -> float:
    """Distinct n-grams among all n-grams of the catalogue (Li et al. 2016, arXiv 1510.03055)."""
    every = [tuple(tokens[start : start + n]) for tokens in texts for start in range(len(tokens) - n + 1)]
    return len(set(every)) / len(every) if every else 0.0


def _self_bleu(texts: Sequence[str]) -> float:
    """Mean BLEU-4 of each text against the others, 0 to 1 (Zhu et al. 2018, arXiv 1802.01886), over a fixed share."""
    step = max(1, len(texts) // _SELF_BLEU_TEXTS)
    sample = [text for text in texts[::step] if text.strip()]
    if len(sample) < 2:
        return 0.0
    bleu = BLEU(effective_order=True)
    scores = [
        bleu.sentence_score(text, [other for place, other in enumerate(sample) if place != number]).score
        for number, text in enumerate(sample)
    ]
    return sum(scores) / len(scores) / 100
