"""What a checkpoint says of itself."""

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from checkpoints.errors import CheckpointError

CARD_NAME = "checkpoint.json"


class CheckpointCard(BaseModel):
    """What `checkpoint.json` beside the weights says of them; a foreign folder may lack the file.

    `name` is for people (the architecture where empty). `source` is where the weights come from (a repository
    of the hub, a package, this project's training script, or a base that this project adapted), `revision` its commit,
    version or hash. `demonstration` marks a starter.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    source: str = "unknown"
    revision: str = "unknown"
    licence: str = "unknown"
    demonstration: bool = False


def read_card(folder: Path) -> CheckpointCard:
    """The card in `folder`, or one that knows nothing; raises CheckpointError if it is unreadable."""
    file = folder / CARD_NAME
    try:
        return CheckpointCard.model_validate_json(file.read_text()) if file.exists() else CheckpointCard()
    except ValidationError as error:
        raise CheckpointError(f"{file}: {error}") from error


def write_card(card: CheckpointCard, folder: Path) -> None:
    """Write the card into `folder`."""
    (folder / CARD_NAME).write_text(json.dumps(card.model_dump(), indent=2) + "\n")
