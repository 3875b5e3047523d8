"""Teaches the convolutional backbone to see: products, their types and colours, with mixup, before any caption."""

# torch and transformers leave some of their functions without types.
# mypy: disallow-untyped-calls=False

import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import ResNetConfig, ResNetModel

from training.vision.views import centre_view, random_view

BATCH = 64
CHANNELS = [32, 64, 128, 256]  # of the backbone's stages
log = logging.getLogger(__name__)


def backbone_config() -> ResNetConfig:
    """A small ResNet-18: its last stage gives (photos, channels, 4, 4) for inputs of 112 pixels."""
    settings: dict[str, Any] = {"out_features": ["stage2", "stage3", "stage4"]}  # as the hybrid encoder asks
    return ResNetConfig(
        embedding_size=32,
        hidden_sizes=CHANNELS,
        depths=[2, 2, 2, 2],
        layer_type="basic",
        **settings,
    )


class Classifier(nn.Module):
    """The backbone with three heads that exist for this training only.

    Products are few photos each; their types, which are told apart by more, teach what these have in common.
    """

    def __init__(self, products: int, types: int, colours: int) -> None:
        super().__init__()
        self.backbone = ResNetModel(backbone_config())
        self.product = nn.Linear(CHANNELS[-1], products)
        self.kind = nn.Linear(CHANNELS[-1], types)
        self.colour = nn.Linear(CHANNELS[-1], colours)

    def forward(self, view: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (photos, products), (photos, types), (photos, colours) of `view` (photos, 3, height, width)."""
        features = self.backbone(view).pooler_output.flatten(1)
        return self.product(features), self.kind(features), self.colour(features)


def train_classifier(
    model: Classifier,
    pixels: Tensor,
    labels: Tensor,
    folder: Path,
    epochs: int,
    check: Callable[[], str],
) -> None:
    """Trains `model` in place, going on from `folder`/encoder.pt where an earlier run stopped.

    `pixels` is uint8 (photos, height, width, 3); `labels` (photos, 3) are the class numbers of product, type and
    colour, -1 where the colour is unclear. `check` describes the model's quality for the log.
    """
    steps = (len(pixels) + BATCH - 1) // BATCH
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    saved, first = folder / "encoder.pt", 0
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["epoch"]
    for epoch in range(first, epochs):
        random = torch.Generator().manual_seed(epoch)
        model.train()
        total = 0.0
        for step, chosen in enumerate(torch.randperm(len(pixels), generator=random).split(BATCH)):
            set_rate(optimizer, (epoch + step / steps) / epochs)
            loss = _mixed_loss(model, pixels[chosen], labels[chosen], random)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(chosen)
        model.eval()
        log.info("encoder epoch %d loss %.3f %s", epoch + 1, total / len(pixels), check())
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}
        torch.save(state, saved)


def set_rate(optimizer: torch.optim.Optimizer, progress: float) -> None:
    """Warms the learning rates up over a tenth of the training, then lets them fall to 0 as a cosine."""
    factor = min(progress / 0.1, 0.5 + 0.5 * math.cos(math.pi * progress))
    for group in optimizer.param_groups:
        group["lr"] = group.setdefault("highest_lr", group["lr"]) * factor


def _mixed_loss(model: Classifier, pixels: Tensor, labels: Tensor, random: torch.Generator) -> Tensor:
    """Loss on pairs of photos laid over each other: each share of light has its own right answer."""
    view = random_view(pixels, random)
    share = 1 - 0.5 * float(torch.rand(1, generator=random)) ** 2
    other = torch.randperm(len(view), generator=random)
    with torch.autocast("cpu", torch.bfloat16):
        product, kind, colour = model(share * view + (1 - share) * view[other])
    loss = torch.zeros(())
    for part, truth in ((share, labels), (1 - share, labels[other])):
        right = functional.cross_entropy(product.float(), truth[:, 0], label_smoothing=0.1)
        right = right + 0.6 * functional.cross_entropy(kind.float(), truth[:, 1], label_smoothing=0.1)
        # Summed, since a batch may show no clear colour at all, of which there is no mean.
        named = functional.cross_entropy(colour.float(), truth[:, 2], ignore_index=-1, reduction="sum")
        loss = loss + part * (right + 0.6 * named / len(view))
    return loss


@torch.inference_mode()
def product_logits(model: Classifier, pixels: Tensor) -> Tensor:
    """Product logits of whole photos, uint8 (photos, height, width, 3)."""
    return torch.cat([model(centre_view(part))[0] for part in pixels.split(BATCH)])
