"""Uploads become upright RGB pictures, or are refused in plain words."""

import base64
import io
import struct
import time
import zlib

import pytest
from PIL import Image, ImageOps

from operations.errors import BodyTooLarge, InvalidInput, ServiceError, UnsupportedMediaType
from operations.pictures import MAX_SIDE, prepare_photo

RED, WHITE = (254, 0, 0), (255, 255, 255)


def prepared(data: bytes) -> Image.Image:
    """The picture that a runner would see."""
    photo = prepare_photo(data, max_bytes=10 * 1024**2, max_pixels=40_000_000)
    return Image.open(io.BytesIO(base64.b64decode(photo, validate=True)))


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """`image` as a file."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def png(width: int, height: int, extra: bytes = b"", raster: bytes = b"") -> bytes:
    """A PNG written by hand, so that it can lie."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), extra, chunk(b"IDAT", zlib.compress(raster)), chunk(b"IEND", b""))
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def noise(mode: str = "RGB") -> Image.Image:
    """A picture that does not compress to nothing."""
    return Image.effect_noise((300, 200), 80).convert(mode)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_four_formats_are_read_by_content(form: str) -> None:
    """What the client calls a picture decides nothing: it is not even asked."""
    picture = prepared(encoded(noise(), form))
    assert (picture.mode, picture.size) == ("RGB", (300, 200))


@pytest.mark.parametrize(
    ("image", "form", "options", "colour"),
    [
        (Image.new("CMYK", (50, 40), (0, 255, 255, 0)), "JPEG", {}, RED),
        (Image.new("P", (50, 40), 0), "GIF", {"transparency": 0}, WHITE),
        (Image.new("LA", (50, 40), (0, 0)), "PNG", {}, WHITE),
        (Image.new("RGBA", (50, 40), (255, 0, 0, 0)), "WEBP", {}, WHITE),
        (Image.new("RGB", (50, 40), (1, 2, 3)), "PNG", {"transparency": (1, 2, 3)}, WHITE),
        (Image.new("1", (50, 40), 1), "PNG", {}, WHITE),
        (Image.new("I;16", (50, 40), 32768), "PNG", {}, (128, 128, 128)),
    ],
    ids=["cmyk", "palette", "grey with alpha", "alpha", "transparent colour", "bilevel", "16 bit"],
)
def test_every_kind_of_raster_becomes_rgb_on_white(
    image: Image.Image, form: str, options: dict[str, object], colour: tuple[int, int, int]
) -> None:
    """Plain conversion clips 16 bit to white and puts transparent pixels on black."""
    assert prepared(encoded(image, form, **options)).getpixel((20, 20)) == colour


def test_a_turned_photo_stands_upright_and_loses_its_personal_data() -> None:
    """A phone's photo carries its place and owner; neither may reach a model or a log."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "CANARY"
    data = encoded(Image.new("RGB", (100, 40), "red"), "JPEG", exif=exif, comment=b"CANARY")
    photo = base64.b64decode(prepare_photo(data, max_bytes=10**7, max_pixels=10**7))
    assert b"CANARY" in data
    assert b"CANARY" not in photo
    assert Image.open(io.BytesIO(photo)).size == (40, 100)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_way_to_hold_a_camera_comes_out_upright(form: str, orientation: int) -> None:
    """As Pillow itself turns them; the four corners tell each of the eight ways apart."""
    image = Image.new("RGB", (120, 60), "white")
    for place, colour in (((0, 0), "red"), ((60, 0), "lime"), ((0, 30), "blue")):
        image.paste(colour, (*place, place[0] + 60, place[1] + 30))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(image, form, exif=exif)
    with Image.open(io.BytesIO(data)) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    found = prepared(data)
    assert found.size == upright.size
    points = [(x * found.width // 4, y * found.height // 4) for x in (1, 3) for y in (1, 3)]
    for point in points:
        pairs = zip(found.getpixel(point), upright.getpixel(point), strict=True)  # type: ignore[arg-type]
        assert all(abs(a - b) < 16 for a, b in pairs)


@pytest.mark.parametrize("exif", [b"II*\0", b"xxxxxxxx", b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01"])
@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_good_picture_with_damaged_exif_is_taken_as_it_is(form: str, exif: bytes) -> None:
    """Phones and editors write all sorts of things there."""
    assert prepared(encoded(noise(), form, exif=exif)).size == (300, 200)


def test_a_large_photo_is_handed_on_small() -> None:
    """A captioner looks at a few hundred pixels; more only costs time on its way."""
    assert prepared(encoded(Image.new("RGB", (4000, 3000), "red"), "JPEG")).size == (MAX_SIDE, 576)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello" * 100,
        encoded(noise(), "JPEG")[:4000],
        encoded(noise(), "PNG")[:4000],
        encoded(noise(), "WEBP")[:4000],
        encoded(noise("P"), "GIF")[:4000],
        encoded(Image.new("RGB", (1, 1)), "PNG"),
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
    ],
    ids=["empty", "garbage", "cut jpeg", "cut png", "cut webp", "cut gif", "1x1", "png magic", "gif magic"],
)
def test_what_is_no_whole_picture_is_refused_as_input(data: bytes) -> None:
    """BentoML's own parsing answers 500 to these."""
    with pytest.raises(InvalidInput) as refused:
        prepared(data)
    assert refused.value.errors[0].field == "image"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (encoded(noise(), "TIFF"), "TIFF"),
        (encoded(noise(), "EPS"), "EPS"),
        (encoded(noise(), "BMP"), "BMP"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "Most Compatible"),
        (b"\0\0\0\x18ftypavif" + bytes(40), "AVIF"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b" <!doctype html><script>alert(1)</script>", "web page"),
        (b"%PDF-1.7", "PDF"),
    ],
    ids=["tiff", "eps", "bmp", "heic", "avif", "svg", "html", "pdf"],
)
def test_other_formats_are_named_and_refused_unopened(data: bytes, word: str) -> None:
    """EPS would start Ghostscript; a HEIC photo's owner needs to know what to change."""
    with pytest.raises(UnsupportedMediaType, match=word) as refused:
        prepared(data)
    assert "PNG, JPEG, WebP and GIF" in refused.value.detail


def test_too_many_bytes_are_refused() -> None:
    """The gateway bounds the whole request; this bounds the picture itself."""
    with pytest.raises(BodyTooLarge):
        prepare_photo(bytes(1025), max_bytes=1024, max_pixels=10**6)


def test_pixels_are_counted_before_the_raster_is_made() -> None:
    """Under a hundred bytes can declare 900 million pixels."""
    with pytest.raises(InvalidInput, match="million pixels") as refused:
        prepared(png(30_000, 30_000))
    assert refused.value.errors[0].limit == 40_000_000


def text_bomb() -> bytes:
    """A PNG of 2 MB whose comments unfold to 2 GB."""
    comment = b"\0\0" + zlib.compress(bytes(1_000_000), 9)
    return png(20, 20, b"".join(chunk(b"zTXt", b"k%d" % n + comment) for n in range(2000)), bytes(61 * 20))


def long_animation() -> bytes:
    """A GIF of 10,000 frames of 32 x 32 pixels."""
    frame = encoded(Image.new("P", (32, 32), 1), "GIF")
    start = frame.index(b",")
    return frame[:start] + frame[start:-1] * 10_000 + b";"


@pytest.mark.parametrize("bomb", [text_bomb(), long_animation()], ids=["png text", "gif frames"])
def test_a_bomb_costs_less_than_a_second(bomb: bytes) -> None:
    """First frame or 422, but never minutes of a core."""
    began = time.process_time()
    try:
        prepared(bomb)
    except ServiceError as refused:
        assert refused.status == 422
    assert time.process_time() - began < 1
