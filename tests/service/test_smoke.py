"""`make smoke` tells a service that keeps the committed contract from one that does not."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler

import httpx
import pytest

from tests.conftest import ROOT, Server
from tests.servers import serve_handler

pytestmark = pytest.mark.slow
# Nothing listens on the discard port.
NOWHERE = "http://127.0.0.1:9"


def smoke(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it as a person does."""
    return subprocess.run(["make", "smoke", f"URL={url}", *options], cwd=ROOT, capture_output=True, text=True)


class Proxy(BaseHTTPRequestHandler):
    """Passes everything on to `upstream`, and lets `change` spoil the answer first."""

    def __init__(
        self, upstream: str, change: Callable[[str, httpx.Response], tuple[int, bytes]], *args: object
    ) -> None:
        self.upstream, self.change = upstream, change
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        kept = {name: self.headers[name] for name in ("accept", "content-type") if name in self.headers}
        answer = httpx.request(self.command, self.upstream + self.path, content=body, headers=kept, timeout=300)
        status, content = self.change(self.path, answer)
        self.send_response(status)
        self.send_header("content-type", answer.headers["content-type"])
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def spoiled(upstream: str, change: Callable[[str, httpx.Response], tuple[int, bytes]]) -> Iterator[str]:
    """The real service behind a proxy that breaks one promise."""
    with serve_handler(partial(Proxy, upstream, change)) as address:
        yield address


def test_the_service_keeps_its_promises(server: Server) -> None:
    done = smoke(server.url)
    assert done.returncode == 0, done.stderr
    assert "keeps every promise" in done.stdout


def test_every_break_of_the_contract_is_named(server: Server) -> None:
    """A lost field, a bad request that is accepted, another document, and a deployment that kept the old version."""

    def change(path: str, answer: httpx.Response) -> tuple[int, bytes]:
        if path == "/generate-description/" and answer.status_code == 200:
            body = {name: value for name, value in answer.json().items() if name != "checks"}
            return 200, json.dumps(body).encode()
        if path == "/generate-listing/" and answer.status_code == 422:
            return 200, answer.content
        return answer.status_code, b"{}" if path == "/openapi.json" else answer.content

    with spoiled(server.url, change) as url:
        done = smoke(url, f"COMMIT={'a' * 40}")
    assert done.returncode != 0
    assert f"not {'a' * 40}" in done.stderr
    assert "'checks' is a required property" in done.stderr
    assert "/generate-listing/: status 200 instead of 422" in done.stderr
    assert "openapi.json is not the committed one" in done.stderr


def test_an_address_where_nothing_answers_is_an_error() -> None:
    done = smoke(NOWHERE)
    assert done.returncode != 0
    assert f"{NOWHERE} does not answer" in done.stderr and "Traceback" not in done.stderr


def test_load_is_sent_to_any_address_and_fails_with_the_service(server: Server) -> None:
    """The workflow points it at staging; an address without a service must not look like a quick one."""

    def load(url: str) -> int:
        command = ["make", "load", f"URL={url}", "LOAD_USERS=2", "LOAD_TIME=3s"]
        return subprocess.run(command, cwd=ROOT, capture_output=True).returncode

    assert load(server.url) == 0
    assert load(NOWHERE) != 0
