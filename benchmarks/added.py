"""What the whole service adds to one text: the same text through it, and by its writer and engine in this process."""

import asyncio
import time
from collections.abc import Sequence

import aiohttp
from pydantic import BaseModel

from benchmarks.prepare import checkpoint
from benchmarks.ways import serve, service
from checkpoints.pins import ROOT
from contracts.items import Heard, TextItem, TextResult
from copywriter.briefs import make_brief
from copywriter.session import Effort, NoTextError
from copywriter.writer import write_field
from evaluation.products import Case, read_cases
from operations.settings import get_settings
from runners.engines.openvino import OpenVINOEngine

PRODUCTS = 20
_ANSWER_S = 300
_SEED = 7
_EFFORT = Effort(drafts=1, candidates=1, rounds=1)


class Whole(BaseModel):
    """The whole service in one round.

    `started_s` is from its process's start to ready; `rss` and `pss` are bytes of all its processes after its texts;
    `added_s` is, for each text that came out the same both ways, how much longer the service took than the engine.
    """

    started_s: float
    rss: int
    pss: int
    added_s: list[float]


class TimedEngine:
    """The engine alone, which notes how long it worked: `seconds`."""

    def __init__(self) -> None:
        self._engine = OpenVINOEngine.load(checkpoint(), get_settings().text_threads)
        self.seconds = 0.0

    async def write(self, items: Sequence[TextItem], heard: Heard | None = None) -> list[TextResult]:
        """One result per item."""
        begun = time.perf_counter()
        results = await asyncio.gather(*map(self._result, items))
        self.seconds += time.perf_counter() - begun
        return list(results)

    def close(self) -> None:
        """End the engine."""
        self._engine.close()

    async def _result(self, item: TextItem) -> TextResult:
        return [chunk.result async for chunk in self._engine.submit(item) if chunk.result][-1]


async def measure_whole(products: int = PRODUCTS) -> Whole:
    """Start the service, and describe so many products with it and without it, in turns."""
    cases = read_cases(ROOT / "evaluation" / "trades.jsonl")[: products + 1]
    effort = {f"PDG_{name}": str(most) for name, most in (("DRAFTS", 1), ("CANDIDATES", 1), ("MAX_ROUNDS", 1))}
    with serve(service(effort)) as server:
        engine = TimedEngine()
        try:
            async with aiohttp.ClientSession(server.url, timeout=aiohttp.ClientTimeout(_ANSWER_S)) as session:
                # The first one warms both up.
                pairs = [await _pair(session, engine, case) for case in cases][1:]
        finally:
            engine.close()
        return Whole(
            started_s=server.started_s, **server.memory(), added_s=[added for added in pairs if added is not None]
        )


async def _pair(session: aiohttp.ClientSession, engine: TimedEngine, case: Case) -> float | None:
    """The seconds that the service took longer; None where the two texts are not the same."""
    engine.seconds = 0.0
    try:
        alone = (await write_field(make_brief("description", case.product), engine.write, _SEED, _EFFORT)).text
    except NoTextError:
        return None
    body = {"attributes": case.attributes, "keywords": case.keywords, "seed": _SEED}
    begun = time.perf_counter()
    async with session.post("/generate-description/", json=body) as answer:
        answered = await answer.json()
    seconds = time.perf_counter() - begun
    return seconds - engine.seconds if answered.get("description") == alone else None
