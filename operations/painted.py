"""Painted pictures as files that say that a model painted them, with which words, checkpoint and seed.

The marks are XMP: DigitalSourceType and the AI fields of the IPTC Photo Metadata Standard 2025.1
(https://iptc.org/std/photometadata/specification/), by which shops and search engines tell such pictures.
"""

import base64
import io
import re
from typing import Literal
from xml.etree import ElementTree

from PIL import Image, PngImagePlugin
from pydantic import BaseModel

FileFormat = Literal["png", "webp"]
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_SYSTEM = "Product Description Generator"
_X, _RDF = "adobe:ns:meta/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC, _XMP = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "http://ns.adobe.com/xap/1.0/"
_OWN = "urn:product-description-generator:picture"
# What XML 1.0 cannot say, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
for _prefix, _uri in (("x", _X), ("rdf", _RDF), ("Iptc4xmpExt", _IPTC), ("xmp", _XMP), ("pdg", _OWN)):
    ElementTree.register_namespace(_prefix, _uri)


class Painting(BaseModel):
    """What a picture was painted from: asked so again, the checkpoint paints it again.

    A `demonstration` was painted by a starter of this project's own: it must not be offered as a photo of goods.
    """

    prompt: str
    image_model: str
    dvc_hash: str
    seed: int
    steps: int
    width: int
    height: int
    demonstration: bool


def encode(image: str, painting: Painting, file_format: FileFormat) -> bytes:
    """The base64 PNG of a runner as a PNG or WebP file that carries `painting`; the pixels stay as they are."""
    picture = Image.open(io.BytesIO(base64.b64decode(image)), formats=("PNG",))
    buffer = io.BytesIO()
    if file_format == "png":
        marks = PngImagePlugin.PngInfo()
        marks.add_itxt("XML:com.adobe.xmp", _packet(painting).decode())
        picture.save(buffer, "PNG", pnginfo=marks)
    else:
        picture.save(buffer, "WEBP", lossless=True, xmp=_packet(painting))
    return buffer.getvalue()


def _packet(painting: Painting) -> bytes:
    meta = ElementTree.Element(f"{{{_X}}}xmpmeta")
    rdf = ElementTree.SubElement(meta, f"{{{_RDF}}}RDF")
    about = ElementTree.SubElement(rdf, f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""})
    fields = {
        f"{{{_XMP}}}CreatorTool": _SYSTEM,
        f"{{{_IPTC}}}DigitalSourceType": SOURCE_TYPE,
        f"{{{_IPTC}}}AISystemUsed": painting.image_model,
        f"{{{_IPTC}}}AISystemVersionUsed": painting.dvc_hash,
        f"{{{_IPTC}}}AIPromptInformation": painting.prompt,
        f"{{{_OWN}}}seed": str(painting.seed),
        f"{{{_OWN}}}steps": str(painting.steps),
        f"{{{_OWN}}}demonstration": str(painting.demonstration).lower(),
    }
    for name, value in fields.items():
        ElementTree.SubElement(about, name).text = _NOT_XML.sub("\ufffd", value)
    packet: bytes = ElementTree.tostring(meta, encoding="utf-8")
    return packet
