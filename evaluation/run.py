"""A run: every product described once, its answers kept so that a run that was cut off goes on."""

import asyncio
import csv
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.progress import track

from evaluation.by_heart import TrainingText
from evaluation.metrics import CatalogueMetrics, TextMetrics, measure_catalogue, measure_text
from evaluation.products import Case
from evaluation.sources import Answer, Source

ANSWERS, METRICS, PRODUCTS = "answers.jsonl", "metrics.json", "products.csv"


class Run(BaseModel):
    """Answers and what was measured of them, `served` and `first` (candidate) side by side, in the cases' order."""

    model_config = ConfigDict(frozen=True)

    name: str
    cases: tuple[Case, ...]
    answers: tuple[Answer, ...]
    served: tuple[TextMetrics, ...]
    first: tuple[TextMetrics, ...]
    served_catalogue: CatalogueMetrics
    first_catalogue: CatalogueMetrics


async def answer_all(source: Source, cases: Sequence[Case], folder: Path, seed: int) -> list[Answer]:
    """Describe the cases that `folder` has no answer for; each answer is on disk as soon as it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / ANSWERS
    done = {answer.id: answer for answer in _read(file)}
    file.write_text("".join(answer.model_dump_json() + "\n" for answer in done.values()))
    places = asyncio.Semaphore(source.at_once)

    async def answer(case: Case) -> Answer:
        async with places:
            return await source.answer(case, random.Random(f"{seed}-{case.id}").randrange(2**32))  # noqa: S311

    asked = [asyncio.ensure_future(answer(case)) for case in cases if case.id not in done]
    try:
        with file.open("a") as out:
            for answered in track(asyncio.as_completed(asked), source.name, len(asked), console=Console(stderr=True)):
                given = await answered
                done[given.id] = given
                out.write(given.model_dump_json() + "\n")
                out.flush()
    finally:
        for task in asked:
            task.cancel()
    return [done[case.id] for case in cases]


def measure(name: str, cases: Sequence[Case], answers: Sequence[Answer], training: TrainingText | None = None) -> Run:
    """All metrics of a run; what is by heart is measured where its `training` text is given."""
    products = [case.product for case in cases]
    return Run(
        name=name,
        cases=tuple(cases),
        answers=tuple(answers),
        served=tuple(measure_text(a.served, p) for a, p in zip(answers, products, strict=True)),
        first=tuple(measure_text(a.first, p) for a, p in zip(answers, products, strict=True)),
        served_catalogue=measure_catalogue([answer.served for answer in answers], products, training),
        first_catalogue=measure_catalogue([answer.first for answer in answers], products, training),
    )


def summary(run: Run) -> dict[str, dict[str, float]]:
    """Means over the products and the catalogue's figures, for `served` and `first`; without what is not measured."""
    costs = {
        name: sum(float(getattr(answer, name)) for answer in run.answers) / len(run.answers)
        for name in ("complete", "attempts", "tokens", "seconds")
    }
    costs["tokens_per_word"] = sum(a.tokens for a in run.answers) / max(sum(row.words for row in run.served), 1)
    return {
        "served": {**means(run.served), **run.served_catalogue.model_dump(exclude_none=True), **costs},
        "first": {**means(run.first), **run.first_catalogue.model_dump(exclude_none=True)},
        "fields": complete_fields(run),
    }


def complete_fields(run: Run) -> dict[str, float]:
    """For each short field of a listing the share of products whose text passes every check; empty without listings."""
    names = run.answers[0].fields if run.answers else {}
    return {name: sum(answer.fields[name].complete for answer in run.answers) / len(run.answers) for name in names}


def means(rows: Sequence[TextMetrics]) -> dict[str, float]:
    """The mean of each metric; of yes and no, the share of yes."""
    return {name: sum(float(getattr(row, name)) for row in rows) / len(rows) for name in TextMetrics.model_fields}


def write_metrics(run: Run, file: Path) -> None:
    """Write the summary as JSON, flat enough for `dvc metrics diff`."""
    rounded: Mapping[str, Mapping[str, float]] = {
        part: {name: round(value, 4) for name, value in figures.items()} for part, figures in summary(run).items()
    }
    content = {"name": run.name, "products": len(run.cases), **rounded}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2) + "\n")


def write_products(run: Run, folder: Path) -> None:
    """Write a row per product, for `dvc plots`: what was measured of the text served, yes as 1, and what it cost."""
    with (folder / PRODUCTS).open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["id", *TextMetrics.model_fields, "attempts", "tokens", "seconds"])
        for answer, row in zip(run.answers, run.served, strict=True):
            figures = (*row.model_dump().values(), answer.attempts, answer.tokens, round(answer.seconds, 3))
            table.writerow([answer.id, *(int(figure) if isinstance(figure, bool) else figure for figure in figures)])


def read_run(folder: Path, name: str, cases: Sequence[Case], training: TrainingText | None = None) -> Run:
    """An earlier run in `folder`; raises ValueError unless it answered each of the cases."""
    done = {answer.id: answer for answer in _read(folder / ANSWERS)}
    missing = [case.id for case in cases if case.id not in done]
    if missing:
        raise ValueError(f"{folder}: has no answer for {len(missing)} of {len(cases)} products")
    return measure(name, cases, [done[case.id] for case in cases], training)


def _read(file: Path) -> list[Answer]:
    """The answers in `file`; a last line that was cut off in writing is left out."""
    if not file.exists():
        return []
    lines = file.read_text().splitlines(keepends=True)
    return [Answer.model_validate_json(line) for line in lines if line.endswith("\n")]
