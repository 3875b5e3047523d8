"""Photos as the network sees them, and the random changes that make few photos go further."""

import math

import torch
from torch import Tensor
from torch.nn import functional

IMAGE_SIZE = 112  # pixels per side that the network is trained on
# Pixels per side that serving squeezes a photo to, of which the network sees the middle: its random views in training
# show products larger than whole photos do, so that whole ones look unusual to it.
RESIZED = 132
MEAN = STD = 0.5  # of pixel values scaled to 0..1


def to_input(pixels: Tensor) -> Tensor:
    """Network input (photos, 3, height, width), about -1..1, of uint8 `pixels` (photos, height, width, 3)."""
    scaled = pixels.permute(0, 3, 1, 2).float() / 255
    return ((scaled - MEAN) / STD).contiguous(memory_format=torch.channels_last)


def centre_view(pixels: Tensor) -> Tensor:
    """What serving sees: the middle of photos, IMAGE_SIZE of RESIZED, from uint8 (photos, height, width, 3)."""
    whole = functional.interpolate(to_input(pixels), (RESIZED, RESIZED), mode="bilinear", antialias=True)
    seen = slice((RESIZED - IMAGE_SIZE) // 2, (RESIZED + IMAGE_SIZE) // 2)
    return whole[:, :, seen, seen].contiguous(memory_format=torch.channels_last)


def random_view(pixels: Tensor, random: torch.Generator) -> Tensor:
    """Randomly cropped, turned, mirrored, lit and partly erased photos at IMAGE_SIZE.

    Colours stay what they are called: brightness and contrast move by a fifth, hues do not move.
    """
    count = len(pixels)

    def between(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=random)

    zoom, aspect, angle = between(0.6, 1.05), between(-0.15, 0.15).exp(), between(-1, 1) * math.radians(14)
    mirror = torch.where(between(0, 1) < 0.5, -1.0, 1.0)
    wide, high = zoom * aspect, zoom / aspect
    slack_x, slack_y = (1 - wide).clamp(min=0), (1 - high).clamp(min=0)
    turn = torch.stack([
        torch.stack([mirror * wide * angle.cos(), -high * angle.sin(), slack_x * between(-1, 1)], dim=1),
        torch.stack([mirror * wide * angle.sin(), high * angle.cos(), slack_y * between(-1, 1)], dim=1),
    ], dim=1)  # fmt: skip
    grid = functional.affine_grid(turn, [count, 3, IMAGE_SIZE, IMAGE_SIZE], align_corners=False)
    view = functional.grid_sample(to_input(pixels), grid, padding_mode="reflection", align_corners=False)
    light, contrast = between(-0.15, 0.15), between(0.82, 1.2)
    view = (view * contrast[:, None, None, None] + light[:, None, None, None]).clamp(-1, 1)
    _erase(view, between(0, 1) < 0.3, random)
    return view.contiguous(memory_format=torch.channels_last)


def _erase(view: Tensor, chosen: Tensor, random: torch.Generator) -> None:
    """Puts a grey rectangle over each chosen photo of `view` (photos, 3, height, width)."""
    size = view.shape[-1]
    for i in chosen.nonzero().flatten().tolist():
        high, wide = torch.randint(size // 8, size // 2, (2,), generator=random).tolist()
        top, left = torch.randint(0, size // 2, (2,), generator=random).tolist()
        view[i, :, top : top + high, left : left + wide] = 0
