"""Ends a text before the first of the strings that its item names."""

from collections.abc import Sequence


class StopStrings:
    """The text up to the first of `stop`, while it arrives in pieces. What may begin such a string is held back.

    A string with which the text begins ends nothing: some models begin each answer with a line break.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = [string for string in stop if string]
        self._held = ""
        self._begun = False
        self.reached = False

    def push(self, piece: str) -> str:
        """The text that is certain now; nothing comes once a string is `reached`."""
        if self.reached:
            return ""
        text = self._held + piece
        while not self._begun and (first := next(filter(text.startswith, self._stop), None)):
            text = text[len(first) :]
        if found := [start for string in self._stop if (start := text.find(string)) >= 0]:
            self.reached, self._held = True, ""
            return text[: min(found)]
        certain = len(text) - self._may_begin(text)
        self._held = text[certain:]
        self._begun = self._begun or certain > 0
        return text[:certain]

    def finish(self) -> str:
        """What was held back, once the text has ended otherwise."""
        held, self._held = self._held, ""
        return held

    def _may_begin(self, text: str) -> int:
        """Length of the longest end of `text` that is the beginning of a string."""
        longest = max(map(len, self._stop), default=1) - 1
        sizes = range(min(longest, len(text)), 0, -1)
        return next((size for size in sizes if any(s.startswith(text[-size:]) for s in self._stop)), 0)
