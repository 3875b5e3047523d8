"""Write the products that no training sees: `python -m scripts.hold_out ATTRIBUTES OUT [--rest FILE] [--sets N]`.

ATTRIBUTES is a JSON Lines file of real attribute sets, as `training.text.train` reads; the held-out fifth is written,
with keywords of its trade drawn from the lexicon, and after it the products of evaluation/trades.jsonl. FILE gets all
other sets. With --sets only every n-th held-out set is written, N in all, for models too slow for a fifth.
Which are held out is decided by `training.text.products.held_out` alone: training asks it too, whatever file it gets.
"""

import argparse
import json
import random
from pathlib import Path

from checkpoints.pins import ROOT
from evaluation.products import MAX_CHARACTERS
from training.text.products import category_of, held_out, real_attribute_sets

TRADES = ROOT / "evaluation" / "trades.jsonl"
LEAST_FACTS = 3


def write_held_out(attributes: Path, out: Path, sets: int | None = None) -> int:
    """Write the held-out products to `out`; returns how many there are. The same file gives the same products.

    Of real sets `sets` are written (None: all): every n-th of those that the API takes whole and that have LEAST_FACTS.
    """
    records = [record for record in real_attribute_sets(attributes) if held_out(record)]
    if sets is not None:
        whole = [record for record in records if _is_whole(record)]
        count = min(sets, len(whole))
        records = [whole[number * len(whole) // count] for number in range(count)]
    lines = [_with_keywords(record) for record in records]
    lines += TRADES.read_text().splitlines()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(line + "\n" for line in lines))
    return len(lines)


def write_rest(attributes: Path, file: Path) -> int:
    """Write the sets that are not held out to `file`, as they are; returns how many there are."""
    rest = [record for record in real_attribute_sets(attributes) if not held_out(record)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(record) + "\n" for record in rest))
    return len(rest)


def _is_whole(record: dict[str, object]) -> bool:
    pairs = dict(record["attributes"])  # type: ignore[call-overload]
    statements = "; ".join(f"{name}: {value}" for name, value in pairs.items())
    return len(pairs) >= LEAST_FACTS and len(statements) <= MAX_CHARACTERS


def _with_keywords(record: dict[str, object]) -> str:
    rng = random.Random(str(record["id"]))  # noqa: S311
    pairs = dict(record["attributes"])  # type: ignore[call-overload]
    noun = str(pairs.get("Product Type", "product"))
    # Of the product's own trade: another trade's ("sulphate free" for a notebook) would ask for a claim that is false.
    keywords = ", ".join(rng.sample(category_of(noun).keywords, rng.randint(0, 2))) or None
    return json.dumps({"id": str(record["id"]), "attributes": pairs, "keywords": keywords})


def main() -> int:
    """Command line; prints how many products were written."""
    parser = argparse.ArgumentParser(description="Write the products that no training sees.")
    parser.add_argument("attributes", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rest", type=Path, help="where to write the sets that training may see")
    parser.add_argument("--sets", type=int, help="how many of the real sets are written (default: all held-out ones)")
    arguments = parser.parse_args()
    if arguments.rest:
        print(f"{write_rest(arguments.attributes, arguments.rest)} sets for training: {arguments.rest}")
    print(f"{write_held_out(arguments.attributes, arguments.out, arguments.sets)} products: {arguments.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
