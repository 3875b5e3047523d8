"""The OpenAPI document of the public API, made from the same models that parse and answer.

BentoML's own document knows neither our errors nor the pages. `openapi.json` is this document, committed.
"""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from operations.errors import BY_STATUS, MEDIA_TYPE, Problem
from operations.http import events
from operations.http.answers import (
    CaptionAnswer,
    ChannelsAnswer,
    Health,
    ListingAnswer,
    PhotoAnswer,
    PicturesAnswer,
    TextAnswer,
    Welcome,
)
from operations.http.forms import CaptionForm, ListingForm, PhotoForm, PictureForm, TextForm
from operations.http.listings import ListingRequest, ListingsAnswer, ReplayAnswer, ReplayRequest
from operations.http.routes import (
    CAPTION_PHOTO,
    CHANNELS,
    DESCRIBE_PHOTO,
    DESCRIBE_TEXT,
    LISTING,
    LISTINGS,
    PICTURE,
    REPLAY,
    STREAM_TEXT,
)

VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"
_GENERATION_ERRORS = (400, 408, 413, 415, 422, 429, 500, 503, 504)


def document() -> dict[str, Any]:
    """The whole document, ready for JSON."""
    written: list[type[BaseModel]] = [
        TextAnswer,
        PhotoAnswer,
        CaptionAnswer,
        ListingAnswer,
        ListingsAnswer,
        ReplayAnswer,
        PicturesAnswer,
    ]
    answers: list[type[BaseModel]] = [*written, events.TextEvent, Welcome, ChannelsAnswer, Health, Problem]
    _, definitions = models_json_schema(
        [
            (TextForm, "validation"),
            (PhotoForm, "validation"),
            (CaptionForm, "validation"),
            (ListingForm, "validation"),
            (ListingRequest, "validation"),
            (ReplayRequest, "validation"),
            (PictureForm, "validation"),
            *((model, "serialization") for model in answers),
        ],
        ref_template=_REF,
    )
    for form in (PhotoForm, CaptionForm):
        # BentoML writes its own type "file" there, which only its client knows.
        definitions["$defs"][form.__name__]["properties"]["image"]["type"] = "string"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Product Description Generator",
            "version": VERSION,
            "description": "From attributes, keywords or a photo to a checked description or a whole listing.",
        },
        "paths": {
            DESCRIBE_TEXT: _generation(
                "generate_description", "Describe a product from its attributes.", TextForm, TextAnswer
            ),
            STREAM_TEXT: _streaming(),
            DESCRIBE_PHOTO: _generation(
                "generate_from_image", "Describe a product from a photo of it.", PhotoForm, PhotoAnswer
            ),
            CAPTION_PHOTO: _generation(
                "caption_image", "Say what a photo shows, before anything is written.", CaptionForm, CaptionAnswer
            ),
            LISTING: _generation(
                "generate_listing",
                "Write a whole listing: title, description, bullets, tags, SEO fields and alt text.",
                ListingForm,
                ListingAnswer,
            ),
            LISTINGS: _generation(
                "create_listings",
                "Write listings of a product, from records or text, for its channel and in the voice of its shop.",
                ListingRequest,
                ListingsAnswer,
            ),
            REPLAY: _generation(
                "replay",
                "Write the texts of an earlier answer again, each alone, and compare.",
                ReplayRequest,
                ReplayAnswer,
            ),
            PICTURE: _painting(),
            "/": {"get": _reading("welcome", "What this is, or the page to a browser.", _json(Welcome))},
            CHANNELS: {"get": _reading("channels", "The rules of each channel.", _json(ChannelsAnswer))},
            "/health": {"get": _reading("health", "Whether the models are ready.", _json(Health), (503, 504))},
            "/metrics": {"get": _reading("metrics", "Counts for Prometheus.", {"text/plain": {}})},
        },
        "components": {"schemas": definitions["$defs"]},
    }


def _generation(name: str, summary: str, form: type[BaseModel], answer: type[BaseModel]) -> dict[str, Any]:
    """The POST that the service's method `name` answers; `summary` is the method's docstring."""
    media_type = "multipart/form-data" if issubclass(form, CaptionForm) else "application/json"
    operation = {
        "operationId": name,
        "summary": summary,
        "requestBody": {"required": True, "content": {media_type: {"schema": _ref(form)}}},
        "responses": {
            "200": {"description": "As asked.", "content": _json(answer)},
            **_problems(_GENERATION_ERRORS),
        },
    }
    return {"post": operation}


def _streaming() -> dict[str, Any]:
    """The one answer that comes in parts. The schema is that of the list of its events, with their data as JSON."""
    summary = "Describe a product from its attributes, and send the text as it is written."
    streaming = _generation("stream_description", summary, TextForm, TextAnswer)
    kinds = [
        _event("token", "The text goes on with this.", events.TextEvent),
        _event("restart", "The text begins again with this: all before is void.", events.TextEvent),
        _event("done", "The whole answer; no event follows.", TextAnswer),
        _event("error", "What failed after the first event; no event follows.", Problem),
    ]
    streaming["post"]["responses"]["200"] = {
        "description": (
            "Server-sent events as the text is written, the data of each one line of JSON. "
            "What fails before the first event is answered with its status."
        ),
        "content": {events.MEDIA_TYPE: {"schema": {"type": "array", "items": {"oneOf": kinds}}}},
    }
    return streaming


def _event(name: str, words: str, data: type[BaseModel]) -> dict[str, Any]:
    properties = {"event": {"const": name}, "data": _ref(data)}
    return {"type": "object", "description": words, "properties": properties, "required": ["event", "data"]}


def _painting() -> dict[str, Any]:
    """The one answer that is a file, or JSON where several pictures are asked for; 404 where none are painted."""
    summary = "Paint pictures from a prompt or from a product's attributes."
    painting = _generation("generate_image", summary, PictureForm, PicturesAnswer)
    painting["post"]["responses"]["200"] = {
        "description": "One picture as a file, several as JSON.",
        "content": {"image/png": {}, "image/webp": {}, **_json(PicturesAnswer)},
    }
    painting["post"]["responses"] |= _problems((404,))
    return painting


def _reading(name: str, summary: str, content: dict[str, Any], errors: tuple[int, ...] = ()) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": "As asked.", "content": content}, **_problems(errors)},
    }


def _problems(statuses: tuple[int, ...]) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": _ref(Problem)}}
    return {str(s): {"description": BY_STATUS[s].words, "content": content} for s in statuses}


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(model)}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}
