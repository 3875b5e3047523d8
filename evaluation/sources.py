"""Where texts come from: a running service, or a checkpoint alone in this process."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import httpx
from pydantic import BaseModel, ConfigDict

from copywriter.fields import FIELD_NAMES, FIELDS, FieldName, Tone
from checkpoints.formats import read_format
from copywriter.writer import Request, write_field
from evaluation.products import Case
from operations.settings import get_settings
from contracts.items import TextItem, TextResult

TIMEOUT_S = 300
SHORT_FIELDS = tuple(field for field in FIELD_NAMES if field != "description")


class FieldAnswer(BaseModel):
    """A short field of a listing as it was served, and whether it passed every check."""

    model_config = ConfigDict(frozen=True)

    text: str
    complete: bool


class Answer(BaseModel):
    """What one product got: the description served and its first candidate, with what they cost, and the short fields.

    `fields` is empty where only descriptions were asked for.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    served: str
    first: str
    attempts: int
    tokens: int
    seconds: float
    fields: dict[FieldName, FieldAnswer] = {}


class Source(Protocol):
    """Something that describes products; `name` stands in the report."""

    name: str

    async def answer(self, case: Case, seed: int) -> Answer:
        """Describe one product."""


class ServiceSource:
    """A running service."""

    def __init__(self, url: str, tone: Tone = "lively", listing: bool = False) -> None:
        self._tone, self._listing = tone, listing
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
        seconds = time.perf_counter() - started
        return Answer(
            id=case.id,
            served=answered["description"],
            first=answered["drafts"][0],
            attempts=answered["attempts"],
            tokens=answered["tokens"],
            seconds=seconds,
            fields=await self._fields(body) if self._listing else {},
        )

    async def _fields(self, body: Mapping[str, object]) -> dict[FieldName, FieldAnswer]:
        asked = {name: value for name, value in body.items() if name != "drafts"}
        listing = (await self._client.post("/generate-listing/", json=asked)).raise_for_status().json()
        fields: dict[FieldName, FieldAnswer] = {}
        for field in SHORT_FIELDS:
            text = listing[field] if isinstance(listing[field], str) else FIELDS[field].separator.join(listing[field])
            complete = all(check["passed"] for check in listing["checks"][field])
            fields[field] = FieldAnswer(text=text, complete=complete)
        return fields


class CheckpointSource:
    """A text checkpoint's folder, with the settings that the service would use.

    Raises CheckpointError naming the file that cannot be loaded, ValueError if its prompt format is unreadable.
    """

    def __init__(self, folder: Path, name: str, tone: Tone = "lively", listing: bool = False) -> None:
        from runners.engines.causal_lm import CausalLMEngine

        self.name = name
        self._tone, self._listing = tone, listing
        self._format = read_format(folder)
        self._engine = CausalLMEngine.load(folder)

    async def answer(self, case: Case, seed: int) -> Answer:
        """Write with the checkpoint; raises NoTextError where it fails."""
        started = time.perf_counter()
        settings = get_settings()
        request = Request(
            case.product, self._format, self._tone, seed, candidates=settings.candidates, rounds=settings.max_rounds
        )
        written = await write_field("description", request, self._write)
        seconds = time.perf_counter() - started
        short = {field: await write_field(field, request, self._write) for field in SHORT_FIELDS if self._listing}
        return Answer(
            id=case.id,
            served=written.text,
            first=written.drafts[0],
            attempts=written.attempts,
            tokens=written.tokens,
            seconds=seconds,
            fields={name: FieldAnswer(text=field.text, complete=field.complete) for name, field in short.items()},
        )

    async def _write(self, items: Sequence[TextItem]) -> list[TextResult]:
        return await asyncio.to_thread(self._engine.write, items)


class AttributeListSource:
    """The baseline that any writer must beat: the attributes as they were given."""

    name = "the bare attribute list"

    async def answer(self, case: Case, seed: int) -> Answer:
        """The input itself."""
        return Answer(id=case.id, served=case.attributes, first=case.attributes, attempts=1, tokens=0, seconds=0.0)
