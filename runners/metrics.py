"""What the runners count; BentoML sums it over all processes on the public /metrics."""

from collections.abc import Sequence

from prometheus_client import Counter, Histogram

from contracts.items import CaptionResult, PictureResult, TextResult

batch_items = Histogram(
    "runner_batch_items",
    "Items in a batch as the model ran it, or in a step of an engine that batches at each step.",
    ["runner"],
    buckets=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64),
)
items = Counter("runner_items", "Items worked on, by outcome (an error's code, or ok).", ["runner", "outcome"])
tokens = Counter("runner_generated_tokens", "Tokens written.", ["runner"])


def count_batch(runner: str, results: Sequence[TextResult | CaptionResult | PictureResult]) -> None:
    """Count one batch of `runner` once it is done."""
    batch_items.labels(runner).observe(len(results))
    for result in results:
        count_item(runner, result)


def count_item(runner: str, result: TextResult | CaptionResult | PictureResult) -> None:
    """Count one item of `runner` once it is done."""
    items.labels(runner, result.error.code if result.error else "ok").inc()
    if isinstance(result, TextResult):
        tokens.labels(runner).inc(result.new_tokens)
