"""What a caller may send: the fields of every request, read before BentoML's own parsing.

BentoML would fetch an address given in place of a file, read `123` in a form as a number, and name a
temporary file after the client's. Here an upload is bytes, a text field is text, and unknown fields are
ignored, as they were in the first version.
"""

import json
import unicodedata
from pathlib import Path
from typing import Annotated, Any, Self

from bentoml import IODescriptor
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from contracts.brief import ANY_SHOP, ChannelName, Tone
from copywriter.briefs import nothing_to_tell
from copywriter.product import Product, parse_keywords
from operations.errors import InvalidInput, MalformedRequest, UnsupportedMediaType
from operations.painted import FileFormat

MAX_KEYWORDS = 10
MAX_SEED = 2**32 - 1
_MAX_FIELDS = 16
_MAX_TEXT_FIELD_BYTES = 16 * 1024

# Zero-width spaces and marks that turn the direction of writing: unseen by the shop, so they are taken out.
# The joiners U+200C and U+200D stay: Persian, Hindi and many emoji are written with them.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff\u061c\u202a\u202b\u202c\u202d\u202e"))
_UNSEEN.update(dict.fromkeys(range(0x2066, 0x206A)))


def clean_text(value: object) -> object:
    """Take out unseen characters; raises ValueError at control characters other than tab and line ends."""
    if not isinstance(value, str):
        return value
    if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r" for c in value):
        raise ValueError("must not contain control characters")
    return value.translate(_UNSEEN)


def _check_keywords(value: str) -> str:
    if len(parse_keywords(value)) > MAX_KEYWORDS:
        raise PydanticCustomError(
            "too_many_keywords", "must be at most {limit}, parted by commas", {"limit": MAX_KEYWORDS}
        )
    return value


Attributes = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=5, max_length=500),
    BeforeValidator(clean_text),
    Field(description="What is known about the product.", examples=["Brand: Acme; Type: mug; Size: 350 ml"]),
]
Keywords = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    BeforeValidator(clean_text),
    AfterValidator(_check_keywords),
    Field(description="Words that the description must contain, parted by commas; at most 10."),
]
Caption = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=300),
    BeforeValidator(clean_text),
    Field(description="What the photo shows, in your words; used in place of the captioner's."),
]
Prompt = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=500),
    BeforeValidator(clean_text),
    Field(description="What to paint, in words.", examples=["a navy t-shirt with short sleeves"]),
]
TextTone = Annotated[Tone, Field(description="How the text sounds.")]
TextChannel = Annotated[
    ChannelName, Field(description="Where it is published: lengths and rules follow, see /v1/channels.")
]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED, description="Repeats an earlier answer; chosen at random if absent.")]


class ListingForm(IODescriptor):  # type: ignore[misc]
    """The JSON body of a request for a listing from attributes."""

    attributes: Attributes
    keywords: Keywords | None = None
    tone: TextTone = "lively"
    channel: TextChannel = ANY_SHOP
    seed: Seed | None = None

    @classmethod
    async def from_http_request(cls, request: Request, serde: object) -> Self:
        read: Self = cls.model_validate(await json_object(request))
        check_that_it_tells(Product.parse(read.attributes, read.keywords))
        return read


class PictureForm(IODescriptor):  # type: ignore[misc]
    """The JSON body of a request for pictures, from a prompt or from a product's attributes.

    One picture is answered as a file, several as JSON. What is left out is as the checkpoint was made for.
    """

    # What is not known is refused, as nobody relies on it yet: a "negative_prompt" must not be taken for heard.
    model_config = ConfigDict(extra="forbid", strict=True)

    prompt: Prompt | None = None
    attributes: Attributes | None = None
    seed: Seed | None = None
    steps: Annotated[int, Field(ge=1, le=50, description="More steps take longer.")] | None = None
    size: Annotated[int, Field(ge=64, le=1024, multiple_of=8, description="Pixels of each side.")] | None = None
    count: Annotated[int, Field(ge=1, le=4, description="How many; each has the seed after its neighbour's.")] = 1
    file_format: Annotated[FileFormat, Field(description="Of the files.")] = "png"

    @classmethod
    async def from_http_request(cls, request: Request, serde: object) -> Self:
        read: Self = cls.model_validate(await json_object(request))
        if (read.prompt is None) == (read.attributes is None):
            raise InvalidInput.of("prompt", "or attributes is required, one of the two")
        return read


class TextForm(ListingForm):
    """The JSON body of a request for a description from attributes."""

    drafts: Annotated[bool, Field(description="Whether the answer holds all candidates.")] = False


class CaptionForm(IODescriptor):  # type: ignore[misc]
    """The form of a request for what a photo shows; `image` is the uploaded file."""

    image: Annotated[Path, Field(description="PNG, JPEG, WebP or GIF (its first frame), at most 10 MB.")]

    @classmethod
    async def from_http_request(cls, request: Request, serde: object) -> Self:
        _expect(request, "multipart/form-data")
        try:
            form = await request.form(max_files=1, max_fields=_MAX_FIELDS, max_part_size=_MAX_TEXT_FIELD_BYTES)
        except HTTPException:
            raise MalformedRequest("The form is broken or has too many or too large fields.") from None
        fields: dict[str, Any] = {}
        for name in cls.model_fields.keys() & form.keys():
            value = form[name]
            if name == "image":
                fields[name] = await _upload(name, value)
            else:
                fields[name] = _form_text(name, value)
        read: Self = cls.model_validate(fields)
        return read


class PhotoForm(CaptionForm):
    """The form of a request for a description from a photo; `image` is the uploaded file."""

    keywords: Keywords | None = None
    caption: Caption | None = None
    tone: TextTone = "lively"
    channel: TextChannel = ANY_SHOP
    seed: Seed | None = None


def check_that_it_tells(product: Product) -> None:
    """Raises InvalidInput where nothing is known of the product."""
    if nothing_to_tell(product):
        raise InvalidInput.of("attributes", "say nothing of the product: name what it is and what it has")


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; raises UnsupportedMediaType, MalformedRequest or InvalidInput."""
    _expect(request, "application/json")
    try:
        fields = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise MalformedRequest("The body is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise InvalidInput.of("body", "must be a JSON object")
    return fields


def _expect(request: Request, media_type: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media_type:
        raise UnsupportedMediaType(f"Send {media_type} here.")


async def _upload(name: str, value: UploadFile | str) -> bytes:
    if isinstance(value, str):
        raise InvalidInput.of(name, "must be an uploaded file, not text or an address")
    return await value.read()


def _form_text(name: str, raw: UploadFile | str) -> str | None:
    """A field of a form: as it stands, or a JSON string or null, as the BentoML client writes them.

    An empty field is an absent one, as browsers send fields that were left blank.
    """
    if not isinstance(raw, str):
        raise InvalidInput.of(name, "must be text, not a file")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return raw or None
    return value if isinstance(value, str | None) else raw
