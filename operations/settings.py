"""The one typed settings object and the one reader of the environment (variables start with `PDG_`)."""

import re
from functools import lru_cache
from typing import Annotated, Literal

import loky
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from operations.errors import BadSettings

PREFIX = "PDG_"
_ORIGIN = re.compile(r"https?://[^\s/?#*,]+")
_CORES = loky.cpu_count()  # those that a container's quota or the scheduler leaves this process
# The vision runner looks at a photo once and is idle while the text runner writes many tokens, which needs every core.
_VISION_THREADS = max(1, _CORES // 4)


class Settings(BaseSettings):
    """How one deployment runs. Sizes are in bytes, times in the unit that the name ends with.

    `serve` makes the Bento serve one runner alone; `text_url` and its like say where the public service finds a runner
    that is served so. An empty address means a process of the same server.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    cors_origins: Annotated[tuple[str, ...], NoDecode] = ("http://localhost:5173", "http://127.0.0.1:5173")
    request_deadline_s: float = Field(60, gt=0, le=3600)
    max_body_bytes: int = Field(64 * 1024, ge=1024, le=1024**2)
    max_image_bytes: int = Field(10 * 1024**2, ge=1024, le=100 * 1024**2)
    max_image_pixels: int = Field(40_000_000, ge=256, le=150_000_000)
    max_in_flight: int = Field(64, ge=1, le=10_000)
    text_engine: Literal["auto", "openvino", "transformers"] = "auto"
    text_threads: int = Field(_CORES, ge=1, le=1024)
    vision_threads: int = Field(_VISION_THREADS, ge=1, le=1024)
    image_threads: int = Field(_CORES, ge=1, le=1024)
    pictures: bool = True
    max_batch_size: int = Field(16, ge=2, le=1024)
    batch_latency_ms: int = Field(120_000, ge=1, le=3_600_000)
    drafts: int = Field(1, ge=1, le=16)
    candidates: int = Field(2, ge=1, le=16)
    max_rounds: int = Field(8, ge=1, le=8)
    serve: Literal["", "text", "vision", "image"] = ""
    text_url: str = ""
    vision_url: str = ""
    image_url: str = ""

    @property
    def addresses(self) -> dict[str, str | None]:
        """Where each runner is served; None for a process of this server."""
        return {"text": self.text_url or None, "vision": self.vision_url or None, "image": self.image_url or None}

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        """Accept "https://a.example, https://b.example"; an empty value allows no origin."""
        if isinstance(value, str):
            return tuple(origin.strip() for origin in value.split(",") if origin.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin such as https://shop.example (no path, no *)")
        return origins

    @field_validator("text_url", "vision_url", "image_url")
    @classmethod
    def _check_address(cls, address: str) -> str:
        if address and not _ORIGIN.fullmatch(address):
            raise ValueError("is not an address such as http://text:3000 (no path)")
        return address


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once; raises BadSettings naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}, not {e['input']!r}" for e in error.errors())
        raise BadSettings("Settings cannot be used: " + "; ".join(wrong)) from None
