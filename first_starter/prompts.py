"""What a checkpoint is asked, in plain language. Training and serving build their prompts here and nowhere else."""

from collections.abc import Sequence

from copywriter.product import Product
from first_starter.checks import Check, CheckName, plain
from first_starter.fields import FIELDS, FieldName, Tone
from first_starter.formats import PromptFormat
from first_starter.references import MAX_FACTS, MAX_KEYWORDS, keyword_reference

PROMPT_VERSION = 2
"""Counts changes of the wording below; it is recorded with a checkpoint trained on it, and in every answer."""

_BY_REFERENCE = "Write [1] for the value of fact 1."
_TOPIC_LINE = "Name the trade in a first line."
_IN_WORDS = (
    "Copy values exactly and add no other numbers or names. "
    "Answer with the text alone, without headings, quotation marks or Markdown."
)
_FAULTS: dict[CheckName, str] = {
    "length": "its length was wrong ({message})",
    "attributes": "it left out {missing}",
    "keywords": "it left out {missing}",
    "numbers": "it added {found}",
    "names": "it added {found}",
    "named values": "it put {found} beside another value",
    "plain text": "it held {found}",
    "sentences": "it had a faulty sentence ({found})",
    "words": "it had words that do not exist ({found})",
}


def prompt_for(
    field: FieldName, product: Product, prompt_format: PromptFormat, tone: Tone = "lively", failed: Sequence[Check] = ()
) -> str:
    """The user's turn that asks for `field` of `product`'s listing.

    `failed` are the checks that an earlier attempt failed; they are named, so that this one can do better.
    """
    numbered = prompt_format.values == "by reference"
    task = [FIELDS[field].task.format(tone=tone), _BY_REFERENCE if numbered else _IN_WORDS]
    if prompt_format.topic_line:
        task.append(_TOPIC_LINE)
    lines = [" ".join(task), "", "Facts:"]
    for number, fact in enumerate(product.facts[:MAX_FACTS], start=1):
        statement = f"{fact.name}: {fact.value}" if fact.name else fact.value
        lines.append(f"[{number}] {statement}" if numbered else f"- {statement}")
    keywords = wanted_keywords(product)
    if keywords:
        lines += ["", "Keywords:"]
        lines += [f"[k{n}] {keyword}" if numbered else f"- {keyword}" for n, keyword in enumerate(keywords, start=1)]
    if failed:
        lines += ["", f"Do better than an earlier attempt: {_faults(failed, product, numbered)}."]
    if product.title is not None and product.title < MAX_FACTS:
        lines += ["", f"The product: {product.facts[product.title].value}."]
    return "\n".join(lines)


def wanted_keywords(product: Product) -> tuple[str, ...]:
    """Keywords that must be written for themselves: not those that a fact's value contains anyway."""
    values = [f" {plain(fact.value)} " for fact in product.facts[:MAX_FACTS]]
    free = [keyword for keyword in product.keywords if not any(f" {plain(keyword)} " in value for value in values)]
    return tuple(free[:MAX_KEYWORDS])


def _faults(failed: Sequence[Check], product: Product, numbered: bool) -> str:
    """What the failed checks found, values as the prompt refers to them."""
    names: dict[str, str] = {}
    if numbered:
        names = {keyword: keyword_reference(n) for n, keyword in enumerate(wanted_keywords(product), start=1)}
        names |= {fact.value: f"[{n}]" for n, fact in enumerate(product.facts[:MAX_FACTS], start=1)}
    return "; ".join(
        _FAULTS[check.name].format(
            message=check.message,
            missing=", ".join(names.get(value, value) for value in check.missing),
            found=", ".join(check.found),
        )
        for check in failed
    )
