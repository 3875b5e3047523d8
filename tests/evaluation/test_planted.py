"""Planted errors are counted by class, and what is true is counted apart."""

import json
import lzma
from pathlib import Path

import pytest

from evaluation.planted import Share, judge_corpus, shares

pytestmark = pytest.mark.slow
FACTS = "Product: desk lamp; Brand: Lumo; Shade: linen; Dimmable: no"


def test_shares_are_those_of_each_class(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl.xz"
    lines = [
        {"class": "true", "facts": FACTS, "sentence": "The Lumo desk lamp has a shade of linen."},
        {"class": "true", "facts": FACTS, "sentence": "Your reading lamp is by Lumo.", "keywords": "reading lamp"},
        {"class": "negation", "facts": FACTS, "wrong": "The desk lamp is dimmable."},
        {"class": "feature", "facts": FACTS, "wrong": "The desk lamp has a velvet shade."},
        {"class": "feature", "facts": FACTS, "wrong": "The desk lamp has a shade."},
    ]
    with lzma.open(corpus, "wt") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    found = shares(judge_corpus(corpus))
    assert found == {"feature": Share(1, 2), "negation": Share(1, 1), "true": Share(0, 2)}


def test_an_interval_is_wilsons() -> None:
    """Against scipy 1.17: binomtest(95, 100).proportion_ci(method="wilson")."""
    assert Share(95, 100).interval == pytest.approx((0.8882, 0.9785), abs=1e-3)
    assert Share(0, 10).interval[0] == 0.0 and Share(10, 10).interval[1] == 1.0
