"""What is checked of every text, each with its evidence. Checks judge and quote; they never repair.

A check has passed, or it says in `message` what is wrong and lists what is missing or should not be there.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from contracts.brief import Brief, Fact
from contracts.verdicts import Check
from verify.binding import misplaced
from verify.claims import unsupported_claims
from verify.denials import contradicted, frees, unfounded_denials
from verify.facts import tells
from verify.language import faulty_language
from verify.names import invented_names
from verify.numbers import invented_numbers, writers_own
from verify.texts import SMALL_WORDS, count_words, plain, split_sentences
from verify.values import contains, find_keyword
from verify.vocabulary import unsupported_words

_MARKUP = re.compile(
    r"""\*\*|__|~~|`|^\#+\s|^\s*[-*\u2022]\s|(?<!\S)\*[^\s*][^*]*\*|\[[^\]]*\]   # Markdown
    |<[a-z/!][^>]*>|&(?:[a-z]+|\#\d+);|\{[^}]*\}|<\||\|>|(?<!\S)\$[^$]+\$(?!\d)   # other markup, templates, chat tokens
    |(?<![\w&/])\#[a-z]\w+|(?<!\S)@\w+|www\.\S+|click\ here                       # what leads elsewhere
    |\n|\\n|\ \ +|\ [.,;]|(?<!\S)"[^"\n]+"                                        # what is no running text""",
    re.MULTILINE | re.IGNORECASE | re.VERBOSE,
)
_SPACES = {"\n": "line break", "  ": "double space", " .": "space before a stop", " ,": "space before a comma"}
_REFUSAL = re.compile(
    r"\b(as an ai|language model|i cannot|i can't|i'm sorry|i am sorry|i hope|sure, here|as requested|you asked for|"
    r"here is the (?:line|text|sentence|copy)|lorem ipsum|bullet points?|product description|"
    r"the facts?|keywords?|sentences?|word for word|letter for letter)\b",
    re.IGNORECASE,
)
END = re.compile(r"[.!?][\"')\]]?$")
_ANSWER = re.compile(r"(?:not )?(?:included|supplied|needed|required)|yes|no|none", re.IGNORECASE)
"""What a tag or bullet alone says nothing by."""
_SHORTEST = 3
"""Words of a sentence."""
_RUN = 5
"""Words in a row that a text says once."""
_VERBS = frozenset(["fits", "holds", "lasts", "measures", "serves", "suits", "takes", "weighs", "works"])
"""Of the names of facts ("Suits: side sleepers"), those that make a sentence: "The pillow suits side sleepers"."""
_NAMING = 2
"""Words that say of what a phrase of the input is told: "The table hooks over railings"."""
_JOINING = frozenset(["at", "by", "for", "from", "in", "of", "on", "with"])
_SAME_OPENINGS = 3
"""Sentences of a description that may begin alike."""
_LONGEST_SENTENCES = 45
"""Words of a description's sentences on average."""


@dataclass(frozen=True)
class Passage:
    """A field's text as it is judged: its bullets or tags as `items` (else the text alone), and its `sentences` (of a
    list its items); `finished` says whether the model ended it itself."""

    text: str
    items: tuple[str, ...]
    sentences: tuple[str, ...]
    finished: bool = True


def check_text(brief: Brief, text: str, items: Sequence[str], finished: bool) -> tuple[Check, ...]:
    """All checks of a field's text; `finished` says whether the model ended it itself."""
    sentences = split_sentences(text, brief.given) if brief.limits.sentences else list(items)
    return _checked(brief, Passage(text, tuple(items), tuple(sentences), finished), (*_OF_A_TEXT, *_OF_A_SENTENCE))


def check_sentence(brief: Brief, sentence: str) -> tuple[Check, ...]:
    """The checks that one sentence of a field can fail by itself."""
    return _checked(brief, Passage(sentence, (sentence,), (sentence,)), _OF_A_SENTENCE)


def _checked(brief: Brief, passage: Passage, questions: Iterable["_Question"]) -> tuple[Check, ...]:
    return tuple(check for question in questions if (check := question(brief, passage)))


def failed_in_place(brief: Brief, sentences: Sequence[str], number: int) -> list[Check]:
    """What is wrong with one sentence by itself, or said before it."""
    sentence, before = sentences[number], " ".join(sentences[:number])
    found = [check for check in check_sentence(brief, sentence) if not check.passed]
    said = [run for run in repeated_runs(brief, f"{before} {sentence}") if run not in repeated_runs(brief, before)]
    if plain(sentence) in {plain(other) for other in sentences[:number]}:
        said = [sentence]
    said += [worn for worn in worn_openings(sentences[: number + 1]) if worn == sentence]
    if said and not any(check.name == "sentences" for check in found):
        found.append(Check(name="sentences", status="failed", message="said before", found=(said[0],)))
    return found


def _length(brief: Brief, passage: Passage) -> Check:
    limits, text, items = brief.limits, passage.text, passage.items
    if limits.words:
        words, (least, most) = count_words(text), limits.words
        return _check("length", not least <= words <= most, f"{words} words; {least} to {most} are wanted")
    (least, most), (fewest, many) = limits.characters, limits.items
    wrong = not (all(least <= len(item) <= most for item in items) and fewest <= len(items) <= many)
    lengths = [len(item) for item in items] or [0]
    message = f"{lengths[0]} characters; {least} to {most} are wanted"
    if limits.separator:
        found = f"{len(items)} items of {min(lengths)} to {max(lengths)} characters"
        message = f"{found}; {fewest} to {many} of {least} to {most} are wanted"
    return _check("length", wrong, message)


def _attributes(brief: Brief, passage: Passage) -> Check:
    facts = [brief.facts[number - 1] for number in brief.required]
    if not facts:
        return _check("attributes", False, "no fact must be in this field")
    missing = _unique(fact.value for fact in facts if not tells(passage.text, fact))
    message = f"{len(facts) - len(missing)} of {len(facts)} facts that it must state are in the text"
    return _check("attributes", bool(missing), message, missing=missing)


def _keywords(brief: Brief, passage: Passage) -> Check:
    """All that were asked for are in the text; those that were refused fail here, as nobody is to think them used."""
    asked = len(brief.keywords) + len(brief.refused)
    if not asked:
        return _check("keywords", False, "no keyword must be in this field")
    missing = (*(keyword for keyword in brief.keywords if not find_keyword(passage.text, keyword)), *brief.refused)
    message = f"{asked - len(missing)} of {asked} keywords are in the text"
    if brief.refused:
        message += f"; refused, as no fact supports it: {', '.join(brief.refused)}"
    return _check("keywords", bool(missing), message, missing=missing)


def _numbers(brief: Brief, passage: Passage) -> Check:
    invented = invented_numbers(passage.text, brief.given, _own(brief))
    message = "numbers or units that the input does not have" if invented else "every number stands in the input"
    return _check("numbers", bool(invented), message, found=invented)


def _own(brief: Brief) -> set[str]:
    """The names, values and keywords of the input."""
    return {fact.value for fact in brief.facts} | {fact.name or "" for fact in brief.facts} | set(brief.keywords)


def _binding(brief: Brief, passage: Passage) -> Check:
    found = misplaced(passage.text, brief.facts)
    message = "values given to another attribute" if found else "no value is given to another attribute"
    return _check("binding", bool(found), message, found=found)


def _names(brief: Brief, passage: Passage) -> Check:
    invented = invented_names(". ".join(passage.items), brief.given)
    message = "capitalised names that the input does not have" if invented else "no name was added to the input"
    return _check("names", bool(invented), message, found=invented)


def _claims(brief: Brief, passage: Passage) -> Check:
    """Listed claims, and all words that are neither the input's nor plain.

    Each item is judged by itself: what one of them denies, another may not claim.
    """
    found = _unique(claim for item in passage.items for claim in _unsupported(brief, item))
    message = "claims that the input does not make, or denies" if found else "no claim was added to the input"
    return _check("claims", bool(found), message, found=found)


def _unsupported(brief: Brief, text: str) -> Iterator[str]:
    known = [*brief.facts, *(Fact(name=None, value=keyword) for keyword in brief.keywords)]
    yield from (one for one in unsupported_claims(text, brief.given) if not frees(text, one, brief.facts))
    yield from contradicted(text, brief.facts, brief.keywords)
    yield from unfounded_denials(text, known)
    yield from unsupported_words(text, f"{brief.given} {brief.audience or ''}")


def _avoided(brief: Brief, passage: Passage) -> Check | None:
    """Words that the shop never uses; nothing is checked where it names none."""
    if not brief.avoid:
        return None
    found = tuple(word for word in brief.avoid if contains(passage.text, word))
    return _check("avoided", bool(found), "words to avoid" if found else "no word to avoid", found=found)


def _plain_text(brief: Brief, passage: Passage) -> Check:
    """One paragraph without markup, placeholders, refusals or foreign characters, but for what the input holds."""
    text = ". ".join(passage.items)
    marks = [m.group() for m in _MARKUP.finditer(text) if m.group() == "\n" or m.group() not in brief.given]
    found = _unique(_SPACES.get(mark[:2], mark.strip()) for mark in marks)
    found += _unique(m.group() for m in _REFUSAL.finditer(text) if m.group().casefold() not in brief.given.casefold())
    strange = _unique(c for c in text if c not in "\nµ" and c not in brief.given and _is_strange(c))
    found += tuple(f"character U+{ord(c):04X}" for c in strange)
    message = "markup, placeholders or refusals" if found else "one plain paragraph"
    return _check("plain text", bool(found), message, found=found)


def _is_strange(character: str) -> bool:
    """Whether no text in Latin letters has it: unprintable, a symbol such as an emoji, or another script's letter."""
    if not character.isprintable() or character == "\ufffd":
        return True
    if character.isalpha():
        return not unicodedata.name(character, "").startswith(("LATIN", "FEMININE", "MASCULINE"))
    return unicodedata.category(character) == "So" and character not in "°©®™"


def _sentences(brief: Brief, passage: Passage) -> Check:
    """Whole sentences, begun with a capital or a digit, in sound English; no sentence, item or run of words twice."""
    text, sentences = passage.text, passage.sentences
    folded = [sentence.casefold() for sentence in sentences]
    wrong = [s for s in dict.fromkeys(sentences) if folded.count(s.casefold()) > 1]
    wrong += [fault for one in sentences for fault in faulty_language(one, brief.facts, brief.given)]
    wrong += [item for item in passage.items if brief.limits.separator and _ANSWER.fullmatch(item)]
    if not passage.finished:
        wrong.append("the text was cut at its length limit")
    if brief.limits.sentences:
        starts = {fact.value.split()[0] for fact in brief.facts if fact.value.split()}
        wrong += [s for s in sentences if (s[0].islower() and s.split()[0] not in starts) or len(s.split()) < _SHORTEST]
        wrong += repeated_runs(brief, text)
    if brief.field == "description":
        wrong += worn_openings(sentences)
        wrong += [sentence for sentence in sentences if _is_list(brief, sentence)]
        if sentences and not END.search(sentences[-1]):
            wrong.append(sentences[-1])
    if not sentences:
        wrong.append("there is no text")
    if brief.field == "description" and count_words(text) > _LONGEST_SENTENCES * len(sentences):
        wrong.append(f"{count_words(text)} words in {len(sentences)} sentences")
    message = (
        "sentences that are cut, repeated, wrongly begun or no sound English"
        if wrong
        else f"{len(sentences)} whole sentences"
    )
    return _check("sentences", bool(wrong), message, found=tuple(wrong))


def _is_list(brief: Brief, sentence: str) -> bool:
    """Whether a sentence only strings words of the input together: none says anything of the others.

    A lively text may have lines without a verb, "A razor strop by Kantlon", as catalogues do, and free text phrases
    that are told as they stand.
    """
    words, given = set(plain(sentence).split()), {*plain(brief.given).split(), *SMALL_WORDS} - {"is"}
    if not words <= given or words & _VERBS or (brief.tone == "lively" and words & _JOINING):
        return False
    phrases = [fact.value for fact in brief.facts if not fact.name and count_words(fact.value) >= _SHORTEST]
    told_whole = count_words(sentence) - _NAMING
    return not any(count_words(phrase) >= told_whole and contains(sentence, phrase) for phrase in phrases)


def repeated_runs(brief: Brief, text: str) -> list[str]:
    """Runs of so many words that stand in the text twice, values apart."""
    words = plain(writers_own(text, brief.given, _own(brief))).split()
    runs = [" ".join(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)]
    return [run for run in dict.fromkeys(runs) if runs.count(run) > 1]


def worn_openings(sentences: Sequence[str]) -> list[str]:
    """Sentences that begin with the same two words as several before them."""
    openings = [tuple(plain(sentence).split()[:2]) for sentence in sentences]
    return [
        sentence
        for number, sentence in enumerate(sentences)
        if openings[:number].count(openings[number]) >= _SAME_OPENINGS
    ]


def _check(name: str, failed: bool, message: str, missing: tuple[str, ...] = (), found: tuple[str, ...] = ()) -> Check:
    return Check(name=name, status="failed" if failed else "passed", message=message, missing=missing, found=found)


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


_Question = Callable[[Brief, Passage], Check | None]
_OF_A_TEXT: tuple[_Question, ...] = (_length, _attributes, _keywords)
_OF_A_SENTENCE: tuple[_Question, ...] = (_numbers, _binding, _names, _claims, _plain_text, _sentences, _avoided)
"""What is asked of a whole text, and of each of its sentences too. A new check is a function here and in its table."""
