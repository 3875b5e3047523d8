"""From the bytes of an upload to an upright RGB picture that is safe to hand on.

The format is read from the content, never from what the client calls it. Pixels are bounded before the
raster is decoded, and what leaves is drawn on a fresh canvas: no EXIF, comments or other personal data.
"""

import base64
import io
import re

from PIL import ExifTags, Image

from operations.errors import BodyTooLarge, InvalidInput, UnsupportedMediaType

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
ACCEPTED = "Accepted are PNG, JPEG, WebP and GIF."
MIN_SIDE = 16
"""Pixels; smaller pictures show nothing that could be described."""
MAX_SIDE = 768
"""Pixels of the longer side of what is handed on; captioners look at 384 or less."""

_HEIC = (
    "This is a HEIC photo, as iPhones take them: set Settings > Camera > Formats to Most Compatible, "
    "or export it as JPEG."
)
_OTHER = (
    (re.compile(rb".{4}ftyp(?:heic|heix|heim|heis|hevc|hevx|mif1|msf1)", re.DOTALL), _HEIC),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL), "This is an AVIF picture."),
    (re.compile(rb".{4}ftyp", re.DOTALL), "This is a video."),
    (re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+"), "This is a TIFF picture."),
    (re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"), "This is an EPS drawing."),
    (re.compile(rb"%PDF"), "This is a PDF document."),
    (re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL), "This is a BMP picture."),
    (re.compile(rb"8BPS"), "This is a Photoshop document."),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<"), "This is an SVG drawing or a web page."),
)
_KNOWN = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP", re.DOTALL)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What puts a picture upright, by EXIF's orientation."""
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def prepare_photo(data: bytes, *, max_bytes: int, max_pixels: int) -> str:
    """Turn an upload into a base64 JPEG: upright RGB, on white, at most MAX_SIDE pixels on a side.

    Raises BodyTooLarge, UnsupportedMediaType (naming the formats accepted) or InvalidInput for `image`.
    CPU-bound: call it in a thread.
    """
    if len(data) > max_bytes:
        raise BodyTooLarge(f"The picture has more than {max_bytes // 1024**2} MB.")
    _check_format(data)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image, max_pixels)
            # A JPEG can be decoded at an eighth to a half of its size, which saves time and memory.
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
            image.load()
            canvas = _draw(image)
    except _BOMBS:
        raise _too_many_pixels(max_pixels) from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        # Pillow's own words may name files and modules of this machine: they go to the log as the cause.
        raise InvalidInput.of("image", "is damaged or incomplete and cannot be opened") from error
    return _encode(canvas)


def _check_format(data: bytes) -> None:
    if not data:
        raise InvalidInput.of("image", "is empty")
    if _KNOWN.match(data):
        return
    for signature, words in _OTHER:
        if signature.match(data):
            raise UnsupportedMediaType(f"{words} {ACCEPTED}")
    raise InvalidInput.of("image", f"is not a picture. {ACCEPTED[:-1]}")


def _check_size(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise _too_many_pixels(max_pixels)
    if min(image.size) < MIN_SIDE:
        raise InvalidInput.of("image", f"must be at least {MIN_SIDE} pixels wide and high", MIN_SIDE)


def _too_many_pixels(max_pixels: int) -> InvalidInput:
    return InvalidInput.of("image", f"must have at most {max_pixels / 1e6:g} million pixels", max_pixels)


def _draw(image: Image.Image) -> Image.Image:
    """A fresh RGB canvas with `image` on white, upright and no larger than MAX_SIDE."""
    picture = _eight_bit(image)
    if picture.mode == "P" or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    # Shrunk before all else: each further step copies the raster.
    picture.thumbnail((MAX_SIDE, MAX_SIDE), reducing_gap=3.0)
    turn = _TURNS.get(_orientation(image))
    if turn is not None:
        picture = picture.transpose(turn)
    canvas = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        canvas.paste(rgba, mask=rgba.getchannel("A"))
    else:
        canvas.paste(picture.convert("RGB"))
    return canvas


def _orientation(image: Image.Image) -> int:
    """How the camera was held, by EXIF; 1, upright, where that is missing or damaged: the picture is still good."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # whatever Pillow meets in bytes that anyone may have written
        return 1


def _eight_bit(image: Image.Image) -> Image.Image:
    """16-bit greys scaled to 8 bits, where a plain conversion would clip almost everything to white."""
    if image.mode in ("I", "I;16", "I;16L", "I;16B", "F"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return image


def _encode(canvas: Image.Image) -> str:
    buffer = io.BytesIO()
    canvas.save(buffer, format="JPEG", quality=95, subsampling=0)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
