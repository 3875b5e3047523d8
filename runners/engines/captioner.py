"""Captions from any image-to-text model of transformers, many photos at a time."""

import base64
import binascii
import io
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import (
    AutoImageProcessor,
    AutoModelForImageTextToText,
    AutoProcessor,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    ProcessorMixin,
)

from checkpoints.errors import CheckpointError
from checkpoints.folder import check_files
from contracts.items import CaptionResult, Decoding, ItemError, PhotoItem
from runners.engines.devices import pick_device, pick_dtype
from runners.engines.isolation import run_isolated
from runners.engines.loading import load_model

# The task that Florence-2 was trained to answer with one sentence; other captioners need no prompt.
CAPTION_TASK = "<CAPTION>"


@dataclass(frozen=True)
class Photo:
    """An item with its picture decoded."""

    item: PhotoItem
    image: Image.Image


class CaptionerEngine:
    """A loaded captioner. `prepare` turns pictures into the model's inputs."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        prepare: Callable[[list[Image.Image]], dict[str, torch.Tensor]],
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self._prepare = prepare

    @classmethod
    def load(cls, folder: Path) -> "CaptionerEngine":
        """Load and warm up the checkpoint in `folder`; raises CheckpointError naming the wrong file."""
        check_files(folder)
        device = pick_device()
        tokenizer, prepare = _load_processor(folder)
        model = load_model(AutoModelForImageTextToText, folder, pick_dtype(folder, device), device)
        engine = cls(model, tokenizer, prepare)
        engine._warm_up(folder)
        return engine

    def caption(self, items: Sequence[PhotoItem]) -> list[CaptionResult]:
        """One caption per item, in order; whatever is wrong with one item stays in its own result."""
        results: dict[int, CaptionResult] = {}
        photos: list[tuple[int, Photo]] = []
        for number, item in enumerate(items):
            try:
                photos.append((number, Photo(item, _decode(item.image))))
            except ValueError as error:
                problem = ItemError(code="unreadable_image", message=str(error))
                results[number] = CaptionResult(id=item.id, error=problem)
        for group in _same_settings(photos):
            captions = run_isolated([photo for _, photo in group], self._caption, _failed)
            results.update(zip((number for number, _ in group), captions, strict=True))
        return [results[number] for number in range(len(items))]

    def _warm_up(self, folder: Path) -> None:
        grey = Image.new("RGB", (64, 64), (128, 128, 128))
        item = PhotoItem(id="warm-up", image="", decoding=Decoding(max_new_tokens=2, temperature=0))
        (result,) = run_isolated([Photo(item, grey)], self._caption, _failed)
        if result.error:
            raise CheckpointError(f"{folder}: the checkpoint fails its first photo ({result.error.message})")

    @torch.inference_mode()
    def _caption(self, photos: Sequence[Photo]) -> list[CaptionResult]:
        """Captions of photos with equal settings; several only if greedy, since a seed is one photo's own."""
        prepared = self._prepare([photo.image for photo in photos])
        inputs = {name: self._place(value) for name, value in prepared.items()}
        devices = [self.model.device] if self.model.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(photos[0].item.decoding.seed)
            generate: Any = self.model.generate
            output = generate(**inputs, **_generation(photos[0].item.decoding))
        # Shape (photos, new tokens): a decoder that also returns its prompt has it in front.
        tokens = output.sequences[:, -len(output.logits) :]
        every = torch.stack(output.logits, 1).float().log_softmax(-1)
        chosen = every.gather(-1, tokens[..., None])[..., 0]
        return [
            self._result(photo, row, chances)
            for photo, row, chances in zip(photos, tokens.tolist(), chosen, strict=True)
        ]

    def _place(self, value: torch.Tensor) -> torch.Tensor:
        dtype = self.model.dtype if value.is_floating_point() else value.dtype
        return value.to(self.model.device, dtype)

    def _result(self, photo: Photo, tokens: list[int], log_probabilities: torch.Tensor) -> CaptionResult:
        length = self._length(tokens)
        mean = float(log_probabilities[:length].mean())
        if math.isnan(mean):
            problem = ItemError(code="model_failed", message="the model's scores are not numbers")
            return _failed(photo, problem)
        text = self.tokenizer.decode(tokens[:length], skip_special_tokens=True)
        return CaptionResult(id=photo.item.id, caption=str(text).strip(), confidence=math.exp(mean))

    def _length(self, tokens: list[int]) -> int:
        """Tokens up to and with the one that ends the caption; what follows is padding."""
        ends = self.model.generation_config.eos_token_id
        ids = set(ends) if isinstance(ends, list) else {ends}
        return next((n + 1 for n, token in enumerate(tokens) if token in ids), len(tokens))


def _decode(image: str) -> Image.Image:
    """The picture in a base64 PNG or JPEG; raises ValueError, in words for the caller."""
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(image, validate=True)), formats=("PNG", "JPEG"))
        return picture.convert("RGB")
    except (binascii.Error, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("the image is not a readable PNG or JPEG") from error


def _same_settings(photos: list[tuple[int, Photo]]) -> list[list[tuple[int, Photo]]]:
    """Groups that can share a call of `generate`: equal greedy settings; each sampled photo alone."""

    def key(numbered: tuple[int, Photo]) -> tuple[str, int]:
        number, photo = numbered
        decoding = photo.item.decoding
        if decoding.temperature > 0:
            return "", number
        return decoding.model_copy(update={"seed": 0}).model_dump_json(), -1

    return [list(group) for _, group in itertools.groupby(sorted(photos, key=key), key=key)]


def _generation(decoding: Decoding) -> dict[str, Any]:
    """The item's settings as `generate` calls them; they override the checkpoint's own, beams included."""
    settings: dict[str, Any] = {
        "max_new_tokens": decoding.max_new_tokens,
        "max_length": None,
        "num_beams": 1,
        "do_sample": decoding.temperature > 0,
        "repetition_penalty": decoding.repetition_penalty,
        "return_dict_in_generate": True,
        "output_logits": True,
    }
    if decoding.temperature > 0:
        settings |= {"temperature": decoding.temperature, "top_p": decoding.top_p, "top_k": decoding.top_k}
    return settings


def _load_processor(
    folder: Path,
) -> tuple[PreTrainedTokenizerBase, Callable[[list[Image.Image]], dict[str, torch.Tensor]]]:
    """The tokenizer, and the function from pictures to the model's inputs."""
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False, "backend": "pil"}
    try:
        processor = AutoProcessor.from_pretrained(folder, **options)
        if isinstance(processor, ProcessorMixin):
            tasks = getattr(processor, "task_prompts_without_inputs", ())
            text = CAPTION_TASK if CAPTION_TASK in tasks else None

            def prepare(images: list[Image.Image]) -> dict[str, torch.Tensor]:
                prompts = {} if text is None else {"text": [text] * len(images)}
                return dict(processor(images=images, return_tensors="pt", **prompts))

            return processor.tokenizer, prepare
        images_only = AutoImageProcessor.from_pretrained(folder, **options)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # the tokenizers library raises bare Exception on a damaged file
        where = folder / "preprocessor_config.json"
        raise CheckpointError(f"{where} or the tokenizer beside it cannot be loaded: {error}") from error
    return tokenizer, lambda images: dict(images_only(images=images, return_tensors="pt"))


def _failed(photo: Photo, error: ItemError) -> CaptionResult:
    return CaptionResult(id=photo.item.id, error=error)
