"""Trains the image starter: `python -m training.image.train --photos DIR --out build/image`.

First an autoencoder learns to write photos as small latents and back, then a painter learns to make such latents from
noise and a prompt. Both go on from the state in the output folder; the checkpoint lands in its folder `checkpoint`.
"""

# torch and transformers leave some of their functions without types.
# mypy: disallow-untyped-calls=False

import argparse
import json
import logging
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import CLIPTokenizer

from checkpoints.formats import PICTURE_FILE_NAME, PictureFormat
from checkpoints.hashes import hash_folder
from training.image.autoencoder import (
    Autoencoder,
    crops,
    encode_all,
    load_autoencoder,
    load_features,
    make_autoencoder,
    reconstruction_loss,
    set_scale,
    to_signal,
)
from training.image.painter import (
    NO_PROMPT,
    Painter,
    load_painter,
    make_painter,
    make_pipeline,
    make_scheduler,
    make_tokenizer,
    noise_loss,
    prompt_tokens,
)
from training.image.photos import Pictures, prompt_of, read_pictures

BATCH = 64
AVERAGED = 0.997
"""The painter that is served is the mean over about the last 300 steps, which paints far better than any one; a longer
mean would still hold the random beginning of so short a training."""
FORMAT = PictureFormat(steps=20, guidance=4.0, largest=256)
PROVENANCE = {
    "name": "starter-image",
    "source": "trained by this project",
    "revision": "1",
    "licence": "apache-2.0",
    "demonstration": True,
}
LOG_EVERY, SAVE_EVERY = 50, 250
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """What a run depends on. `eye` is a captioner's checkpoint whose features judge the autoencoder; with `start` the
    weights are those of an earlier checkpoint, otherwise new."""

    photos: Path
    eye: Path
    out: Path
    start: Path | None
    autoencoder_minutes: float
    painter_minutes: float
    threads: int


@dataclass
class Run:
    """A training that is bounded in time: its `parts` are kept in `file` and go on from there."""

    file: Path
    parts: dict[str, Any]
    minutes: float
    step: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.file.exists():
            saved = torch.load(self.file, weights_only=True)
            for name, part in self.parts.items():
                part.load_state_dict(saved[name])
            self.step, self.seconds = saved["step"], saved["seconds"]

    def learn(self, model: nn.Module, optimizer: torch.optim.Optimizer, loss_of: Callable[[int], Tensor]) -> None:
        """Take steps down `loss_of(step)` until the time is used up."""
        started, spent = time.monotonic(), self.seconds
        model.train()
        total = 0.0
        while (seconds := spent + time.monotonic() - started) < 60 * self.minutes:
            share = _schedule(seconds / (60 * self.minutes))
            for group in optimizer.param_groups:
                group["lr"] = share * group.setdefault("full_rate", group["lr"])
            loss = loss_of(self.step)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += float(loss.detach())
            self.step, self.seconds = self.step + 1, seconds
            if self.step % LOG_EVERY == 0:
                figures = {"run": self.file.stem, "step": self.step, "minutes": round(seconds / 60, 2)}
                logger.info(json.dumps({**figures, "loss": round(total / LOG_EVERY, 4)}))
                total = 0.0
            if self.step % SAVE_EVERY == 0:
                self.save()
        self.save()
        model.eval()

    def save(self) -> None:
        """Write everything to go on from."""
        unfinished = self.file.with_suffix(".tmp")
        states = {name: part.state_dict() for name, part in self.parts.items()}
        torch.save({**states, "step": self.step, "seconds": self.seconds}, unfinished)
        unfinished.replace(self.file)


def _schedule(progress: float) -> float:
    """Linear warm-up over the first 2 %, constant, then linear decay to a fiftieth over the last half."""
    return min(1.0, progress / 0.02 + 0.02, (1.0 - progress) / 0.5 + 0.02)


def train_autoencoder(pictures: Pictures, options: Options) -> Autoencoder:
    """An autoencoder for these pictures."""
    model = load_autoencoder(options.start) if options.start else make_autoencoder()
    features = load_features(options.eye)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.9, 0.99), weight_decay=0.01)
    run = Run(options.out / "autoencoder.pt", {"model": model, "optimizer": optimizer}, options.autoencoder_minutes)

    def loss_of(step: int) -> Tensor:
        generator = torch.Generator().manual_seed(step)
        chosen = torch.randint(len(pictures.pixels), (BATCH // 2,), generator=generator)
        return reconstruction_loss(model, features, to_signal(crops(pictures.pixels[chosen], generator)))

    run.learn(model.to(memory_format=torch.channels_last), optimizer, loss_of)
    set_scale(model, pictures.pixels)
    return model


def train_painter(pictures: Pictures, latents: Tensor, tokenizer: CLIPTokenizer, options: Options) -> Painter:
    """A painter of these pictures; `latents` are those of all photos and then of all mirrored (2 * photos, ...)."""
    painter = load_painter(options.start) if options.start else make_painter(tokenizer)
    scheduler = make_scheduler()
    averaged = AveragedModel(painter, multi_avg_fn=get_ema_multi_avg_fn(AVERAGED))
    optimizer = torch.optim.AdamW(painter.parameters(), lr=6e-4, betas=(0.9, 0.99), weight_decay=0.02)
    parts = {"model": painter, "averaged": averaged, "optimizer": optimizer}
    run = Run(options.out / "painter.pt", parts, options.painter_minutes)
    count = len(pictures.labels)

    def loss_of(step: int) -> Tensor:
        averaged.update_parameters(painter)
        generator, rng = torch.Generator().manual_seed(step), random.Random(step)
        chosen = torch.randint(len(latents), (BATCH,), generator=generator).tolist()
        prompts = [_prompt(pictures, number % count, rng) for number in chosen]
        return noise_loss(painter, scheduler, latents[chosen], prompt_tokens(tokenizer, prompts), generator)

    run.learn(painter, optimizer, loss_of)
    averaged.update_parameters(painter)
    served: Any = averaged.module
    return cast(Painter, served.eval())


def _prompt(pictures: Pictures, number: int, rng: random.Random) -> str:
    if rng.random() < NO_PROMPT:
        return ""
    photo = pictures.labels[number]
    return prompt_of(photo.product_type, pictures.colours[number], pictures.grounds[number], rng)


def write_checkpoint(painter: Painter, tokenizer: CLIPTokenizer, autoencoder: Autoencoder, folder: Path) -> None:
    """Save the pipeline as it is served, its weights as float16, with how it is meant to be asked."""
    shutil.rmtree(folder, ignore_errors=True)
    make_pipeline(painter, tokenizer, autoencoder).to(dtype=torch.float16).save_pretrained(folder)
    (folder / PICTURE_FILE_NAME).write_text(FORMAT.model_dump_json(indent=2) + "\n")
    (folder / "checkpoint.json").write_text(json.dumps(PROVENANCE, indent=2) + "\n")


def _write_card(folder: Path, photos: int, options: Options) -> None:
    megabytes = sum(file.stat().st_size for file in folder.rglob("*.safetensors")) / 1e6
    card = Template((Path(__file__).parent / "model_card.md").read_text()).substitute(
        photos=f"{photos:,}",
        megabytes=f"{megabytes:.1f}",
        steps=FORMAT.steps,
        guidance=FORMAT.guidance,
        autoencoder=round(options.autoencoder_minutes),
        painter=round(options.painter_minutes),
        start=f"the checkpoint {hash_folder(options.start)}" if options.start else "random weights",
    )
    (folder / "README.md").write_text(card)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="a folder with index.csv")
    parser.add_argument("--eye", type=Path, default=Path("models/vision"), help="the captioner whose features judge")
    parser.add_argument("--out", type=Path, default=Path("build/image"))
    parser.add_argument("--start", type=Path, help="an earlier checkpoint to train further, instead of new weights")
    parser.add_argument("--autoencoder-minutes", type=float, default=30)
    parser.add_argument("--painter-minutes", type=float, default=70)
    parser.add_argument("--threads", type=int, default=2)
    options = Options(**vars(parser.parse_args()))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    options.out.mkdir(parents=True, exist_ok=True)

    pictures = read_pictures(options.photos, "train")
    autoencoder = train_autoencoder(pictures, options)
    latents = encode_all(autoencoder, pictures.pixels)
    tokenizer = CLIPTokenizer.from_pretrained(options.start / "tokenizer") if options.start else make_tokenizer()
    painter = train_painter(pictures, latents, tokenizer, options)
    checkpoint = options.out / "checkpoint"
    write_checkpoint(painter, tokenizer, autoencoder, checkpoint)
    _write_card(checkpoint, len(pictures.labels), options)


if __name__ == "__main__":
    main()
