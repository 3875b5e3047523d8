"""The autoencoder: photos to latents of an eighth of their size, and back.

It is diffusers' AutoencoderTiny (after TAESD, github.com/madebyollin/taesd), narrow enough for two cores. Beside the
pixels it is taught with features of the vision starter, which see that a weave or a seam is gone where pixels hardly
differ.
"""

# torch and transformers leave some of their functions without types.
# mypy: disallow-untyped-calls=False

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderTiny
from torch import Tensor, nn
from torch.nn import functional
from transformers import VisionEncoderDecoderModel

from training.vision.captioner import backbone_of

Autoencoder = Any
"""An AutoencoderTiny, whose methods diffusers hides from type checkers."""
CHANNELS, LATENTS = 32, 4
CROP = 64
_FEATURE_WEIGHT, _LATENT_WEIGHT = 0.3, 0.002


def make_autoencoder() -> Autoencoder:
    """An untrained autoencoder; latents are (photos, LATENTS, height / 8, width / 8)."""
    return AutoencoderTiny(
        encoder_block_out_channels=(CHANNELS,) * 4,
        decoder_block_out_channels=(CHANNELS,) * 4,
        latent_channels=LATENTS,
        num_encoder_blocks=(1, 1, 2, 2),
        num_decoder_blocks=(2, 2, 1, 1),
    )


def load_autoencoder(checkpoint: Path) -> Autoencoder:
    """The autoencoder of an earlier checkpoint, to learn on."""
    return AutoencoderTiny.from_pretrained(checkpoint / "vae", torch_dtype=torch.float32)


def load_features(checkpoint: Path) -> nn.Module:
    """The convolutional eye of a captioner of this project, which only judges."""
    captioner = VisionEncoderDecoderModel.from_pretrained(checkpoint, dtype=torch.float32)
    return backbone_of(captioner).eval().requires_grad_(False)


def to_signal(pixels: Tensor) -> Tensor:
    """Values from -1 to 1 of uint8 `pixels`."""
    return (pixels.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def crops(pixels: Tensor, random: torch.Generator) -> Tensor:
    """A random square of CROP pixels from each photo, every second one mirrored; uint8 (photos, 3, CROP, CROP)."""
    _, _, height, width = pixels.shape
    squares = []
    for photo in pixels:
        top = int(torch.randint(height - CROP + 1, (1,), generator=random))
        left = int(torch.randint(width - CROP + 1, (1,), generator=random))
        square = photo[:, top : top + CROP, left : left + CROP]
        squares.append(square.flip(-1) if torch.rand(1, generator=random) < 0.5 else square)
    return torch.stack(squares)


def reconstruction_loss(model: Autoencoder, features: nn.Module, photos: Tensor) -> Tensor:
    """How far `photos` (photos, 3, height, width; -1 to 1) are from what the autoencoder makes of them."""
    with torch.autocast("cpu", torch.bfloat16):
        latents: Tensor = model.encode(photos).latents
        painted = model.decode(latents).sample
        seen, wanted = _stages(features, painted), _stages(features, photos)
    unlike = sum((_unit(a) - _unit(b)).square().sum(1).mean() for a, b in zip(seen, wanted, strict=True))
    loss: Tensor = functional.l1_loss(painted.float(), photos) + _FEATURE_WEIGHT * unlike
    return loss + _LATENT_WEIGHT * latents.float().square().mean()


def _stages(features: nn.Module, photos: Tensor) -> Sequence[Tensor]:
    maps: Sequence[Tensor] = features(photos).feature_maps
    return maps[:2]


def _unit(features: Tensor) -> Tensor:
    """Features of length 1 at each place, as LPIPS compares them (Zhang et al., 2018)."""
    return functional.normalize(features.float(), dim=1)


@torch.inference_mode()
def encode_all(model: Autoencoder, pixels: Tensor, batch: int = 64) -> Tensor:
    """Latents of all photos and then of all mirrored, as the painter learns them: divided to a variance of 1."""
    both = (part for source in (pixels, pixels.flip(-1)) for part in source.split(batch))
    latents = torch.cat([model.encode(to_signal(part)).latents for part in both])
    scale: float = model.config.scaling_factor
    return latents * scale


def set_scale(model: Autoencoder, pixels: Tensor) -> None:
    """Record how latents are scaled to a variance of 1, so that a pipeline scales them back."""
    model.register_to_config(scaling_factor=1.0)
    model.register_to_config(scaling_factor=round(1 / float(encode_all(model, pixels[:512]).std()), 4))
