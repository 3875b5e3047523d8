"""From a product to the brief of one field: what is asked for, what is required, what is left out and why."""

import re
from collections.abc import Iterator, Sequence

from channels.rules import Unit, read_channel
from contracts.brief import ANY_SHOP, Brief, ChannelName, Fact, FieldName, LeftOut, Limits, Tone
from copywriter.fields import FIELDS
from copywriter.product import PRODUCT, Product
from verify.facts import is_yes_or_no
from verify.keywords import unfit
from verify.texts import count_words, plain
from verify.values import contains
from verify.vocabulary import names_a_kind

_LONGEST_VALUE = 25
"""Words that a sentence can quote; what is longer is told to the model, and not required word for word."""
_LEAST_WORDS_A_FACT = 4
"""What each fact but the first carries of a text; with many more words it is filled up."""
FACTS_A_SENTENCE = 2
"""As a rule; with more than one keyword a sentence is about them."""
_WORDS_BESIDE_A_VALUE = 4
"""What a sentence needs to tell a value; with fewer the text is a list."""
_PLANNED = 0.9
"""Of the most words of a text: one of 20 facts becomes up to a tenth longer than planned."""
_LEAST_CHARACTERS_A_FACT = 20
"""What each fact but the first carries of a paragraph that is measured in characters."""
NO_VALUE = "no value"
"""Why a fact is left out of which only the name is known."""
_NO_VALUES = frozenset(["n/a", "nan", "null", "-", "--", "\u2014", "?", "tbd", "unknown", "not specified"]) | {
    "default title",
    "does not apply",
}
_SHOPS_OWN = re.compile(
    r"\b(?:sku|upc|ean|gtin|asin|barcode|url|inventory|compare.?at|msrp|rrp|hs.code|taxable|requires.shipping|fulfil\w+|"
    r"google.product.category)\b|^(?:(?:(?:sale|unit|list|retail|variant) )?price"
    r"(?: (?:ex|incl?|net|gross|per|eur|usd|gbp|chf|cad|aud|nzd|sek|nok|dkk|pln|czk|jpy)\b.*)?|cost per item|"
    r"rating|reviews|image|published|status|uom|availability|shipping|vendor id|lead.time(?: days)?|"
    r"stock.(?:qty|policy|status|level))$",
    re.IGNORECASE,
)
"""Names of what a shop keeps for itself, or for its own systems."""
_WITH_KEYWORDS = ("description", "tags")
"""Fields that use all keywords. The others are told the first one, where no fact says what the thing is."""
_OFFER = re.compile(
    r"https?://|\bwww\.|(?<!\d)\+\d[\d ()-]{7,}\d|[$\u20ac\u00a3]\s?\d|\d\s?(?:\u20ac|EUR|USD|GBP)\b|"
    r"\bfree (?:shipping|delivery)\b|\bhot sale\b|\bships (?:in|within|about)\b",
    re.IGNORECASE,
)
"""Links, phone numbers, prices and offers: no property of the product."""


def make_brief(
    field: FieldName,
    product: Product,
    tone: Tone = "lively",
    words: tuple[int, int] | None = None,
    voice: str | None = None,
    audience: str | None = None,
    avoid: tuple[str, ...] = (),
    channel: ChannelName = ANY_SHOP,
) -> Brief:
    """The brief of `field`; `words` are the least and the most of a description (None: what the channel asks for and
    the facts carry)."""
    facts, left_out = _worth_telling(product.facts)
    product = product.model_copy(update={"facts": facts})
    product, refused = _without_unfit_keywords(product)
    if product.keywords and not says_what_it_is(product):
        product = _with_the_name_first(product)
    if field not in _WITH_KEYWORDS and product.keywords and not says_what_it_is(product):
        facts = (Fact(name=PRODUCT, value=product.keywords[0]), *facts)
        product = product.model_copy(update={"facts": facts})
    limits = _limits(channel, field, len(facts), words)
    title = None if product.title is None or product.title >= len(facts) else product.title + 1
    brand = None if product.brand is None or product.brand >= len(facts) else product.brand + 1
    required, dropped = _required(field, facts, title, brand, limits)
    keywords: tuple[str, ...] = ()
    if field in _WITH_KEYWORDS:
        keywords, unused = _keywords(field, product, [facts[number - 1].value for number in required], limits)
        dropped += [*unused, *refused]
    return Brief(
        field=field,
        tone=tone,
        facts=facts,
        title=title,
        brand=brand,
        required=required,
        keywords=keywords,
        names=tuple(keyword for keyword in keywords if _is_a_name(product, keyword)),
        refused=tuple(keyword.value for keyword in refused) if field in _WITH_KEYWORDS else (),
        limits=limits,
        left_out=(*left_out, *dropped),
        given=" ".join((product.source, *_read_names(product), *product.keywords)),
        voice=voice,
        audience=audience,
        avoid=avoid,
        channel=channel,
    )


def _read_names(product: Product) -> list[str]:
    """The names of facts that are not written so in the input."""
    return [fact.name for fact in product.facts if fact.name and fact.name not in product.source]


def _without_unfit_keywords(product: Product) -> tuple[Product, list[LeftOut]]:
    reasons = {keyword: unfit(keyword, product.facts) for keyword in product.keywords}
    fit = tuple(keyword for keyword, reason in reasons.items() if not reason)
    refused = [LeftOut(kind="keyword", value=keyword, reason=reason) for keyword, reason in reasons.items() if reason]
    return product.model_copy(update={"keywords": fit}), refused


def _keywords(
    field: FieldName, product: Product, stated: Sequence[str], limits: Limits
) -> tuple[tuple[str, ...], list[LeftOut]]:
    """The keywords that the field must use beside the values that it states, and those without room."""
    keywords: list[str] = []
    left_out = []
    sentences = max(1, -(-len(product.facts) // FACTS_A_SENTENCE))
    for keyword in product.keywords:
        if any(contains(value, keyword) for value in stated):
            continue
        if len(keyword) > limits.characters[1]:
            reason = f"longer than the {limits.characters[1]} characters of {field}"
        elif field == "tags" and len(keywords) == limits.items[1]:
            reason = f"there are at most {limits.items[1]} tags"
        elif field == "description" and len(keywords) == sentences:
            reason = f"one keyword a sentence: {len(product.facts)} facts carry {sentences}"
        else:
            keywords.append(keyword)
            continue
        left_out.append(LeftOut(kind="keyword", value=keyword, reason=reason))
    return tuple(keywords), left_out


def _with_the_name_first(product: Product) -> Product:
    """With the first keyword that names a kind of product before the others, as one of them has to say what it is."""
    return product.model_copy(
        update={"keywords": tuple(sorted(product.keywords, key=lambda keyword: not names_a_kind(keyword, "")))}
    )


def _is_a_name(product: Product, keyword: str) -> bool:
    """Whether a keyword says what the product is, as the first one does where no fact says it for sure."""
    if product.title is not None and says_what_it_is(product):
        return names_a_kind(keyword, product.facts[product.title].value)
    return keyword == product.keywords[0] or names_a_kind(keyword, product.keywords[0])


def says_what_it_is(product: Product) -> bool:
    """Whether a fact does; a single word at the head of free text ("Wholegrain; 500 g") is taken for none."""
    if product.title is None:
        return False
    fact = product.facts[product.title]
    return not (product.guessed and fact.name == PRODUCT) or " " in fact.value


def nothing_to_tell(product: Product) -> bool:
    """Whether neither a fact nor a keyword says anything of the thing: a text about it would be about nothing."""
    kept, _ = _worth_telling(product.facts)
    fit = any(not unfit(keyword, kept) for keyword in product.keywords)
    return not any(plain(fact.value) for fact in kept) and not fit


def _worth_telling(facts: tuple[Fact, ...]) -> tuple[tuple[Fact, ...], list[LeftOut]]:
    """The facts that a text may tell, and those without a value or for the shop's own use."""
    kept, left_out = [], []
    for fact in facts:
        if fact.name and _SHOPS_OWN.search(fact.name.replace("_", " ")):
            reason = "for the shop's own use, by its name"
        elif fact.value.casefold() in _NO_VALUES:
            reason = NO_VALUE
        elif _OFFER.search(fact.value):
            reason = "a link, phone number, price or offer is no property of the product"
        else:
            kept.append(fact)
            continue
        left_out.append(_left_out(fact, reason))
    return tuple(kept), left_out


def _left_out(fact: Fact, reason: str) -> LeftOut:
    return LeftOut(kind="fact", name=fact.name, value=fact.value, reason=reason)


def _limits(channel: ChannelName, field: FieldName, facts: int, words: tuple[int, int] | None) -> Limits:
    """The channel's limits of `field`, the least of them no more than so many facts carry."""
    asked, more = FIELDS[field], max(1, facts - 1)
    characters, items = _room(channel, field, "characters"), _room(channel, field, "items")
    if field == "description":
        least, most = _room(channel, field, "words")
        words = words or (min(least, _LEAST_WORDS_A_FACT * more), most)
    elif asked.sentences:
        characters = min(characters[0], _LEAST_CHARACTERS_A_FACT * more), characters[1]
    return Limits(
        words=words if field == "description" else None,
        characters=characters,
        separator=asked.separator,
        items=(min(items[0], max(1, facts)), items[1]),
        sentences=asked.sentences,
    )


def _room(channel: ChannelName, field: FieldName, unit: Unit) -> tuple[int, int]:
    """The least and the most that the channel leaves, any shop's where it says nothing, and one where no shop does."""
    usual = [count or 1 for count in read_channel(ANY_SHOP).room(field, unit)]
    least, most = (one or other for one, other in zip(read_channel(channel).room(field, unit), usual, strict=True))
    return least, most if least <= most else least + usual[1] - usual[0]


def _required(
    field: FieldName, facts: tuple[Fact, ...], title: int | None, brand: int | None, limits: Limits
) -> tuple[tuple[int, ...], list[LeftOut]]:
    """Numbers of the facts that `field` must state, and those that it should, but has no room for.

    A description states all that can be quoted, other fields what the product is, and a title the brand too.
    """
    if field == "bullets":
        return (), []
    if field == "description":
        return _with_room(facts, title, limits)
    found: list[int] = []
    left_out = []
    length = 0
    for number in dict.fromkeys((title, brand if field == "title" else None)):
        if number is None:
            continue
        value = facts[number - 1].value
        if length + len(value) <= limits.characters[1]:
            found.append(number)
            length += len(value) + 1
        else:
            reason = f"no room in the {limits.characters[1]} characters of {field}"
            left_out.append(_left_out(facts[number - 1], reason))
    return tuple(found), left_out


def _with_room(facts: tuple[Fact, ...], title: int | None, limits: Limits) -> tuple[tuple[int, ...], list[LeftOut]]:
    most = limits.words[1] if limits.words else 0
    room = most * _PLANNED - _WORDS_BESIDE_A_VALUE * sum(map(is_yes_or_no, facts))
    required: list[int] = []
    left_out: list[LeftOut] = []
    for number in _first(title, range(1, len(facts) + 1)):
        value = facts[number - 1].value
        words = count_words(value)
        if not plain(value):
            reason = "told to the model, but has neither letters nor digits to be found by"
        elif is_yes_or_no(facts[number - 1]):
            reason = f'told to the model with "{facts[number - 1].name}"; a yes or no is not asked for word for word'
        elif words > _LONGEST_VALUE:
            reason = f"told to the model, but longer than the {_LONGEST_VALUE} words that a sentence can quote"
        elif required and words + _WORDS_BESIDE_A_VALUE > room:
            reason = f"no room in {most} words"
        else:
            room -= words + _WORDS_BESIDE_A_VALUE
            required.append(number)
            continue
        left_out.append(_left_out(facts[number - 1], reason))
    return tuple(sorted(required)), left_out


def _first(number: int | None, numbers: range) -> Iterator[int]:
    """`numbers`, but `number` before all others."""
    if number is not None:
        yield number
    yield from (other for other in numbers if other != number)
