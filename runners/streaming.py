"""How a stream of chunks crosses from a runner to the service.

BentoML's client yields pieces as they arrive on the socket, so two chunks may come as one piece, or one
in two. A chunk is therefore a line of JSON, in ASCII so that no piece ends in the middle of a character.
"""

import json
from collections.abc import AsyncIterator

from contracts.items import TextChunk

BEGIN = "\n"
"""The first line of a stream: empty, so that an answer begins, and a client that leaves is noticed, before any text."""


def to_line(chunk: TextChunk) -> str:
    """The chunk as one line."""
    return json.dumps(chunk.model_dump(exclude_defaults=True)) + "\n"


async def read_chunks(pieces: AsyncIterator[str]) -> AsyncIterator[TextChunk]:
    """The chunks in `TextRunner.submit`'s pieces, however they were cut on the way."""
    rest = ""
    async for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        for line in filter(None, lines):
            yield TextChunk.model_validate_json(line)
