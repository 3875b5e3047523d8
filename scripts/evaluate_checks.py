"""Measure the checks by planted errors and true sentences: `python -m scripts.evaluate_checks CORPUS`; with
`--verifier FOLDER` the learned verifier in that checkpoint's folder in their place."""

import argparse
import asyncio
import sys
from pathlib import Path

from checkpoints.errors import CheckpointError
from evaluation.planted import TRUE, judge_corpus, shares, verify_corpus
from evaluation.sources import CheckpointSource


def main() -> int:
    """Command line; prints a line for each class, and with --missed what was judged wrongly."""
    parser = argparse.ArgumentParser(description="Which planted errors the checks find, and what true they refuse.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--verifier", type=Path, help="a verifier's folder, such as models/text/verifier")
    parser.add_argument("--missed", action="store_true", help="print the sentences that were judged wrongly")
    given = parser.parse_args()
    try:
        if given.verifier:
            ask = CheckpointSource(given.verifier, "verifier").write
            verdicts = asyncio.run(verify_corpus(given.corpus, ask))
        else:
            verdicts = judge_corpus(given.corpus)
    except (OSError, ValueError, KeyError, CheckpointError) as error:
        print(f"error: {given.corpus}: {error}", file=sys.stderr)
        return 1
    for kind, share in shares(verdicts).items():
        least, most = share.interval
        what = "refused" if kind == TRUE else "found"
        print(f"{kind:<16} {share.found:>5} of {share.all:>5} {what:<8} {share.share:.3f} ({least:.3f} to {most:.3f})")
    for verdict in verdicts if given.missed else ():
        if bool(verdict.failed) == (verdict.kind == TRUE):
            print(f"{verdict.kind}: {verdict.sentence} {', '.join(verdict.failed)}".rstrip())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
