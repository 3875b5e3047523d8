"""Words and sentences of a text, as every check and measure counts them."""

import re

SMALL_WORDS = frozenset(
    ["a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "or", "per", "the", "to", "with"]
)
"""Words that tell nothing by themselves."""
_WORD = re.compile(r"\S+")
_BOUNDARY = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"')\]]))\s+(?=\S)")


def count_words(text: str) -> int:
    """Words as a person counts them: whatever stands between spaces."""
    return len(_WORD.findall(text))


def plain(text: str) -> str:
    """Lower case, and every run of other than letters and digits as one space; inch and foot marks are dropped."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def split_sentences(text: str, source: str = "") -> list[str]:
    """Sentences of a paragraph, split after their final stop; abbreviations of the `source` ("20 oz.") end none."""
    abbreviations = {word.strip(",;():").lower() for word in source.split() if word.strip(",;():").endswith(".")}
    sentences, start = [], 0
    for boundary in _BOUNDARY.finditer(text):
        sentence = text[start : boundary.start()].strip()
        if sentence and sentence.split()[-1].lower() not in abbreviations:
            sentences.append(sentence)
            start = boundary.end()
    return [*sentences, text[start:].strip()] if text[start:].strip() else sentences
