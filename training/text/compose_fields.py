"""Composes the short fields of a listing that the starter learns to write: titles, bullets, tags, meta, alt text.

Like descriptions (`training.text.compose`) they hold references, never values, and serve training only. A field that
cannot be brought within its limits for a product is not composed: the functions return None.
"""

import random
import re
from collections.abc import Callable, Mapping

from first_starter.fields import FIELDS, FieldName, Tone
from first_starter.prompts import wanted_keywords
from first_starter.references import keyword_reference
from training.text.compose import AGREEMENT, Composition
from training.text.products import Sample

_VERB = re.compile(r"^<(?:is|has|comes|offers)/[a-z]+> (?:with )?(?=made|supplied|sold|packed|\{v\})")
_VISIBLE = ("colour", "material", "worked material", "shape", "colour piece", "brand")
_BULLET_USES: Mapping[Tone, tuple[str, ...]] = {
    "plain": (
        "For {use}",
        "For {audience}",
        "Suitable for {use}",
        "Intended for {audience}",
        "For use {place}",
        "Used by {audience}",
    ),
    "lively": (
        "Ready for {use}",
        "A good match for {audience}",
        "A welcome sight {place}",
        "Good company for {use}",
        "At home {place}",
    ),
}
_META: Mapping[Tone, tuple[str, ...]] = {
    "plain": (
        "{The} for {use}, with these details: {brief}.",
        "{Lead} for {use}: {brief}.",
        "Details of {the}: {brief}. For {audience}.",
        "{The} {is} meant for {use}. The details: {brief}.",
        "Compare the details of {the} for {use}: {brief}.",
        "{Lead} for {audience}, with all details: {brief}.",
        "{The} for {audience}. Listed details: {brief}.",
    ),
    "lively": (
        "Planning on {use}? Have a look at {the}: {brief}.",
        "Meet {the}, a good match for {audience}: {brief}.",
        "Ready for {use}? So {is} {the}: {brief}.",
        "{Audience}, take note of {the}: {brief}.",
        "Here {is} {the} for {use}. The short story: {brief}.",
        "See what {the} can bring to {use}: {brief}.",
        "Picture {the} {place}: {brief}.",
        "Say hello to {the}: {brief}. At home {place}.",
    ),
}
_META_KEYWORD: Mapping[Tone, tuple[str, ...]] = {
    "plain": ("Also found under {k}.", "For searches such as {k}.", "Listed under {k}.", "See also {k}."),
    "lively": ("A find for {k}.", "With {k} in mind? Look here.", "Think {k}.", "One for the {k} list."),
}


def compose_field(field: FieldName, sample: Sample, rng: random.Random, tone: Tone, attempts: int = 8) -> str | None:
    """`field` of a listing for `sample` with references, within the field's limits, or None."""
    for _ in range(attempts):
        text = _COMPOSERS[field](Composition(sample, rng, tone))
        if text is not None and _fits(field, sample, text):
            return text
    return None


def _fits(field: FieldName, sample: Sample, text: str) -> bool:
    rule = FIELDS[field]
    shown = Composition(sample, random.Random(0)).resolved(text)
    items = shown.split(rule.separator) if rule.separator else [shown]
    least, most = rule.characters
    unique = len({item.casefold() for item in items}) == len(items)
    return unique and rule.items[0] <= len(items) <= rule.items[1] and all(least <= len(item) <= most for item in items)


def _title(work: Composition) -> str | None:
    rng = work.rng
    lead = _lead(work, exact=True)
    wanted = rng.choice((1, 2, 2, 3, 3, 4))
    details = [_brief(work, index) for index in _telling(work)][:wanted]
    if not lead:
        return ", ".join(details) or None
    if not details:
        return lead
    joint = rng.choice((", ", ", ", ", ", " - "))
    return lead + joint + ", ".join(details)


def _seo_title(work: Composition) -> str | None:
    rng = work.rng
    lead = _lead(work, exact=True, brand=0.8)
    if not lead:
        return None
    keywords = wanted_keywords(work.sample.product)
    if keywords and rng.random() < 0.5:
        return f"{lead} | {keyword_reference(rng.randint(1, len(keywords)))}"
    details = [_brief(work, index) for index in _telling(work)][: rng.choice((0, 1, 1, 1, 2))]
    return ", ".join([lead, *details])


def _bullets(work: Composition) -> str | None:
    rng = work.rng
    lines = [_bullet(work, index) for index in _telling(work, codes_last=True)]
    most = rng.choice((3, 4, 4, 5))
    room = 1 if len(lines) >= most and rng.random() < 0.6 else 0
    lines = lines[: most - room]
    rng.shuffle(lines)
    uses = list(_BULLET_USES[work.tone])
    rng.shuffle(uses)
    while len(lines) < most:
        lines.insert(rng.randint(1, len(lines)) if lines else 0, work.agree(uses.pop()))
    return "\n".join(lines)


def _tags(work: Composition) -> str | None:
    rng, product = work.rng, work.sample.product
    tags = [keyword_reference(n) for n in range(1, len(wanted_keywords(product)) + 1)]
    kind = work.reference(work.title) if work.title is not None else ""
    if kind:
        tags.insert(0, kind)
    for index in _telling(work):
        kinds, short = work.kinds[index].kind, len(product.facts[index].value.split()) <= 3
        if kinds in ("colour", "material") and short and kind:
            tags.append(f"{work.reference(index)} {kind}")
        elif kinds in ("brand", "colour piece") and short:
            tags.append(work.reference(index))
    words = list(work.sample.category.keywords)
    rng.shuffle(words)
    wanted = rng.randint(5, 8)
    tags += words[: max(0, wanted - len(tags))]
    return ", ".join(tags[:10])


def _meta_description(work: Composition) -> str | None:
    rng = work.rng
    lead = _lead(work, exact=False)
    details = [_brief(work, index) for index in _telling(work)][: rng.choice((1, 2, 2, 3))]
    if not lead:
        return None
    details = details or [work.agree("{use}").lower()]
    many = work.sample.plural
    text = rng.choice(_META[work.tone])
    words = {
        "{The}": f"The {lead}",
        "{the}": f"the {lead}",
        "{Lead}": lead,
        "{is}": "are" if many else "is",
        "{brief}": ", ".join(details),
    }
    for slot, word in words.items():
        text = text.replace(slot, word)
    keywords = wanted_keywords(work.sample.product)
    if keywords and rng.random() < 0.6:
        ending = rng.choice(_META_KEYWORD[work.tone])
        text += " " + ending.replace("{k}", keyword_reference(rng.randint(1, len(keywords))))
    return work.agree(text)


def _alt_text(work: Composition) -> str | None:
    rng = work.rng
    if work.title is None:
        return None
    facts = work.sample.product.facts
    said = set(facts[work.title].value.lower().split())
    seen: dict[str, str] = {}
    for index in _telling(work):
        kind, words = work.kinds[index].kind, facts[index].value.split()
        if kind in _VISIBLE and len(words) <= 3 and not said & {word.lower() for word in words}:
            seen.setdefault(kind, work.reference(index))
    before = [seen[kind] for kind in ("colour", "colour piece", "material") if kind in seen and rng.random() < 0.8][:2]
    noun = " ".join([*before, work.reference(work.title)])
    after = f" from {seen['brand']}" if "brand" in seen and rng.random() < 0.6 else ""
    return f"{noun}{after}."


def _lead(work: Composition, exact: bool, brand: float = 1.0) -> str:
    """[brand] type: as given in titles, as inside a sentence otherwise; empty where no fact names the product."""
    facts = work.sample.product.facts
    if work.title is None:
        return ""
    title = facts[work.title].value.lower()
    makers = [i for i in work.waiting if work.kinds[i].kind == "brand" and facts[i].value.lower() not in title]
    parts = []
    if makers and work.rng.random() < brand:
        parts.append(work.reference(makers[0]))
        work.waiting.remove(makers[0])
    parts.append(f"[{work.title + 1}]" if exact else work.reference(work.title))
    return " ".join(parts)


def _telling(work: Composition, codes_last: bool = False) -> list[int]:
    """Facts that tell the product from others, the most telling first but not always in one order."""
    rank = {"colour": 0, "material": 1, "clothing size": 1, "volume": 1, "capacity": 1, "flavour": 0, "code": 2}
    if codes_last:
        rank["code"] = 4
    shy = {"answer", "presence", "adjective name", "clause", "type"}
    facts = work.sample.product.facts
    found = [i for i in work.waiting if work.kinds[i].kind not in shy and len(facts[i].value.split()) <= 8]
    order = {i: rank.get(work.kinds[i].kind, 3) + work.rng.random() * 2.5 for i in found}
    return sorted(found, key=order.__getitem__)


def _brief(work: Composition, index: int) -> str:
    """A fact in the fewest words: "black", "14 1/2" high", "page yield 25K"."""
    kind, value = work.kinds[index], work.reference(index)
    name = work.sample.product.facts[index].name
    if kind.adjective:
        return f"{value} {kind.adjective}"
    if name is None or kind.kind in ("brand", "colour", "assorted colour", "material", "worked material", "volume"):
        return value
    if kind.kind == "clothing size":
        return f"size {value}"
    if kind.kind in ("shape", "shelves"):
        return f"{value} [{index + 1}:name]"
    if kind.kind == "code" and work.rng.random() < 0.4:
        return value
    return f"[{index + 1}:name] {value}"


def _bullet(work: Composition, index: int) -> str:
    """A fact as a line of its own: "Made of oak", "Height: 14 1/2"", "Comes with a lid"."""
    kind = work.kinds[index]
    name = work.sample.product.facts[index].name
    predicates = [_VERB.sub("", predicate) for predicate in kind.predicates]
    predicates = [p for p in predicates if not p.startswith("{v")]
    if name is None or (predicates and kind.kind != "code" and work.rng.random() < 0.5):
        line = work.phrase(work.rng.choice(predicates), index) if predicates else work.reference(index)
        return work.agree(AGREEMENT.sub(r"\1", line.replace("<is/are> ", "")))
    if kind.adjective and work.rng.random() < 0.5:
        return f"{work.reference(index)} {kind.adjective}"
    return f"[{index + 1}:name]: {work.reference(index)}"


_COMPOSERS: Mapping[FieldName, Callable[[Composition], str | None]] = {
    "title": _title,
    "seo_title": _seo_title,
    "bullets": _bullets,
    "tags": _tags,
    "meta_description": _meta_description,
    "alt_text": _alt_text,
}
