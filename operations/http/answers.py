"""What the service answers: descriptions, and what it says about itself."""

from collections.abc import Mapping
from typing import Literal

import bentoml
from pydantic import BaseModel

from copywriter.writer import Description


class ModelCard(BaseModel):
    """One checkpoint as the model store holds it; a `demonstration` is a starter of this project's own."""

    name: str
    dvc_hash: str
    source: str
    revision: str
    licence: str
    architecture: str
    demonstration: bool


class ModelInfo(BaseModel):
    """Which models answer, and from which Bento (None where the service runs from its source)."""

    vision_model: str
    language_model: str
    deployed_at: str
    dvc_tracked: bool
    dvc_hashes: dict[str, str]
    bento_tag: str | None
    models: dict[str, ModelCard]


class Welcome(BaseModel):
    """The answer at / to a program; a browser gets the page."""

    message: Literal["Welcome to the Product Description Generator API!"] = (
        "Welcome to the Product Description Generator API!"
    )
    model_info: ModelInfo


class Health(BaseModel):
    """The answer of a service that can write; one that cannot answers 503."""

    status: Literal["healthy"] = "healthy"
    models_loaded: Literal[True] = True
    model_metadata: ModelInfo


class TextAnswer(Description):
    """A description with what was checked; `seed` repeats it on the models named by their DVC hashes."""

    language_model: str
    dvc_hashes: dict[str, str]


class PhotoAnswer(TextAnswer):
    """A description of a photo: `caption` is what it was written from.

    `caption_confidence` is the captioner's own, 0 to 1, and None where the caller gave the caption.
    """

    caption: str
    caption_confidence: float | None
    vision_model: str


def model_info(models: Mapping[str, bentoml.Model], deployed_at: str) -> ModelInfo:
    """Read what the model store knows of the "text" and "vision" checkpoints."""
    cards = {name: ModelCard.model_validate(model.info.labels) for name, model in models.items()}
    bento, version = bentoml.server_context.bento_name, bentoml.server_context.bento_version
    return ModelInfo(
        vision_model=cards["vision"].name,
        language_model=cards["text"].name,
        deployed_at=deployed_at,
        dvc_tracked=all(card.dvc_hash for card in cards.values()),
        dvc_hashes={name: card.dvc_hash for name, card in cards.items()},
        bento_tag=None if version == "not available" else f"{bento}:{version}",
        models=cards,
    )
