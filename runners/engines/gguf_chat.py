"""Chats as token ids, and tokens as text, by what a GGUF file says of its byte-level vocabulary."""

import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openvino_genai as genai

from checkpoints.errors import CheckpointError
from checkpoints.folder import CHAT_TEMPLATE_NAME
from checkpoints.gguf_header import open_gguf
from contracts.items import TextItem
from runners.engines.chat import Turns, after_answer, takes_system, to_turns

# Kinds of tokens (https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h, llama_token_type).
_CONTROL, _USER_DEFINED = 3, 4
# Parts the text of a control token that somebody typed, so that the tokenizer does not see it whole.
_CUT = "\ue0ff"


class GGUFChat:
    """The chat template, tokenizer and end of text of one file.

    `end_ids` are the ids that end a text: the one configured, and the one that the template writes after an answer.
    `context` is how many tokens the model was made for. Raises CheckpointError.
    """

    def __init__(self, file: Path, tokenizer: genai.Tokenizer) -> None:
        self._tokenizer = tokenizer
        beside = file.parent / CHAT_TEMPLATE_NAME
        if beside.exists():
            tokenizer.set_chat_template(beside.read_text())
        header = open_gguf(file)
        self.context = int(_value(header, f"{_value(header, 'general.architecture')}.context_length"))
        self._words: Mapping[int, bytes] = {id_: word for word, id_ in tokenizer.get_vocab().items()}
        kinds = _token_kinds(header)
        self._silent = frozenset(np.flatnonzero(kinds == _CONTROL).tolist())
        added = {self._words[id_].decode(): id_ for id_ in self._silent if id_ in self._words}
        for id_ in np.flatnonzero(kinds == _USER_DEFINED).tolist():
            word = self._words.get(id_, b"").decode()
            if word.strip() and word in tokenizer.chat_template:
                added[word] = id_
        longest_first = sorted(added, key=len, reverse=True)
        self._added = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        self._system = takes_system(self._render)
        self.end_ids = frozenset({int(_value(header, "tokenizer.ggml.eos_token_id"))})
        if found := self._added.match(after_answer(self._render)):
            self.end_ids |= {added[found[0]]}

    def prompt_ids(self, item: TextItem) -> list[int]:
        """The whole chat up to where the model goes on; control tokens typed into it stay ordinary text.

        Raises ValueError, in words for the caller, if that fails.
        """
        turns = [{**turn, "content": self._cut(turn["content"])} for turn in to_turns(item.messages, self._system)]
        try:
            asked = self._render(turns, answer=True)
        except RuntimeError as error:
            raise ValueError("the messages cannot be put into the checkpoint's chat template") from error
        return [*self._encode(asked), *self._encode(self._cut(item.prefix))]

    def text_of(self, token: int) -> bytes:
        """The UTF-8 bytes that a token stands for, perhaps a part of a character; nothing for control tokens."""
        return b"" if token in self._silent else self._words.get(token, b"")

    def _render(self, turns: Turns, answer: bool = False) -> str:
        # Qwen3 thinks aloud unless told otherwise; templates without the switch ignore it.
        return str(self._tokenizer.apply_chat_template(turns, answer, extra_context={"enable_thinking": False}))

    def _cut(self, text: str) -> str:
        return self._added.sub(lambda found: found[0][:-1] + _CUT + found[0][-1], text.replace(_CUT, ""))

    def _encode(self, text: str) -> list[int]:
        pieces = [piece for piece in text.split(_CUT) if piece]
        encoded = (self._tokenizer.encode(piece, add_special_tokens=False).input_ids.data for piece in pieces)
        return [id_ for ids in encoded for id_ in ids[0].tolist()]


def _value(header: Any, key: str) -> Any:
    """A value of the header; raises CheckpointError if there is none."""
    field = header.get_field(key)
    if field is None:
        raise CheckpointError(f"{Path(header.data.filename)}: does not say its {key}")
    return field.contents()


def _token_kinds(header: Any) -> "np.ndarray[Any, np.dtype[np.int32]]":
    """The kind of each token; `open_gguf` leaves arrays where they are in the file."""
    field = header.get_field("tokenizer.ggml.token_type")
    if field is None:
        return np.zeros(0, np.int32)
    start = field.offset + 8 + len(field.name.encode()) + 4
    _, count = struct.unpack_from("<IQ", header.data.data, start)
    return np.frombuffer(header.data, np.dtype("<i4"), count, start + 12)
