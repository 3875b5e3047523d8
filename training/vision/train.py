"""Trains the starter captioner: `python -m training.vision.train --photos DIR --out build/vision`.

First the convolutional backbone learns products and colours, then the whole captioner learns to write. Both
go on from the last finished epoch in the output folder; the checkpoint lands in its folder `checkpoint`.
"""

# torch and transformers leave some of their functions without types.
# mypy: disallow-untyped-calls=False

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedTokenizerFast, ResNetModel, VisionEncoderDecoderModel

from evaluation.captions import caption, judge, measured_colours
from evaluation.colour import NAMES
from evaluation.photo_index import Photo, Split, read_index, read_pixels
from training.vision.captioner import (
    BATCH,
    backbone_of,
    caption_tokens,
    captions_of,
    make_captioner,
    make_tokenizer,
    write_captions,
)
from training.vision.encoder import Classifier, product_logits, set_rate, train_classifier
from training.vision.publish import write_card, write_checkpoint
from training.vision.views import centre_view, random_view

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Photos:
    """One split in memory: `pixels` is uint8 (photos, height, width, 3), `colours` None where unclear."""

    labels: list[Photo]
    pixels: Tensor
    colours: list[str | None]


def read_split(folder: Path, split: Split) -> Photos:
    """Everything about one split of a photo folder; raises OSError where a file is missing."""
    labels = read_index(folder, split)
    return Photos(labels, torch.from_numpy(read_pixels(folder, labels)), measured_colours(folder, labels))


def train_backbone(train: Photos, validation: Photos, out: Path, epochs: int) -> ResNetModel:
    """A backbone that tells the products, types and colours of `train` apart."""
    type_of = {photo.product: photo.product_type for photo in train.labels}
    products, types = sorted(type_of), sorted(set(type_of.values()))
    model = Classifier(len(products), len(types), len(NAMES))

    def check() -> str:
        guesses = [type_of[products[i]] for i in product_logits(model, validation.pixels).argmax(dim=1).tolist()]
        right: dict[str, list[bool]] = {}
        for guess, photo in zip(guesses, validation.labels, strict=True):
            right.setdefault(photo.department, []).append(guess == photo.product_type)
        return f"types right { ({name: round(sum(part) / len(part), 3) for name, part in right.items()}) }"

    train_classifier(
        model,
        train.pixels,
        torch.tensor(
            [
                (products.index(photo.product), types.index(photo.product_type), NAMES.index(colour) if colour else -1)
                for photo, colour in zip(train.labels, train.colours, strict=True)
            ]
        ),
        out,
        epochs,
        check,
    )
    return model.backbone


def train_captioner(
    model: VisionEncoderDecoderModel,
    tokenizer: PreTrainedTokenizerFast,
    train: Photos,
    validation: Photos,
    out: Path,
    epochs: int,
) -> None:
    """Trains `model` in place, going on from `out`/captioner.pt; the backbone learns more slowly."""
    read, write = caption_tokens(
        tokenizer, [caption(photo, colour) for photo, colour in zip(train.labels, train.colours, strict=True)]
    )
    optimizer = _optimizer(model)
    saved, first = out / "captioner.pt", 0
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["epoch"]
    steps = (len(read) + BATCH - 1) // BATCH
    for epoch in range(first, epochs):
        random = torch.Generator().manual_seed(epoch)
        torch.manual_seed(epoch)  # dropout
        model.train()
        total = 0.0
        for step, chosen in enumerate(torch.randperm(len(read), generator=random).split(BATCH)):
            set_rate(optimizer, (epoch + step / steps) / epochs)
            view = random_view(train.pixels[chosen], random)
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(pixel_values=view, decoder_input_ids=read[chosen]).logits
            logits = logits.float().transpose(1, 2)
            loss = functional.cross_entropy(logits, write[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item() * len(chosen)
        log.info("captioner epoch %d loss %.3f %s", epoch + 1, total / len(read),
                 _check(model, tokenizer, validation))  # fmt: skip
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}
        torch.save(state, saved)


def _optimizer(model: VisionEncoderDecoderModel) -> torch.optim.Optimizer:
    seeing = list(backbone_of(model).parameters())
    known = {id(parameter) for parameter in seeing}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in known]
    return torch.optim.AdamW(
        [{"params": seeing, "lr": 1e-4}, {"params": rest, "lr": 1e-3}], betas=(0.9, 0.98), weight_decay=0.05
    )


def _check(model: VisionEncoderDecoderModel, tokenizer: PreTrainedTokenizerFast, validation: Photos) -> str:
    model.eval()
    parts = validation.pixels.split(BATCH)
    written = [text for part in parts for text in write_captions(model, tokenizer, centre_view(part))]
    return judge(validation.labels, validation.colours, written).model_dump_json()


def all_captions(photos: list[Photo]) -> list[str]:
    """Every caption that the photos could be given, in any colour: what the tokenizer is made for."""
    return [caption(photo, colour) for photo in photos for colour in (*NAMES, None)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="a folder with index.csv")
    parser.add_argument("--out", type=Path, default=Path("build/vision"))
    parser.add_argument("--encoder-epochs", type=int, default=36)
    parser.add_argument("--captioner-epochs", type=int, default=14)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    arguments.out.mkdir(parents=True, exist_ok=True)

    train, validation = read_split(arguments.photos, "train"), read_split(arguments.photos, "validation")
    backbone = train_backbone(train, validation, arguments.out, arguments.encoder_epochs)
    tokenizer = make_tokenizer(all_captions(train.labels))
    model = make_captioner(backbone, tokenizer)
    train_captioner(model, tokenizer, train, validation, arguments.out, arguments.captioner_epochs)

    checkpoint = arguments.out / "checkpoint"
    write_checkpoint(model, tokenizer, checkpoint)
    written = captions_of(arguments.photos, validation.labels, checkpoint)
    quality = judge(validation.labels, validation.colours, written)
    write_card(checkpoint, quality, len(train.labels))
    log.info("%s %s", checkpoint, quality.model_dump_json())


if __name__ == "__main__":
    main()
