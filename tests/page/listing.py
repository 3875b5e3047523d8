"""Whole listings as the service answers them, for a page whose checkpoints cannot write one."""

import asyncio
from collections.abc import Mapping, Sequence

from contracts.brief import FieldName
from contracts.items import Heard, TextItem, TextResult
from contracts.verdicts import Written
from copywriter.briefs import make_brief
from copywriter.product import Product
from copywriter.session import Effort
from copywriter.writer import write_field
from operations.http.answers import listing_answer

TEXTS: Mapping[FieldName, str] = {
    "title": "Travel mug, stainless steel, 350 ml",
    "description": (
        "This travel mug is made of stainless steel and holds 350 ml. It goes to the office "
        "and comes with you for camping. Fill it before you go, close it, and put it in your bag."
    ),
    "bullets": "Holds 350 ml\nMade of stainless steel\nFor the office and for camping",
    "tags": "travel mug, office, camping, stainless steel, steel mug",
    "seo_title": "Travel mug in stainless steel, 350 ml",
    "meta_description": (
        "A travel mug of stainless steel that holds 350 ml. Take it to the office, and take it camping too."
    ),
    "alt_text": "A travel mug of stainless steel.",
}


def _answer(texts: Mapping[FieldName, str]) -> str:
    """The answer whose fields a model has written as `texts`, with the checks that the service makes of them."""
    product = Product.parse("Type: travel mug; Material: stainless steel; Volume: 350 ml", "office, camping")

    async def written(field: FieldName, text: str) -> Written:
        async def write(items: Sequence[TextItem], heard: Heard | None = None) -> list[TextResult]:
            return [TextResult(id=item.id, text=text, finish="end") for item in items]

        return await write_field(make_brief(field, product), write, 7, Effort(1, 1, 1))

    fields = {field: asyncio.run(written(field, text)) for field, text in texts.items()}
    models = {
        "language_model": "tiny",
        "engine": "tiny 1",
        "dvc_hashes": {"text": "0" * 32},
        "decoding": {},
        "bento_tag": None,
    }
    return listing_answer(fields, seed=7, tone="lively", channel="plain", **models).model_dump_json()


# Made when imported: Playwright's own event loop runs while its tests do.
COMPLETE = _answer(TEXTS)
INCOMPLETE = _answer(
    {**TEXTS, "tags": "travel mug, office, " + "x" * 61, "seo_title": "Travel mug of 2024, " + "stainless steel " * 3}
)
