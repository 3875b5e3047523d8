"""The OpenAPI document of the public API, made from the same models that parse and answer.

BentoML's own document knows neither our errors nor the pages. `openapi.json` is this document, committed.
"""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from operations.errors import BY_STATUS, MEDIA_TYPE, Problem
from operations.http.answers import Health, ListingAnswer, PhotoAnswer, PicturesAnswer, TextAnswer, Welcome
from operations.http.forms import ListingForm, PhotoForm, PictureForm, TextForm
from operations.http.routes import DESCRIBE_PHOTO, DESCRIBE_TEXT, LISTING, PICTURE

VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"
_GENERATION_ERRORS = (400, 408, 413, 415, 422, 429, 500, 503, 504)


def document() -> dict[str, Any]:
    """The whole document, ready for JSON."""
    answers: list[type[BaseModel]] = [TextAnswer, PhotoAnswer, ListingAnswer, PicturesAnswer, Welcome, Health, Problem]
    _, definitions = models_json_schema(
        [
            (TextForm, "validation"),
            (PhotoForm, "validation"),
            (ListingForm, "validation"),
            (PictureForm, "validation"),
            *((model, "serialization") for model in answers),
        ],
        ref_template=_REF,
    )
    # BentoML writes its own type "file" there, which only its client knows.
    definitions["$defs"]["PhotoForm"]["properties"]["image"]["type"] = "string"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Product Description Generator",
            "version": VERSION,
            "description": "From attributes, keywords or a photo to a checked description or a whole listing.",
        },
        "paths": {
            DESCRIBE_TEXT: {"post": _generation("generate_description", TextForm, "application/json", TextAnswer)},
            DESCRIBE_PHOTO: {"post": _generation("generate_from_image", PhotoForm, "multipart/form-data", PhotoAnswer)},
            LISTING: {"post": _generation("generate_listing", ListingForm, "application/json", ListingAnswer)},
            PICTURE: {"post": _painting()},
            "/": {"get": _reading("welcome", "What this is, or the page to a browser.", _json(Welcome))},
            "/health": {"get": _reading("health", "Whether the models are ready.", _json(Health), (503, 504))},
            "/metrics": {"get": _reading("metrics", "Counts for Prometheus.", {"text/plain": {}})},
        },
        "components": {"schemas": definitions["$defs"]},
    }


def _generation(name: str, form: type[BaseModel], media_type: str, answer: type[BaseModel]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": form.__doc__,
        "requestBody": {"required": True, "content": {media_type: {"schema": _ref(form)}}},
        "responses": {
            "200": {"description": "What was written.", "content": _json(answer)},
            **_problems(_GENERATION_ERRORS),
        },
    }


def _painting() -> dict[str, Any]:
    """The one answer that is a file, or JSON where several pictures are asked for; 404 where none are painted."""
    painting = _generation("generate_image", PictureForm, "application/json", PicturesAnswer)
    painting["responses"]["200"] = {
        "description": "One picture as a file, several as JSON.",
        "content": {"image/png": {}, "image/webp": {}, **_json(PicturesAnswer)},
    }
    painting["responses"] |= _problems((404,))
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
