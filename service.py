"""The public service: it reads a request, asks the rooms below, and answers."""

# BentoML's decorators have no types.
# mypy: disallow-untyped-decorators=False

import asyncio
import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import bentoml
from starlette.responses import Response

from checkpoints.pins import pinned_models
from copywriter.checks import load_inflector, load_words
from copywriter.fields import Tone
from copywriter.formats import UNNAMED, read_caption_format, read_format, read_picture_format
from copywriter.pictures import picture_prompt
from copywriter.product import Product
from copywriter.writer import Request, Written, write_field, write_listing
from operations import metrics
from operations.errors import BadSettings, Internal, InvalidInput, from_item
from operations.http.answers import (
    CaptionAnswer,
    ListingAnswer,
    ModelInfo,
    PhotoAnswer,
    PictureFile,
    TextAnswer,
    listing_answer,
    model_info,
    picture_response,
)
from operations.http.bento import PublicService
from operations.http.forms import MAX_SEED, CaptionForm, ListingForm, PhotoForm, PictureForm, TextForm
from operations.http.openapi import document
from operations.http.pages import pages
from operations.http.routes import CAPTION_PHOTO, DESCRIBE_PHOTO, DESCRIBE_TEXT, LISTING, PICTURE
from operations.http.stopping import stop_public_service_first
from operations.painted import FileFormat, Painting, encode
from operations.parts import paints_pictures
from operations.pictures import prepare_photo
from operations.retries import call_again
from operations.settings import get_settings
from runners.contracts import CaptionResult, PhotoItem, PictureItem, PictureResult, TextItem, TextResult
from runners.text import TextRunner
from runners.vision import VisionRunner

if paints_pictures():
    from runners.image import ImageRunner

stop_public_service_first()

_READY_WITHIN_S = 5
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
        load_inflector()  # now, and not with the first answer
        load_words()
        pins = {name: tag for name, tag in pinned_models().items() if name != "image" or paints_pictures()}
        models = {name: bentoml.models.get(tag) for name, tag in pins.items()}
        self._info = model_info(models, deployed_at=datetime.now(UTC).isoformat(timespec="seconds"))
        self._format = read_format(Path(models["text"].path))
        self._caption_format = read_caption_format(Path(models["vision"].path))
        if "image" in models:
            self._picture_format = read_picture_format(Path(models["image"].path))
        # A runner gets one batch to work on and one to fill. The rest wait here, where an item whose
        # client leaves is dropped; once it is with the runner it is computed.
        self._queues = {
            "text": asyncio.Semaphore(2 * self._settings.max_batch_size),
            "vision": asyncio.Semaphore(2 * self._settings.max_batch_size),
            "image": asyncio.Semaphore(_PAINTED_AT_ONCE),
        }
        self._pictures = anyio.CapacityLimiter(_PICTURES_AT_ONCE)

    @bentoml.api(route=DESCRIBE_TEXT, input_spec=TextForm)
    async def generate_description(
        self,
        attributes: str,
        keywords: str | None = None,
        tone: Tone = "lively",
        seed: int | None = None,
        drafts: bool = False,
    ) -> TextAnswer:
        """Describe a product from its attributes."""
        metrics.generations.labels("text").inc()
        request = self._request(attributes, keywords, tone, seed)
        written = await write_field("description", request, self._write)
        return TextAnswer(**_description(written, drafts), **self._provenance(request))

    @bentoml.api(route=LISTING, input_spec=ListingForm)
    async def generate_listing(
        self, attributes: str, keywords: str | None = None, tone: Tone = "lively", seed: int | None = None
    ) -> ListingAnswer:
        """Write a whole listing: title, description, bullets, tags, SEO fields and alt text."""
        metrics.generations.labels("listing").inc()
        request = self._request(attributes, keywords, tone, seed)
        return listing_answer(await write_listing(request, self._write), seed=request.seed, **self._provenance(request))

    @bentoml.api(route=DESCRIBE_PHOTO, input_spec=PhotoForm)
    async def generate_from_image(
        self,
        image: Path,
        keywords: str | None = None,
        caption: str | None = None,
        tone: Tone = "lively",
        seed: int | None = None,
    ) -> PhotoAnswer:
        """Describe a product from a photo of it."""
        metrics.generations.labels("image").inc()
        seen = await self._look(image, caption)
        request = self._request(seen.caption, keywords, tone, seed)
        written = await write_field("description", request, self._write)
        return PhotoAnswer(**_description(written), **{**seen.model_dump(), **self._provenance(request)})

    @bentoml.api(route=CAPTION_PHOTO, input_spec=CaptionForm)
    async def caption_image(self, image: Path) -> CaptionAnswer:
        """Say what a photo shows, before anything is written."""
        metrics.generations.labels("caption").inc()
        return await self._look(image)

    @bentoml.api(route=PICTURE, input_spec=PictureForm, output_spec=PictureFile)
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
        painted = await asyncio.gather(*(self._paint(item, field, file_format) for item in items))
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

    def _request(self, attributes: str, keywords: str | None, tone: Tone, seed: int | None) -> Request:
        return Request(
            Product.parse(attributes, keywords),
            self._format,
            tone,
            seed=_seed(seed),
            candidates=self._settings.candidates,
            rounds=self._settings.max_rounds,
        )

    def _provenance(self, request: Request) -> dict[str, Any]:
        info = self._info
        return {"tone": request.tone, "language_model": info.language_model, "dvc_hashes": info.dvc_hashes}

    async def _prepare(self, image: Path) -> str:
        def prepare() -> str:
            settings = self._settings
            return prepare_photo(
                image.read_bytes(), max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels
            )

        return await anyio.to_thread.run_sync(prepare, limiter=self._pictures)

    async def _write(self, items: Sequence[TextItem]) -> list[TextResult]:
        """Write `items`, each a call of its own so that the runner's batches fill across requests."""
        write = self.text.to_async.write
        return list(await asyncio.gather(*(self._ask("text", write, item) for item in items)))

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
        result: CaptionResult = await self._ask(
            "vision", self.vision.to_async.caption, PhotoItem(id="photo", image=photo)
        )
        if result.error:
            raise from_item(result.error, "image")
        if not result.caption.strip():
            raise InvalidInput.of("image", "shows nothing that could be named; say in caption what it is")
        return result

    async def _paint(self, item: PictureItem, field: str, file_format: FileFormat) -> tuple[bytes, Painting]:
        result: PictureResult = await self._ask("image", self.image.to_async.paint, item)
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

    async def _ask(self, runner: str, call: Any, item: TextItem | PhotoItem | PictureItem) -> Any:
        """One item's result, asked under an id that no other request has.

        BentoML hands out neighbours' results silently if a batch loses one.
        """
        asked = item.model_copy(update={"id": uuid.uuid4().hex})
        async with self._queues[runner]:
            remote = self._settings.addresses[runner]
            results = await (call_again(runner, call, [asked]) if remote else call([asked]))
        if [result.id for result in results] != [asked.id]:
            raise Internal from RuntimeError(f"the {runner} runner answered another item than it was asked")
        return results[0].model_copy(update={"id": item.id})


def _seed(asked: int | None) -> int:
    return secrets.randbelow(MAX_SEED + 1) if asked is None else asked


def _description(written: Written, drafts: bool = False) -> dict[str, Any]:
    """A description's fields as answers name them."""
    left_out = {"text", "items"} if drafts else {"text", "items", "drafts"}
    return {"description": written.text, **written.model_dump(exclude=left_out)}


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
