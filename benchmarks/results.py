"""What a run has seen: raw, as it is kept in a file, and by way and load, as the report reads it."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import loky
from pydantic import BaseModel

from benchmarks.added import Whole
from benchmarks.load import Sample, rate
from benchmarks.prepare import PROJECT
from benchmarks.ways import OTHERS

_OURS = ("bentoml", "openvino-genai", "torch", "transformers")
_OTHERS = ("fastapi", "litserve")


class Measured(BaseModel):
    """One way in one round: samples by how many were at once, and by share of capacity that arrived.

    `failed` says why there are no more of them.
    """

    way: str
    at_once: dict[int, list[Sample]] = {}
    arrivals: dict[float, list[Sample]] = {}
    failed: str = ""


class Machine(BaseModel):
    """Where and when, and with which versions; `busy` is the load average of the minute before the run."""

    date: str
    processor: str
    cores: int
    busy: float
    commit: str
    versions: dict[str, str]

    @classmethod
    def here(cls) -> "Machine":
        """This machine now."""
        git = ["git", "-C", str(PROJECT), "rev-parse", "--short", "HEAD"]
        return cls(
            date=datetime.now(UTC).date().isoformat(),
            processor=_processor(),
            cores=loky.cpu_count(),
            busy=os.getloadavg()[0],
            commit=subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip(),
            versions={"Python": platform.python_version(), **{name: version(name) for name in _OURS}, **_others()},
        )


class Run(BaseModel):
    """A whole run."""

    machine: Machine
    seconds: float
    rounds: int
    measured: list[Measured] = []
    wholes: list[Whole] = []

    def of(self, way: str) -> list[Measured]:
        """The rounds of a way."""
        return [one for one in self.measured if one.way == way]

    def capacity(self, way: str) -> float:
        """The most texts a second that it wrote at any number at once."""
        return max(rate(samples) for one in self.of(way) for samples in one.at_once.values())


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _others() -> dict[str, str]:
    program = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    told = subprocess.run([str(OTHERS), "-c", program, *_OTHERS], capture_output=True, text=True, check=True).stdout
    return dict(zip(_OTHERS, told.split(), strict=True))
