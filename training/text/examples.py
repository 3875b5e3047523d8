"""From kept texts to examples: chats as the writer asks them, each with the answer that is to be learned.

Prompts come from `copywriter` alone, so that the model is asked when it serves as it was when it learned. Between two
epochs a product's facts change their order, and numbers and made-up names their characters, in facts and texts alike:
so copying is learned, and no value by heart.
"""

import lzma
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.base import Contract
from contracts.brief import Brief, FieldName, Tone
from contracts.items import Message
from contracts.verdicts import Check
from copywriter.briefs import make_brief
from copywriter.product import Product
from copywriter.prompts import ask_again, ask_for_more, ask_for_more_items, ask_for_text
from verify.texts import split_sentences
from verify.values import contains

_NUMBER = re.compile(r"(?<![\d.,])\d{2,}(?![\d.,]*\d)")
_ROUND = frozenset(["100", "360", "365"])
"""Numbers that mean something by themselves."""
_REPAIRS = 0.12
"""Of the texts of an epoch: the share that also shows how a fault is mended."""
_SHORT = 0.6
"""Of the texts of one or two lines: the share that an epoch has, as their prompts are much longer than they are."""
_SHORT_FIELDS = ("title", "seo_title", "meta_description", "alt_text")


class Text(Contract):
    """One text, and what was asked for.

    A text with a `lesson` is learned in that epoch alone, counted from 1: free texts first, of which a model learns
    how facts become sentences, and plain ones after them, whose habits it then keeps.
    """

    field: FieldName
    text: str
    tone: Tone = "lively"
    words: tuple[int, int] | None = None
    voice: str | None = None
    avoid: tuple[str, ...] = ()
    lesson: int | None = None


class Described(Contract):
    """A product with its texts."""

    id: str
    trade: str
    attributes: str
    keywords: str
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Example:
    """A chat and the answer to its last turn."""

    turns: tuple[Message, ...]
    answer: str


def read_described(file: Path) -> list[Described]:
    """The products of the kept data (JSON Lines, xz); raises OSError or ValueError where they cannot be read."""
    with lzma.open(file, "rt") as lines:
        return [Described.model_validate_json(line) for line in lines]


def examples_of(described: Described, rng: random.Random, lesson: int) -> list[Example]:
    """What one product teaches in one epoch, which has the texts of a `lesson`; `rng` decides how it is varied."""
    described = _with_other_numbers(described, rng)
    product = _in_other_order(Product.parse(described.attributes, described.keywords), rng)
    examples = []
    for text in described.texts:
        if text.lesson not in (None, lesson) or (text.field in _SHORT_FIELDS and rng.random() > _SHORT):
            continue
        brief = make_brief(text.field, product, text.tone, text.words, text.voice, text.avoid)
        turns = ask_for_text(brief)
        examples.append(Example(turns, text.text))
        if rng.random() < _REPAIRS:
            examples += _repairs(brief, turns, text.text, rng)
    rng.shuffle(examples)
    return examples


def _repairs(brief: Brief, turns: tuple[Message, ...], text: str, rng: random.Random) -> Iterator[Example]:
    """One turn that mends: the text lacks a sentence or items, or has a fault, and the answer is what was kept."""
    if brief.field == "description":
        sentences = split_sentences(text, brief.given)
        if len(sentences) > 1:
            yield _sentence_again(brief, turns, sentences, rng)
    elif brief.limits.separator:
        items = text.split(brief.limits.separator)
        if len(items) > brief.limits.items[0]:
            yield _items_again(brief, turns, items, rng)
    elif brief.required:
        yield _whole_again(brief, turns, text, rng)


def _sentence_again(brief: Brief, turns: tuple[Message, ...], sentences: list[str], rng: random.Random) -> Example:
    number = rng.randrange(len(sentences))
    others = " ".join(sentences[:number] + sentences[number + 1 :])
    facts = [brief.facts[place - 1] for place in brief.required]
    told = [fact for fact in facts if contains(sentences[number], fact.value) and not contains(others, fact.value)]
    return Example((*turns, Message(role="assistant", content=others), ask_for_more(told, None)), sentences[number])


def _items_again(brief: Brief, turns: tuple[Message, ...], items: list[str], rng: random.Random) -> Example:
    count = rng.randint(1, len(items) - brief.limits.items[0])
    gone = set(rng.sample(range(len(items)), count))
    kept = [item for place, item in enumerate(items) if place not in gone]
    new = [item for place, item in enumerate(items) if place in gone]
    shown = Message(role="assistant", content=brief.limits.separator.join(kept))
    return Example((*turns, shown, ask_for_more_items(brief, count, ())), brief.limits.separator.join(new))


def _whole_again(brief: Brief, turns: tuple[Message, ...], text: str, rng: random.Random) -> Example:
    """A short field whose draft lacks one of its values."""
    value = brief.facts[rng.choice(brief.required) - 1].value
    draft = " ".join(re.sub(re.escape(value), "", text, flags=re.IGNORECASE).split()) or "..."
    fault = Check(name="attributes", status="failed", message="", missing=(value,))
    return Example((*turns, Message(role="assistant", content=draft), ask_again([fault])), text)


def _in_other_order(product: Product, rng: random.Random) -> Product:
    """The same facts, in half of the cases shuffled; what free text says first stays first."""
    facts = list(product.facts)
    if any(fact.name is None for fact in facts) or rng.random() < 0.5:
        return product
    rng.shuffle(facts)
    return product.model_copy(update={"facts": tuple(facts)})


def _with_other_numbers(described: Described, rng: random.Random) -> Described:
    """The same product with other digits in its longer numbers, in half of the cases."""
    numbers = sorted(set(_NUMBER.findall(described.attributes)) - _ROUND)
    if rng.random() < 0.5 or not numbers:
        return described
    others = {number: _other_number(number, rng) for number in numbers}
    if len(set(others.values())) < len(others):
        return described

    def changed(text: str) -> str:
        return _NUMBER.sub(lambda found: others.get(found[0], found[0]), text)

    return described.model_copy(
        update={
            "attributes": changed(described.attributes),
            "keywords": changed(described.keywords),
            "texts": tuple(text.model_copy(update={"text": changed(text.text)}) for text in described.texts),
        }
    )


def _other_number(number: str, rng: random.Random) -> str:
    first = number[0] if number[0] == "0" else rng.choice("123456789")
    return first + "".join(digit if digit == "0" else rng.choice("123456789") for digit in number[1:])


def all_examples(products: Sequence[Described], seed: int, epoch: int, lessons: int) -> Iterator[list[Example]]:
    """The examples of an epoch, a product's together, the products in an order of its own; it has the epoch's lesson,
    or the last of them."""
    rng = random.Random(f"{seed}-{epoch}")
    for described in rng.sample(list(products), len(products)):
        yield examples_of(described, rng, min(epoch + 1, lessons))
