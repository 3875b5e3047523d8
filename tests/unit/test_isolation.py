"""One bad row fails alone."""

from collections.abc import Sequence

import pytest
import torch

from contracts.items import ItemError
from runners.engines.isolation import run_isolated


@pytest.mark.parametrize("bad", [set(), {0}, {7}, {3, 4}, set(range(8))])
def test_a_row_that_fails_by_itself_does_not_take_its_neighbours_along(bad: set[int]) -> None:
    def run(rows: Sequence[int]) -> list[str]:
        if bad & set(rows):
            raise RuntimeError("poison at /secret/path")
        return [f"done {row}" for row in rows]

    def fail(row: int, error: ItemError) -> str:
        assert "/secret" not in error.message
        return f"failed {row}: {error.code}"

    expected = [f"failed {row}: model_failed" if row in bad else f"done {row}" for row in range(8)]
    assert run_isolated(range(8), run, fail) == expected


def test_running_out_of_memory_is_told_apart() -> None:
    def run(rows: Sequence[int]) -> list[str]:
        if len(rows) > 2:
            raise torch.OutOfMemoryError("too many at once")
        if 5 in rows:
            raise MemoryError
        return ["ok"] * len(rows)

    codes = run_isolated(range(6), run, lambda _, error: error.code)
    assert codes == ["ok"] * 5 + ["out_of_memory"]
