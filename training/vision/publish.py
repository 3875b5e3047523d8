"""Writes a trained captioner as a checkpoint folder that the service can import."""

import json
from pathlib import Path
from string import Template

from transformers import PreTrainedTokenizerFast, VisionEncoderDecoderModel
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from training.vision.evaluate import Quality
from training.vision.views import IMAGE_SIZE, MEAN, STD

LICENCE = "apache-2.0"
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
    size = {"height": IMAGE_SIZE, "width": IMAGE_SIZE}
    ViTImageProcessorPil(size=size, image_mean=[MEAN] * 3, image_std=[STD] * 3).save_pretrained(folder)
    (folder / "checkpoint.json").write_text(json.dumps(PROVENANCE, indent=2) + "\n")


def write_card(folder: Path, quality: Quality, photos: int) -> None:
    """Writes README.md of a checkpoint trained on `photos` photos, with its measured `quality`."""
    template = Template((Path(__file__).parent / "model_card.md").read_text(encoding="utf-8"))
    megabytes = (folder / "model.safetensors").stat().st_size / 1e6
    figures = {name: f"{value:.2f}" for name, value in quality.model_dump().items()}
    card = template.substitute(figures, licence=LICENCE, megabytes=f"{megabytes:.1f}", photos=f"{photos:,}")
    (folder / "README.md").write_text(card, encoding="utf-8")
