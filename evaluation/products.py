"""Products to evaluate on, from JSON Lines or CSV."""

import csv
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from copywriter.product import Product

MAX_CHARACTERS = 500


class Case(BaseModel):
    """One product as the API takes it; `id` tells cases apart and pairs them between two runs."""

    model_config = ConfigDict(frozen=True)

    id: str
    attributes: str
    keywords: str | None = None

    @property
    def product(self) -> Product:
        """The product as the service reads it."""
        return Product.parse(self.attributes, self.keywords)


def read_cases(file: Path) -> list[Case]:
    """The products in `file`, in its order; raises ValueError naming the line that holds none.

    A record has "attributes" (text, or an object of names and values) or "text", and may have "id" and "keywords". A
    CSV without the column "attributes" has one attribute per column. Attributes longer than the API takes are cut
    between two of them.
    """
    records = _csv(file) if file.suffix == ".csv" else json_lines(file)
    cases = [to_case(number, record) for number, record in enumerate(records, start=1)]
    if len({case.id for case in cases}) < len(cases):
        raise ValueError(f"{file}: two products have the same id")
    return cases


def json_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The records of a JSON Lines file, perhaps compressed (.xz); raises ValueError naming the line that holds none."""
    text = lzma.decompress(file.read_bytes()).decode() if file.suffix == ".xz" else file.read_text()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"{file}, line {number}: not JSON ({error})") from None
            if not isinstance(record, dict):
                raise ValueError(f"{file}, line {number}: not an object")
            yield record


def _csv(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(newline="", encoding="utf-8-sig") as rows:
        for row in csv.DictReader(rows):
            own = {name: row.pop(name) for name in ("id", "keywords") if name in row}
            yield {**own, "attributes": row.get("attributes") or {name: value for name, value in row.items() if value}}


def to_case(number: int, record: dict[str, Any]) -> Case:
    """The record as a case, `number` its id where it has none; raises ValueError where it has no attributes."""
    attributes = record.get("attributes") or record.get("text")
    if isinstance(attributes, dict):
        attributes = _joined([f"{name}: {value}" for name, value in attributes.items()])
    if not isinstance(attributes, str) or not attributes.strip():
        raise ValueError(f"product {number} has no attributes")
    return Case(id=str(record.get("id") or number), attributes=attributes.strip(), keywords=record.get("keywords"))


def _joined(statements: list[str]) -> str:
    while len("; ".join(statements)) > MAX_CHARACTERS:
        statements = statements[:-1]
    return "; ".join(statements)
