"""Composes the description that the starter learns to write for a sample product.

The text holds references, never values (see `first_starter.references`): what is trained is choosing the words
around a fact. It is used for training only; nothing here runs when the service answers.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from contracts.brief import Fact
from first_starter.fields import MAX_WORDS, MIN_WORDS, Tone
from first_starter.prompts import wanted_keywords
from first_starter.references import MAX_FACTS, in_lower_case, keyword_reference, name_in_text, resolve
from training.text.lexicon import GENERIC, Sentences, load_lexicon
from training.text.products import Sample

AGREEMENT = re.compile(r"<([^<>/]*)/([^<>/]*)>")
_VERB = re.compile(r"^[a-z]+(s|es)\b")
_CLAUSE = re.compile(r"^(it|we|you|they|this|our|these|customers|everyone)\b", re.IGNORECASE)
_NATIONAL = re.compile(r"\b(Italian|French|German|English|Scottish|Swiss|American|Japanese|European)\b")
_MODEL = re.compile(r"[A-Z]\S*\d|\d\S*[A-Z]")
_SIZES = re.compile(r"\b(?!A\b)[A-Z]{1,3}\b")
_LETTERS = re.compile(r"[a-z]+")
_TITLES = ("product", "item", "article")


class Kind(BaseModel):
    """One entry of phrases.yaml: how facts of a kind are worded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    name: str | None = None
    value: str | None = None
    case: str = "lower"
    adjective: str | None = None
    named: bool = False
    unnamed: bool = False
    clause: bool = False
    verb: bool = False
    adjective_list: bool = False
    predicates: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()

    def fits(self, fact: Fact, origin: str | None) -> bool:
        """Whether `fact` is of this kind; `origin` is the lexicon key that a free-text piece came from."""
        if self.unnamed != (fact.name is None):
            return False
        if self.name and not re.search(self.name, fact.name or "", re.IGNORECASE):
            return False
        if self.value and not re.search(self.value, fact.value, re.IGNORECASE):
            return False
        if self.clause and not _CLAUSE.search(fact.value):
            return False
        if self.verb and origin != "verbs":
            return False
        return not (self.adjective_list and origin != "qualities")


@cache
def load_kinds() -> tuple[Kind, ...]:
    """The kinds of phrases.yaml in their order of precedence."""
    entries = yaml.safe_load((Path(__file__).parent / "phrases.yaml").read_text())
    return tuple(Kind.model_validate(entry) for entry in entries)


@cache
def keyword_frames() -> dict[str, list[str]]:
    """Sentences that work a keyword in, by kind of keyword."""
    return dict(yaml.safe_load((Path(__file__).parent / "keywords.yaml").read_text()))


@cache
def common_words() -> frozenset[str]:
    """Words that the lexicon writes in lower case; others may be names, so that their capitals stay."""
    folder = Path(__file__).parent / "lexicon"
    return frozenset(
        word for file in folder.glob("*.yaml") for word in re.findall(r"\b(?:a|[a-z]{2,})\b", file.read_text())
    )


@dataclass
class Composition:
    """The state of one description: which facts wait, and the sentences so far."""

    sample: Sample
    rng: random.Random
    tone: Tone = "lively"
    kinds: list[Kind] = field(init=False)
    waiting: list[int] = field(init=False)
    title: int | None = field(init=False)
    head: str = field(init=False)
    mentions: int = 1

    def __post_init__(self) -> None:
        facts = self.sample.product.facts[:MAX_FACTS]
        self.kinds = [self._kind_of(fact) for fact in facts]
        self.waiting = list(range(len(facts)))
        self.title = self.sample.product.title
        if self.title in self.waiting:
            self.waiting.remove(self.title)
        self.head = self.rng.choice(_TITLES)

    def _kind_of(self, fact: Fact) -> Kind:
        origin = self.sample.origin.get(fact.value.lower())
        return next(kind for kind in load_kinds() if kind.fits(fact, origin) and (fact.name or not kind.named))

    @property
    def own(self) -> Sentences:
        """The category's sentences in the tone that is asked for."""
        return self.sample.category.lively if self.tone == "lively" else self.sample.category.plain

    @property
    def general(self) -> Sentences:
        """Sentences for any product, likewise."""
        generic = load_lexicon()[GENERIC]
        return generic.lively if self.tone == "lively" else generic.plain

    def resolved(self, text: str) -> str:
        """The text as a reader will see it."""
        product = self.sample.product
        return resolve(text, product.facts, wanted_keywords(product))[0]

    def reference(self, index: int) -> str:
        """How to refer to a fact: in lower case where its capitals are only decoration."""
        value = self.sample.product.facts[index].value
        kind = self.kinds[index]
        proper = kind.case == "exact" or self._names_a_brand(index)
        proper = proper or any(pattern.search(value) for pattern in (_NATIONAL, _MODEL, _SIZES))
        proper = proper or (index != self.title and not set(_LETTERS.findall(value.lower())) <= common_words())
        if proper or in_lower_case(value) == value:
            return f"[{index + 1}]"
        return f"[{index + 1}:lower]"

    def _names_a_brand(self, index: int) -> bool:
        """Capitals in the middle of an otherwise lower-case value belong to a name."""
        value = self.sample.product.facts[index].value
        if any(brand in value for brand in self.sample.brands):
            return True
        words = value.split()
        return (
            len(words) > 1
            and words[0][:1].isupper()
            and words[-1].islower()
            and any(w[:1].isupper() for w in words[1:])
        )

    def agree(self, text: str) -> str:
        """Choose the singular or the plural form of every `<a/b>`, and fill {use}, {audience} and {place}."""
        text = AGREEMENT.sub(lambda match: match[2 if self.sample.plural else 1], text)
        category = self.sample.category
        for slot, words in (("use", category.uses), ("audience", category.audiences), ("place", category.places)):
            if f"{{{slot}}}" in text or f"{{{slot.capitalize()}}}" in text:
                word = self.rng.choice(words)
                text = text.replace(f"{{{slot}}}", word)
                text = text.replace(f"{{{slot.capitalize()}}}", word[:1].upper() + word[1:])
        return text[:1].upper() + text[1:]

    def phrase(self, template: str, index: int) -> str:
        """A predicate or sentence about one fact."""
        value = self.reference(index)
        name = self.sample.product.facts[index].name
        named = f"[{index + 1}:name]"
        many = (
            bool(name)
            and name_in_text(name or "").endswith("s")
            and not (name or "").endswith(("ss", "series", "Series"))
        )
        words = {
            "v": value,
            "n": named,
            "V": value,
            "is": "are" if many else "is",
            "verb": "",
        }
        text = template
        for slot, word in words.items():
            text = text.replace(f"{{{slot}}}", word)
        return text.strip()


def compose(sample: Sample, rng: random.Random, tone: Tone = "lively", attempts: int = 12) -> str | None:
    """A description of 80 to 120 words (values counted) that uses every fact and keyword, or None.

    None means that the facts alone are too long: no attempt came into the band.
    """
    for attempt in range(attempts):
        text = _attempt(sample, rng, tone, dense=attempt >= 4)
        if text is not None:
            return text
    return None


def _attempt(sample: Sample, rng: random.Random, tone: Tone, dense: bool) -> str | None:
    work = Composition(sample, rng, tone)
    opening = _opening(work)
    facts = [work.agree(sentence) for sentence in _fact_sentences(work, dense)]
    keywords = [work.agree(sentence) for sentence in _keyword_sentences(work)]
    closing = work.agree(rng.choice(_mixed(rng, work.own.closings, work.general.closings)))
    fixed = [opening, *facts, *keywords]
    target = rng.randint(MIN_WORDS + 4, MAX_WORDS - 12)
    ending = [closing] if rng.random() < 0.75 else []
    benefits: list[str] = []
    pool = _benefits(work)
    count = _words(work, [*fixed, *ending])
    while count < target:
        benefit = next(pool)
        benefits.append(benefit)
        count += len(benefit.split())
    if not MIN_WORDS <= count <= MAX_WORDS - 3:
        return None
    return " ".join([opening, *_interleaved(rng, facts, benefits, keywords), *ending])


def _benefits(work: Composition) -> Iterator[str]:
    own, general = list(work.own.benefits), list(work.general.benefits)
    work.rng.shuffle(own)
    work.rng.shuffle(general)
    while own or general:
        pool = own if own and (work.rng.random() < 0.97 or not general) else general
        yield work.agree(pool.pop())


def _mixed(rng: random.Random, own: Sequence[str], general: Sequence[str]) -> Sequence[str]:
    return own if rng.random() < 0.97 else general


def _words(work: Composition, sentences: Sequence[str]) -> int:
    return sum(len(work.resolved(sentence).split()) for sentence in sentences)


def _opening(work: Composition) -> str:
    """The first sentence: it names the product, often with its brand, colour or material."""
    rng = work.rng
    openings = _mixed(rng, work.own.openings, work.general.openings)
    noun = _noun_phrase(work)
    this = "these" if work.sample.plural else "this"
    text = rng.choice(openings)
    forms = {
        "{This}": f"{this.capitalize()} {noun}",
        "{this}": f"{this} {noun}",
        "{the}": f"the {noun}",
    }
    for slot, form in forms.items():
        text = text.replace(slot, form)
    return work.agree(text)


def _noun_phrase(work: Composition) -> str:
    """[brand] [colour] [material] type, as references; what is used no longer waits."""
    facts, parts = work.sample.product.facts, []
    said = set(facts[work.title].value.lower().split()) if work.title is not None else set()
    for kinds, chance in ((("brand",), 0.55), (("colour",), 0.35), (("material",), 0.25)):
        found = [i for i in work.waiting if work.kinds[i].kind in kinds and len(facts[i].value.split()) <= 3]
        plain = [i for i in found if "brand" in kinds or re.fullmatch(r"[A-Za-z -]+", facts[i].value)]
        plain = [i for i in plain if not said & set(facts[i].value.lower().split())]
        if plain and work.rng.random() < chance:
            parts.append(work.reference(plain[0]))
            work.waiting.remove(plain[0])
    head = work.reference(work.title) if work.title is not None else _titled(work)
    return " ".join([*parts, head])


def _titled(work: Composition) -> str:
    return work.head + ("s" if work.sample.plural else "")


def _fact_sentences(work: Composition, dense: bool) -> list[str]:
    """Sentences that use every waiting fact; denser ones put more facts into one sentence."""
    sentences: list[str] = []
    sizes = [i for i in work.waiting if work.kinds[i].adjective]
    codes = [i for i in work.waiting if work.kinds[i].kind == "code"]
    rest = [i for i in work.waiting if i not in sizes and i not in codes]
    work.rng.shuffle(rest)
    if sizes:
        sentences += _size_sentences(work, sizes)
    while rest:
        group, rest = _next_group(work, rest, dense)
        sentences.append(_group_sentence(work, group))
    work.rng.shuffle(sentences)
    while codes:
        pair = codes[:2] if dense or work.rng.random() < 0.4 else codes[:1]
        codes = codes[len(pair) :]
        sentences.append(_code_sentence(work, pair))
    return sentences


def _next_group(work: Composition, rest: list[int], dense: bool) -> tuple[list[int], list[int]]:
    most = 3 if dense else work.rng.choice((1, 1, 2) if len(rest) <= 3 else (1, 2, 2, 3))
    first = rest[0]
    if not work.kinds[first].predicates:
        return [first], rest[1:]
    others = [i for i in rest[1:] if work.kinds[i].predicates][: most - 1]
    return [first, *others], [i for i in rest[1:] if i not in others]


def _group_sentence(work: Composition, group: list[int]) -> str:
    rng = work.rng
    facts = work.sample.product.facts
    if (
        len(group) == 1
        and work.kinds[group[0]].sentences
        and (rng.random() < 0.7 or not work.kinds[group[0]].predicates)
    ):
        return work.phrase(rng.choice(work.kinds[group[0]].sentences), group[0])
    if len(group) > 1 and all(facts[i].name for i in group) and rng.random() < 0.15:
        return _data_sentence(work, group)
    if len(group) > 1 and work.kinds[group[0]].leads and rng.random() < 0.7:
        lead = work.phrase(rng.choice(work.kinds[group[0]].leads), group[0])
        return f"{lead[:1].upper() + lead[1:]}, <it/they> {_listed(_predicates(work, group[1:]))}."
    predicates = _predicates(work, group)
    if any(work.kinds[i].verb for i in group):
        subject = "Each of them" if work.sample.plural else "It"
        predicates = [AGREEMENT.sub(r"\1", predicate) for predicate in predicates]
        return f"{subject} {_listed(predicates)}."
    return f"{_subject(work)} {_listed(predicates)}."


def _predicates(work: Composition, group: list[int]) -> list[str]:
    """One predicate per kind: facts of one kind share theirs ("comes with a lid, two handles and a strap")."""
    by_kind: dict[str, list[int]] = {}
    for index in group:
        by_kind.setdefault(work.kinds[index].kind, []).append(index)
    predicates = []
    for indices in by_kind.values():
        template = work.rng.choice(work.kinds[indices[0]].predicates)
        if template.count("{") == 1 and "{v}" in template:
            values = _listed([work.reference(index) for index in indices])
            predicates.append(template.replace("{v}", values))
        else:
            predicates += [work.phrase(template, index) for index in indices]
    return predicates


def _data_sentence(work: Composition, group: list[int]) -> str:
    listed = _listed([work.phrase("{n} {v}", i) for i in group])
    starts = (
        "The details in brief: ",
        "At a glance: ",
        "The data sheet lists ",
    )
    return f"{work.rng.choice(starts)}{listed}."


def _subject(work: Composition) -> str:
    """Who the sentence is about; the product's type is named at most twice in a description."""
    subjects = ["<It/They>", "<It/They>", "<This one/These>"]
    if work.title is not None and work.mentions < 2 and len(work.sample.product.facts[work.title].value.split()) <= 3:
        subjects += [f"<This/These> {work.reference(work.title)}", f"The {work.reference(work.title)}"]
    subject = work.rng.choice(subjects)
    work.mentions += "[" in subject
    return subject


def _size_sentences(work: Composition, sizes: list[int]) -> list[str]:
    rng = work.rng
    measured = _listed([work.phrase("{v} ", i).strip() + f" {work.kinds[i].adjective}" for i in sizes])
    plain = _listed([work.phrase("{n} {v}", i) for i in sizes])
    frames = [
        f"<It/They> <measures/measure> {measured}.",
        f"Measured up, <it/they> <comes/come> to {measured}.",
        f"Find room for {measured} before ordering.",
        f"The measurements are {plain}.",
        f"The measurements to plan with are {plain}.",
        f"Before ordering, note {plain}.",
    ]
    return [rng.choice(frames)]


def _code_sentence(work: Composition, codes: list[int]) -> str:
    if len(codes) == 1:
        return _group_sentence(work, codes)
    joined = [work.phrase("the {n} is {v}", codes[0]), work.phrase("the {n} is {v}", codes[1])]
    paired = [work.phrase("{n} {v}", index) for index in codes]
    return work.rng.choice(
        (
            f"For reordering, {joined[0]} and {joined[1]}.",
            f"To order the right one, quote {paired[0]} or {paired[1]}.",
            f"When placing an order, look for {paired[0]} or {paired[1]}.",
        )
    )


def _keyword_sentences(work: Composition) -> list[str]:
    """A sentence for each keyword, or one for two of the same kind."""
    kinds: dict[str, list[str]] = {}
    for number, keyword in enumerate(wanted_keywords(work.sample.product), start=1):
        kind = "for" if keyword.startswith("for ") else "any"
        kinds.setdefault(kind, []).append(keyword_reference(number))
    sentences = []
    for kind, references in kinds.items():
        while references:
            paired = kind == "any" and len(references) > 1 and work.rng.random() < 0.4
            own = kind == "any" and not paired and work.rng.random() < 0.3
            frames = work.sample.category.keyword_sentences
            frame = work.rng.choice(frames if own else keyword_frames()[f"{kind} pair" if paired else kind])
            frame = frame.replace("{k}", references.pop(0))
            sentences.append(frame.replace("{k2}", references.pop(0)) if paired else frame)
    return sentences


def _interleaved(rng: random.Random, facts: list[str], benefits: list[str], keywords: list[str]) -> list[str]:
    """Benefits between facts, keywords anywhere, and neighbours that begin with different words."""
    best: list[str] = []
    fewest = 99
    for _ in range(6):
        order = list(facts)
        for extra in (*benefits, *keywords):
            order.insert(rng.randint(0, len(order)), extra)
        repeats = sum(a.split()[0] == b.split()[0] for a, b in pairwise(order))
        if repeats < fewest:
            best, fewest = order, repeats
    return best


def _listed(phrases: Sequence[str]) -> str:
    return phrases[0] if len(phrases) == 1 else ", ".join(phrases[:-1]) + " and " + phrases[-1]
