"""Ask a running service whether it answers as openapi.json promises: `python -m scripts.smoke URL [--commit COMMIT]`.

Every route is asked once and its answer held against the committed document, bad input is refused, and (with
--commit) the service was built from that commit. Ends with status 1 and one line for each promise that is not kept.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import jsonschema

from checkpoints.pins import ROOT
from operations.http.events import MEDIA_TYPE as EVENTS
from operations.http.routes import CAPTION_PHOTO, DESCRIBE_PHOTO, DESCRIBE_TEXT, LISTING, PICTURE, STREAM_TEXT

# A service that has just been deployed may still read its first checkpoint; a description takes seconds.
TIMEOUT_S = 120
PHOTO = ROOT / "tests" / "fixtures" / "photos" / "t-shirt.jpg"
LAMP = {"attributes": "Product Type: Desk Lamp; Brand: Lumo; Material: Aluminium", "keywords": "reading light"}
TOO_SHORT = {"attributes": "x"}


@dataclass(frozen=True)
class Promise:
    """One request, and the status that must come back in the form that the document gives for it."""

    method: str
    path: str
    status: int
    body: dict[str, Any]


def promises() -> list[Promise]:
    """Every route of the document, with good input and with bad."""
    photo, garbage = PHOTO.read_bytes(), b"no picture"
    return [
        Promise("GET", "/", 200, {}),
        Promise("GET", "/health", 200, {}),
        Promise("GET", "/metrics", 200, {}),
        Promise("POST", DESCRIBE_TEXT, 200, {"json": LAMP}),
        Promise("POST", DESCRIBE_TEXT, 422, {"json": TOO_SHORT}),
        Promise("POST", STREAM_TEXT, 200, {"json": LAMP}),
        Promise("POST", STREAM_TEXT, 422, {"json": TOO_SHORT}),
        Promise("POST", LISTING, 200, {"json": {"attributes": LAMP["attributes"]}}),
        Promise("POST", LISTING, 422, {"json": TOO_SHORT}),
        Promise("POST", DESCRIBE_PHOTO, 200, {"files": {"image": photo}}),
        Promise("POST", DESCRIBE_PHOTO, 422, {"files": {"image": garbage}}),
        Promise("POST", CAPTION_PHOTO, 200, {"files": {"image": photo}}),
        Promise("POST", CAPTION_PHOTO, 422, {"files": {"image": garbage}}),
    ]


def broken_promises(url: str, commit: str | None = None) -> Iterator[str]:
    """What the service at `url` does not keep, one sentence each; raises httpx.HTTPError where nothing answers."""
    document = json.loads((ROOT / "openapi.json").read_text())
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, headers={"accept": "application/json"}) as client:
        info = client.get("/").json().get("model_info", {})
        if commit and info.get("git_commit") != commit:
            yield f"{url} answers from commit {info.get('git_commit')}, not {commit}"
        if client.get("/openapi.json").json() != document:
            yield "its openapi.json is not the committed one"
        # Pictures are painted only where a checkpoint for them is pinned.
        paints = [Promise("POST", PICTURE, 422, {"json": {}})] if info.get("image_model") else []
        for promise in promises() + paints:
            answer = client.request(promise.method, promise.path, **promise.body)
            yield from (f"{promise.method} {promise.path}: {fault}" for fault in faults(answer, promise, document))


def faults(answer: httpx.Response, promise: Promise, document: dict[str, Any]) -> Iterator[str]:
    """How an answer differs from what was promised."""
    if answer.status_code != promise.status:
        yield f"status {answer.status_code} instead of {promise.status}"
        return
    content = document["paths"][promise.path][promise.method.lower()]["responses"][str(promise.status)]["content"]
    media_type = answer.headers.get("content-type", "").split(";")[0]
    if media_type not in content:
        yield f"{media_type or 'no media type'} instead of {' or '.join(content)}"
        return
    if schema := content[media_type].get("schema"):
        # The document is the schema's own, for the references to its components.
        validator = jsonschema.Draft202012Validator({**document, **schema})
        body = read_events(answer.text) if media_type == EVENTS else answer.json()
        yield from (f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(body))
        if media_type == EVENTS and body[-1]["event"] != "done":
            yield f"the last event is {body[-1]['event']} instead of done"


def read_events(text: str) -> list[dict[str, Any]]:
    """The events of a stream that has ended, with their data as JSON."""
    fields = [dict(line.split(": ", 1) for line in event.splitlines()) for event in text.split("\n\n") if event]
    return [{"event": event["event"], "data": json.loads(event["data"])} for event in fields]


def main() -> int:
    """Command line; prints how long it took, or what is broken."""
    parser = argparse.ArgumentParser(description="Ask a running service whether it answers as openapi.json promises.")
    parser.add_argument("url")
    parser.add_argument("--commit", help="the git commit that the service must have been built from")
    given = parser.parse_args()
    started = time.monotonic()
    try:
        broken = list(broken_promises(given.url.rstrip("/"), given.commit))
    except (httpx.HTTPError, httpx.InvalidURL, json.JSONDecodeError) as error:
        broken = [f"{given.url} does not answer as a service: {error!r}"]
    for sentence in broken:
        print(f"error: {sentence}", file=sys.stderr)
    if not broken:
        print(f"{given.url} keeps every promise ({time.monotonic() - started:.1f} s)")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
