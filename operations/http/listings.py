"""What /v1/listings reads and answers: a product as records or free text, and its listing field by field."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from bentoml import IODescriptor
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    StringConstraints,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from contracts.brief import ANY_SHOP, FIELD_NAMES, Brief, FieldName
from contracts.listings import ListedText, Listing, Verdict
from contracts.verdicts import Written
from copywriter.briefs import NO_VALUE, make_brief, says_what_it_is
from copywriter.fields import FIELDS
from copywriter.product import Product
from copywriter.prompts import prompt_hash
from copywriter.session import parted
from copywriter.writer import judge_items
from operations.errors import InvalidInput
from operations.http.answers import Provenance
from operations.http.forms import (
    MAX_KEYWORDS,
    Seed,
    TextChannel,
    TextTone,
    check_that_it_tells,
    clean_text,
    json_object,
)
from operations.http.problems import RECORDS, TEXT

MAX_ATTRIBUTES = 60
MAX_VARIANTS = 4
MAX_TOLD = 4000
"""Characters of all attributes."""
MAX_VALUE = 1000
"""Characters of one value."""
MAX_ITEMS = 50
"""Of a list: bullets or tags that are locked, words to avoid."""
_LARGEST = 10**15
_Answered = Annotated[str, StringConstraints(max_length=20_000)]
"""A text as it was answered, whatever a model wrote."""


def _in_one_line(value: object) -> object:
    cleaned = clean_text(value)
    return " ".join(cleaned.split()) if isinstance(cleaned, str) else cleaned


_CLEAN, _ONE_LINE = BeforeValidator(clean_text), BeforeValidator(_in_one_line)
_Word = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern="^[^,;]*$"), _ONE_LINE]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), _CLEAN]
_Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200), _ONE_LINE]
_Unit = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20), _CLEAN]
_Value = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_VALUE), _CLEAN]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TOLD), _CLEAN]
_Number = (
    Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)]
    | Annotated[float, Field(ge=-_LARGEST, le=_LARGEST, allow_inf_nan=False)]
)


def _or_else(reason: str) -> WrapValidator:
    """Refuses with one `reason` what is none of several types, in place of a reason for each of them."""

    def read(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError("none_of_several", reason) from None

    return WrapValidator(read)


class Attribute(BaseModel):
    """One property of the product; null is no value, and a `unit` stands behind its `value`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: _Name
    value: Annotated[
        bool | _Number | _Value | list[_Number | _Value] | None,
        _or_else(f"must be text of at most {MAX_VALUE} characters, a number, true, false, null or a list of such"),
    ] = None
    unit: _Unit = ""

    @property
    def told(self) -> str:
        """The value as it is written about."""
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        parts = self.value if isinstance(self.value, list) else [self.value]
        value = ", ".join(_told(part) for part in parts if part is not None)
        return f"{value} {self.unit}".strip() if value else ""


def _told(value: str | float) -> str:
    """A number as a person writes it: 350 for 350.0, 0.0000001 for 1e-07."""
    if isinstance(value, str):
        return value
    digits = format(Decimal(repr(value)), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


class Keyword(BaseModel):
    """A word that the description must contain; where there is no room for all, those of `priority` 1 come first."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: _Word
    priority: Annotated[int, Field(ge=1, le=9)] = 1


class Voice(BaseModel):
    """How the shop sounds in its own words, words that it likes (asked for after the keywords), and words to avoid."""

    model_config = ConfigDict(extra="forbid")

    style: _Phrase | None = None
    use: Annotated[tuple[_Word, ...], Field(max_length=MAX_KEYWORDS)] = ()
    avoid: Annotated[tuple[_Word, ...], Field(max_length=MAX_ITEMS)] = ()


_Locked = Annotated[
    _Text | Annotated[list[_Value], Field(max_length=MAX_ITEMS)],
    _or_else(f"must be text, or a list of at most {MAX_ITEMS} texts"),
]


class ListingRequest(IODescriptor):  # type: ignore[misc]
    """The JSON body of a request for listings of one product."""

    model_config = ConfigDict(extra="forbid")
    __root_input__: ClassVar[bool] = True  # BentoML hands it over whole.

    attributes: Annotated[
        Annotated[list[Attribute], Field(max_length=MAX_ATTRIBUTES), Tag(RECORDS)] | Annotated[_Text, Tag(TEXT)],
        Discriminator(lambda value: TEXT if isinstance(value, str) else RECORDS),
        Field(
            description="An object of names and values (or of {value, unit}), a list of {name, value, unit}, or text.",
            examples=[{"Brand": "Acme", "Type": "mug", "Size": {"value": 350, "unit": "ml"}}],
        ),
    ]
    keywords: Annotated[tuple[Keyword, ...], Field(max_length=MAX_KEYWORDS)] = ()
    tone: TextTone = "lively"
    voice: Voice = Voice()
    audience: Annotated[_Phrase | None, Field(description="Whom the texts address.")] = None
    language: Annotated[str, Field(max_length=35, description="Of the texts, as BCP 47 names it.")] = "en"
    channel: TextChannel = ANY_SHOP
    fields: Annotated[tuple[FieldName, ...], Field(min_length=1, description="Which to write.")] = FIELD_NAMES
    locked: dict[FieldName, _Locked] = Field(
        default_factory=dict, description="Texts that stay as they are: they are judged, and not written."
    )
    variants: Annotated[
        int, Field(strict=True, ge=1, le=MAX_VARIANTS, description="How many listings to choose from.")
    ] = 1
    seed: Seed | None = None
    deterministic: Annotated[
        bool, Field(description="Whether the same seed always writes the same, beside whatever else; takes longer.")
    ] = False

    @field_validator("attributes", mode="before")
    @classmethod
    def _read_object(cls, value: object) -> object:
        """An object of names and values as a list."""
        if not isinstance(value, Mapping):
            return value
        if twice := next((name for name, one in value.items() if isinstance(one, Mapping) and "name" in one), None):
            raise PydanticCustomError("named_twice", "give {name} another name inside", {"name": str(twice)})
        return [{"name": name, **(one if isinstance(one, Mapping) else {"value": one})} for name, one in value.items()]

    @field_validator("attributes")
    @classmethod
    def _has_room(cls, value: "list[Attribute] | str") -> "list[Attribute] | str":
        if not isinstance(value, str) and sum(len(one.name) + len(one.told) for one in value) > MAX_TOLD:
            raise PydanticCustomError("too_much", "must have at most {limit} characters in all", {"limit": MAX_TOLD})
        return value

    @field_validator("fields")
    @classmethod
    def _in_order(cls, value: tuple[FieldName, ...]) -> tuple[FieldName, ...]:
        return tuple(name for name in FIELD_NAMES if name in value)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Refuses what the parts allow and the whole does not."""
        if len(self.keywords) + len(self.voice.use) > MAX_KEYWORDS:
            raise InvalidInput.of(
                "keywords", f"and the words of the voice must be at most {MAX_KEYWORDS}", MAX_KEYWORDS
            )
        if self.deterministic and self.variants > 1:
            raise InvalidInput.of("variants", "must be 1 where the listing is to be deterministic", 1)
        for name, text in self.locked.items():
            if isinstance(text, list) and not FIELDS[name].separator:
                raise InvalidInput.of(f"locked.{name}", "must be text, and no list")
        return self

    @field_validator("keywords", mode="before")
    @classmethod
    def _read_words(cls, value: object) -> object:
        """Words without a priority, in a list or parted by commas."""
        if isinstance(value, str):
            value = [word for word in value.split(",") if word.strip()]
        if not isinstance(value, list):
            return value
        return [{"text": one} if isinstance(one, str) else one for one in value]

    @property
    def product(self) -> Product:
        """The product with its keywords, the most important first."""
        words = [one.text for one in sorted(self.keywords, key=lambda one: one.priority)]
        words += self.voice.use
        if isinstance(self.attributes, str):
            return Product.parse(self.attributes, ",".join(words))
        return Product.of([(one.name, one.told) for one in self.attributes], words)

    def brief(self, field: FieldName) -> Brief:
        """What the field is to be."""
        return make_brief(
            field,
            self.product,
            self.tone,
            voice=self.voice.style,
            audience=self.audience,
            avoid=self.voice.avoid,
            channel=self.channel,
        )

    def briefs(self) -> dict[FieldName, Brief]:
        """Of the fields that are asked for or locked."""
        return {field: self.brief(field) for field in FIELD_NAMES if field in self.fields or field in self.locked}

    def judge_locked(self, briefs: Mapping[FieldName, Brief], seed: int) -> dict[FieldName, Written]:
        """The caller's own texts, as they are."""
        items = {
            name: tuple(text) if isinstance(text, list) else parted(briefs[name], text)
            for name, text in self.locked.items()
        }
        return {name: judge_items(briefs[name], one, seed) for name, one in items.items()}

    @classmethod
    async def from_http_request(cls, request: Request, serde: object) -> Self:
        read: Self = cls.model_validate(await json_object(request))
        check_that_it_tells(read.product)
        return read


class Question(BaseModel):
    """What the shop should say of its product: what it is, the value of a name, or whether a keyword is true of it."""

    asks: Literal["product", "value", "keyword"]
    about: str
    why: str


class ListingsAnswer(Provenance):
    """The listings of one product; `status` is that of the best of them, `request_hash` stands for the request with its
    seed."""

    status: Verdict
    listings: tuple[Listing, ...]
    questions: tuple[Question, ...]
    request_hash: str
    deterministic: bool


class ReplayRequest(IODescriptor):  # type: ignore[misc]
    """The JSON body of a request to write the texts of an answer again: the `request` with the seed of the listing, the
    `texts` as they were answered, and what their answer said of how they were written, as far as it is to be compared.
    """

    model_config = ConfigDict(extra="forbid")
    __root_input__: ClassVar[bool] = True

    request: ListingRequest
    texts: Annotated[dict[FieldName, _Answered], Field(min_length=1)]
    provenance: dict[str, JsonValue] = Field(default_factory=dict)

    def briefs(self) -> dict[FieldName, Brief]:
        """Of the texts that a model wrote."""
        return {name: self.request.brief(name) for name in self.texts if name not in self.request.locked}

    @classmethod
    async def from_http_request(cls, request: Request, serde: object) -> Self:
        read: Self = cls.model_validate(await json_object(request))
        if read.request.seed is None:
            raise InvalidInput.of("request.seed", "is required: it is in the listing's answer")
        if set(read.texts) <= set(read.request.locked):
            raise InvalidInput.of("texts", "must hold one that was not locked")
        check_that_it_tells(read.request.product)
        return read


class Replayed(BaseModel):
    """A field as it came out now, and whether that is the `same` as before."""

    same: bool
    text: str


class ReplayAnswer(Provenance):
    """The texts written again, each alone; `same` says whether all are as before, `differs` in what their provenance is
    not. A text that was not asked for as deterministic was written beside others, and may come out otherwise."""

    same: bool
    fields: dict[FieldName, Replayed]
    differs: tuple[str, ...]


def listing(
    seed: int, briefs: Mapping[FieldName, Brief], written: Mapping[FieldName, Written], locked: Collection[FieldName]
) -> Listing:
    """The listing of these texts."""
    fields = {
        name: ListedText(
            **dict(text),
            locked=name in locked,
            prompt_hash=prompt_hash(briefs[name]),
            brief=briefs[name],
        )
        for name, text in ((name, written[name]) for name in briefs if name in written)
    }
    return Listing(status=_status(all(text.complete for text in written.values())), seed=seed, fields=fields)


def listings_answer(
    asked: ListingRequest, listings: Sequence[Listing], provenance: Mapping[str, Any]
) -> ListingsAnswer:
    """The answer to what was asked."""
    return ListingsAnswer(
        status=_status(any(one.status == "ok" for one in listings)),
        listings=tuple(listings),
        questions=tuple(_questions(asked.product, asked.brief("description"))),
        request_hash=_hash(asked.model_copy(update={"seed": listings[0].seed})),
        deterministic=asked.deterministic,
        **provenance,
    )


def replay_answer(
    asked: ReplayRequest, written: Mapping[FieldName, Written], provenance: Mapping[str, Any]
) -> ReplayAnswer:
    """What came out, compared with what there was."""
    fields = {name: Replayed(same=text.text == asked.texts[name], text=text.text) for name, text in written.items()}
    now = Provenance(**provenance).model_dump(mode="json")
    differs = [name for name, before in asked.provenance.items() if name in now and now[name] != before]
    same = all(field.same for field in fields.values())
    return ReplayAnswer(same=same, fields=fields, differs=tuple(differs), **provenance)


def _hash(asked: ListingRequest) -> str:
    """SHA-256 of the request as JSON, its names in order."""
    canonical = json.dumps(asked.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _status(complete: bool) -> Verdict:
    return "ok" if complete else "needs_review"


def _questions(product: Product, brief: Brief) -> Iterator[Question]:
    """What is not known, by the brief of the description, which leaves out no keyword unsaid."""
    if not says_what_it_is(product):
        yield Question(asks="product", about="product", why="no attribute says what it is")
    for one in brief.left_out:
        if one.reason == NO_VALUE and one.name:
            yield Question(asks="value", about=one.name, why=one.reason)
        elif one.kind == "keyword" and one.value in brief.refused:
            yield Question(asks="keyword", about=one.value, why=one.reason)
