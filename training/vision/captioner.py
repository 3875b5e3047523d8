"""The captioner: a ResNet under one layer of attention (DPT's hybrid encoder) sees, a small GPT-2 writes.

All classes are transformers' own, so that `AutoModelForImageTextToText` loads the checkpoint. A convolutional
eye learns from a few thousand photos where a plain vision transformer does not.
"""

# torch and transformers leave some of their functions without types.
# mypy: disallow-untyped-calls=False

from pathlib import Path
from typing import Any

import torch
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import Tensor, nn
from transformers import (
    AutoImageProcessor,
    AutoModelForImageTextToText,
    AutoTokenizer,
    DPTConfig,
    DPTModel,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
    ResNetModel,
    VisionEncoderDecoderModel,
)

from evaluation.photo_index import Photo
from training.vision.encoder import CHANNELS, backbone_config
from training.vision.views import IMAGE_SIZE

PAD, START, END = "<pad>", "<s>", "</s>"
BATCH = 64  # photos captioned at once
LONGEST = 24  # tokens of a caption, its start and end included
WIDTH = 192
GRID = 4  # places per side at which the eye looks


def make_tokenizer(captions: list[str]) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of at most 512 tokens that frames each text as `<s> text </s>`."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sorted(set(captions)), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(START, 1), (END, 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=START,
        eos_token=END,
        model_max_length=LONGEST,
    )


def make_captioner(backbone: ResNetModel, tokenizer: PreTrainedTokenizerFast) -> VisionEncoderDecoderModel:
    """A captioner that sees through `backbone`'s trained weights; the rest of it is random."""
    eye = DPTModel(
        DPTConfig(
            is_hybrid=True,
            backbone_config=backbone_config(),
            backbone_featmap_shape=[1, CHANNELS[-1], GRID, GRID],
            image_size=IMAGE_SIZE,
            patch_size=IMAGE_SIZE // GRID,
            hidden_size=WIDTH,
            num_hidden_layers=1,
            num_attention_heads=4,
            intermediate_size=2 * WIDTH,
            hidden_dropout_prob=0.1,
        )
    )
    eye.embeddings.backbone.load_state_dict(backbone.state_dict(), strict=False)
    special = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id,
               "pad_token_id": tokenizer.pad_token_id}  # fmt: skip
    writer = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=2 * LONGEST,
            n_embd=WIDTH,
            n_layer=2,
            n_head=4,
            add_cross_attention=True,
            tie_word_embeddings=False,
            **special,
        )
    )
    model = VisionEncoderDecoderModel(encoder=eye, decoder=writer)
    for settings in (model.config, model.generation_config):
        settings.decoder_start_token_id = tokenizer.bos_token_id
        settings.eos_token_id = tokenizer.eos_token_id
        settings.pad_token_id = tokenizer.pad_token_id
    model.generation_config.bos_token_id = tokenizer.bos_token_id
    model.generation_config.max_new_tokens = LONGEST
    return model


def caption_tokens(tokenizer: PreTrainedTokenizerFast, captions: list[str]) -> tuple[Tensor, Tensor]:
    """What the writer reads and what it writes next: two (captions, tokens), -100 where nothing counts."""
    ids = tokenizer(captions, padding=True, return_tensors="pt")["input_ids"]
    written = ids[:, 1:].clone()
    written[written == tokenizer.pad_token_id] = -100
    return ids[:, :-1], written


def backbone_of(model: VisionEncoderDecoderModel) -> nn.Module:
    """The convolutional part of the captioner."""
    return model.get_submodule("encoder.embeddings.backbone")


@torch.inference_mode()
def write_captions(model: VisionEncoderDecoderModel, tokenizer: PreTrainedTokenizerFast, view: Tensor) -> list[str]:
    """Greedy captions for network inputs `view` (photos, 3, height, width)."""
    captioner: Any = model  # generate() is typed for no class in particular
    ids = captioner.generate(pixel_values=view, do_sample=False)
    return list(tokenizer.batch_decode(ids, skip_special_tokens=True))


@torch.inference_mode()
def captions_of(folder: Path, photos: list[Photo], checkpoint: Path) -> list[str]:
    """Greedy captions, through the same Auto classes that serve the checkpoint."""
    model = AutoModelForImageTextToText.from_pretrained(checkpoint).eval()
    processor = AutoImageProcessor.from_pretrained(checkpoint)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    written: list[str] = []
    for start in range(0, len(photos), BATCH):
        images = [Image.open(folder / photo.file).convert("RGB") for photo in photos[start : start + BATCH]]
        ids = model.generate(**processor(images, return_tensors="pt"))
        written += tokenizer.batch_decode(ids, skip_special_tokens=True)
    return written
