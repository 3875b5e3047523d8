"""A brief written by the first starter, and its answer as any other's."""

from collections.abc import Sequence

from contracts.brief import Brief, LeftOut
from contracts.items import TextItem, TextResult
from contracts.verdicts import Check, Written
from copywriter.product import Product
from copywriter.session import Effort, Write
from first_starter.formats import PromptFormat
from first_starter.references import MAX_FACTS, MAX_KEYWORDS
from first_starter.writer import Request, write_field


def readable(brief: Brief) -> Brief:
    """The brief with the facts and keywords that the starter can read; the others are named in `left_out`."""
    facts = [
        LeftOut(kind="fact", value=fact.value, reason=f"this checkpoint reads {MAX_FACTS} facts")
        for fact in brief.facts[MAX_FACTS:]
    ]
    keywords = [
        LeftOut(kind="keyword", value=keyword, reason=f"this checkpoint reads {MAX_KEYWORDS} keywords")
        for keyword in brief.keywords[MAX_KEYWORDS:]
    ]
    return brief.model_copy(
        update={
            "facts": brief.facts[:MAX_FACTS],
            "title": brief.title if brief.title and brief.title <= MAX_FACTS else None,
            "brand": brief.brand if brief.brand and brief.brand <= MAX_FACTS else None,
            "required": tuple(number for number in brief.required if number <= MAX_FACTS),
            "keywords": brief.keywords[:MAX_KEYWORDS],
            "left_out": (*brief.left_out, *facts, *keywords),
        }
    )


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
