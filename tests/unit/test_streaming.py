"""A stream of chunks survives however the network cuts it."""

from collections.abc import AsyncIterator

import pytest

from contracts.items import TextChunk, TextResult
from runners.streaming import BEGIN, read_chunks, to_line


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_chunks_arrive_whole_however_their_lines_are_cut(size: int) -> None:
    chunks = [TextChunk(text="Grün\n💡 [3]"), TextChunk(result=TextResult(id="1", text="Grün", finish="end"))]
    lines = BEGIN + "".join(map(to_line, chunks))
    assert lines.isascii(), "a piece must not end within a character"

    async def pieces() -> AsyncIterator[str]:
        for start in range(0, len(lines), size):
            yield lines[start : start + size]

    assert [chunk async for chunk in read_chunks(pieces())] == chunks
