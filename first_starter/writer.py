"""From a product to checked texts: plan the prompt, sample candidates, check each, serve the best.

The model writes every sentence. This module numbers the facts, forbids what cannot be right, puts values in the place
of their references, judges the candidates and asks again, at most `rounds` times.
"""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from contracts.items import Decoding, ItemError, Message, TextItem, TextResult
from contracts.verdicts import Evidence
from copywriter.product import Product
from copywriter.session import NoTextError
from first_starter.checks import (
    Check,
    CheckName,
    check_field,
    count_words,
    required_facts,
    split_items,
    words_before_others,
)
from first_starter.contracts import Constraints, Reference, StarterSettings
from first_starter.fields import FIELD_NAMES, FIELDS, MAX_WORDS, MIN_WORDS, FieldName, Tone
from first_starter.formats import PromptFormat
from first_starter.prompts import prompt_for, wanted_keywords
from first_starter.references import (
    MAX_FACTS,
    all_references,
    fact_references,
    keyword_reference,
    name_in_text,
    resolve,
)
from verify.values import spans_of_values

Write = Callable[[Sequence[TextItem]], Awaitable[Sequence[TextResult]]]

TEMPERATURES = (0.6, 0.75, 1.0)
"""By round: what all candidates of one round got wrong, such as "A aluminium lamp", a freer one will not all repeat."""
TOP_P = 0.95
NO_REPEAT_NGRAM = 7
NO_REPEAT_TAG = 3
"""A comma and two words: no tag is written twice."""
MAX_NEW_TOKENS = 320
FORCED = 0.3
"""Above this share a text has most often lost its way: a wrong value, or no word at all, where a reference belonged."""
SEEDS_APART = 128
"""How far the candidates' own seeds of two neighbouring `seed`s lie apart: another seed gives another text."""
VALUE_LIMIT = 2
"""How often a description may write a value. With 1 the model would finish "It is made of" with some other fact,
where the material has been named before."""
TOPIC_TOKENS = 12
"""More than any trade's name has."""
_PENALTIES: dict[CheckName, int] = {
    "length": 4,
    "attributes": 3,
    "keywords": 3,
    "numbers": 3,
    "names": 2,
    "named values": 2,
    "plain text": 4,
    "sentences": 1,
    "words": 2,
}
_ASTRAY = 2
"""A garbled sentence is worse than a wrong article, and better than a fact that is not there."""
_LIST_MARK = re.compile(r"^(?:[-*\u2022]|\d{1,2}[.)])\s+")
_TOPIC_RULE = (
    "the text is written under the trade that the model finds likeliest, under a general one where that is a guess"
)
_REFERENCE_RULES = (
    "values are written by reference and put in place exactly",
    "no value is written that the product does not have, none too often for the field or beyond its characters, and no "
    "keyword after a word that it cannot follow",
    "the end is forbidden before the least number of words, inside a sentence where the field has sentences, and while "
    "a fact or keyword that the field must hold is missing",
)


class Judged(BaseModel):
    """All that is known of a text besides itself.

    `complete` means that every check passed; otherwise `missing` and `checks` say what the text lacks. `confidence` is
    the model's own, the geometric mean probability of its tokens, `forced` the largest share of probability that it
    gave at one step to references which it might not write, and `least_likely` the natural logarithm of its least
    likely sentence's probability. Asked with the same `seed` and settings, the same text is written again; the served
    candidate's own seed is `seed` * 128 + `candidate`. `restrictions` tells what decoding was not free to choose;
    `drafts` are all candidates in the order of their seeds, the text served among them.
    """

    model_config = ConfigDict(frozen=True)

    complete: bool
    missing: tuple[str, ...]
    checks: tuple[Check, ...]
    evidence: tuple[Evidence, ...]
    restrictions: tuple[str, ...]
    words: int
    confidence: float
    forced: float
    least_likely: float
    attempts: int
    seed: int
    candidate: int
    tokens: int
    drafts: tuple[str, ...] = ()


class Written(Judged):
    """One field's text; `items` are its bullets or tags, for other fields the text alone."""

    text: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """What to write, and how often to try: up to `rounds` times `candidates` texts."""

    product: Product
    prompt_format: PromptFormat
    tone: Tone
    seed: int
    candidates: int
    rounds: int


async def write_listing(request: Request, write: Write) -> dict[FieldName, Written]:
    """Every field of a listing; raises NoTextError if one could not be written at all."""
    texts = await asyncio.gather(*(write_field(field, request, write) for field in FIELD_NAMES))
    return dict(zip(FIELD_NAMES, texts, strict=True))


async def write_field(field: FieldName, request: Request, write: Write) -> Written:
    """Sample `field` and return the best candidate; raises NoTextError if none was written.

    Sampling stops after the first round that holds a text which passes every check and has not gone astray; of several
    such the one is served that `_best` ranks first. A later round is told which checks the best candidate so far
    has failed.
    """
    judged: list[Written] = []
    errors: list[ItemError] = []
    prefix, tokens = await _topic(field, request, write) if request.prompt_format.topic_line else ("", 0)
    attempts = 0
    for round_number in range(request.rounds):
        best_so_far = _best(judged, request.prompt_format).checks if judged else ()
        failed = [check for check in best_so_far if not check.passed]
        first_seed = request.seed * SEEDS_APART + round_number * request.candidates
        temperature = TEMPERATURES[min(round_number, len(TEMPERATURES) - 1)]
        items = [
            _item(field, request, first_seed + number, temperature, failed, prefix)
            for number in range(request.candidates)
        ]
        for item, result in zip(items, await write(items), strict=True):
            attempts += 1
            tokens += result.new_tokens
            if result.error:
                errors.append(result.error)
            else:
                judged.append(_judge(field, request, item, result))
        if any(written.complete and not _astray(written, request.prompt_format) for written in judged):
            break
    if not judged:
        raise NoTextError(errors)
    best = _best(judged, request.prompt_format)
    candidate = best.seed - request.seed * SEEDS_APART
    whole = {"attempts": attempts, "tokens": tokens, "seed": request.seed, "candidate": candidate}
    return best.model_copy(update={**whole, "drafts": tuple(draft.text for draft in judged)})


async def _topic(field: FieldName, request: Request, write: Write) -> tuple[str, int]:
    """The line under which the field is written, and how many tokens were written to find it.

    It names the trade that the model finds likeliest, or none where the format takes that for a guess. The product's
    name alone is a second opinion, which no fact or keyword can lead astray.
    """
    whole, prompt_format = request.product, request.prompt_format
    title = whole.title or 0
    alone = Product(facts=whole.facts[title : title + 1], source=whole.source)
    decoding = Decoding(max_new_tokens=TOPIC_TOKENS, temperature=0)
    items = [
        TextItem(
            id=f"{field} topic {number}",
            messages=(Message(role="user", content=prompt_for(field, seen, prompt_format, request.tone)),),
            decoding=decoding,
            starter=StarterSettings(stop_at_line=True).model_dump(mode="json"),
        )
        for number, seen in enumerate((whole, alone))
    ]
    first, second = await write(items)
    if errors := [result.error for result in (first, second) if result.error]:
        raise NoTextError(errors)
    topic, opinion = first.text.strip(), second.text.strip()
    likely = math.exp((first.starter or {}).get("least_likely", 0.0))
    guessed = likely < prompt_format.least_topic or (likely < prompt_format.sure_topic and topic != opinion)
    if guessed and prompt_format.general_topic is not None:
        topic = prompt_format.general_topic
    return f"{topic}\n", first.new_tokens + second.new_tokens


def _item(
    field: FieldName, request: Request, seed: int, temperature: float, failed: Sequence[Check], prefix: str
) -> TextItem:
    product, prompt_format = request.product, request.prompt_format
    referenced = prompt_format.values == "by reference"
    extension = StarterSettings(
        constraints=constraints_of(field, product) if referenced else None, no_repeat_ngram=_no_repeat(field)
    )
    return TextItem(
        id=f"{field} {seed}",
        messages=(Message(role="user", content=prompt_for(field, product, prompt_format, request.tone, failed)),),
        prefix=prefix,
        decoding=Decoding(max_new_tokens=MAX_NEW_TOKENS, temperature=temperature, top_p=TOP_P, seed=seed),
        starter=extension.model_dump(mode="json"),
    )


def constraints_of(field: FieldName, product: Product) -> Constraints:
    """What a text by reference may not do: end early, leave out what it must name, refer to what does not exist."""
    whole, rule = field == "description", FIELDS[field]
    limit = VALUE_LIMIT if whole else rule.items[1] if field == "tags" else 1
    needed = set(required_facts(field, product))
    references: list[Reference] = []
    for number, fact in enumerate(product.facts[:MAX_FACTS], start=1):
        as_given, lower, name = fact_references(number)
        references.append(_reference((as_given, lower), fact.value, required=number - 1 in needed, limit=limit))
        if fact.name:
            references.append(_reference((name,), name_in_text(fact.name), limit=limit))
    for number, keyword in enumerate(wanted_keywords(product), start=1):
        references.append(
            _reference(
                (keyword_reference(number),),
                keyword,
                required=whole or field == "tags",
                not_after=words_before_others(keyword),
            )
        )
    allowed = {token for reference in references for token in reference.tokens}
    return Constraints(
        references=tuple(references),
        forbidden=tuple(token for token in all_references() if token not in allowed),
        min_words=MIN_WORDS if whole else 1,
        enough_words=MAX_WORDS - 18,
        max_words=MAX_WORDS - 5,
        max_characters=rule.characters[1] * rule.items[1],
        sentences=rule.sentences,
    )


def _no_repeat(field: FieldName) -> int:
    return NO_REPEAT_TAG if field == "tags" else NO_REPEAT_NGRAM


def _reference(
    tokens: tuple[str, ...], value: str, required: bool = False, limit: int = 1, not_after: tuple[str, ...] = ()
) -> Reference:
    words, characters = count_words(value), len(value)
    return Reference(
        tokens=tokens, words=words, characters=characters, required=required, limit=limit, not_after=not_after
    )


def _judge(field: FieldName, request: Request, item: TextItem, result: TextResult) -> Written:
    """Resolve references and check the text as a reader will see it."""
    product, prompt_format = request.product, request.prompt_format
    facts, keywords = product.facts[:MAX_FACTS], wanted_keywords(product)
    referenced = prompt_format.values == "by reference"
    text = result.text.strip()
    separator = FIELDS[field].separator
    parts = split_items(field, text)
    if separator and not referenced:
        parts = tuple(_LIST_MARK.sub("", part) for part in parts)
    text = separator.join(parts)
    if referenced:
        lengths = [len(resolve(part, facts, keywords)[0]) for part in parts]
        text, evidence = resolve(text, facts, keywords)
    else:
        lengths = [len(part) for part in parts]
        evidence = spans_of_values(text, facts, product.keywords)
    items = tuple(_cut(text, lengths, len(separator)))
    checks = check_field(field, text, product, result.finish == "end", evidence if referenced else (), items)
    return Written(
        text=text,
        items=items,
        complete=all(check.passed for check in checks),
        missing=tuple(value for check in checks for value in check.missing),
        checks=checks,
        evidence=evidence,
        restrictions=(
            f"no run of {_no_repeat(field)} tokens is written twice",
            *((_TOPIC_RULE,) if prompt_format.topic_line else ()),
            *(_REFERENCE_RULES if referenced else ()),
        ),
        words=count_words(text),
        confidence=result.confidence or 0.0,
        forced=(result.starter or {}).get("forced", 0.0),
        least_likely=(result.starter or {}).get("least_likely", 0.0),
        attempts=1,
        seed=item.decoding.seed,
        candidate=0,
        tokens=result.new_tokens,
    )


def _cut(text: str, lengths: Sequence[int], between: int) -> Iterator[str]:
    """Pieces of `text` of these lengths, `between` characters apart; a value may hold what else parts them."""
    start = 0
    for length in lengths:
        yield text[start : start + length]
        start += length + between


def _best(judged: Sequence[Written], prompt_format: PromptFormat) -> Written:
    """That with the fewest faults; among equals the text that the model itself finds likeliest for this product.

    Where the model learned its sentences by heart, what counts is the least likely of them: it is the odd one out, and
    the likeliest texts as a whole would all begin alike.
    """

    def rank(written: Written) -> tuple[int, float]:
        faults = _penalty(written) + _ASTRAY * _astray(written, prompt_format)
        return faults, -(written.confidence if prompt_format.least_likely is None else written.least_likely)

    return min(judged, key=rank)


def _astray(written: Written, prompt_format: PromptFormat) -> bool:
    """Whether the model was forced away from what it meant to refer to, or lost itself in some sentence."""
    limit = prompt_format.least_likely
    return written.forced > FORCED or (limit is not None and written.least_likely < limit)


def _penalty(written: Written) -> int:
    """How bad a text is: each failed check by its weight, times what it counts."""
    failed = [check for check in written.checks if not check.passed]
    return sum(_PENALTIES[check.name] * max(1, len(check.missing) + len(check.found)) for check in failed)
