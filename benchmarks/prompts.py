"""What every way is asked: a text of exactly `TOKENS` tokens about a product."""

from checkpoints.pins import ROOT
from evaluation.products import json_lines

TOKENS = 160
_PRODUCTS = [record["attributes"] for record in json_lines(ROOT / "evaluation" / "trades.jsonl")]


def prompt(number: int) -> str:
    """The prompt of this number. No two begin alike, so that no cache of prefixes helps."""
    return f"Article {number}. Describe it for a shop. {_PRODUCTS[number % len(_PRODUCTS)]}"
