"""The public service: it reads a request, asks the rooms below, and answers."""

# BentoML's decorators have no types.
# mypy: disallow-untyped-decorators=False

import asyncio
import secrets
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import anyio
import bentoml
from bentoml.validators import ContentType
from starlette.responses import Response

from checkpoints.formats import UNNAMED, read_caption_format, read_picture_format, read_text_format
from checkpoints.pins import pinned_models
from contracts.brief import ANY_SHOP, FIELD_NAMES, Brief, ChannelName, FieldName, Tone
from contracts.items import CaptionResult, PhotoItem, PictureItem
from contracts.listings import Listing
from contracts.verdicts import Written
from copywriter.briefs import make_brief
from copywriter.pictures import picture_prompt
from copywriter.product import Product
from copywriter.session import Effort, Listener
from copywriter.writer import write_field
from operations import bento, metrics
from operations.errors import BadSettings, InvalidInput
from operations.http import events
from operations.http.answers import (
    CaptionAnswer,
    ListingAnswer,
    ModelInfo,
    PhotoAnswer,
    TextAnswer,
    listing_answer,
    model_info,
    picture_response,
)
from operations.http.forms import MAX_SEED, CaptionForm, ListingForm, PhotoForm, PictureForm, TextForm
from operations.http.listings import (
    ListingRequest,
    ListingsAnswer,
    ReplayAnswer,
    ReplayRequest,
    listing,
    listings_answer,
    replay_answer,
)
from operations.http.openapi import document
from operations.http.pages import pages
from operations.http.problems import from_item
from operations.http.public import PublicService
from operations.http.routes import (
    CAPTION_PHOTO,
    DESCRIBE_PHOTO,
    DESCRIBE_TEXT,
    LISTING,
    LISTINGS,
    PICTURE,
    REPLAY,
    STREAM_TEXT,
)
from operations.painted import FileFormat, Painting, encode
from operations.parts import paints_pictures
from operations.pictures import prepare_photo
from operations.settings import get_settings
from operations.together import together
from runners.clients import ImageClient, TextClient, VisionClient
from runners.text import TextRunner
from runners.vision import VisionRunner

if paints_pictures():
    from runners.image import ImageRunner

bento.adapt()

_READY_WITHIN_S = 5
# Item after item takes longer, and what is not ready at the deadline is lost.
_ROUNDS_ALONE = 3
# Of a request's deadline: the text that is there by then is served, with what it lacks.
_WRITING_SHARE = 0.75
# Decoding one large picture takes up to 400 MB.
_PICTURES_AT_ONCE = 2
# Two batches of the image runner.
_PAINTED_AT_ONCE = 8


@bentoml.asgi_app(pages(document()))
@bentoml.service(
    name="product_description_generator",
    service_class=PublicService,
    workers=1,
    # BentoML's own probe of the runners raises where one does not listen yet; `__is_ready__` asks instead.
    runner_probe={"enabled": False},
)
class ProductDescriptionGenerator:
    """Product descriptions from attributes, keywords or a photo, each with what was checked."""

    text: Any = bentoml.depends(TextRunner, url=get_settings().addresses["text"])
    vision: Any = bentoml.depends(VisionRunner, url=get_settings().addresses["vision"])
    if paints_pictures():
        image: Any = bentoml.depends(ImageRunner, url=get_settings().addresses["image"])

    def __init__(self) -> None:
        self._settings = get_settings()
        pins = {name: tag for name, tag in pinned_models().items() if name != "image" or paints_pictures()}
        models = {name: bentoml.models.get(tag) for name, tag in pins.items()}
        self._info = model_info(models, deployed_at=datetime.now(UTC).isoformat(timespec="seconds"))
        text_format = read_text_format(Path(models["text"].path))
        self._effort = Effort(
            self._settings.drafts,
            self._settings.candidates,
            self._settings.max_rounds,
            _WRITING_SHARE * self._settings.request_deadline_s,
            text_format.by_sentence,
        )
        # No text is cut short by the clock there, which would make it another one.
        rounds = min(self._effort.rounds, _ROUNDS_ALONE)
        self._alone = replace(self._effort, seconds=None, rounds=rounds, alone=True)
        self._languages = text_format.languages
        self._caption_format = read_caption_format(Path(models["vision"].path))
        if "image" in models:
            self._picture_format = read_picture_format(Path(models["image"].path))
        # A runner gets one batch to work on and one to fill; the rest wait here, where they can be dropped.
        addresses, places = self._settings.addresses, 2 * self._settings.max_batch_size
        self._text = TextClient("text", self.text, addresses["text"], places)
        self._vision = VisionClient("vision", self.vision, addresses["vision"], places)
        if "image" in models:
            self._image = ImageClient("image", self.image, addresses["image"], _PAINTED_AT_ONCE)
        self._pictures = anyio.CapacityLimiter(_PICTURES_AT_ONCE)

    @bentoml.api(route=DESCRIBE_TEXT, input_spec=TextForm)
    async def generate_description(
        self,
        attributes: str,
        keywords: str | None = None,
        tone: Tone = "lively",
        channel: ChannelName = ANY_SHOP,
        seed: int | None = None,
        drafts: bool = False,
    ) -> TextAnswer:
        """Describe a product from its attributes."""
        metrics.generations.labels("text").inc()
        return TextAnswer(**await self._describe(_description(attributes, keywords, tone, channel), seed, drafts))

    @bentoml.api(route=STREAM_TEXT, input_spec=TextForm)
    async def stream_description(
        self,
        ctx: bentoml.Context,
        attributes: str,
        keywords: str | None = None,
        tone: Tone = "lively",
        channel: ChannelName = ANY_SHOP,
        seed: int | None = None,
        drafts: bool = False,
    ) -> AsyncGenerator[Annotated[str, ContentType(events.MEDIA_TYPE)], None]:
        """Describe a product from its attributes, and send the text as it is written."""
        metrics.generations.labels("text").inc()

        async def write(listener: Listener) -> TextAnswer:
            brief = _description(attributes, keywords, tone, channel)
            return TextAnswer(**await self._describe(brief, seed, drafts, listener))

        async for event in events.stream(write, ctx, self._settings.request_deadline_s):
            yield event

    @bentoml.api(route=LISTING, input_spec=ListingForm)
    async def generate_listing(
        self,
        attributes: str,
        keywords: str | None = None,
        tone: Tone = "lively",
        channel: ChannelName = ANY_SHOP,
        seed: int | None = None,
    ) -> ListingAnswer:
        """Write a whole listing: title, description, bullets, tags, SEO fields and alt text."""
        metrics.generations.labels("listing").inc()
        product, seed = Product.parse(attributes, keywords), _seed(seed)
        briefs = {field: make_brief(field, product, tone, channel=channel) for field in FIELD_NAMES}
        written = await self._write_all(briefs, seed, self._effort)
        return listing_answer(written, seed=seed, **await self._provenance(briefs["description"], self._effort))

    @bentoml.api(route=LISTINGS, input_spec=ListingRequest)
    async def create_listings(self, asked: ListingRequest) -> ListingsAnswer:
        """Write listings of a product, from records or text, for its channel and in the voice of its shop."""
        metrics.generations.labels("listing").inc()
        self._check_language(asked.language)
        first, effort = _seed(asked.seed), self._alone if asked.deterministic else self._effort
        briefs = await anyio.to_thread.run_sync(asked.briefs)
        kept = await anyio.to_thread.run_sync(asked.judge_locked, briefs, first)
        others = {name: brief for name, brief in briefs.items() if name not in kept}

        async def write(seed: int) -> Listing:
            written = await self._write_all(others, seed, effort)
            return listing(seed, briefs, {**kept, **written}, kept)

        listings = await together(*(write((first + number) % (MAX_SEED + 1)) for number in range(asked.variants)))
        provenance = await self._provenance(next(iter(briefs.values())), effort)
        return await anyio.to_thread.run_sync(listings_answer, asked, listings, provenance)

    @bentoml.api(route=REPLAY, input_spec=ReplayRequest)
    async def replay(self, asked: ReplayRequest) -> ReplayAnswer:
        """Write the texts of an earlier answer again, each alone, and compare."""
        metrics.generations.labels("listing").inc()
        self._check_language(asked.request.language)
        briefs = await anyio.to_thread.run_sync(asked.briefs)
        written = await self._write_all(briefs, _seed(asked.request.seed), self._alone)
        return replay_answer(asked, written, await self._provenance(next(iter(briefs.values())), self._alone))

    @bentoml.api(route=DESCRIBE_PHOTO, input_spec=PhotoForm)
    async def generate_from_image(
        self,
        image: Path,
        keywords: str | None = None,
        caption: str | None = None,
        tone: Tone = "lively",
        channel: ChannelName = ANY_SHOP,
        seed: int | None = None,
    ) -> PhotoAnswer:
        """Describe a product from a photo of it."""
        metrics.generations.labels("image").inc()
        seen = await self._look(image, caption)
        brief = _description(seen.caption, keywords, tone, channel)
        return PhotoAnswer(**{**seen.model_dump(), **await self._describe(brief, seed)})

    @bentoml.api(route=CAPTION_PHOTO, input_spec=CaptionForm)
    async def caption_image(self, image: Path) -> CaptionAnswer:
        """Say what a photo shows, before anything is written."""
        metrics.generations.labels("caption").inc()
        return await self._look(image)

    @bentoml.api(route=PICTURE, input_spec=PictureForm, output_spec=bento.FileAnswer)
    async def generate_image(
        self,
        prompt: str | None = None,
        attributes: str | None = None,
        seed: int | None = None,
        steps: int | None = None,
        size: int | None = None,
        count: int = 1,
        file_format: FileFormat = "png",
    ) -> Response:
        """Paint pictures from a prompt or from a product's attributes."""
        metrics.generations.labels("picture").inc()
        field, asked = ("prompt", prompt) if prompt else ("attributes", picture_prompt(Product.parse(attributes or "")))
        if not asked:
            raise InvalidInput.of(field, "names nothing that could be painted")
        largest = self._picture_format.largest
        if size and size > largest:
            raise InvalidInput.of("size", f"must be at most {largest}: the checkpoint was made for no more", largest)
        first = _seed(seed)
        items = [
            PictureItem(id=str(seed), prompt=asked, seed=seed, steps=steps, width=size, height=size)
            for seed in ((first + number) % (MAX_SEED + 1) for number in range(count))
        ]
        painted = await together(*(self._paint(item, field, file_format) for item in items))
        return picture_response(painted, file_format)

    def model_info(self) -> ModelInfo:
        """Which models answer."""
        return self._info

    async def ready(self) -> bool:
        """Whether all runners say that they can work now."""
        try:
            runners = [self.text, self.vision, *([self.image] if paints_pictures() else [])]
            return all(await asyncio.gather(*(runner.is_ready(_READY_WITHIN_S) for runner in runners)))
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def __is_ready__(self) -> bool:
        """BentoML's hook for /readyz."""
        return await self.ready()

    async def _describe(
        self, brief: Brief, seed: int | None, drafts: bool = False, listener: Listener | None = None
    ) -> dict[str, Any]:
        """A description's fields as answers name them."""
        written = await self._write(brief, _seed(seed), self._effort, listener)
        left_out = {"text", "items"} if drafts else {"text", "items", "drafts"}
        return {
            "description": written.text,
            **written.model_dump(exclude=left_out),
            **await self._provenance(brief, self._effort),
        }

    async def _write_all(
        self, briefs: Mapping[FieldName, Brief], seed: int, effort: Effort
    ) -> dict[FieldName, Written]:
        texts = await together(*(self._write(brief, seed, effort) for brief in briefs.values()))
        return dict(zip(briefs, texts, strict=True))

    async def _write(self, brief: Brief, seed: int, effort: Effort, listener: Listener | None = None) -> Written:
        verify = self._text.verify if (await self._text.info()).verifies else None
        return await write_field(brief, self._text.write, seed, effort, listener, verify)

    def _check_language(self, language: str) -> None:
        if language.casefold().partition("-")[0] not in self._languages:
            known = ", ".join(self._languages)
            raise InvalidInput.of("language", f"{language} is not written by this checkpoint, which writes {known}")

    async def _provenance(self, brief: Brief, effort: Effort) -> dict[str, Any]:
        info, engine = self._info, await self._text.info()
        return {
            "tone": brief.tone,
            "channel": brief.channel,
            "language_model": info.language_model,
            "engine": f"{engine.name} {engine.version}",
            "dvc_hashes": info.dvc_hashes,
            "decoding": effort.decoding(),
            "bento_tag": info.bento_tag,
        }

    async def _prepare(self, image: Path) -> str:
        def prepare() -> str:
            settings = self._settings
            return prepare_photo(
                image.read_bytes(), max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels
            )

        return await anyio.to_thread.run_sync(prepare, limiter=self._pictures)

    async def _look(self, image: Path, caption: str | None = None) -> CaptionAnswer:
        """What the photo shows; a `caption` that the caller gave is taken for it."""
        photo = await self._prepare(image)
        seen = CaptionResult(id="", caption=caption) if caption else await self._caption(photo)
        doubtful = not caption and self._caption_format.doubts(seen.confidence)
        return CaptionAnswer(
            caption=UNNAMED if doubtful else seen.caption,
            caption_confidence=None if caption else seen.confidence,
            caption_guess=seen.caption if doubtful else None,
            vision_model=self._info.vision_model,
            dvc_hashes=self._info.dvc_hashes,
        )

    async def _caption(self, photo: str) -> CaptionResult:
        result = await self._vision.caption(PhotoItem(id="photo", image=photo))
        if result.error:
            raise from_item(result.error, "image")
        if not result.caption.strip():
            raise InvalidInput.of("image", "shows nothing that could be named; say in caption what it is")
        return result

    async def _paint(self, item: PictureItem, field: str, file_format: FileFormat) -> tuple[bytes, Painting]:
        result = await self._image.paint(item)
        if result.error:
            if result.error.code == "invalid_item":
                field = "size" if item.width else "steps"
            raise from_item(result.error, field)
        card = self._info.models["image"]
        painting = Painting(
            prompt=item.prompt,
            image_model=card.name,
            dvc_hash=self._info.dvc_hashes["image"],
            seed=item.seed,
            steps=result.steps,
            width=result.width,
            height=result.height,
            demonstration=card.demonstration,
        )
        return await anyio.to_thread.run_sync(encode, result.image, painting, file_format), painting


def _description(attributes: str, keywords: str | None, tone: Tone, channel: ChannelName) -> Brief:
    return make_brief("description", Product.parse(attributes, keywords), tone, channel=channel)


def _seed(asked: int | None) -> int:
    return secrets.randbelow(MAX_SEED + 1) if asked is None else asked


def _served() -> Any:
    """What the Bento serves: all of it, or the one runner that PDG_SERVE names."""
    runners = {"text": TextRunner, "vision": VisionRunner, **({"image": ImageRunner} if paints_pictures() else {})}
    asked = get_settings().serve
    if asked and asked not in runners:
        raise BadSettings(f"PDG_SERVE: no checkpoint for the {asked} runner is pinned, or PDG_PICTURES leaves it out")
    return runners[asked] if asked else ProductDescriptionGenerator


# As the service that `bentoml serve` loads, a runner refuses pickles. It would load them, and run what is in them,
# as the dependency that BentoML's `start-http-server --service-name` makes of it.
served = _served()
