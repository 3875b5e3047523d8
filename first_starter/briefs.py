"""A brief written by the first starter, and its answer as any other's."""

from collections.abc import Sequence

from contracts.brief import Brief
from contracts.items import TextItem, TextResult
from contracts.verdicts import Check, Written
from copywriter.product import Product
from copywriter.writer import Effort, Write
from first_starter.formats import PromptFormat
from first_starter.references import MAX_FACTS, MAX_KEYWORDS
from first_starter.writer import Request, write_field

__all__ = ["MAX_FACTS", "MAX_KEYWORDS", "write_brief"]


async def write_brief(brief: Brief, write: Write, seed: int, effort: Effort, prompt_format: PromptFormat) -> Written:
    """The best text that the starter wrote for `brief`; raises NoTextError if it wrote none."""

    async def write_items(items: Sequence[TextItem]) -> Sequence[TextResult]:
        return await write(items)

    product = Product(facts=brief.facts, keywords=brief.keywords, source=brief.given)
    request = Request(product, prompt_format, brief.tone, seed, effort.candidates, effort.rounds)
    answer = await write_field(brief.field, request, write_items)
    checks = tuple(
        Check(
            name=check.name,
            status="passed" if check.passed else "failed",
            message=check.message,
            missing=check.missing,
            found=check.found,
        )
        for check in answer.checks
    )
    return Written(
        text=answer.text,
        items=answer.items,
        complete=answer.complete,
        missing=answer.missing,
        checks=checks,
        evidence=answer.evidence,
        left_out=brief.left_out,
        words=answer.words,
        confidence=answer.confidence,
        attempts=answer.attempts,
        seed=answer.seed,
        tokens=answer.tokens,
        drafts=answer.drafts,
    )
