"""Where texts come from: a running service, or a checkpoint alone in this process."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, cast

import httpx
from pydantic import BaseModel, ConfigDict

from checkpoints.formats import read_text_format
from contracts.brief import FIELD_NAMES, FieldName, Tone
from contracts.items import Heard, TextItem, TextResult
from contracts.verdicts import Written
from copywriter.briefs import make_brief
from copywriter.fields import FIELDS
from copywriter.session import Effort
from copywriter.writer import write_field
from evaluation.products import Case
from operations.settings import get_settings
from runners.engines.interface import Engine, answer_all

TIMEOUT_S = 300
SHORT_FIELDS = tuple(field for field in FIELD_NAMES if field != "description")


class FieldAnswer(BaseModel):
    """A short field of a listing as it was served, and whether it passed every check."""

    model_config = ConfigDict(frozen=True)

    text: str
    complete: bool


class Answer(BaseModel):
    """What one product got: the description served and its first candidate, with what they cost, and the short fields.

    `complete` is the writer's own word for the description; `fields` is empty where only descriptions were asked for.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    served: str
    first: str
    complete: bool
    attempts: int
    tokens: int
    seconds: float
    fields: dict[FieldName, FieldAnswer] = {}


class Source(Protocol):
    """Something that describes products, so many `at_once`; `name` stands in the report."""

    name: str
    at_once: int

    async def answer(self, case: Case, seed: int) -> Answer:
        """Describe one product."""


class ServiceSource:
    """A running service, asked as one client would."""

    at_once = 1

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
            complete=answered["complete"],
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
            complete = all(check["status"] == "passed" for check in listing["checks"][field])
            fields[field] = FieldAnswer(text=text, complete=complete)
        return fields


class CheckpointSource:
    """A text checkpoint's folder, with the settings that the service would use.

    Raises CheckpointError naming the file that cannot be loaded, ValueError if its format is unreadable.
    """

    at_once = 16

    def __init__(self, folder: Path, name: str, tone: Tone = "lively", listing: bool = False) -> None:
        from runners.engines.choice import load_engines

        settings = get_settings()
        self.name = name
        self._tone, self._listing = tone, listing
        by_sentence = read_text_format(folder).by_sentence
        self.effort = Effort(settings.drafts, settings.candidates, settings.max_rounds, by_sentence=by_sentence)
        self._engine, self._verifier = load_engines(
            folder, settings.text_engine, settings.text_threads, lambda items: None
        )

    async def answer(self, case: Case, seed: int) -> Answer:
        """Write with the checkpoint; raises NoTextError where it fails."""

        async def written(field: FieldName) -> Written:
            brief = make_brief(field, case.product, self._tone)
            return await write_field(
                brief, self.write, seed, self.effort, verify=self.verify if self._verifier else None
            )

        started = time.perf_counter()
        description = await written("description")
        seconds = time.perf_counter() - started
        short = {field: await written(field) for field in SHORT_FIELDS if self._listing}
        return Answer(
            id=case.id,
            served=description.text,
            first=description.drafts[0],
            complete=description.complete,
            attempts=description.attempts,
            tokens=description.tokens,
            seconds=seconds,
            fields={name: FieldAnswer(text=field.text, complete=field.complete) for name, field in short.items()},
        )

    async def write(self, items: Sequence[TextItem], heard: Heard | None = None) -> list[TextResult]:
        """What the engine answers."""
        return await answer_all(self._engine, items)

    async def verify(self, items: Sequence[TextItem]) -> list[TextResult]:
        """What the checkpoint's verifier answers."""
        return await answer_all(cast(Engine, self._verifier), items)


class AttributeListSource:
    """The baseline that any writer must beat: the attributes as they were given."""

    name = "the bare attribute list"
    at_once = 1

    async def answer(self, case: Case, seed: int) -> Answer:
        """The input itself."""
        bare = case.attributes
        return Answer(id=case.id, served=bare, first=bare, complete=False, attempts=1, tokens=0, seconds=0.0)
