"""Pieces of work side by side end together."""

import asyncio

import pytest

from operations.together import together


async def test_results_come_in_order_and_a_failure_ends_the_others() -> None:
    """They went on for nobody, and held their places, while the client had its error already."""
    ended = asyncio.Event()

    async def slow() -> str:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return "late"

    async def soon(answer: str) -> str:
        await asyncio.sleep(0)
        if answer == "bad":
            raise LookupError(answer)
        return answer

    assert await together(soon("a"), soon("b")) == ["a", "b"]
    with pytest.raises(LookupError):
        await together(slow(), soon("bad"))
    assert ended.is_set()
