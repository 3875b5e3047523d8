"""Every error is problem details, with its request id, and readable from an allowed page only."""

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import DEADLINE_S, Server
from tests.service.conftest import CAPTION, PHOTO, TEXT

pytestmark = pytest.mark.slow
ALLOWED, FOREIGN = "http://localhost:5173", "http://evil.example"
JSON = {"content-type": "application/json"}
GOOD = b'{"attributes": "A blue mug"}'


def chunks(size: int) -> Iterator[bytes]:
    """A body whose length is not declared."""
    for _ in range(size // 8192 + 1):
        yield bytes(8192)


def many_parts() -> dict[str, Any]:
    """A form of 5,000 parts."""
    return {"files": [(f"part{n}", b"x") for n in range(5000)]}


PICKLE = {"content-type": "application/vnd.bentoml+pickle"}
LARGE_PNG = b"\x89PNG\r\n\x1a\n" + bytes(10 * 1024**2)
FORM = {"content-type": "multipart/form-data"}

BAD: list[tuple[str, str, str, dict[str, Any], int]] = [
    ("unknown address", "GET", "/no/such/thing", {}, 404),
    ("wrong method", "DELETE", "/", {}, 405),
    ("odd method", "BREW", TEXT, {}, 405),
    ("too short", "POST", TEXT, {"json": {"attributes": "  abc "}}, 422),
    ("no object", "POST", TEXT, {"json": [1]}, 422),
    ("no fact", "POST", TEXT, {"json": {"attributes": "Brand: ; Size: -; Price: 12 EUR"}}, 422),
    ("broken json", "POST", TEXT, {"content": b'{"attributes": ', "headers": JSON}, 400),
    ("deep json", "POST", TEXT, {"content": b"[" * 60_000, "headers": JSON}, 400),
    ("not utf-8", "POST", TEXT, {"content": b'{"attributes": "\xff\xff\xff\xff\xff"}', "headers": JSON}, 400),
    ("surrogate", "POST", TEXT, {"content": rb'{"attributes": "blue \ud800 mug"}', "headers": JSON}, 422),
    ("nan", "POST", TEXT, {"content": b'{"attributes": "A blue mug", "seed": NaN}', "headers": JSON}, 422),
    ("plain text", "POST", TEXT, {"content": GOOD, "headers": {"content-type": "text/plain"}}, 415),
    ("form for json", "POST", TEXT, {"data": {"attributes": "A blue mug"}}, 415),
    ("gzip", "POST", TEXT, {"content": GOOD, "headers": {**JSON, "content-encoding": "gzip"}}, 415),
    ("pickle", "POST", TEXT, {"content": b"cos\nsystem\n", "headers": PICKLE}, 415),
    ("too large", "POST", TEXT, {"content": bytes(70_000), "headers": JSON}, 413),
    ("too large in chunks", "POST", TEXT, {"content": chunks(200_000), "headers": JSON}, 413),
    ("body where none is read", "GET", "/health", {"content": b"x"}, 413),
    ("no image", "POST", PHOTO, {"files": {"other": b"x"}}, 422),
    ("image as text", "POST", PHOTO, {"files": {"image": (None, "hello")}}, 422),
    ("garbage image", "POST", PHOTO, {"files": {"image": b"garbage"}}, 422),
    ("empty image", "POST", PHOTO, {"files": {"image": ("a.png", b"")}}, 422),
    ("svg", "POST", PHOTO, {"files": {"image": ("a.png", b"<svg/>", "image/png")}}, 415),
    ("json for image", "POST", PHOTO, {"json": {"image": "x"}}, 415),
    ("large image", "POST", PHOTO, {"files": {"image": bytes(12_000_000)}}, 413),
    ("large image part", "POST", PHOTO, {"files": {"image": LARGE_PNG}}, 413),
    ("no image to caption", "POST", CAPTION, {"files": {"other": b"x"}}, 422),
    ("garbage to caption", "POST", CAPTION, {"files": {"image": b"garbage"}}, 422),
    ("svg to caption", "POST", CAPTION, {"files": {"image": ("a.png", b"<svg/>", "image/png")}}, 415),
    ("json to caption", "POST", CAPTION, {"json": {"image": "x"}}, 415),
    ("large image to caption", "POST", CAPTION, {"files": {"image": bytes(12_000_000)}}, 413),
    ("caption by reading", "GET", CAPTION, {}, 405),
    ("keywords as file", "POST", PHOTO, {"files": {"image": b"x", "keywords": ("k", b"x")}}, 400),
    ("large field", "POST", PHOTO, {"files": {"image": b"x"}, "data": {"keywords": "k" * 100_000}}, 400),
    ("many parts", "POST", PHOTO, many_parts(), 400),
    ("no boundary", "POST", PHOTO, {"content": b"x", "headers": FORM}, 400),
    ("odd file name", "POST", PHOTO, {"files": {"image": ("a" * 500 + "/..\\\x01.png", b"x")}}, 422),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "options", "status"), [c[1:] for c in BAD], ids=[c[0] for c in BAD])
def test_errors_have_one_form(
    client: httpx.Client, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    """BentoML answers some of these with arrays, plain text or 500, and none of them in one schema."""
    options = {
        **options,
        "headers": {**options.get("headers", {}), "x-request-id": "test-1", "origin": ALLOWED},
    }
    answer = client.request(method, path, **options)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status, problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "test-1"
    assert answer.headers["access-control-allow-origin"] == ALLOWED
    assert set(problem) == {"type", "title", "status", "detail", "instance", "code", "errors"}
    assert problem["instance"] in {path, "unmatched"}
    if status == 422:
        assert problem["errors"][0]["field"]
    assert not re.search(r"Traceback|File \"|site-packages|/tmp|bentoml", answer.text)


def test_the_next_request_is_answered(client: httpx.Client, photo: bytes) -> None:
    """None of the above has hurt the server."""
    assert client.post(PHOTO, files={"image": photo}).status_code == 200


def test_a_url_in_the_image_field_is_never_fetched(client: httpx.Client) -> None:
    """BentoML would fetch it, from wherever the server can reach."""
    for address in (
        "http://127.0.0.1:9/",
        "http://169.254.169.254/latest",
        '"http://localhost/"',
        "file:///etc/passwd",
    ):
        answer = client.post(PHOTO, files={"image": (None, address)})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "image"


@pytest.mark.parametrize("path", ["/", TEXT, "/health"])
def test_a_preflight_allows_our_page_only(client: httpx.Client, path: str) -> None:
    """A foreign page learns nothing, not even which methods there are to try."""
    asking = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    ours = client.options(path, headers={**asking, "origin": ALLOWED}).headers
    theirs = client.options(path, headers={**asking, "origin": FOREIGN})
    assert ours["access-control-allow-origin"] == ALLOWED
    assert "content-type" in ours["access-control-allow-headers"].lower()
    assert not [name for name in theirs.headers if name.startswith("access-control")]
    assert "Origin" in theirs.headers["vary"]


def test_a_request_id_that_could_forge_a_log_line_is_replaced(client: httpx.Client) -> None:
    """Ids go into the log as they come."""
    answer = client.get("/", headers={"x-request-id": "x" * 100})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_one_log_line_per_request(client: httpx.Client, server: Server) -> None:
    """The line can be found by the id that the caller was given."""
    request_id = client.get("/livez").headers["x-request-id"]
    end = time.monotonic() + DEADLINE_S
    while request_id not in server.log.read_text() and time.monotonic() < end:
        time.sleep(0.05)  # the line is written once the answer is out
    lines = [line for line in server.log.read_text().splitlines() if request_id in line]
    assert len(lines) == 1
    assert '"status": 200' in lines[0]
