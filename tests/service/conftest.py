"""One running service for the tests of its HTTP contract, and what they send to it."""

import io
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psutil
import pytest
from PIL import Image

from tests.conftest import DEADLINE_S, Launcher, Project, Server

TARGET = "service:ProductDescriptionGenerator"
TEXT, PHOTO, LISTING = "/generate-description/", "/generate-from-image/", "/generate-listing/"
LISTINGS, REPLAY = "/v1/listings", "/v1/replay"
CAPTION, STREAM = "/caption-image/", "/generate-description/stream/"


CANARY = "canary-7f3a91"


@pytest.fixture(scope="session")
def server(tiny_project: Project) -> Iterator[Server]:
    """The service on tiny random checkpoints, with a secret in its environment; one for all tests."""
    launcher = Launcher([])
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HF_TOKEN", CANARY)
            # A random model never satisfies the checks, so each request would use all its attempts.
            patch.setenv("PDG_DRAFTS", "2")
            patch.setenv("PDG_CANDIDATES", "2")
            patch.setenv("PDG_MAX_ROUNDS", "1")
            patch.setenv("PDG_REQUEST_DEADLINE_S", "600")
            server = launcher.start(tiny_project, TARGET)
        yield server
    finally:
        for started in launcher.servers:
            started.process.terminate()
            started.process.wait(timeout=DEADLINE_S)


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A plain HTTP client of that service."""
    with httpx.Client(base_url=server.url, timeout=DEADLINE_S) as client:
        yield client


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A JPEG that shows nothing."""
    buffer = io.BytesIO()
    Image.effect_noise((120, 90), 80).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def samples(url: str) -> dict[str, float]:
    """Every sample of /metrics by its name with labels."""
    text = httpx.get(f"{url}/metrics", timeout=DEADLINE_S).text
    pairs = re.findall(r"^([^#\s]\S*(?:\{.*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in pairs}


def total(url: str, family: str, **labels: str) -> float:
    """The sum over all samples of `family` that have `labels`."""
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    return sum(
        value
        for name, value in samples(url).items()
        if name.split("{")[0] == family and all(label in name for label in wanted)
    )


def active(server: Server) -> float:
    """Requests being worked on, without the one that asks."""
    return total(server.url, "active_requests") - 1


@contextmanager
def held(server: Server, runner: str) -> Iterator[None]:
    """The runner's process takes calls but works on none until this block ends."""
    (process,) = (p for p in psutil.Process(server.process.pid).children(recursive=True) if runner in p.cmdline())
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Ask until it holds; fails after the deadline."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
