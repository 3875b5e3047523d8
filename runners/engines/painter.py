"""Pictures from any text-to-image pipeline of diffusers, many at a time."""

import base64
import inspect
import io
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline, ModelMixin
from diffusers.pipelines.pipeline_loading_utils import simple_get_class_obj
from diffusers.utils import logging as diffusers_logging
from PIL import Image
from transformers.utils import logging as transformers_logging

from checkpoints.errors import CheckpointError
from checkpoints.folder import check_files
from contracts.items import ItemError, PictureItem, PictureResult
from copywriter.formats import PICTURE_FILE_NAME, PictureFormat, read_picture_format
from runners.engines.devices import pick_device, pick_dtype
from runners.engines.isolation import run_isolated

_HELD_BACK = ("nsfw_content_detected", "nsfw_detected")


class PainterEngine:
    """A loaded pipeline."""

    def __init__(self, pipeline: Any, picture_format: PictureFormat) -> None:
        self.pipeline = pipeline
        self.format = picture_format
        self._parameters = inspect.signature(type(pipeline).__call__).parameters

    @classmethod
    def load(cls, folder: Path) -> "PainterEngine":
        """Load the checkpoint in `folder`; raises CheckpointError naming the wrong file."""
        check_files(folder)
        _be_quiet()
        device = pick_device()
        try:
            picture_format = read_picture_format(folder)
        except ValueError as error:
            raise CheckpointError(f"{folder / PICTURE_FILE_NAME}: {error}") from error
        try:
            parts = _load_parts(folder, pick_dtype(folder, device))
            pipeline: Any = DiffusionPipeline.from_pretrained(folder, **parts, local_files_only=True).to(device)
        except CheckpointError:
            raise
        except Exception as error:  # whatever the classes of its components raise
            raise CheckpointError(
                f"{folder / 'model_index.json'} and what it names cannot be loaded: {error}"
            ) from error
        engine = cls(pipeline, picture_format)
        if "prompt" not in engine._parameters:
            raise CheckpointError(f"{folder / 'model_index.json'}: {type(pipeline).__name__} paints from no text")
        pipeline.set_progress_bar_config(disable=True)
        if hasattr(getattr(pipeline, "vae", None), "enable_slicing"):
            pipeline.vae.enable_slicing()  # one picture after the other: decoding is what needs most memory
        return engine

    def paint(self, items: Sequence[PictureItem]) -> list[PictureResult]:
        """One picture per item, in order; whatever is wrong with one item stays in its own result."""
        results: dict[int, PictureResult] = {}
        numbered = sorted(enumerate(items), key=lambda pair: _settings(pair[1]))
        for _, group in itertools.groupby(numbered, key=lambda pair: _settings(pair[1])):
            numbers, alike = zip(*group, strict=True)
            results.update(zip(numbers, run_isolated(alike, self._paint, _failed), strict=True))
        return [results[number] for number in range(len(items))]

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
            # PixArt's pipelines would paint another size and cut the asked one out of it.
            "use_resolution_binning": False,
        }
        given = {name: value for name, value in wanted.items() if value is not None and name in self._parameters}
        try:
            output = self.pipeline(**given)
        except ValueError:
            if items[0].steps is None and items[0].width is None:
                raise
            message = "the checkpoint does not paint in this size or number of steps"
            return [_failed(item, ItemError(code="invalid_item", message=message)) for item in items]
        unsafe = next((found for name in _HELD_BACK if (found := getattr(output, name, None))), [False] * len(items))
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


def _be_quiet() -> None:
    """No progress bars in the log, and no warnings, which quote what callers have asked for."""
    for logs in (diffusers_logging, transformers_logging):
        logs.set_verbosity_error()
        logs.disable_progress_bar()


def _load_parts(folder: Path, dtype: torch.dtype) -> dict[str, Any]:
    """The pipeline's models by name, each one whole; raises CheckpointError naming what is not.

    Loaded by the pipeline itself, a weight that is missing would be a random number, with a warning only.
    """
    index = json.loads((folder / "model_index.json").read_text())
    parts = {}
    for name in sorted(index):
        if files := [file.name for file in (folder / name).glob("*.safetensors")]:
            part_class: Any = simple_get_class_obj(*index[name])
            parts[name], found = part_class.from_pretrained(
                folder / name,
                variant="fp16" if all(".fp16." in file for file in files) else None,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
                **{"torch_dtype" if issubclass(part_class, ModelMixin) else "dtype": dtype},
            )
            if missing := sorted(found["missing_keys"]):
                raise CheckpointError(f"{folder / name}: lacks weights of the model, such as {missing[0]}")
    return parts
