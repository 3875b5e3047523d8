"""Pictures from any text-to-image pipeline of diffusers, many at a time."""

import base64
import inspect
import io
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runners.contracts import ItemError, PictureItem, PictureResult
from runners.engines.devices import pick_device, pick_dtype
from runners.engines.files import CheckpointError, check_files, tensor_names
from runners.engines.isolation import run_isolated

FILE_NAME = "picture_format.json"


class PictureFormat(BaseModel):
    """How a checkpoint is meant to be asked, recorded beside its weights in `picture_format.json`.

    A distilled checkpoint (SD-Turbo, LCM) needs few `steps` and no `guidance`; one without the file gets the steps
    that undistilled diffusion models need, and its pipeline's own guidance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(25, ge=1, le=100)
    guidance: float | None = Field(None, ge=0, le=50)


class PainterEngine:
    """A loaded pipeline."""

    def __init__(self, pipeline: Any, picture_format: PictureFormat) -> None:
        self.pipeline = pipeline
        self.format = picture_format
        self._parameters = inspect.signature(type(pipeline).__call__).parameters

    @classmethod
    def load(cls, folder: Path) -> "PainterEngine":
        """Load and warm up the checkpoint in `folder`; raises CheckpointError naming the wrong file."""
        check_files(folder)
        device = pick_device()
        try:
            pipeline: Any = DiffusionPipeline.from_pretrained(
                folder, dtype=pick_dtype(folder, device), use_safetensors=True, local_files_only=True
            ).to(device)
        except Exception as error:  # whatever the classes of its components raise
            raise CheckpointError(
                f"{folder / 'model_index.json'} and what it names cannot be loaded: {error}"
            ) from error
        engine = cls(pipeline, _read_format(folder))
        if "prompt" not in engine._parameters:
            raise CheckpointError(f"{folder / 'model_index.json'}: {type(pipeline).__name__} paints from no text")
        _check_weights(folder, pipeline)
        pipeline.set_progress_bar_config(disable=True)
        engine._warm_up(folder)
        return engine

    def paint(self, items: Sequence[PictureItem]) -> list[PictureResult]:
        """One picture per item, in order; whatever is wrong with one item stays in its own result."""
        results: dict[int, PictureResult] = {}
        numbered = sorted(enumerate(items), key=lambda pair: _settings(pair[1]))
        for _, group in itertools.groupby(numbered, key=lambda pair: _settings(pair[1])):
            numbers, alike = zip(*group, strict=True)
            results.update(zip(numbers, run_isolated(alike, self._paint, _failed), strict=True))
        return [results[number] for number in range(len(items))]

    def _warm_up(self, folder: Path) -> None:
        (result,) = self.paint([PictureItem(id="warm-up", prompt="A product.", steps=1)])
        if result.error and result.error.code != "unsafe_picture":
            raise CheckpointError(f"{folder}: the checkpoint fails its first picture ({result.error.message})")

    @torch.inference_mode()
    def _paint(self, items: Sequence[PictureItem]) -> list[PictureResult]:
        """Pictures of items with equal settings; each has its noise from a generator of its own."""
        steps = items[0].steps or self.format.steps
        wanted = {
            "prompt": [item.prompt for item in items],
            "num_inference_steps": steps,
            "guidance_scale": self.format.guidance,
            "width": items[0].width,
            "height": items[0].height,
            # On the CPU, so that a seed means the same picture on any device.
            "generator": [torch.Generator().manual_seed(item.seed) for item in items],
            "output_type": "np",
        }
        given = {name: value for name, value in wanted.items() if value is not None and name in self._parameters}
        output = self.pipeline(**given)
        unsafe = getattr(output, "nsfw_content_detected", None) or [False] * len(items)
        return [
            _result(item, raster, held_back, steps)
            for item, raster, held_back in zip(items, output.images, unsafe, strict=True)
        ]


def _settings(item: PictureItem) -> tuple[int, int, int]:
    """What the items of one call of a pipeline share."""
    return item.steps or 0, item.width or 0, item.height or 0


def _result(item: PictureItem, raster: np.ndarray, held_back: bool, steps: int) -> PictureResult:
    """`raster` has the shape (height, width, 3) and values from 0 to 1."""
    if held_back:
        message = "the checkpoint's safety checker held the picture back"
        return _failed(item, ItemError(code="unsafe_picture", message=message))
    if np.isnan(raster).any():
        return _failed(item, ItemError(code="model_failed", message="the model's pixels are not numbers"))
    buffer = io.BytesIO()
    Image.fromarray((raster * 255).round().astype(np.uint8)).save(buffer, format="PNG")
    height, width = raster.shape[:2]
    image = base64.b64encode(buffer.getvalue()).decode("ascii")
    return PictureResult(id=item.id, image=image, steps=steps, width=width, height=height)


def _failed(item: PictureItem, error: ItemError) -> PictureResult:
    return PictureResult(id=item.id, error=error)


def _read_format(folder: Path) -> PictureFormat:
    file = folder / FILE_NAME
    try:
        return PictureFormat.model_validate_json(file.read_text()) if file.exists() else PictureFormat()
    except ValidationError as error:
        raise CheckpointError(f"{file}: {error}") from error


def _check_weights(folder: Path, pipeline: Any) -> None:
    """Refuse a checkpoint in which a component lacks weights: they would be random numbers, with a warning only."""
    for name, part in pipeline.components.items():
        if isinstance(part, torch.nn.Module) and (folder / name).is_dir():
            stored = {key for file in (folder / name).glob("*.safetensors") for key in tensor_names(file)}
            tied = set(getattr(part, "_tied_weights_keys", None) or ())
            if missing := sorted(part.state_dict().keys() - stored - tied):
                raise CheckpointError(f"{folder / name}: lacks weights of the model, such as {missing[0]}")
