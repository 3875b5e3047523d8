"""The base of all contracts."""

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """Immutable, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
