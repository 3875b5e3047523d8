"""The painter's parts: a small CLIP text model reads the prompt, a UNet takes the noise away.

All are diffusers' and transformers' own classes in a StableDiffusionPipeline, so that `runners.engines.painter` serves
the starter as it serves any other checkpoint.
"""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from evaluation.colour import NAMES
from training.image.autoencoder import LATENTS, Autoencoder
from training.image.photos import HEIGHT, WIDTH, load_words, prompt_of

LONGEST = 40
"""Tokens of a prompt; what is longer is cut."""
TEXT_WIDTH = 128
NO_PROMPT = 0.1
"""How often a photo is learned without a prompt, for classifier-free guidance (Ho and Salimans, 2022)."""
_START, _END = "<|startoftext|>", "<|endoftext|>"


def make_tokenizer(vocabulary: int = 1200) -> CLIPTokenizer:
    """A tokenizer made for the prompts of training; any other text is spelled in bytes."""
    rng = random.Random(0)
    types = list(load_words()["types"])
    texts = [prompt_of(rng.choice(types), rng.choice(NAMES), rng.choice(NAMES), rng).lower() for _ in range(20_000)]
    bpe = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - 2,
        special_tokens=sorted(f"{letter}</w>" for letter in alphabet),
        initial_alphabet=alphabet,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    learned = json.loads(bpe.to_str())["model"]
    words: dict[str, int] = dict(learned["vocab"])
    for special in (_START, _END):
        words[special] = len(words)
    merges: Any = [tuple(merge) for merge in learned["merges"]]
    return CLIPTokenizer(vocab=words, merges=merges, model_max_length=LONGEST)


def make_reader(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """An untrained text model for the tokenizer's prompts."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=TEXT_WIDTH,
            intermediate_size=4 * TEXT_WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            projection_dim=TEXT_WIDTH,
            max_position_embeddings=LONGEST,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def make_unet() -> Any:
    """An untrained UNet for latents of (LATENTS, HEIGHT / 8, WIDTH / 8)."""
    return UNet2DConditionModel(
        sample_size=(HEIGHT // 8, WIDTH // 8),
        in_channels=LATENTS,
        out_channels=LATENTS,
        block_out_channels=(64, 96, 128),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,
    )


def make_scheduler() -> Any:
    """Noise that ends at nothing but noise, so that a first step from pure noise is what training showed.

    After Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", 2023.
    """
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        rescale_betas_zero_snr=True,
    )


class Painter(nn.Module):
    """What learns: the text model and the UNet."""

    def __init__(self, reader: CLIPTextModel, unet: Any) -> None:
        super().__init__()
        self.reader, self.unet = reader, unet.to(memory_format=torch.channels_last)

    def forward(self, noisy: Tensor, times: Tensor, ids: Tensor) -> Tensor:
        """The velocity (pictures, LATENTS, height, width) at each of `times` for prompts' token `ids`."""
        velocity: Tensor = self.unet(noisy, times, self.reader(ids).last_hidden_state).sample
        return velocity


def make_painter(tokenizer: CLIPTokenizer) -> Painter:
    """An untrained painter."""
    return Painter(make_reader(tokenizer), make_unet())


def load_painter(checkpoint: Path) -> Painter:
    """The painter of an earlier checkpoint, to learn on."""
    unet: Any = UNet2DConditionModel.from_pretrained(checkpoint / "unet", torch_dtype=torch.float32)
    return Painter(CLIPTextModel.from_pretrained(checkpoint / "text_encoder", dtype=torch.float32), unet)


def prompt_tokens(tokenizer: CLIPTokenizer, prompts: Sequence[str]) -> Tensor:
    """Token ids (prompts, LONGEST), padded and cut as StableDiffusionPipeline does it."""
    padded = tokenizer(list(prompts), padding="max_length", max_length=LONGEST, truncation=True, return_tensors="pt")
    ids: Tensor = padded["input_ids"]
    return ids


def noise_loss(
    painter: Callable[[Tensor, Tensor, Tensor], Tensor],
    scheduler: Any,
    latents: Tensor,
    ids: Tensor,
    random: torch.Generator,
) -> Tensor:
    """Mean squared error of the velocity that the painter predicts for `latents` at random times."""
    times = torch.randint(scheduler.config.num_train_timesteps, (len(latents),), generator=random)
    noise = torch.randn(latents.shape, generator=random)
    noisy, wanted = scheduler.add_noise(latents, noise, times), scheduler.get_velocity(latents, noise, times)
    # In float32: bfloat16, compiled or not, takes the CPU nearly twice as long with convolutions as small as these.
    predicted = painter(noisy.contiguous(memory_format=torch.channels_last), times, ids)
    return functional.mse_loss(predicted, wanted)


def make_pipeline(painter: Painter, tokenizer: CLIPTokenizer, autoencoder: Autoencoder) -> Any:
    """The pipeline as it is served; it has no safety checker, as the training photos show nothing but clothes."""
    return StableDiffusionPipeline(
        vae=autoencoder,
        text_encoder=painter.reader,
        tokenizer=tokenizer,
        unet=painter.unet,
        scheduler=make_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
