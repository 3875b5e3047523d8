"""Loads the lexicon: one category of products per YAML file of this folder (see README.md for the form)."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

GENERIC = "generic"


class Sentences(BaseModel):
    """Sentences of one tone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    openings: tuple[str, ...] = Field(min_length=1)
    benefits: tuple[str, ...] = Field(min_length=1)
    closings: tuple[str, ...] = Field(min_length=1)


class Category(BaseModel):
    """The words of one product category; the README beside this file says what each key holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    nouns: tuple[str, ...] = Field(min_length=1)
    plural_nouns: tuple[str, ...] = ()
    attributes: dict[str, tuple[str, ...]] = {}
    qualities: tuple[str, ...]
    features: tuple[str, ...]
    verbs: tuple[str, ...]
    uses: tuple[str, ...]
    audiences: tuple[str, ...]
    places: tuple[str, ...]
    keywords: tuple[str, ...]
    keyword_sentences: tuple[str, ...]
    plain: Sentences
    lively: Sentences


@cache
def load_lexicon() -> dict[str, Category]:
    """All categories by name; raises pydantic's ValidationError naming the key of a malformed file."""
    files = sorted(Path(__file__).parent.glob("*.yaml"))
    return {file.stem: _load(file) for file in files}


def _load(file: Path) -> Category:
    content = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)  # ten times as fast as the one written in Python
    attributes = content.get("attributes") or {}
    content["attributes"] = {str(name): tuple(map(str, values)) for name, values in attributes.items()}
    lively = {key: content[key] for key in Sentences.model_fields}
    return Category.model_validate({**content, "name": file.stem, "lively": lively})
