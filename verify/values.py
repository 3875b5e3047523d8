"""Where a text states a value of the input or uses a keyword, however a writer spells it.

A value is a statement: its words stand in its own order, and none may be missing. A keyword is what buyers search for:
its words stand in one sentence.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice, pairwise, product

from verify.spellings import POWERS, number_forms, unit_forms, word_forms
from verify.texts import SMALL_WORDS, plain, split_sentences

Span = tuple[int, int]
"""From where to where in a text, in characters."""

_NEGATIONS = frozenset(["free", "never", "no", "non", "not", "without"])
_BEGIN, _END = r"(?<![^\W_])", r"(?![^\W_])"
_NUMBER_BEGIN, _NUMBER_END = r"(?<!\d[.,/])(?<!\s[-\u2212])", r"(?![.,/]\d)(?![ -]\d+/\d)"
"""What would make a number at a value's edge another one: 2.5 is not 5, -5 is not 5, 14 1/2 is not 14."""
_DASHES = "\u2010\u2011\u2012\u2013\u2014-"
_INCHES = "[\"'\u2019\u201d\u2032\u2033]?"
"""A mark of inches or feet, or none."""
_FEET = ("'", "\u2019", "\u2032")
_MARKS = (
    ('"\u201d\u2033', r"[\"\u201d\u2033]|''|in\b|inch(?:es)?"),
    ("%", r"%|percent|per cent"),
    ("\u00b0", r"\u00b0|degrees?"),
)
"""Marks after a number, and how else they are written."""
_DENIED, _UNLIKE = r"(?<!\bnot )(?<!\bnon[ -])(?<!\bwithout )", r"(?!-(?:free|effect|look|tone|like)\b)"
"""What would make a value its contrary, or something that only resembles it."""
_MINUS = r"(?:[-\u2212]|(?:minus|negative)\s)"
_GAP = r"(?:[^\w.!?]|_|[.!?](?!\s))"
"""What parts words within a sentence."""
_PART = re.compile(r"\d+|[A-Z]?[a-z]+|[^\W\d_]+?(?=[A-Z][a-z])|[^\W\d_]+")
"""Digits, or letters up to where a new word begins."""
_ABBREVIATED = re.compile(r"(.+?)\s*\(([A-Za-z]{2,})\)")
_PACK = re.compile(r"([\d,]+)(?:\s+([A-Za-z]+))?\s*(?:/|\sper\s|\sin an?\s)\s*([A-Za-z]+)")
"""So many things in each package."""
_PACK_OF = re.compile(r"(pack|set|box|bag|case) of (\d+)|(\d+)[\s-]*(?:pack|pk)", re.IGNORECASE)
"""A package of so many."""
CODE = re.compile(r"(?=\S*[A-Za-z])(?=\S*\d)[^\s,;/]+")
"""A word of letters and digits."""
_SHORT = re.compile(r"[A-Z]{1,2}")
"""A size or grade, which is no word of a sentence."""
_COMMA = re.compile(r"[,;]\s+")
_LIST = range(2, 5)
"""Of so many parts is a list whose order a writer may change."""
_TRIED = 1000
"""Of the ways in which parts that stand often can be taken together: a text of one word has millions."""
_SIDE_BY_SIDE = re.compile(rf"{_GAP}+(?:\w+{_GAP}+){{0,2}}")
"""What may stand between two parts of a list."""
_BETWEEN = "|".join(sorted(SMALL_WORDS - {"and", "is", "or"} | {"up"}))
"""What a writer may put between two words of a value."""


def contains(text: str, value: str) -> bool:
    """Whether `text` states `value`, as `find_value` finds it."""
    return find_value(text, value) is not None


def find_value(text: str, value: str) -> Span | None:
    """Where `text` states `value`: all of its words, in its order, as a writer spells them.

    Case and punctuation do not matter: 500-GB is 500 GB, HardDrive is hard drive, a list's comma is "and", "lumens
    front" is lumens in the front. A word may be a plural, a small number a word, a unit written out; "2-4" is two to
    four, "1500 W" 1,500 watts, "30/Pack" a pack of 30, "Gents" men's. Of "Serial Attached SCSI (SAS)" one of the two
    is enough, and the parts of "safety, brass" may stand in any order: a brass safety valve. Nothing states a value
    without letters and digits.
    """
    if either := _ABBREVIATED.fullmatch(value):
        whole, short = either.groups()
        if short.casefold() == "".join(word[0] for word in plain(whole).split()):
            return find_value(text, whole) or find_value(text, short)
    pattern = value_pattern(value)
    found = pattern.search(text) if pattern else None
    return found.span() if found else _find_list(text, value)


def _find_list(text: str, value: str) -> Span | None:
    """Where the parts of a list stand side by side in any order, with few words between them."""
    parts = [part for part in _COMMA.split(value) if plain(part)]
    if len(parts) not in _LIST:
        return None
    patterns = filter(None, map(value_pattern, parts))
    places = [[found.span() for found in pattern.finditer(text)] for pattern in patterns]
    for spans in islice(map(sorted, product(*places)), _TRIED):
        if all(_SIDE_BY_SIDE.fullmatch(text, before[1], after[0]) for before, after in pairwise(spans)):
            return spans[0][0], spans[-1][1]
    return None


def find_keyword(text: str, keyword: str) -> Span | None:
    """Where `text` uses `keyword`: as a value, or, if it denies nothing, all of its words anywhere in one sentence."""
    words = [word for word in plain(keyword).split() if word not in SMALL_WORDS]
    if (found := find_value(text, keyword)) or not words or _NEGATIONS & set(words):
        return found
    start = 0
    for sentence in split_sentences(text):
        start = text.index(sentence, start)
        patterns = filter(None, map(value_pattern, words))
        spans = [place.span() for pattern in patterns if (place := pattern.search(sentence))]
        if len(spans) == len(words):
            return start + min(first for first, _ in spans), start + max(last for _, last in spans)
    return None


def without_values(text: str, values: Iterable[str]) -> str:
    """`text` with a gap for each of `values`, the longest first."""
    in_order = sorted(values, key=lambda value: (-len(value), value))  # the same in each process, as a set's is not
    for pattern in filter(None, map(value_pattern, in_order)):
        text = pattern.sub("\u2026", text)
    return text


@lru_cache(maxsize=4096)
def value_pattern(value: str) -> re.Pattern[str] | None:
    """What states `value`, in any case; None for one without letters and digits.

    Kept, as a text is judged by the same values again and again, and compiling one takes a millisecond.
    """
    pattern = _pattern(value)
    return re.compile(pattern, re.IGNORECASE) if pattern else None


def _pattern(value: str) -> str:
    value = re.sub(r"['\u2019](?=s\b)", "", value)
    parts = list(_PART.finditer(value))
    if not parts:
        return ""
    if _SHORT.fullmatch(value):
        return _short(value)
    pattern = _forms(value, parts, 0)
    for number, (before, part) in enumerate(pairwise(parts), start=1):
        gap, forms = value[before.end() : part.start()], _forms(value, parts, number)
        numbers = before[0].isdigit() and part[0].isdigit()
        pattern += (_between_numbers(gap, before[0], part[0]) if numbers else _between(gap, forms)) + forms
    pattern = f"{_before(value, parts[0])}{pattern}{_after(value, parts[-1])}"
    if CODE.fullmatch(value.strip()):
        pattern += r"(?!-(?-i:[A-Z\d]))"  # DR-510 is not DR-510-BK
    if pack := _PACK.fullmatch(value.strip()):
        pattern = f"(?:{pattern}|{_packed(*pack.groups())})"
    elif pack := _PACK_OF.fullmatch(value.strip()):
        pattern = _pack_of(pack[1] or "pack", pack[2] or pack[3])
    return f"{_DENIED}{_BEGIN}{pattern}{_END}{_UNLIKE}"


def _short(value: str) -> str:
    """A size or grade, in capitals, with no number before it; one letter begins no sentence either."""
    first = r"(?<!^)(?<![.!?:]\s)" if len(value) == 1 else ""
    return rf"{_BEGIN}{first}(?<!\w['\u2019])(?<!\d\s)(?-i:{value})(?!['\u2019]\w)(?!-[a-z]){_END}"


def _before(value: str, first: re.Match[str]) -> str:
    """What must stand before a value that begins with a number, or must not, so that the number is the same."""
    if not first[0].isdigit():
        return ""
    sign = value[: first.start()].strip()
    if sign in ("-", "\u2212"):
        return _MINUS
    if sign == ".":
        return r"(?<!\d)0?\."
    whole = r"(?<!\d[ -])" if len(first[0]) == 3 or value[first.end() :][:1] == "/" else ""  # 1 500, 1 1/2
    return _NUMBER_BEGIN + whole


def _after(value: str, last: re.Match[str]) -> str:
    """What must stand after a value that ends with a number: its mark, and nothing that makes the number another."""
    if not last[0].isdigit():
        return ""
    mark = value[last.end() :].strip()[:1]
    return _NUMBER_END + next((rf"\s*-?(?:{forms})" for marks, forms in _MARKS if mark and mark in marks), "")


def _between_numbers(gap: str, before: str, following: str) -> str:
    """What may stand where two numbers of a value have `gap`: a point is a point, a range may be told in words."""
    if gap.strip() in _FEET:
        return r"\s*(?:['\u2019\u2032]|ft\b\.?|feet|foot)[\s-]*"
    mark = gap.strip(" \"'")
    if not mark:
        return rf"{_INCHES}[\s{_DASHES}]+"
    if mark in _DASHES:
        return rf"(?:{_INCHES}|[ -](?:inch(?:es)?|feet|foot))(?:\s*[{_DASHES}]\s*|\s+(?:to|through)\s+|\s+)"
    if gap == "," and len(following) == 3:
        return r",?"
    if (gap[-1:].isspace() and mark in (",", ";", "&", "/")) or (mark == "/" and len(before) > 1 < len(following)):
        return rf"{_GAP}+(?:(?:and|or){_GAP}+)?"
    if mark == "\u00d7":
        return r"\s*(?:x|\u00d7|by)\s*"
    if mark in ("/", ":", "+"):
        return rf"\s*{re.escape(mark)}\s*"
    return re.escape(mark) if mark in (".", ",") else rf"{_GAP}+"


def _between(gap: str, following: str) -> str:
    """What may stand where a value has `gap`; `following` are the forms of what comes then.

    A small word that is the value's own next word is never taken for one put between: else the ways to read many of
    them would double with each.
    """
    if gap.startswith("%"):
        return rf"\s*(?:%|percent|per cent){_GAP}*"
    if gap.strip() == "\u00b0":
        return r"\s*(?:\u00b0|degrees?)?\s*"
    if gap.strip() in tuple(_DASHES) and gap.startswith(" "):
        return rf"{_GAP}+(?:to{_GAP}+)?"
    if gap == "/":
        return rf"{_GAP}+(?:(?:and|per){_GAP}+)?"
    if gap.strip() and not gap.strip(" ,;&/"):
        return rf"{_GAP}+(?:and{_GAP}+)?"
    if gap.isspace():
        return rf"(?:{_GAP}+(?!{following}{_END})(?:{_BETWEEN}){_END}){{0,2}}{_GAP}*"
    return r"[\W_]*(?:of\s)?" if "." in gap else rf"{_GAP}*"


def _packed(count: str, what: str | None, package: str) -> str:
    """The phrases for so many things in a package: "a box of 50", "each box holds 50 pins", "50 pins a box"."""
    count = count.replace(",", ",?")
    things = rf"{count}{_GAP}+{what}" if what else count
    holds = "of|holds|contains|includes"
    each = "per|a|an|each|every|to a|in a|in each"
    return rf"{package}s?{_GAP}+(?:{holds}){_GAP}+{things}|{things}(?:{_GAP}+\w+)?{_GAP}+(?:{each}){_GAP}+{package}"


def _pack_of(package: str, count: str) -> str:
    """The phrases for a package of so many: "pack of 6", "6-pack", "six pieces per pack", "four-piece set"."""
    many = number_forms(count, more=False)
    each = r"(?:per|a|each|every|to a|in a|in each)\s"
    return rf"(?:{package}\sof\s{many}|{many}[\s-]?(?:pieces?[\s-])?(?:{each})?(?:{package}|pack|pk))"


def _forms(value: str, parts: Sequence[re.Match[str]], number: int) -> str:
    """The spellings of one part: within a code or a joined word only its own."""
    part = parts[number]
    word = part[0].casefold()
    before = [one[0].casefold() for one in parts[:number]]
    following = parts[number + 1][0] if part is not parts[-1] else ""
    if word in ("x", "to") and before and before[-1].isdigit() and following.isdigit():
        return r"(?:x|\u00d7|by)" if word == "x" else f"(?:to|[{_DASHES}])"
    if value[: part.start()][-1:].isalpha() or value[part.end() :][:1].isalpha():
        return re.escape(part[0])
    if word.isdigit():
        more = following and value[part.end()] in " -"
        return number_forms(word, more=bool(more) or (word == "1" and before[-1:] == ["in"]))
    measured = before[-1:] and (
        before[-1].isdigit() or (before[-1] in POWERS and before[-2:-1] and before[-2].isdigit())
    )
    if measured and part[0] in ("G", "M"):  # "5G" has no gram, "2 M" no metre
        return f"(?-i:{part[0]})"
    unit = measured and not (word == "in" and following.isdigit())  # "10 in 1" has no inch
    if unit and (forms := unit_forms(word)):
        return forms
    if value[: part.start()][-1:].isdigit() or value[part.end() :][:1].isdigit():
        return re.escape(part[0])
    if word == "w" and value[part.end() :][:1] == "/":
        return "(?:w|with)"
    return word_forms(word)
