"""From kept texts to examples: chats as the writer asks them, each with the answer that is to be learned.

Prompts come from `copywriter` alone, so that the model is asked when it serves as it was when it learned. Between two
epochs numbers change their digits, in facts and texts alike, and the facts of short fields their order: so copying is
learned, and no value by heart.
"""

import lzma
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contracts.base import Contract
from contracts.brief import Brief, FieldName, Tone
from contracts.items import Message
from copywriter.briefs import make_brief
from copywriter.outline import Point, round_words
from copywriter.product import Product
from copywriter.prompts import (
    ask_for_first_sentence,
    ask_for_more_items,
    ask_for_next_sentence,
    ask_for_text,
)
from verify.texts import count_words
from verify.values import find_keyword

_NUMBER = re.compile(r"(?<![\d.,])\d{2,}(?![\d.,]*\d)")
_ROUND = frozenset(["100", "360", "365"])
"""Numbers that mean something by themselves."""
_REPAIRS = 0.12
"""Of the lists of an epoch: the share that also shows how what is lacking is added."""
_SHORT = 0.35
"""Of the short fields: the share that an epoch has, as their prompts are much longer than they are."""


class Sentence(Contract):
    """One sentence of a description, and the numbers of the facts that it tells, from 1 on; `draft` is what the model
    wrote in its place, where somebody mended that."""

    text: str
    facts: tuple[int, ...]
    draft: str = ""


class Text(Contract):
    """One text, and what was asked for; a description is its `sentences`, the other fields are a `text`."""

    field: FieldName
    text: str = ""
    sentences: tuple[Sentence, ...] = ()
    tone: Tone = "lively"
    voice: str | None = None
    avoid: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """All that was written."""
        return " ".join([self.text, *(sentence.text for sentence in self.sentences)]).strip()

    def replaced(self, change: Callable[[str], str]) -> Self:
        """The same with `change` made to all that was written."""
        sentences = (sentence.model_copy(update={"text": change(sentence.text)}) for sentence in self.sentences)
        return self.model_copy(update={"text": change(self.text), "sentences": tuple(sentences)})


class Described(Contract):
    """A product with its texts."""

    id: str
    trade: str
    attributes: str
    keywords: str
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Example:
    """A chat whose last so many answers are `learned`; the turns before them are given.

    `drafts` are what was written in the place of each, where there is one.
    """

    turns: tuple[Message, ...]
    learned: int = 1
    drafts: tuple[str, ...] = ()


def read_described(file: Path) -> list[Described]:
    """The products of the kept data (JSON Lines, xz); raises OSError or ValueError where they cannot be read."""
    with lzma.open(file, "rt") as lines:
        return [Described.model_validate_json(line) for line in lines]


def examples_of(described: Described, rng: random.Random, epoch: int) -> tuple[list[Example], list[Example]]:
    """What one product teaches in one epoch: every second of its descriptions, and some of its short fields.

    `rng` decides how they are varied.
    """
    described = _with_other_numbers(described, rng)
    product = Product.parse(described.attributes, described.keywords)
    shuffled = _in_other_order(product, rng)
    descriptions: list[Example] = []
    fields: list[Example] = []
    written = [text for text in described.texts if text.field == "description"]
    for text in described.texts:
        given = product if text.field == "description" else shuffled
        brief = make_brief(text.field, given, text.tone, voice=text.voice, avoid=text.avoid)
        if text in written[epoch % 2 :: 2]:
            descriptions.append(sentence_by_sentence(brief, text))
        elif text not in written and rng.random() < _SHORT:
            fields += _whole(brief, text.text, rng)
    rng.shuffle(fields)
    return descriptions, fields


def sentence_by_sentence(brief: Brief, text: Text) -> Example:
    """A description as the turns that ask for one sentence after the other, all of them learned."""
    turns: list[Message] = []
    for sentence in text.sentences:
        point = Point(
            facts=tuple(brief.facts[number - 1] for number in sentence.facts),
            keywords=tuple(keyword for keyword in brief.keywords if find_keyword(sentence.text, keyword)),
            words=round_words(count_words(sentence.text)),
        )
        turns += [ask_for_next_sentence(point)] if turns else ask_for_first_sentence(brief, point)
        turns.append(_answer(sentence.text))
    return Example(tuple(turns), len(text.sentences), tuple(sentence.draft for sentence in text.sentences))


def _whole(brief: Brief, text: str, rng: random.Random) -> Iterator[Example]:
    """A short field, and of lists sometimes a turn that mends one: it lacks items, and the answer is those."""
    turns = ask_for_text(brief)
    yield Example((*turns, _answer(text)))
    if rng.random() > _REPAIRS:
        return
    items = text.split(brief.limits.separator) if brief.limits.separator else []
    if len(items) > brief.limits.items[0]:
        yield _items_again(brief, turns, items, rng)


def _answer(text: str) -> Message:
    return Message(role="assistant", content=text)


def _items_again(brief: Brief, turns: tuple[Message, ...], items: list[str], rng: random.Random) -> Example:
    count = rng.randint(1, len(items) - brief.limits.items[0])
    gone = set(rng.sample(range(len(items)), count))
    kept = [item for place, item in enumerate(items) if place not in gone]
    new = [item for place, item in enumerate(items) if place in gone]
    shown, answer = (_answer(brief.limits.separator.join(some)) for some in (kept, new))
    return Example((*turns, shown, ask_for_more_items(brief, count, ()), answer))


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
            "texts": tuple(text.replaced(changed) for text in described.texts),
        }
    )


def _other_number(number: str, rng: random.Random) -> str:
    first = number[0] if number[0] == "0" else rng.choice("123456789")
    return first + "".join(digit if digit == "0" else rng.choice("123456789") for digit in number[1:])


def all_examples(products: Sequence[Described], seed: int, epoch: int) -> Iterator[tuple[list[Example], list[Example]]]:
    """The examples of an epoch, a product's together, the products in an order of its own."""
    rng = random.Random(f"{seed}-{epoch}")
    for described in rng.sample(list(products), len(products)):
        yield examples_of(described, rng, epoch)
