"""Names the dominant colour of the thing in a photo, from its pixels alone.

Used to write training captions and to judge captions; serving never calls it.
"""

import numpy as np
from numpy.typing import NDArray

NAMES = ("black", "grey", "white", "beige", "brown", "red", "pink", "orange", "yellow", "olive green",
         "green", "turquoise", "blue", "navy", "purple")  # fmt: skip

# Hue ranges in degrees of OKLCH, from the lower bound of each name to the next.
_HUES = ((0, "red"), (40, "orange"), (83, "yellow"), (118, "green"), (168, "turquoise"),
         (225, "blue"), (290, "purple"), (335, "pink"))  # fmt: skip

_LIKE_BACKGROUND = 0.07  # OKLab distance below which a pixel counts as the background's
_SURE = 0.5  # share of the weight that a colour needs before it is named; a near colour counts half
_NEAR = {"navy": ("blue", "black"), "blue": ("navy",), "black": ("grey", "navy"), "grey": ("black",),
         "white": ("grey", "beige"), "beige": ("brown", "white"), "red": ("pink",), "pink": ("red", "purple"),
         "green": ("olive green", "turquoise"), "turquoise": ("green", "blue")}  # fmt: skip

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def colour_name(photo: Pixels) -> str | None:
    """The colour word for the thing in the middle of `photo` (height, width, 3; sRGB), None if unclear."""
    shares = colour_shares(photo)
    first = int(shares.argmax())
    near = max((shares[_at(name)] for name in _NEAR.get(NAMES[first], ())), default=0.0)
    return NAMES[first] if shares[first] + 0.5 * near >= _SURE else None


def edge_colour(photo: Pixels) -> str | None:
    """The colour word for most of the border of `photo` (height, width, 3; sRGB), None if there is no such word."""
    names = name_pixels(_oklab(_exposed(photo)))
    edge = max(1, round(0.05 * min(names.shape)))
    border = np.concatenate(
        [names[:edge].ravel(), names[-edge:].ravel(), names[:, :edge].ravel(), names[:, -edge:].ravel()]
    )
    counts = np.bincount(border, minlength=len(NAMES))
    return NAMES[int(counts.argmax())] if counts.max() >= _SURE * len(border) else None


def colour_shares(photo: Pixels) -> Floats:
    """Weight of each of NAMES in the foreground of `photo` (height, width, 3; sRGB); sums to 1."""
    lab = _oklab(_exposed(photo))
    weight = _foreground(lab)
    names = name_pixels(lab)
    counts = np.bincount(names.ravel(), weights=weight.ravel(), minlength=len(NAMES))
    return np.asarray(counts / counts.sum(), dtype=np.float32)


def name_pixels(lab: Floats) -> NDArray[np.intp]:
    """Index into NAMES of each OKLab pixel of `lab` (..., 3)."""
    light, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
    names = np.select([hue >= low for low, _ in reversed(_HUES)], [_at(name) for _, name in reversed(_HUES)])

    def rename(where: NDArray[np.bool_], name: str) -> None:
        names[where] = _at(name)

    warm = (hue > 40) & (hue < 125)
    rename((names == _at("blue")) & (light < 0.37), "navy")
    rename((names == _at("turquoise")) & (hue < 195) & (light < 0.5), "green")
    rename((names == _at("red")) & (light > 0.66) & (chroma < 0.17), "pink")
    rename((names == _at("pink")) & (light < 0.4), "purple")
    rename((names == _at("orange")) & (light < 0.62) & (chroma < 0.15), "brown")
    rename((names == _at("red")) & (hue > 25) & (light < 0.45) & (chroma < 0.09), "brown")
    rename(warm & (chroma < 0.09) & (light > 0.66), "beige")
    rename(warm & (chroma < 0.08) & (light <= 0.66) & (hue < 100), "brown")
    khaki = (hue > 85) & (hue < 140) & (light < 0.6)
    rename(khaki & (chroma < 0.11), "olive green")
    bluish = (hue > 225) & (hue < 290)
    pale = chroma < np.select([khaki, bluish, warm], [0.024, 0.022, 0.035], 0.03)
    rename(pale, "grey")
    rename((light > 0.78) & (chroma < np.where(warm, 0.04, 0.025)), "white")
    rename((light < 0.33) & (chroma < 0.035), "black")
    rename(light < 0.2, "black")
    return names


def _at(name: str) -> int:
    return NAMES.index(name)


def _exposed(photo: Pixels) -> Floats:
    """`photo` in linear light (height, width, 3), brightened where the whole picture is dark."""
    srgb = photo.astype(np.float32) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)
    bright = float(np.percentile(linear.max(axis=-1), 98))
    return np.asarray(np.minimum(linear * min(max(0.9 / max(bright, 1e-3), 1.0), 1.8), 1.0), np.float32)


def _oklab(linear: Floats) -> Floats:
    """OKLab (..., 3) of linear sRGB (..., 3); matrices by Björn Ottosson, bottosson.github.io/posts/oklab."""
    cones = linear @ np.array(
        [[0.4122214708, 0.2119034982, 0.0883024619],
         [0.5363325363, 0.6806995451, 0.2817188376],
         [0.0514459929, 0.1073969566, 0.6299787005]], dtype=np.float32)  # fmt: skip
    lab = np.cbrt(cones) @ np.array(
        [[0.2104542553, 1.9779984951, 0.0259040371],
         [0.7936177850, -2.4285922050, 0.7827717662],
         [-0.0040720468, 0.4505937099, -0.8086757660]], dtype=np.float32)  # fmt: skip
    return np.asarray(lab, dtype=np.float32)


def _foreground(lab: Floats) -> Floats:
    """Weight of each pixel (height, width): high in the middle, low where it looks like the border."""
    height, width = lab.shape[:2]
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None, :]
    middle = np.exp(-2.2 * (y**2 + x**2))
    edge = max(1, round(0.05 * min(height, width)))
    border = np.concatenate([lab[:edge].reshape(-1, 3), lab[:, :edge].reshape(-1, 3),
                             lab[:, -edge:].reshape(-1, 3)])  # fmt: skip
    nearest = np.full((height, width), np.inf, dtype=np.float32)
    for centre in _centres(border):
        nearest = np.minimum(nearest, np.linalg.norm(lab - centre, axis=-1))
    like_border = nearest < _LIKE_BACKGROUND
    if (middle * ~like_border).sum() < 0.2 * middle.sum():
        # The thing looks like its background: only the very middle can be trusted.
        return np.asarray(middle**3, dtype=np.float32)
    return np.asarray(middle * np.where(like_border, 0.05, 1.0), dtype=np.float32)


def _centres(border: Floats) -> list[Floats]:
    """Up to three colours (3,) that make up most of the pixels `border` (pixels, 3); Lloyd's algorithm."""
    order = np.argsort(border[:, 0])
    centres = border[order[[len(order) // 8, len(order) // 2, len(order) * 7 // 8]]]
    for _ in range(5):
        nearest = np.linalg.norm(border[:, None] - centres[None], axis=-1).argmin(axis=1)
        centres = np.stack([border[nearest == i].mean(axis=0) if (nearest == i).any() else centres[i]
                            for i in range(len(centres))])  # fmt: skip
    shares = np.bincount(nearest, minlength=len(centres)) / len(border)
    return [centre for centre, share in zip(centres, shares, strict=True) if share >= 0.2]
