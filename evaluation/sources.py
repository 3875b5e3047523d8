"""Where texts come from: a running service, or a checkpoint of the model store alone in this process."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import bentoml
import httpx
from pydantic import BaseModel, ConfigDict

from copywriter.fields import Tone
from copywriter.formats import read_format
from copywriter.writer import Request, write_field
from evaluation.products import Case
from operations.settings import get_settings
from runners.contracts import TextItem, TextResult

TIMEOUT_S = 300


class Answer(BaseModel):
    """What one product got: the text served and the first candidate, with what they cost."""

    model_config = ConfigDict(frozen=True)

    id: str
    served: str
    first: str
    attempts: int
    tokens: int
    seconds: float


class Source(Protocol):
    """Something that describes products; `name` stands in the report."""

    name: str

    async def answer(self, case: Case, seed: int) -> Answer:
        """Describe one product."""


class ServiceSource:
    """A running service."""

    def __init__(self, url: str, tone: Tone = "lively") -> None:
        self._tone = tone
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S)
        info = httpx.get(url, headers={"accept": "application/json"}, timeout=30).raise_for_status().json()
        self.name = f"{info['model_info']['language_model']} at {url}"

    async def answer(self, case: Case, seed: int) -> Answer:
        """Ask the API; raises httpx.HTTPStatusError where it refuses."""
        started = time.perf_counter()
        body = {
            "attributes": case.attributes,
            "keywords": case.keywords,
            "seed": seed,
            "drafts": True,
            "tone": self._tone,
        }
        answered = (await self._client.post("/generate-description/", json=body)).raise_for_status().json()
        return Answer(
            id=case.id,
            served=answered["description"],
            first=answered["drafts"][0],
            attempts=answered["attempts"],
            tokens=answered["tokens"],
            seconds=time.perf_counter() - started,
        )


class CheckpointSource:
    """A text checkpoint of the model store, with the settings that the service would use."""

    def __init__(self, tag: str, tone: Tone = "lively") -> None:
        from runners.engines.causal_lm import CausalLMEngine

        model = bentoml.models.get(tag)
        self.name = str(model.tag)
        self._tone = tone
        self._format = read_format(Path(model.path))
        self._engine = CausalLMEngine.load(Path(model.path))

    async def answer(self, case: Case, seed: int) -> Answer:
        """Write with the checkpoint; raises NoCandidateError where it fails."""
        started = time.perf_counter()
        settings = get_settings()
        request = Request(
            case.product, self._format, self._tone, seed, candidates=settings.candidates, rounds=settings.max_rounds
        )
        written = await write_field("description", request, self._write)
        return Answer(
            id=case.id,
            served=written.text,
            first=written.drafts[0],
            attempts=written.attempts,
            tokens=written.tokens,
            seconds=time.perf_counter() - started,
        )

    async def _write(self, items: Sequence[TextItem]) -> list[TextResult]:
        return await asyncio.to_thread(self._engine.write, items)


class AttributeListSource:
    """The baseline that any writer must beat: the attributes as they were given."""

    name = "the bare attribute list"

    async def answer(self, case: Case, seed: int) -> Answer:
        """The input itself."""
        return Answer(id=case.id, served=case.attributes, first=case.attributes, attempts=1, tokens=0, seconds=0.0)
