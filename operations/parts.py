"""Which parts of the service this deployment has."""

from checkpoints.pins import pinned_models
from operations.settings import get_settings


def paints_pictures() -> bool:
    """Whether a checkpoint for pictures is pinned, and not left out by the settings."""
    return get_settings().pictures and "image" in pinned_models()
