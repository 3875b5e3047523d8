"""Write the products that no training sees: `python -m scripts.hold_out ATTRIBUTES OUT [--rest FILE]`.

ATTRIBUTES is a JSON Lines file of real attribute sets, as `training.text.train` reads; the held-out fifth is written,
with keywords drawn from the lexicon, and after it the products of evaluation/trades.jsonl. FILE gets all other sets.
Which are held out is decided by `training.text.products.held_out` alone: training asks it too, whatever file it gets.
"""

import argparse
import json
import random
from pathlib import Path

from checkpoints.pins import ROOT
from training.text.products import category_of, draw_keywords, held_out, real_attribute_sets

TRADES = ROOT / "evaluation" / "trades.jsonl"


def write_held_out(attributes: Path, out: Path) -> int:
    """Write the held-out products to `out`; returns how many there are. The same file gives the same keywords."""
    lines = [_with_keywords(record) for record in real_attribute_sets(attributes) if held_out(record)]
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


def _with_keywords(record: dict[str, object]) -> str:
    rng = random.Random(str(record["id"]))  # noqa: S311
    pairs = dict(record["attributes"])  # type: ignore[call-overload]
    noun = str(pairs.get("Product Type", "product"))
    keywords = ", ".join(draw_keywords(rng, category_of(noun), noun.lower())) or None
    return json.dumps({"id": str(record["id"]), "attributes": pairs, "keywords": keywords})


def main() -> int:
    """Command line; prints how many products were written."""
    parser = argparse.ArgumentParser(description="Write the products that no training sees.")
    parser.add_argument("attributes", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rest", type=Path, help="where to write the sets that training may see")
    arguments = parser.parse_args()
    if arguments.rest:
        print(f"{write_rest(arguments.attributes, arguments.rest)} sets for training: {arguments.rest}")
    print(f"{write_held_out(arguments.attributes, arguments.out)} products: {arguments.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
