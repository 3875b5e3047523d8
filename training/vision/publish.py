"""Writes a trained captioner as a checkpoint folder that the service can import."""

import json
from pathlib import Path
from string import Template

from PIL.Image import Resampling
from transformers import PreTrainedTokenizerFast, VisionEncoderDecoderModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from checkpoints.formats import CAPTION_FILE_NAME, CaptionFormat
from training.vision.evaluate import Quality
from training.vision.views import IMAGE_SIZE, MEAN, RESIZED, STD

LICENCE = "apache-2.0"
# Of the validation photos that it names with at least this confidence, more than 85 % get the right product type
# (`python -m scripts.evaluate_photos` has the curve).
LEAST_CONFIDENCE = 0.95
PROVENANCE = {
    "name": "starter-vision",
    "source": "trained by this project",
    "revision": "1",
    "licence": LICENCE,
    "demonstration": True,
}


def write_checkpoint(model: VisionEncoderDecoderModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Saves everything but the model card; weights are stored as float16 and load as float32."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = model.state_dict()
    for name, value in weights.items():
        weights[name] = value.half() if value.is_floating_point() else value
    model.save_pretrained(folder, state_dict=weights)
    (folder / "model.safetensors").chmod(0o644)  # a container runs as somebody else
    tokenizer.save_pretrained(folder)
    CLIPImageProcessorPil(
        size={"height": RESIZED, "width": RESIZED},
        crop_size={"height": IMAGE_SIZE, "width": IMAGE_SIZE},
        resample=Resampling.BILINEAR,
        image_mean=[MEAN] * 3,
        image_std=[STD] * 3,
    ).save_pretrained(folder)
    caption_format = CaptionFormat(least_confidence=LEAST_CONFIDENCE)
    (folder / CAPTION_FILE_NAME).write_text(caption_format.model_dump_json(indent=2) + "\n")
    (folder / "checkpoint.json").write_text(json.dumps(PROVENANCE, indent=2) + "\n")


def write_card(folder: Path, quality: Quality, photos: int) -> None:
    """Writes README.md of a checkpoint trained on `photos` photos, with its measured `quality`."""
    template = Template((Path(__file__).parent / "model_card.md").read_text(encoding="utf-8"))
    megabytes = (folder / "model.safetensors").stat().st_size / 1e6
    figures = {name: f"{value:.2f}" for name, value in quality.model_dump().items()}
    card = template.substitute(figures, licence=LICENCE, megabytes=f"{megabytes:.1f}", photos=f"{photos:,}")
    (folder / "README.md").write_text(card, encoding="utf-8")
