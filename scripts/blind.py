"""Let a person choose between two runs: `python -m scripts.blind page PRODUCTS RUN OTHER --out FOLDER`.

RUN and OTHER are folders of `scripts.evaluate` on the same products. The page that is written names neither; what is
chosen on it is saved as a file; `python -m scripts.blind score CHOICES KEY` says how often RUN's text was preferred.
"""

import argparse
import sys
from pathlib import Path

from evaluation.blind import make_pairs, score, write_page
from evaluation.products import read_cases
from evaluation.run import read_run


def main() -> int:
    """Command line; prints the page's path or the preference, or the reason why there is none."""
    parser = argparse.ArgumentParser(description="Let a person choose between two runs.")
    commands = parser.add_subparsers(dest="command", required=True)
    page = commands.add_parser("page")
    page.add_argument("products", type=Path)
    page.add_argument("run", type=Path)
    page.add_argument("other", type=Path)
    page.add_argument("--out", type=Path, default=Path("build/blind"))
    page.add_argument("--pairs", type=int, default=40)
    page.add_argument("--seed", type=int, default=7)
    scored = commands.add_parser("score")
    scored.add_argument("choices", type=Path)
    scored.add_argument("key", type=Path)
    given = parser.parse_args()
    try:
        if given.command == "score":
            print(score(given.choices, given.key).model_dump_json(indent=2))
            return 0
        cases = read_cases(given.products)
        own, other = (read_run(folder, folder.name, cases).answers for folder in (given.run, given.other))
        print(write_page(make_pairs(cases, own, other, given.pairs, given.seed), given.out))
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
