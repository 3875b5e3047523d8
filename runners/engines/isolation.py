"""One bad item fails alone: a batch that fails is run again in halves until the culprit stands alone."""

import gc
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from contracts.items import ItemError

logger = logging.getLogger(__name__)
Row = TypeVar("Row")
Result = TypeVar("Result")


def run_isolated(
    rows: Sequence[Row],
    run: Callable[[Sequence[Row]], list[Result]],
    fail: Callable[[Row, ItemError], Result],
) -> list[Result]:
    """`run(rows)`, one result per row and in order; a row that fails by itself gets `fail(row, error)`.

    `run` must be repeatable: a half is run again from the start.
    """
    if not rows:
        return []
    try:
        return run(rows)
    except Exception as error:
        problem = item_error(error)
        logger.warning("a batch of %d failed: %s", len(rows), problem.code, exc_info=error)
    if problem.code == "out_of_memory":
        # Outside the handler, so that the failed batch's tensors are no longer held by its traceback.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    if len(rows) == 1:
        return [fail(rows[0], problem)]
    middle = len(rows) // 2
    return run_isolated(rows[:middle], run, fail) + run_isolated(rows[middle:], run, fail)


def item_error(error: Exception) -> ItemError:
    """The caller's view of an exception; it carries no paths, addresses or details of the machine."""
    no_memory = isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)
    if no_memory:
        return ItemError(code="out_of_memory", message="the model ran out of memory")
    return ItemError(code="model_failed", message="the model failed on this item")
