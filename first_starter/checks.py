"""What is checked of every text, each with its evidence. Checks judge and quote; they never repair.

A check has passed, or it says in `message` what is wrong and lists what is missing or not allowed.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from contracts.verdicts import Evidence
from copywriter.product import Product
from first_starter.fields import FIELDS, MAX_WORDS, MIN_WORDS, FieldName
from first_starter.references import MAX_FACTS

if TYPE_CHECKING:
    import inflect

CheckName = Literal[
    "length", "attributes", "keywords", "numbers", "names", "named values", "plain text", "sentences", "words"
]

_WORD = re.compile(r"\S+")
_NUMBER = re.compile(r"\d+(?:[.,/-]\d+)*")
_BOUNDARY = re.compile(r"(?<=[.!?])[\"')\]]?\s+(?=\S)")
_MARKUP = re.compile(
    r"\*\*|__|^#+\s|^\s*[-*\u2022]\s|`|<[a-z/!][^>]*>|\n|\[[^\]]*\]|\{[^}]*\}|<\||\|>|  +| [.,;]", re.MULTILINE
)
_SPACES = {"\n": "line break", "  ": "double space", " .": "space before a stop", " ,": "space before a comma"}
_REFUSAL = re.compile(r"\b(as an ai|language model|i cannot|i can't|i'm sorry|i am sorry|lorem ipsum)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<![.!?:][\"'(])\b[A-Z][\w'-]*")
_ALWAYS_CAPITAL = frozenset(
    [
        "I",
        "I'm",
        "I'd",
        "I'll",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
        "Christmas",
        "Easter",
        "English",
        "French",
        "German",
        "Italian",
        "Spanish",
        "Indian",
        "Thai",
    ]
)
_LOWER = re.compile(r"(?<![\w'&./])[a-z][a-z']+(?![\w&/]|\.\w)")
_DOUBLED = re.compile(r"\b((?:[a-z]+ ){0,3}[a-z]+) \1\b", re.IGNORECASE)
_ARTICLE = re.compile(r"\b(an?) (\S+)", re.IGNORECASE)
_MEASURES = {
    "high": "height|high|tall",
    "wide": "width|wide|breadth",
    "deep": "depth|deep",
    "long": "length|long",
    "thick": "thick",
    "across": "diameter|across|width",
}
_MEASURE = re.compile(rf" ({'|'.join(_MEASURES)})(?![\w-])")
_CLAIMS = {
    r"made (?:of|from)": "material|fabric|construction|metal|shell|upper|lining|wood|filling|composition|ingredient",
    r"made by": "brand|manufacturer|maker|vendor|publisher|label|designer|^make",
    r"weighs?|on the scales, expect": "weight|mass",
    r"holds?|(?:has|have|is|with) room for": "capacity|volume|content",
    r"tastes? of|on the tongue, expect": "flavou?r|taste",
    r"smells? of": "scent|fragrance|aroma",
    r"in size": "size",
    r"for ages": "age",
    r"(?:belongs? to|meant for) generation": "generation",
    r"(?:comes?|shown|offered) in": "^(?!.*(gender|weight|height|width|depth|length|quantity|number|upc|brand|type))",
    r"(?:found in|belongs? to) the": "gender|department|audience|collection|range|line|series|family|season",
    r"quote [^.]{0,60}": r"num|\bno\b|upc|ean|gtin|isbn|sku|mpn|asin|code|model|part|item|article|refer|serial|\bid\b",
}
_CLAIM = {re.compile(rf"\b(?:{words}) $", re.IGNORECASE): names for words, names in _CLAIMS.items()}
_AS = re.compile(r"\b(?:packed|sold|supplied|comes?) as $", re.IGNORECASE)
_SUBJECT = re.compile(r"(?:^|[.!?] )(?:It|They|This one) $")
_IS = re.compile(r"(?:\b(?:it|they|this one|these)|,| and) (?:is|are) $", re.IGNORECASE)
_PURPOSE = "choice|pick|choose (?:it|them)|(?:it|them) in mind"
_PREPOSITIONS = "for|to|in|on|at|with|as|from|of|when|by|if"
_BEFORE_A_THING = (
    "of",
    "with",
    "for",
    "in",
    "as",
    "if",
    "when",
    "where",
    "say",
    "says",
    "reads",
    "under",
    "to",
    "on",
    "about",
)
_BEFORE_A_PURPOSE = ("choice", "pick", "mind", "it", "them")
_COLLISION = re.compile(r"\b(?:with|of) for\b", re.IGNORECASE)
# The word list takes almost any two letters for a word, and a broken word often ends in two.
_SHORT_WORD = re.compile(
    "a|ad|ah|am|an|as|at|be|by|do|eg|ex|go|ha|he|hi|ie|if|in|is|it|me|my|no|of|oh|ok|on|or|ox|pa|pc|pm|re|so|to|tv|uk|up|us|"
    "vs|we|ye"
)
_SINGULAR_ENDS_IN_S = frozenset(
    ["atlas", "canvas", "christmas", "gas", "means", "pampas", "pancreas", "series", "species"]
)


@cache
def load_inflector() -> "inflect.engine":
    """The English rules of inflect, whose import takes more than a second: only a process that checks pays for it."""
    import inflect

    return inflect.engine()


@cache
def load_words() -> frozenset[str]:
    """English words: pyspellchecker's list, British spellings from breame, and words of the trades in `words.txt`."""
    from breame.spelling import BRITISH_ENGLISH_SPELLINGS
    from spellchecker import SpellChecker

    trades = (Path(__file__).parent / "words.txt").read_text().split()
    return frozenset([*SpellChecker(distance=1).word_frequency.dictionary, *BRITISH_ENGLISH_SPELLINGS, *trades])


class Check(BaseModel):
    """One question asked of a text: `missing` are input values that it lacks, `found` what should not be there."""

    model_config = ConfigDict(frozen=True)

    name: CheckName
    passed: bool
    message: str
    missing: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


def check_field(
    field: FieldName,
    text: str,
    product: Product,
    finished: bool,
    evidence: Sequence[Evidence] = (),
    items: Sequence[str] | None = None,
) -> tuple[Check, ...]:
    """All checks of a listing's field.

    `finished` says whether the model ended the text itself; `evidence` is where a text by reference took its values,
    `items` its bullets or tags where they are known (a value may hold what parts them).
    """
    items = split_items(field, text) if items is None else items
    sentences = split_sentences(text, _spelled(product)) if FIELDS[field].sentences else list(items)
    return (
        _length(field, text, items),
        _attributes(field, text, product),
        _keywords(field, text, product),
        _numbers(text, product),
        _names(". ".join(items), product),
        _named_values(text, sentences, product, evidence),
        _plain_text(". ".join(items), product),
        _sentences(field, text, sentences, product, finished, evidence),
        _words(text, product),
    )


def split_items(field: FieldName, text: str) -> tuple[str, ...]:
    """The bullets or tags of a text; of other fields the text is the one item."""
    if not FIELDS[field].separator:
        return (text,) if text else ()
    parted = re.split(r"[\n,]" if field == "tags" else r"\n", text)
    return tuple(item.strip() for item in parted if item.strip())


def required_facts(field: FieldName, product: Product) -> tuple[int, ...]:
    """Indices of the facts that `field` must state: all in a description, elsewhere what the product is.

    A title names the brand too. Values that do not fit into the field's characters are not asked for.
    """
    if field == "description":
        return tuple(range(len(product.facts)))
    if field == "bullets":
        return ()
    indices = [product.title, product.brand if field == "title" else None]
    most = FIELDS[field].characters[1]
    found, length = [], 0
    for index in indices:
        if index is not None and index < MAX_FACTS and length + len(product.facts[index].value) < most:
            found.append(index)
            length += len(product.facts[index].value) + 1
    return tuple(dict.fromkeys(found))


def count_words(text: str) -> int:
    """Words as a person counts them: whatever stands between spaces."""
    return len(_WORD.findall(text))


def contains(text: str, value: str) -> bool:
    """Whether `value` stands in `text` as whole words, case and punctuation apart."""
    wanted = plain(value)
    return bool(wanted) and f" {wanted} " in f" {plain(text)} "


def words_before_others(keyword: str) -> tuple[str, ...]:
    """Words that `keyword` cannot follow, in lower case: "with" comes before a thing, and not before "for the office",
    "a fine pick" before that, and not before a thing."""
    return _BEFORE_A_THING if _begins_with_preposition(keyword) else _BEFORE_A_PURPOSE


def _begins_with_preposition(keyword: str) -> bool:
    return re.match(rf"(?:{_PREPOSITIONS}) ", keyword, re.IGNORECASE) is not None


def plain(text: str) -> str:
    """Lower case, and every run of other than letters and digits as one space; inch and foot marks are dropped."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def split_sentences(text: str, source: str = "") -> list[str]:
    """Sentences of a paragraph, split after their final stop; abbreviations of the `source` ("20 oz.") end none."""
    abbreviations = {word.strip(",;()").lower() for word in source.split() if word.strip(",;()").endswith(".")}
    sentences, start = [], 0
    for boundary in _BOUNDARY.finditer(text):
        sentence = text[start : boundary.start()].strip()
        if sentence and sentence.split()[-1].lower() not in abbreviations:
            sentences.append(sentence)
            start = boundary.end()
    return [*sentences, text[start:].strip()] if text[start:].strip() else sentences


def _length(field: FieldName, text: str, items: Sequence[str]) -> Check:
    if field == "description":
        words = count_words(text)
        passed = MIN_WORDS <= words <= MAX_WORDS
        return Check(name="length", passed=passed, message=f"{words} words; {MIN_WORDS} to {MAX_WORDS} are wanted")
    rule = FIELDS[field]
    (least, most), (fewest, many) = rule.characters, rule.items
    passed = all(least <= len(item) <= most for item in items) and fewest <= len(items) <= many
    lengths = [len(item) for item in items] or [0]
    message = f"{lengths[0]} characters; {least} to {most} are wanted"
    if rule.separator:
        found = f"{len(items)} items of {min(lengths)} to {max(lengths)} characters"
        message = f"{found}; {fewest} to {many} of {least} to {most} are wanted"
    return Check(name="length", passed=passed, message=message)


def _attributes(field: FieldName, text: str, product: Product) -> Check:
    values = [product.facts[index].value for index in required_facts(field, product)]
    if not values:
        return Check(name="attributes", passed=True, message="no fact must be in this field")
    missing = tuple(value for value in values if plain(value) and not contains(text, value))
    written = len(values) - len(missing)
    return Check(
        name="attributes",
        passed=not missing,
        message=f"{written} of {len(values)} facts that it must state are in the text",
        missing=missing,
    )


def _keywords(field: FieldName, text: str, product: Product) -> Check:
    """Descriptions and tags must hold every keyword that fits."""
    if field not in ("description", "tags"):
        return Check(name="keywords", passed=True, message="no keyword must be in this field")
    wanted = [keyword for keyword in product.keywords if len(keyword) <= FIELDS[field].characters[1]]
    missing = tuple(keyword for keyword in wanted if not contains(text, keyword))
    if not wanted:
        return Check(name="keywords", passed=True, message="no keywords were given")
    message = f"{len(wanted) - len(missing)} of {len(wanted)} keywords are in the text"
    return Check(name="keywords", passed=not missing, message=message, missing=missing)


def _numbers(text: str, product: Product) -> Check:
    known = set(_NUMBER.findall(_input(product)))
    digits = {part for number in known for part in re.findall(r"\d+", number)}
    invented = _unique(n for n in _NUMBER.findall(text) if n not in known and not set(re.findall(r"\d+", n)) <= digits)
    message = "numbers that the input does not have" if invented else "every number stands in the input"
    return Check(name="numbers", passed=not invented, message=message, found=invented)


def _names(text: str, product: Product) -> Check:
    known = set(plain(_input(product)).split())
    names = (m.group() for m in _NAME.finditer(text) if re.sub(r"('s|s)$", "", m.group()) not in _ALWAYS_CAPITAL)
    invented = _unique(name for name in names if not set(plain(name).split()) <= known)
    message = "capitalised names that the input does not have" if invented else "no name was added to the input"
    return Check(name="names", passed=not invented, message=message, found=invented)


def _named_values(text: str, sentences: Sequence[str], product: Product, evidence: Sequence[Evidence]) -> Check:
    """A fact's name stands in one sentence (or item) with that fact's value, "high" or "wide" after such a measure,
    "made of" before a material, "weighs" before a weight."""
    ends = [text.index(sentence) + len(sentence) for sentence in sentences]

    def place(span: Evidence) -> tuple[int, int]:
        return span.number, sum(end < span.end for end in ends)

    facts = [span for span in evidence if span.source == "fact"]
    values = {place(span) for span in facts}
    wrong = [span.value for span in evidence if span.source == "fact name" and place(span) not in values]
    wrong += [span.value + match.group() for span in facts if (match := _wrong_measure(text, span, product))]
    wrong += [claim for span in facts if (claim := _wrong_claim(text, span, product))]
    message = "names and measures apart from their values" if wrong else "names stand with their own values"
    return Check(name="named values", passed=not wrong, message=message, found=_unique(wrong))


def _wrong_measure(text: str, span: Evidence, product: Product) -> re.Match[str] | None:
    """The word after a value that calls it a height, width, ... though its name says something else."""
    match = _MEASURE.match(text, span.end)
    name = product.facts[span.number - 1].name
    if match is None or (name is None and re.search(r"\d", span.value)):
        return None
    return None if name and re.search(_MEASURES[match[1]], name, re.IGNORECASE) else match


def _wrong_claim(text: str, span: Evidence, product: Product) -> str | None:
    """What is said of a value that its name contradicts, as in "made of 12 pieces", "packed as 1" or "it is 7012"."""
    name, before = product.facts[span.number - 1].name, text[: span.start]
    if not name:
        return None
    for words, names in _CLAIM.items():
        if (match := words.search(before)) and not re.search(names, name, re.IGNORECASE):
            return match.group() + span.value
    wrong = [_SUBJECT.search(before)]
    wrong += [_AS.search(before)] if span.value.isdecimal() else []
    wrong += [_IS.search(before)] if re.search(r"\d", span.value) else []
    return next((match.group().strip(" .,") + f" {span.value}" for match in wrong if match), None)


def _plain_text(text: str, product: Product) -> Check:
    """One paragraph without markup, placeholders, refusals or unreadable characters, but for what the input holds."""
    marks = [m.group() for m in _MARKUP.finditer(text) if m.group() == "\n" or m.group() not in product.source]
    found = _unique(_SPACES.get(mark[:2], mark.strip()) for mark in marks)
    found += _unique(m.group() for m in _REFUSAL.finditer(text))
    unreadable = _unique(c for c in text if (not c.isprintable() and c != "\n") or c == "\ufffd")
    found += tuple(f"character U+{ord(c):04X}" for c in unreadable)
    message = "markup, placeholders or refusals" if found else "one plain paragraph"
    return Check(name="plain text", passed=not found, message=message, found=found)


def _sentences(
    field: FieldName,
    text: str,
    sentences: Sequence[str],
    product: Product,
    finished: bool,
    evidence: Sequence[Evidence],
) -> Check:
    """Whole sentences, begun with a capital or a digit, no sentence, item or word twice.

    "a" and "an" are judged by sound, "this" and "these" by number.
    """
    folded = [sentence.casefold() for sentence in sentences]
    wrong = [s for s in dict.fromkeys(sentences) if folded.count(s.casefold()) > 1]
    wrong += [match.group() for match in _ARTICLE.finditer(text) if _wrong_article(match)]
    wrong += [m.group() for m in _DOUBLED.finditer(text) if m.group().lower() not in _input(product).lower()]
    wrong += _wrong_number(text, product) + _wrong_keywords(text, product)
    wrong += [verb for span in evidence if span.source == "fact name" and (verb := _wrong_verb(text, span))]
    if not finished:
        wrong.append("the text was cut at its length limit")
    if FIELDS[field].sentences:
        wrong += [s for s in sentences if s[0].islower() or len(s.split()) < 2]
        if sentences and not re.search(r"[.!?][\"')\]]?$", sentences[-1]):
            wrong.append(sentences[-1])
    if field == "description" and len(sentences) < 3:
        wrong.append(f"only {len(sentences)} of at least 3 sentences")
    message = "sentences that are cut, repeated or wrongly begun" if wrong else f"{len(sentences)} whole sentences"
    return Check(name="sentences", passed=not wrong, message=message, found=tuple(wrong))


def _words(text: str, product: Product) -> Check:
    """Every lower-case word stands in a dictionary, among the trades' words or in the input."""
    given = set(plain(f"{_input(product)} {_spelled(product)}").split())
    invented = tuple(word for word in unknown_words(text) if word not in given)
    message = "words that no dictionary has" if invented else "every word exists"
    return Check(name="words", passed=not invented, message=message, found=invented)


def unknown_words(text: str) -> list[str]:
    """The lower-case words of `text` that no list has, in order; capitals are names and judged as such."""
    return sorted({word for word in _LOWER.findall(text) if not _is_word(word)})


def _is_word(word: str) -> bool:
    """Whether a list has `word`, or what stands before its apostrophe."""
    stem = re.sub(r"'(?:s|re|ve|ll|d)?$", "", word)
    if len(stem) <= 2:
        return bool(_SHORT_WORD.fullmatch(stem))
    return stem in load_words() or word in load_words()


def _wrong_article(match: re.Match[str]) -> bool:
    """Judged only before words, not before codes and initials, which may be read in two ways."""
    word = match[2].strip(".,;:!?\"')")
    if not re.fullmatch(r"[A-Za-z][a-z][a-z-]*", word):
        return False
    return str(load_inflector().a(word)).split()[0] != match[1].lower()


def _wrong_number(text: str, product: Product) -> list[str]:
    """Places that call one thing "these", or several "this", as in "these pink dress"."""
    if product.title is None:
        return []
    title = product.facts[product.title].value
    head = re.split(r" (?:for|with|of|in|from) |[,(/]", title)[0].split()[-1:]
    plural = _is_plural(head[0]) if head else None
    if plural is None:
        return []
    wrong = "this|a|an" if plural else "these|those"
    between = rf"(?:(?!(?:{_PREPOSITIONS}) )[\w&'-]+(?:\.\w+)* ){{0,3}}?"
    pattern = rf"\b(?:{wrong}) {between}{re.escape(title)}(?!\w)"
    return [match.group() for match in re.finditer(pattern, text, re.IGNORECASE)]


def _wrong_verb(text: str, span: Evidence) -> str | None:
    """A fact's name with the verb of the other number, as in "the pieces is"."""
    verb = re.match(r" (is|are)\b", text[span.end :])
    name = text[span.start : span.end]
    plural = _is_plural(name.split()[-1]) if verb else None
    return f"{name}{verb.group()}" if verb and plural is not None and plural == (verb[1] == "is") else None


def _wrong_keywords(text: str, product: Product) -> list[str]:
    """Keywords that do not fit what stands before them, as in "a fine pick waterproof" or "with for the office"."""
    wrong = [match.group() for match in _COLLISION.finditer(text)]
    for keyword in product.keywords:
        if not _begins_with_preposition(keyword):
            pattern = rf"\b(?:{_PURPOSE}) {re.escape(keyword)}\b"
            wrong += [match.group() for match in re.finditer(pattern, text, re.IGNORECASE)]
    return wrong


def _is_plural(noun: str) -> bool | None:
    """Whether a noun is plural, or None where its ending does not tell."""
    noun = noun.lower()
    if not noun.isalpha() or noun.endswith(("us", "is")) or noun in _SINGULAR_ENDS_IN_S:
        return None
    ending = noun.endswith("s") and not noun.endswith("ss")
    return ending if ending == bool(load_inflector().singular_noun(noun)) else None


def _spelled(product: Product) -> str:
    """Where a text's abbreviations come from: the input, and names of facts that the product was given."""
    return " ".join([product.source, *(fact.name or "" for fact in product.facts)])


def _input(product: Product) -> str:
    return " ".join((product.source, *product.keywords))


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
