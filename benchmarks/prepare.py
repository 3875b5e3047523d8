"""What is measured: a clone of the last commit, set up as its users do, and the same weights for the other ways."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from checkpoints.pins import ROOT

FOLDER = ROOT / "build" / "bench"
PROJECT = FOLDER / "project"
PYTHON = PROJECT / ".venv" / "bin" / "python"
"""That of the clone: in this project's own, transformers finds and loads what only tests need."""
MODEL = FOLDER / "smollm2-bf16"
"""SmolLM2's weights, dequantised."""
_PROFILE = "smollm2"


def project_environment() -> dict[str, str]:
    """The environment of processes of the clone."""
    own = {
        "BENTOML_HOME": str(PROJECT / ".bentoml"),
        "BENTOML_DO_NOT_TRACK": "true",
        "PYTHONPATH": str(PROJECT),
        "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}",
    }
    return {**os.environ, **own}


def checkpoint() -> Path:
    """The folder of the text model that the clone serves."""
    return PROJECT / "models" / "text"


def prepare() -> None:
    """Make both, or what has changed of them; raises CalledProcessError if a step fails."""
    if not PROJECT.exists():
        _run("git", "clone", "--quiet", str(ROOT), str(PROJECT), folder=ROOT)
    _run("git", "fetch", "--quiet", "origin", "HEAD")
    _run("git", "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD")
    _run("make", str(PROJECT / ".venv" / "runtime.installed"))
    _run(str(PYTHON), "-m", "scripts.fetch_checkpoints", _PROFILE)
    _run("make", "models")
    if not MODEL.exists():
        unfinished = MODEL.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        dequantise = [sys.executable, "-m", "benchmarks.dequantise", str(checkpoint()), str(unfinished)]
        subprocess.run(dequantise, cwd=ROOT, check=True)
        unfinished.rename(MODEL)


def _run(*command: str, folder: Path = PROJECT) -> None:
    subprocess.run(command, cwd=folder, env=project_environment(), check=True)
