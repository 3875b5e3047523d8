"""Teaches the convolutional backbone to see: products and colours, with mixup, before any caption."""

import logging
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import ResNetConfig, ResNetModel

from training.vision.data import centre_view, random_view

BATCH = 64
log = logging.getLogger(__name__)


def backbone_config() -> ResNetConfig:
    """A small ResNet-18: its last stage gives (photos, channels, 4, 4) for inputs of 112 pixels."""
    return ResNetConfig(
        embedding_size=32,
        hidden_sizes=[32, 64, 128, 256],
        depths=[2, 2, 2, 2],
        layer_type="basic",
        out_features=["stage4"],
    )


class Classifier(nn.Module):
    """The backbone with two heads that exist for this training only."""

    def __init__(self, products: int, colours: int) -> None:
        super().__init__()
        config = backbone_config()
        self.backbone = ResNetModel(config)
        self.product = nn.Linear(config.hidden_sizes[-1], products)
        self.colour = nn.Linear(config.hidden_sizes[-1], colours)

    def forward(self, view: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (photos, products) and (photos, colours) of `view` (photos, 3, height, width)."""
        features = self.backbone(view).pooler_output.flatten(1)
        return self.product(features), self.colour(features)


def train_classifier(
    model: Classifier,
    pixels: Tensor,
    products: Tensor,
    colours: Tensor,
    folder: Path,
    epochs: int,
    check: Callable[[], str],
) -> None:
    """Trains `model` in place, going on from `folder`/encoder.pt where an earlier run stopped.

    `pixels` is uint8 (photos, height, width, 3); `products` and `colours` are (photos,) class numbers,
    -1 where the colour is unclear. `check` describes the model's quality for the log.
    """
    steps = (len(pixels) + BATCH - 1) // BATCH
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.15, total_steps=epochs * steps, pct_start=0.15
    )
    saved, first = folder / "encoder.pt", 0
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first = state["epoch"]
    for epoch in range(first, epochs):
        random = torch.Generator().manual_seed(epoch)
        model.train()
        total = 0.0
        for chosen in torch.randperm(len(pixels), generator=random).split(BATCH):
            loss = _mixed_loss(model, pixels[chosen], products[chosen], colours[chosen], random)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        model.eval()
        log.info("encoder epoch %d loss %.3f %s", epoch + 1, total / len(pixels), check())
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(), "epoch": epoch + 1}, saved)  # fmt: skip


def _mixed_loss(
    model: Classifier, pixels: Tensor, products: Tensor, colours: Tensor, random: torch.Generator
) -> Tensor:
    """Loss on pairs of photos laid over each other: each share of light has its own right answer."""
    view = random_view(pixels, random)
    share = 1 - 0.5 * float(torch.rand(1, generator=random)) ** 2
    other = torch.randperm(len(view), generator=random)
    with torch.autocast("cpu", torch.bfloat16):
        product, colour = model(share * view + (1 - share) * view[other])
    loss = torch.zeros(())
    for part, truth in ((share, slice(None)), (1 - share, other)):
        loss = loss + part * functional.cross_entropy(product.float(), products[truth], label_smoothing=0.1)
        loss = loss + 0.3 * part * functional.cross_entropy(colour.float(), colours[truth], ignore_index=-1)
    return loss


@torch.inference_mode()
def class_logits(model: Classifier, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Product and colour logits of whole photos, uint8 (photos, height, width, 3)."""
    outputs = [model(centre_view(part)) for part in pixels.split(BATCH)]
    return torch.cat([product for product, _ in outputs]), torch.cat([colour for _, colour in outputs])
