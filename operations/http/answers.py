"""What the service answers: descriptions, and what it says about itself."""

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any, Literal

import bentoml
import yaml
from pydantic import BaseModel, Field
from starlette.responses import Response

from channels.rules import Channel
from checkpoints.pins import ROOT
from contracts.brief import ChannelName, FieldName, LeftOut, Tone
from contracts.verdicts import Check, Evidence, Judged, Written
from copywriter.prompts import PROMPT_VERSION
from operations.painted import FileFormat, Painting

_LIBRARIES = ("bentoml", "snowballstemmer", "torch", "transformers")
"""What takes part in a text beside the engine, which is named with its version."""


@cache
def _libraries() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


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
    """Which models answer, from which Bento and which commit (None where the service runs from its source).

    `image_model` is None where no pictures are painted.
    """

    vision_model: str
    language_model: str
    image_model: str | None
    deployed_at: str
    dvc_tracked: bool
    dvc_hashes: dict[str, str]
    bento_tag: str | None
    git_commit: str | None
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


class Provenance(BaseModel):
    """What an answer was asked and written with; a `bento_tag` of None is a service that runs from its source."""

    tone: Tone
    channel: ChannelName
    prompt_version: int = PROMPT_VERSION
    language_model: str
    engine: str
    dvc_hashes: dict[str, str]
    decoding: dict[str, bool | int | float | tuple[float, ...]]
    libraries: dict[str, str] = Field(default_factory=_libraries)
    bento_tag: str | None


class ChannelsAnswer(BaseModel):
    """Where a listing can be published, and the rules of each place with their sources."""

    channels: tuple[Channel, ...]


class TextAnswer(Judged, Provenance):
    """A description with what was checked; `seed` repeats it on the models named by their DVC hashes."""

    description: str


class ListingAnswer(Provenance):
    """Every field of a listing. `complete` means that every check of every field passed.

    `checks` and `evidence` are those of each field by its name; evidence counts characters in the field's text, in
    which bullets are parted by line ends and tags by ", ".
    """

    title: str
    description: str
    bullets: tuple[str, ...]
    tags: tuple[str, ...]
    seo_title: str
    meta_description: str
    alt_text: str
    complete: bool
    checks: dict[FieldName, tuple[Check, ...]]
    evidence: dict[FieldName, tuple[Evidence, ...]]
    left_out: dict[FieldName, tuple[LeftOut, ...]]
    attempts: int
    tokens: int
    seed: int


class CaptionAnswer(BaseModel):
    """What a photo shows: `caption` is what a description is written from.

    Where the captioner is less sure than its checkpoint asks for, that is no more than "a product", and
    `caption_guess` is what the captioner saw: a person should name the product.

    `caption_confidence` is the captioner's own, 0 to 1, and None where the caller gave the caption.
    """

    caption: str
    caption_confidence: float | None
    caption_guess: str | None
    vision_model: str
    dvc_hashes: dict[str, str]


class PhotoAnswer(CaptionAnswer, TextAnswer):
    """A description of a photo, with the caption that it was written from (see CaptionAnswer)."""


class Picture(Painting):
    """One picture: `image` is the file in base64, as it would be answered alone."""

    image: str


class PicturesAnswer(BaseModel):
    """Several pictures of one prompt."""

    pictures: tuple[Picture, ...]


def picture_response(files: Sequence[tuple[bytes, Painting]], file_format: FileFormat) -> Response:
    """One picture as a file, several as JSON."""
    if len(files) == 1:
        content, painting = files[0]
        name = f'inline; filename="picture-{painting.seed}.{file_format}"'
        return Response(content, media_type=f"image/{file_format}", headers={"Content-Disposition": name})
    pictures = [
        Picture(image=base64.b64encode(content).decode("ascii"), **painting.model_dump()) for content, painting in files
    ]
    return Response(PicturesAnswer(pictures=tuple(pictures)).model_dump_json(), media_type="application/json")


def model_info(models: Mapping[str, bentoml.Model], deployed_at: str) -> ModelInfo:
    """Read what the model store knows of the "text" and "vision" checkpoints, and of "image" where there is one."""
    cards = {name: ModelCard.model_validate(model.info.labels) for name, model in models.items()}
    bento, version = bentoml.server_context.bento_name, bentoml.server_context.bento_version
    return ModelInfo(
        vision_model=cards["vision"].name,
        language_model=cards["text"].name,
        image_model=cards["image"].name if "image" in cards else None,
        deployed_at=deployed_at,
        dvc_tracked=all(card.dvc_hash for card in cards.values()),
        dvc_hashes={name: card.dvc_hash for name, card in cards.items()},
        bento_tag=None if version == "not available" else f"{bento}:{version}",
        git_commit=None if version == "not available" else _git_commit(),
        models=cards,
    )


def _git_commit() -> str | None:
    """The commit in the labels of the Bento that this module was packed into."""
    description = yaml.safe_load((ROOT.parent / "bento.yaml").read_text())
    commit: str | None = description["labels"].get("git_commit")
    return commit


def listing_answer(texts: Mapping[FieldName, Written], **provenance: Any) -> ListingAnswer:
    """The answer that holds `texts`; `provenance` are the seed, the tone, the channel and the models."""
    items = {"bullets", "tags"}
    return ListingAnswer.model_validate(
        {
            **{name: text.items if name in items else text.text for name, text in texts.items()},
            "complete": all(text.complete for text in texts.values()),
            "checks": {name: text.checks for name, text in texts.items()},
            "evidence": {name: text.evidence for name, text in texts.items()},
            "left_out": {name: text.left_out for name, text in texts.items() if text.left_out},
            "attempts": sum(text.attempts for text in texts.values()),
            "tokens": sum(text.tokens for text in texts.values()),
            **provenance,
        }
    )
