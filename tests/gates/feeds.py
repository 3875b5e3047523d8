"""The advisory services of the gates, with one advisory: the real ones are asked where the workflow runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.servers import serve_handler

PACKAGE, VULNERABLE, SOUND = "requests", "2.19.0", "2.32.3"
ADVISORY = "PYSEC-2018-28"
_META = {"schema_version": "2.0.0", "timestamp": 1, "base_domain": "https://example.org"}
_RECORD = {
    "id": ADVISORY,
    "modified": "2026-01-01T00:00:00Z",
    "published": "2018-10-09T00:00:00Z",
    "summary": "Credentials are sent to other hosts.",
    "affected": [
        {
            "package": {"name": PACKAGE, "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.20.0"}]}],
        }
    ],
}


class _Feeds(BaseHTTPRequestHandler):
    """OSV's query, and what Safety asks of its platform before it reads a database."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        bad = (asked["package"]["name"], asked["version"]) == (PACKAGE, VULNERABLE)
        self._answer({"vulns": [_RECORD]} if bad else {})

    def do_GET(self) -> None:
        address = f"http://{self.headers['host']}"
        self._answer(
            {"issuer": address, "jwks_uri": f"{address}/jwks", "token_endpoint": f"{address}/token", "keys": []}
        )

    do_HEAD = do_GET  # noqa: N815

    def _answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serve_feeds() -> Iterator[str]:
    """The address of both services, running."""
    with serve_handler(_Feeds) as address:
        yield address


def write_database(folder: Path) -> Path:
    """The same advisory as a database of Safety's."""
    vulnerable = "<2.20.0"
    full = {"specs": [vulnerable], "ids": [{"type": "pyup", "id": "36546"}], "advisory": _RECORD["summary"]}
    for name, entry in (("insecure", vulnerable), ("insecure_full", full)):
        database = {"meta": _META, "vulnerable_packages": {PACKAGE: [entry]}}
        (folder / f"{name}.json").write_text(json.dumps(database))
    return folder
