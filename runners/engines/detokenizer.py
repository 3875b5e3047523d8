"""Turns token ids into text one at a time."""

from transformers import PreTrainedTokenizerBase

# A character cut in the middle of its UTF-8 bytes decodes to this.
INCOMPLETE = "\ufffd"


def decode(tokenizer: PreTrainedTokenizerBase, ids: list[int]) -> str:
    """The text of `ids` without special tokens, spaces as the model wrote them."""
    text = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    if not isinstance(text, str):
        raise TypeError("ids of one text are decoded at a time")
    return text


class Detokenizer:
    """Incremental decoding: the pieces joined are the decoded text of all ids.

    Only the last few ids are decoded each time, starting one piece back, since a token's text depends on its
    predecessor (spaces) and a character may need several tokens (bytes).
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._prefix = 0
        self._read = 0

    def push(self, token: int) -> str:
        """The text that `token` completes, perhaps none yet."""
        self._ids.append(token)
        return self._emit(final=False)

    def finish(self) -> str:
        """The rest, including a character that will never be complete."""
        return self._emit(final=True)

    def _emit(self, final: bool) -> str:
        known = decode(self._tokenizer, self._ids[self._prefix : self._read])
        text = decode(self._tokenizer, self._ids[self._prefix :])
        if len(text) <= len(known) or (text.endswith(INCOMPLETE) and not final):
            return ""
        self._prefix, self._read = self._read, len(self._ids)
        return text[len(known) :]
