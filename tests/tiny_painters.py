"""Tiny random text-to-image checkpoints of diffusers' real classes: whole, except that they can paint nothing."""

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

from tests.tiny import SENTENCES

PAINTERS = ("stable diffusion", "sdxl", "sd-turbo")
SIZE = 64


def make_painter(folder: Path, family: str = "sd-turbo", unsafe: bool | None = None) -> Path:
    """Save a random pipeline of `family`; with `unsafe` it has a safety checker that holds back all or nothing."""
    torch.manual_seed(1)
    pipeline: Any = _sdxl() if family == "sdxl" else _stable_diffusion(family, unsafe)
    pipeline.save_pretrained(folder)
    return folder


def _stable_diffusion(family: str, unsafe: bool | None) -> StableDiffusionPipeline:
    turbo = family == "sd-turbo"
    checker = images = None
    if unsafe is not None:
        checker, images = _safety_checker(unsafe), CLIPImageProcessorPil(size=32, crop_size=32)
    return StableDiffusionPipeline(
        vae=AutoencoderTiny(encoder_block_out_channels=(8,) * 4, decoder_block_out_channels=(8,) * 4)
        if turbo
        else _vae(),
        text_encoder=CLIPTextModel(_text_config()),
        tokenizer=_tokenizer(),
        unet=_unet(32),
        scheduler=EulerDiscreteScheduler(timestep_spacing="trailing", steps_offset=1)
        if turbo
        else DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=checker,
        feature_extractor=images,
        requires_safety_checker=checker is not None,
    )


def _sdxl() -> StableDiffusionXLPipeline:
    time_ids = 6 * 8
    return StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(_text_config()),
        text_encoder_2=CLIPTextModelWithProjection(_text_config()),
        tokenizer=_tokenizer(),
        tokenizer_2=_tokenizer(),
        unet=_unet(
            64,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=time_ids + 32,
        ),
        scheduler=EulerAncestralDiscreteScheduler(),
        add_watermarker=False,
    )


def _unet(cross_attention: int, **more: Any) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=SIZE // 8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=cross_attention,
        attention_head_dim=4,
        **more,
    )


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(4, 4, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=2,
        layers_per_block=1,
        sample_size=SIZE,
    )


def _text_config() -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=600,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=32,
        max_position_embeddings=77,
    )


def _tokenizer() -> CLIPTokenizer:
    bpe = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=590, initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False
    )
    bpe.train_from_iterator(SENTENCES, trainer)
    vocabulary = bpe.get_vocab()
    for special in ("<|startoftext|>", "<|endoftext|>"):
        vocabulary[special] = len(vocabulary)
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def _safety_checker(unsafe: bool) -> StableDiffusionSafetyChecker:
    vision = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "image_size": 32,
        "patch_size": 16,
        "projection_dim": 16,
    }
    text = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4}
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=vision, text_config=text, projection_dim=16))
    # A picture is held back where it is closer to a concept than that concept's threshold.
    checker.concept_embeds_weights.data.fill_(-2.0 if unsafe else 2.0)
    checker.special_care_embeds_weights.data.fill_(2.0)
    return checker
