"""Tiny GGUF files: whole ones as far as a reader of files can tell, with weights that nothing can be written from."""

from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, quantize

TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"
NAME = "model-q8_0.gguf"


def make_gguf(folder: Path, template: str | None = TEMPLATE, scale: float = 1.0, bias: float = 0.0) -> Path:
    """Save a Llama of 96 parameters: 64 of them in blocks with a `scale` of their own, 32 floats of `bias`."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(folder / NAME, "llama")
    writer.add_name("Tiny")
    writer.add_license("apache-2.0")
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0)
    writer.add_token_list([f"word {number}" for number in range(300)])
    writer.add_token_scores([0.0] * 300)
    if template is not None:
        writer.add_chat_template(template)
    blocks = quantize(np.ones((2, 32), np.float32), GGMLQuantizationType.Q8_0)
    blocks[1, :2] = np.array([scale], np.float16).view(np.uint8)
    writer.add_tensor("output.weight", blocks, raw_dtype=GGMLQuantizationType.Q8_0)
    writer.add_tensor("output_norm.bias", np.full(32, bias, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return folder / NAME
