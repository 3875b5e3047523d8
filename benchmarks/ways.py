"""The ways that are compared, and how each is started and asked over HTTP."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.prepare import FOLDER, MODEL, PROJECT, PYTHON, project_environment
from benchmarks.prompts import TOKENS
from checkpoints.pins import ROOT
from contracts.items import Decoding, Message, TextItem

OTHERS = ROOT / ".venv-bench" / "bin" / "python"
"""Python of the environment that has what the other ways need."""
_ADDRESS = ("--host", "127.0.0.1", "--port", "{port}")
_START_S = 300
_PROBE_EVERY_S = 0.1
_STOP_S = 30


@dataclass(frozen=True)
class Way:
    """A server: how it starts, and how it is asked for one text of TOKENS tokens.

    `{port}` stands for the port in `command`. `count` reads the number of new tokens from an answer.
    """

    name: str
    command: tuple[str, ...]
    path: str
    body: Callable[[str], Any]
    count: Callable[[bytes], int]
    ready: str = "/health"
    folder: Path = ROOT
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Server:
    """A server that is ready `started_s` after its process began."""

    url: str
    process: psutil.Process
    started_s: float

    def memory(self) -> dict[str, int]:
        """Bytes of all its processes: `rss` counts what several share once for each, `pss` once."""
        used = [process.memory_full_info() for process in [self.process, *self.process.children(recursive=True)]]
        return {"rss": sum(one.rss for one in used), "pss": sum(one.pss for one in used)}


@contextmanager
def serve(way: Way) -> Iterator[Server]:
    """The way's server, ready; raises RuntimeError with the end of its log if it does not become so."""
    port = _free_port()
    log = FOLDER / "logs" / f"{way.name.replace(' ', '-')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    own = {"BENCH_PORT": str(port), "BENCH_MODEL": str(MODEL), "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    began = time.perf_counter()
    with log.open("wb") as output:
        process = psutil.Popen(
            [part.format(port=port) for part in way.command],
            cwd=way.folder,
            env={**os.environ, **own, **way.environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        while not _answers(url + way.ready):
            if process.poll() is not None or time.perf_counter() > began + _START_S:
                raise RuntimeError(f"{way.name} did not become ready:\n{log.read_text()[-2000:]}")
            time.sleep(_PROBE_EVERY_S)
        yield Server(url, process, time.perf_counter() - began)
    finally:
        _stop(process)


def _stop(process: psutil.Process) -> None:
    """End a server with all of its processes."""
    family = [process, *process.children(recursive=True)] if process.is_running() else []
    for one in family[:1]:
        one.terminate()
    for one in psutil.wait_procs(family, timeout=_STOP_S)[1]:
        one.kill()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1).status_code == 200
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _item(prompt: str) -> dict[str, Any]:
    decoding = Decoding(min_new_tokens=TOKENS, max_new_tokens=TOKENS, temperature=0)
    return TextItem(id="", messages=(Message(role="user", content=prompt),), decoding=decoding).model_dump()


def _count_streamed(answer: bytes) -> int:
    """The result stands in the last line."""
    return int(json.loads(answer.split(b"\n")[-2])["result"]["new_tokens"])


def _chat(prompt: str) -> dict[str, Any]:
    settings = {"min_new_tokens": TOKENS, "max_new_tokens": TOKENS, "do_sample": False, "eos_token_id": 2}
    chat = [{"role": "user", "content": prompt}]
    return {"model": str(MODEL), "messages": chat, "generation_config": json.dumps(settings), "stream": False}


def service(environment: Mapping[str, str], name: str = "the whole service") -> Way:
    """The whole service, or with PDG_SERVE the text runner alone, asked for streams."""
    return Way(
        name,
        (str(PYTHON), "-m", "bentoml", "serve", "service:served", *_ADDRESS),
        "/submit",
        lambda prompt: {"item": _item(prompt)},
        _count_streamed,
        "/readyz",
        PROJECT,
        {**project_environment(), "PDG_PICTURES": "false", **environment},
    )


SUBMITTING = service({"PDG_SERVE": "text", "PDG_TEXT_ENGINE": "openvino"}, "our text runner, OpenVINO")
WRITING = replace(
    service({"PDG_SERVE": "text", "PDG_TEXT_ENGINE": "transformers"}, "our text runner, transformers"),
    path="/write",
    body=lambda prompt: {"items": [_item(prompt)]},
    count=lambda answer: int(json.loads(answer)[0]["new_tokens"]),
)
FIRST_VERSION = Way(
    "FastAPI, one generate per request",
    (str(OTHERS), "-m", "benchmarks.servers.first_version"),
    "/write",
    lambda prompt: {"prompt": prompt},
    lambda answer: int(json.loads(answer)["tokens"]),
)
STATIC_BATCHING = Way(
    "BentoML static batching",
    (str(OTHERS), "-m", "bentoml", "serve", "benchmarks.servers.static_batching:StaticBatching", *_ADDRESS),
    "/write",
    lambda prompt: {"prompts": [prompt]},
    lambda answer: int(json.loads(answer)[0]["tokens"]),
    "/readyz",
)
TRANSFORMERS_SERVE = Way(
    "transformers serve",
    (str(OTHERS), "-m", "transformers.cli.transformers", "serve", str(MODEL), *_ADDRESS),
    "/v1/chat/completions",
    _chat,
    lambda answer: int(json.loads(answer)["usage"]["completion_tokens"]),
)
LIT_SERVE = Way(
    "LitServe with batching",
    (str(OTHERS), "-m", "benchmarks.servers.lit_serve"),
    "/predict",
    lambda prompt: {"prompt": prompt},
    lambda answer: int(json.loads(answer)["tokens"]),
)
SERVERS = (SUBMITTING, WRITING, STATIC_BATCHING, LIT_SERVE, TRANSFORMERS_SERVE, FIRST_VERSION)
ENGINE_ALONE = "the engine alone"
