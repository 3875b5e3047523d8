"""Pieces of work that run side by side and end together."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


async def together(*work: Awaitable[Result]) -> list[Result]:
    """All results, in order. Where one fails, the others are cancelled before its error is raised.

    `asyncio.gather` lets them go on for nobody, and a TaskGroup wraps the error.
    """
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
