"""What a checkpoint is asked, in plain language. Training and serving build their prompts here and nowhere else."""

from collections.abc import Sequence

from copywriter.formats import PromptFormat
from copywriter.product import Product
from copywriter.references import MAX_FACTS, MAX_KEYWORDS

MIN_WORDS = 80
MAX_WORDS = 120

_TASK = (
    f"Write a product description for an online shop in one paragraph of {MIN_WORDS} to {MAX_WORDS} words. "
    "Use every fact and keyword, and add no others."
)
_BY_REFERENCE = "Write [1] for the value of fact 1."
_TOPIC_LINE = "Name the trade in a first line."
_IN_WORDS = (
    "Copy values exactly and add no other numbers or names. "
    "Use plain sentences without headings, lists or Markdown."
)


def description_prompt(product: Product, prompt_format: PromptFormat, missing: Sequence[str] = ()) -> str:
    """The user's turn that asks for a description of `product`.

    `missing` names values that an earlier attempt left out; they are asked for once more.
    """
    numbered = prompt_format.values == "by reference"
    task = [_TASK, _BY_REFERENCE if numbered else _IN_WORDS, *([_TOPIC_LINE] if prompt_format.topic_line else [])]
    lines = [" ".join(task), "", "Facts:"]
    for number, fact in enumerate(product.facts[:MAX_FACTS], start=1):
        statement = f"{fact.name}: {fact.value}" if fact.name else fact.value
        lines.append(f"[{number}] {statement}" if numbered else f"- {statement}")
    keywords = wanted_keywords(product)
    if keywords:
        lines += ["", "Keywords:"]
        lines += [f"[k{n}] {keyword}" if numbered else f"- {keyword}" for n, keyword in enumerate(keywords, start=1)]
    if product.title is not None and product.title < MAX_FACTS:
        lines += ["", f"Describe the {product.facts[product.title].value}."]
    if missing:
        lines += ["", "An earlier attempt left out: " + "; ".join(missing) + "."]
    return "\n".join(lines)


def wanted_keywords(product: Product) -> tuple[str, ...]:
    """Keywords that must be written for themselves: not those that a fact's value contains anyway."""
    values = [f" {_plain(fact.value)} " for fact in product.facts[:MAX_FACTS]]
    free = [keyword for keyword in product.keywords if not any(f" {_plain(keyword)} " in value for value in values)]
    return tuple(free[:MAX_KEYWORDS])


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())
