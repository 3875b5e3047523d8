"""Tiny random checkpoints of real architectures, with real chat templates: whole, except that they know nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessorPil,
    BlipProcessor,
    CLIPImageProcessorPil,
    Florence2Config,
    Florence2ForConditionalGeneration,
    Florence2Processor,
    GemmaConfig,
    GemmaForCausalLM,
    GitConfig,
    GitForCausalLM,
    GitProcessor,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    SwinConfig,
    TrOCRConfig,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTImageProcessorPil,
)

SENTENCES = [
    "Write a product description for a blue cotton shirt.",
    "The blue cotton shirt is soft, light and easy to wash.",
    "It weighs 250 g and comes in sizes S, M, L and XL.",
    "Facts: brand, colour, material. Keywords: summer, office.",
    "This steel bottle holds 750 ml and keeps drinks cold for 24 hours!",
]
REFERENCES = [f"[{number}]" for number in range(1, 10)]

GEMMA_TEMPLATE = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}"
    "{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)
LLAMA_TEMPLATE = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' +"
    " message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}"
    "{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
QWEN3_TEMPLATE = (
    "{%- for message in messages %}{%- if message.role == 'user' %}{{- '<|im_start|>user\n' + message.content +"
    " '<|im_end|>\n' }}{%- else %}{%- set content = message.content.split('</think>')[-1].lstrip('\n') %}"
    "{{- '<|im_start|>' + message.role + '\n' + content + '<|im_end|>\n' }}{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}"
    "{%- endif %}"
)
SMOLLM_TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n"
    "You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

TEXT_FAMILIES = ("gemma", "llama", "qwen3", "smollm")
VISION_FAMILIES = ("blip", "git", "florence2", "swin")


def make_text(folder: Path, family: str = "llama", seed: int = 0, weight_scale: float = 0.4) -> Path:
    """Save a random causal language model of `family` with its tokenizer into `folder`.

    Weights are wider than usual, so that different prompts have clearly different answers.
    """
    torch.manual_seed(seed)
    tokenizer = {"gemma": _gemma_tokenizer, "llama": _llama_tokenizer, "qwen3": _qwen3_tokenizer}.get(
        family, _smollm_tokenizer
    )()
    shape = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 512,
        "initializer_range": weight_scale,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    if family == "gemma":
        model: PreTrainedModel = GemmaForCausalLM(GemmaConfig(**shape))
    elif family == "qwen3":
        model = Qwen3ForCausalLM(Qwen3Config(**shape, tie_word_embeddings=True))
    else:
        model = LlamaForCausalLM(LlamaConfig(**shape, tie_word_embeddings=True))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_vision(folder: Path, family: str = "blip", seed: int = 0) -> Path:
    """Save a random captioner of `family` with its processor into `folder`."""
    torch.manual_seed(seed)
    makers: dict[str, Callable[[Path], None]] = {
        "blip": _blip,
        "git": _git,
        "florence2": _florence2,
        "swin": _swin,
    }
    makers[family](folder)
    return folder


def _byte_level(special: list[str], added: list[str], template: str | None, **names: str) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer, as Llama 3, Qwen and SmolLM have."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return _finish(tokenizer, special, added, template, names)


def _byte_fallback(special: list[str], added: list[str], template: str, **names: str) -> PreTrainedTokenizerFast:
    """A SentencePiece-like BPE tokenizer with byte fallback, as Gemma has."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    bytes_ = [f"<0x{number:02X}>" for number in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=["<unk>", *special, *bytes_], show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    state = json.loads(tokenizer.to_str())
    # The trainer marks the byte pieces as special, which would drop them from every decoded text.
    state["added_tokens"] = [token for token in state["added_tokens"] if token["content"] not in bytes_]
    return _finish(Tokenizer.from_str(json.dumps(state)), special, added, template, names)


def _finish(
    tokenizer: Tokenizer, special: list[str], added: list[str], template: str | None, names: dict[str, str]
) -> PreTrainedTokenizerFast:
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in [*added, *REFERENCES]])
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
    wrapped.chat_template = template
    return wrapped


def _gemma_tokenizer() -> PreTrainedTokenizerFast:
    special = ["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"]
    names = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}
    return _byte_fallback(special, [], GEMMA_TEMPLATE, **names)


def _llama_tokenizer() -> PreTrainedTokenizerFast:
    special = [
        "<|begin_of_text|>",
        "<|end_of_text|>",
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|eot_id|>",
    ]
    names = {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>", "pad_token": "<|end_of_text|>"}
    return _byte_level(special, [], LLAMA_TEMPLATE, **names)


def _qwen3_tokenizer() -> PreTrainedTokenizerFast:
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    names = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    return _byte_level(special, ["<think>", "</think>"], QWEN3_TEMPLATE, **names)


def _smollm_tokenizer() -> PreTrainedTokenizerFast:
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    names = {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "pad_token": "<|im_end|>"}
    return _byte_level(special, [], SMOLLM_TEMPLATE, **names)


def _caption_tokenizer(**extra: str) -> PreTrainedTokenizerFast:
    special = ["<s>", "</s>", "<pad>", *extra.values()]
    return _byte_level(special, [], None, bos_token="<s>", eos_token="</s>", pad_token="<pad>", **extra)


def _blip(folder: Path) -> None:
    tokenizer = _caption_tokenizer(unk_token="<unk>", cls_token="[CLS]", sep_token="[SEP]")
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "encoder_hidden_size": 32,
        "intermediate_size": 64,
        "projection_dim": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 128,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "sep_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "initializer_range": 0.3,
    }
    vision = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "projection_dim": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": 32,
        "patch_size": 8,
    }
    config = BlipConfig(text_config=text, vision_config=vision, projection_dim=16, image_text_hidden_size=16)
    BlipForConditionalGeneration(config).save_pretrained(folder)
    BlipProcessor(BlipImageProcessorPil(size={"height": 32, "width": 32}), tokenizer).save_pretrained(folder)


def _git(folder: Path) -> None:
    tokenizer = _caption_tokenizer(unk_token="<unk>", cls_token="[CLS]", sep_token="[SEP]")
    vision = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": 32,
        "patch_size": 8,
    }
    config = GitConfig(
        vision_config=vision,
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=128,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.3,
    )
    GitForCausalLM(config).save_pretrained(folder)
    square = {"height": 32, "width": 32}
    GitProcessor(CLIPImageProcessorPil(size=square, crop_size=square), tokenizer).save_pretrained(folder)


def _florence2(folder: Path) -> None:
    tokenizer = _caption_tokenizer(image_token="<image>")
    vision = {
        "embed_dim": [8, 16, 16, 32],
        "num_heads": [1, 2, 2, 4],
        "num_groups": [1, 2, 2, 4],
        "depths": [1, 1, 1, 1],
        "window_size": 2,
        "projection_dim": 32,
    }
    text = {
        "vocab_size": len(tokenizer),
        "d_model": 32,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "max_position_embeddings": 128,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "decoder_start_token_id": tokenizer.eos_token_id,
        "forced_eos_token_id": tokenizer.eos_token_id,
        "init_std": 0.3,
    }
    config = Florence2Config(vision_config=vision, text_config=text, image_token_id=tokenizer.get_vocab()["<image>"])
    Florence2ForConditionalGeneration(config).save_pretrained(folder)
    square = {"height": 64, "width": 64}
    images = CLIPImageProcessorPil(size=square, crop_size=square, do_center_crop=False)
    images.image_seq_length = 5  # type: ignore[attr-defined]
    Florence2Processor(images, tokenizer).save_pretrained(folder)


def _swin(folder: Path) -> None:
    tokenizer = _caption_tokenizer()
    encoder = SwinConfig(image_size=32, patch_size=4, embed_dim=16, depths=[1, 1], num_heads=[2, 2], window_size=4)
    decoder = TrOCRConfig(
        vocab_size=len(tokenizer),
        d_model=32,
        cross_attention_hidden_size=encoder.hidden_size,
        decoder_layers=2,
        decoder_attention_heads=4,
        decoder_ffn_dim=64,
        max_position_embeddings=128,
        init_std=0.3,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        decoder_start_token_id=tokenizer.bos_token_id,
    )
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)
    config.decoder_start_token_id = tokenizer.bos_token_id
    config.eos_token_id = tokenizer.eos_token_id
    config.pad_token_id = tokenizer.pad_token_id
    VisionEncoderDecoderModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)
