"""Measure copy: `python -m scripts.evaluate PRODUCTS [--model TAG | --checkpoint FOLDER | --url URL | --list]`.

PRODUCTS is JSON Lines or CSV (see evaluation/products.py). A run that was cut off goes on in the same folder; --against
takes the folder of an earlier run on the same products and says what has changed, with confidence intervals;
--training-text takes what the model has learned from and says how much of the copy stands there.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

import httpx
from rich.console import Console

from contracts.brief import TONES
from copywriter.session import NoTextError
from evaluation.by_heart import read_training_text
from evaluation.compare import differences
from evaluation.options import EXPECTED, chosen_checkpoint
from evaluation.products import read_cases
from evaluation.report import table, write_report
from evaluation.run import METRICS, answer_all, measure, read_run, write_metrics, write_products
from evaluation.sources import AttributeListSource, CheckpointSource, ServiceSource, Source


def evaluate(
    source: Source,
    products: Path,
    out: Path,
    against: Path | None,
    training_text: Path | None,
    limit: int | None,
    seed: int,
    metrics: Path | None,
) -> None:
    """Describe the products, write metrics (into `out`, and to `metrics`), figures and report, and print the table."""
    cases = read_cases(products)[:limit]
    training = read_training_text(training_text) if training_text else None
    other = read_run(against, json.loads((against / METRICS).read_text())["name"], cases, training) if against else None
    answers = asyncio.run(answer_all(source, cases, out, seed))
    run = measure(source.name, cases, answers, training)
    for file in (out / METRICS, *([metrics] if metrics else [])):
        write_metrics(run, file)
    write_products(run, out)
    compared = differences(run.served, other.served, seed) if other else []
    report = write_report(run, other, compared, out)
    Console().print(table(run, [other] if other else []))
    print(f"Report: {report}")


def _source(arguments: argparse.Namespace) -> Source:
    if arguments.url:
        return ServiceSource(arguments.url, arguments.tone, arguments.listing)
    if arguments.list:
        return AttributeListSource()
    folder, name = chosen_checkpoint(arguments.model, arguments.checkpoint, "text")
    return CheckpointSource(folder, name, arguments.tone, arguments.listing)


def main() -> int:
    """Command line; prints the table, or the reason why there is none."""
    parser = argparse.ArgumentParser(description="Measure the copy of a checkpoint or of a running service.")
    parser.add_argument("products", type=Path)
    parser.add_argument("--out", type=Path, default=Path("build/evaluation"))
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--model", help="NAME:VERSION in the model store (default: the pinned text model)")
    source.add_argument("--checkpoint", type=Path, help="a checkpoint's folder, such as build/text/checkpoint")
    source.add_argument("--url", help="a running service")
    source.add_argument("--list", action="store_true", help="the baseline: the bare attribute list")
    parser.add_argument("--tone", choices=TONES, default="lively")
    parser.add_argument("--listing", action="store_true", help="also the short fields: title, bullets, tags, ...")
    parser.add_argument("--against", type=Path, help="folder of an earlier run")
    parser.add_argument("--training-text", type=Path, help="what the model has learned from: a file or folder")
    parser.add_argument("--limit", type=int, help="only the first so many products")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--metrics", type=Path, help="a second file for the metrics, such as one that git keeps")
    arguments = parser.parse_args()
    try:
        evaluate(
            _source(arguments),
            arguments.products,
            arguments.out,
            arguments.against,
            arguments.training_text,
            arguments.limit,
            arguments.seed,
            arguments.metrics,
        )
    except (*EXPECTED, httpx.HTTPError, NoTextError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
