"""SmolLM2 in bf16 through transformers' `generate`, as the servers beside this file share it."""

import os
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.prompts import TOKENS


class Model:
    """The weights in the folder that BENCH_MODEL names."""

    def __init__(self) -> None:
        folder = os.environ["BENCH_MODEL"]
        self._tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
        self._model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()

    def write(self, prompts: list[str]) -> list[dict[str, Any]]:
        """One text of exactly TOKENS tokens for each prompt, all in one batch."""
        chats = [[{"role": "user", "content": prompt}] for prompt in prompts]
        inputs: Any = self._tokenizer.apply_chat_template(
            chats, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
        )
        written = self._model.generate(**inputs, do_sample=False, min_new_tokens=TOKENS, max_new_tokens=TOKENS)
        new = written[:, inputs["input_ids"].shape[1] :]
        texts = self._tokenizer.batch_decode(new, skip_special_tokens=True)
        return [{"text": text, "tokens": len(ids)} for text, ids in zip(texts, new, strict=True)]
