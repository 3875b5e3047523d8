"""Counts are true and their number is bounded."""

import httpx
import pytest

from tests.conftest import Server
from tests.service.conftest import CAPTION, TEXT, samples, total

pytestmark = pytest.mark.slow


def test_each_request_is_counted_once_with_its_true_status(client: httpx.Client, server: Server) -> None:
    """The families of the first version, by route."""
    before = total(server.url, "api_requests_total", method="POST", endpoint=TEXT, status="422")
    generated = total(server.url, "generation_requests_total", type="text")
    for _ in range(3):
        client.post(TEXT, json={"attributes": "abc"})
    client.post(TEXT, json={"attributes": "A blue mug"})
    assert total(server.url, "api_requests_total", method="POST", endpoint=TEXT, status="422") == before + 3
    assert total(server.url, "generation_requests_total", type="text") == generated + 1
    assert total(server.url, "api_request_duration_seconds_count", endpoint=TEXT) >= 4
    # The request for the metrics themselves is the one being worked on.
    assert total(server.url, "active_requests") == 1


def test_a_caption_is_counted_as_a_caption_and_as_no_text(client: httpx.Client, server: Server, photo: bytes) -> None:
    """The page asks for one with each photo: who counts texts must not count those."""
    before = total(server.url, "generation_requests_total")
    captions = total(server.url, "generation_requests_total", type="caption")
    client.post(CAPTION, files={"image": photo})
    assert total(server.url, "generation_requests_total", type="caption") == captions + 1
    assert total(server.url, "generation_requests_total") == before + 1
    assert total(server.url, "api_requests_total", method="POST", endpoint=CAPTION, status="200") >= 1


def test_a_scan_of_paths_and_methods_adds_no_series(client: httpx.Client, server: Server) -> None:
    """BentoML labels its own families with the raw path, so that a scanner could fill the memory."""

    def scan(start: int) -> None:
        for number in range(start, start + 200):
            client.request(("GET", "POST", f"M{number}")[number % 3], f"/{number}/x?{number}")
            client.get(f"/static/{number}.js")
            client.get(f"/docs/{number}")

    scan(0)
    before = set(samples(server.url))
    scan(1000)
    assert set(samples(server.url)) == before
    assert not [name for name in before if "/1" in name or "M1" in name]
