"""From a product to a checked description: plan the prompt, sample candidates, check each, serve the best.

The model writes every sentence. This module numbers the facts, forbids what cannot be right, puts values in the place
of their references, judges the candidates and asks again, at most `rounds` times.
"""

from collections.abc import Awaitable, Callable, Sequence

from pydantic import BaseModel, ConfigDict

from copywriter.checks import Check, CheckName, check_description, count_words
from copywriter.formats import PromptFormat
from copywriter.product import Product
from copywriter.prompts import MAX_WORDS, MIN_WORDS, description_prompt, wanted_keywords
from copywriter.references import (
    MAX_FACTS,
    Evidence,
    all_references,
    fact_references,
    keyword_reference,
    name_in_text,
    resolve,
    spans_of_values,
)
from runners.contracts import Constraints, Decoding, ItemError, Reference, TextItem, TextResult

Write = Callable[[Sequence[TextItem]], Awaitable[Sequence[TextResult]]]

TEMPERATURE = 0.5
TOP_P = 0.95
NO_REPEAT_NGRAM = 7
MAX_NEW_TOKENS = 320
FORCED = 0.3
"""Above this share a text has most often lost its way: a wrong value, or no word at all, where a reference belonged."""
SEEDS_APART = 128
"""How far the candidates' own seeds of two neighbouring `seed`s lie apart: another seed gives another text."""
VALUE_LIMIT = 2
"""How often a value may be written. With 1 the model would finish "It is made of" with some other fact, where the
material has been named before."""
TOPIC_WORDS = 3
"""What a topic line may add to the words that decoding counts."""
_PENALTIES: dict[CheckName, int] = {
    "length": 4,
    "attributes": 2,
    "keywords": 2,
    "numbers": 3,
    "names": 2,
    "named values": 2,
    "plain text": 4,
    "sentences": 1,
}
_RULES = (f"no run of {NO_REPEAT_NGRAM} tokens is written twice",)
_REFERENCE_RULES = (
    *_RULES,
    "values are written by reference and put in place exactly",
    f"a value is written at most {VALUE_LIMIT} times, and none that the product does not have",
    f"the end is forbidden before {MIN_WORDS} words, inside a sentence, and while a fact or keyword is missing",
)


class NoCandidateError(Exception):
    """The runner answered every item with an error; `errors` are the items' own."""

    def __init__(self, errors: Sequence[ItemError]) -> None:
        super().__init__("; ".join(error.message for error in errors) or "no candidate was written")
        self.errors = tuple(errors)


class Description(BaseModel):
    """A description with all that is known of it.

    `complete` means that every check passed; otherwise `missing` and `checks` say what the text lacks. `confidence` is
    the model's own, the geometric mean probability of its tokens, and `forced` the largest share of probability that it
    gave at one step to references which it might not write. Asked with the same `seed` and settings, the same text is
    written again; the served candidate's own seed is `seed` * 128 + `candidate`. `restrictions` tells what decoding was
    not free to choose; `drafts` are all candidates in the order of their seeds, the text served among them.
    """

    model_config = ConfigDict(frozen=True)

    description: str
    complete: bool
    missing: tuple[str, ...]
    checks: tuple[Check, ...]
    evidence: tuple[Evidence, ...]
    restrictions: tuple[str, ...]
    words: int
    confidence: float
    forced: float
    attempts: int
    seed: int
    candidate: int
    tokens: int
    drafts: tuple[str, ...] = ()


async def describe(
    product: Product, write: Write, prompt_format: PromptFormat, *, seed: int, candidates: int, rounds: int
) -> Description:
    """Sample up to `rounds` times `candidates` texts and return the best; raises NoCandidateError if none was written.

    Sampling stops after the first round that holds a text which passes every check and was not forced away from what
    the model meant to refer to; of several such the one is served that the model finds likeliest.
    """
    judged: list[Description] = []
    errors: list[ItemError] = []
    attempts = tokens = 0
    for round_number in range(rounds):
        missing = min(judged, key=_rank).missing if judged else ()
        first_seed = seed * SEEDS_APART + round_number * candidates
        items = [_item(product, prompt_format, first_seed + number, missing) for number in range(candidates)]
        for item, result in zip(items, await write(items), strict=True):
            attempts += 1
            tokens += result.new_tokens
            if result.error:
                errors.append(result.error)
            else:
                judged.append(_judge(product, prompt_format, item, result))
        if any(description.complete and not _forced(description) for description in judged):
            break
    if not judged:
        raise NoCandidateError(errors)
    best = min(judged, key=_rank)
    whole = {"attempts": attempts, "tokens": tokens, "seed": seed, "candidate": best.seed - seed * SEEDS_APART}
    return best.model_copy(update={**whole, "drafts": tuple(draft.description for draft in judged)})


def _item(product: Product, prompt_format: PromptFormat, seed: int, missing: Sequence[str]) -> TextItem:
    referenced = prompt_format.values == "by reference"
    return TextItem(
        id=str(seed),
        prompt=description_prompt(product, prompt_format, () if referenced else missing),
        decoding=Decoding(
            max_new_tokens=MAX_NEW_TOKENS,
            temperature=TEMPERATURE,
            top_p=TOP_P,
            no_repeat_ngram=NO_REPEAT_NGRAM,
            seed=seed,
        ),
        constraints=constraints_of(product, TOPIC_WORDS if prompt_format.topic_line else 0) if referenced else None,
    )


def constraints_of(product: Product, extra_words: int = 0) -> Constraints:
    """What a text by reference may not do: end early, leave a fact out, or refer to what does not exist.

    `extra_words` are written besides the description.
    """
    references: list[Reference] = []
    for number, fact in enumerate(product.facts[:MAX_FACTS], start=1):
        as_given, lower, name = fact_references(number)
        words = count_words(fact.value)
        references.append(Reference(tokens=(as_given, lower), words=words, required=True, limit=VALUE_LIMIT))
        if fact.name:
            references.append(Reference(tokens=(name,), words=count_words(name_in_text(fact.name)), limit=VALUE_LIMIT))
    for number, keyword in enumerate(wanted_keywords(product), start=1):
        references.append(Reference(tokens=(keyword_reference(number),), words=count_words(keyword), required=True))
    allowed = {token for reference in references for token in reference.tokens}
    return Constraints(
        references=tuple(references),
        forbidden=tuple(token for token in all_references() if token not in allowed),
        min_words=MIN_WORDS + extra_words,
        enough_words=MAX_WORDS - 18,
        max_words=MAX_WORDS - 12,
    )


def _judge(product: Product, prompt_format: PromptFormat, item: TextItem, result: TextResult) -> Description:
    """Resolve references and check the text as a reader will see it."""
    facts = product.facts[:MAX_FACTS]
    keywords = wanted_keywords(product)
    referenced = prompt_format.values == "by reference"
    text = result.text.strip()
    if prompt_format.topic_line:
        text = text.partition("\n")[2].strip()
    if referenced:
        text, evidence = resolve(text, facts, keywords)
    else:
        evidence = spans_of_values(text, facts, product.keywords)
    checks = check_description(text, product, result.finish == "end", evidence if referenced else ())
    return Description(
        description=text,
        complete=all(check.passed for check in checks),
        missing=tuple(value for check in checks for value in check.missing),
        checks=checks,
        evidence=evidence,
        restrictions=_REFERENCE_RULES if referenced else _RULES,
        words=count_words(text),
        confidence=result.confidence,
        forced=result.forced,
        attempts=1,
        seed=item.decoding.seed,
        candidate=0,
        tokens=result.new_tokens,
    )


def _rank(description: Description) -> tuple[int, bool, float]:
    """The fewest faults first; among equals the text that the model itself finds likeliest for this product."""
    return _penalty(description), _forced(description), -description.confidence


def _forced(description: Description) -> bool:
    return description.forced > FORCED


def _penalty(description: Description) -> int:
    """How bad a text is: each failed check by its weight, times what it counts."""
    failed = [check for check in description.checks if not check.passed]
    return sum(_PENALTIES[check.name] * max(1, len(check.missing) + len(check.found)) for check in failed)
