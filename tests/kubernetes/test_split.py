"""The runners on hosts of their own: what crosses the network, and what callers see when a host is lost."""

import asyncio
import logging
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from operations.bento import CONNECT_TIMEOUT_S
from operations.retries import ATTEMPTS
from tests.conftest import DEADLINE_S, ROOT
from tests.kubernetes.conftest import PORT, Split
from tests.service.conftest import PHOTO, TEXT, total, wait_for

pytestmark = pytest.mark.slow
MUG = {"attributes": "Product Type: Mug; Colour: blue", "seed": 1}
LOST_WITHIN_S = ATTEMPTS * CONNECT_TIMEOUT_S + 10
PICKLE = "application/vnd.bentoml+pickle"
ITEM = {"id": "1", "messages": [{"role": "user", "content": "A blue mug"}], "decoding": {"max_new_tokens": 4}}


class Canary:
    """Writes a file where it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.file,)


def test_a_runner_on_the_network_loads_no_pickle(split: Split, tmp_path: Path) -> None:
    """Whoever reaches a port that unpickles runs code there; BentoML's own sockets between processes do."""
    url = split.url("text-1") + "/write"
    body = pickle.dumps({"items": Canary(tmp_path / "loaded")})
    assert httpx.post(url, json={"items": [ITEM]}, timeout=DEADLINE_S).status_code == 200
    for kind in (PICKLE, f"{PICKLE}; charset=utf-8", f"{PICKLE};{PICKLE}"):
        headers = {"Content-Type": kind, "Buffer-Lengths": str(len(body))}
        assert httpx.post(url, content=body, headers=headers, timeout=DEADLINE_S).status_code == 415
    for files in ({"items": ("items", body, PICKLE)}, {"items": body}):
        assert httpx.post(url, files=files, timeout=DEADLINE_S).status_code >= 400
    assert not (tmp_path / "loaded").exists()


@pytest.mark.parametrize("name", ["text-1", "vision-1", "public-1"])
def test_a_host_listens_on_one_port(split: Split, name: str) -> None:
    """A second port would be open to the cluster without any check of what it takes."""
    assert split.hosts[name].listening() == {f"0.0.0.0:{PORT}"}


async def test_requests_of_several_public_services_share_a_batch(split: Split) -> None:
    """A runner apart is worth its price because all replicas of the public service fill its batches."""
    each = 6
    split.proxy("set server text/text-2 state maint")
    runner = split.hosts["text-1"]
    batches = {"runner": "text", "le": str(float(each))}
    url = split.url("text-1")
    before = total(url, "runner_batch_items_count"), total(url, "runner_batch_items_bucket", **batches)
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        runner.signal("STOP")
        try:
            urls = [split.url(name) + TEXT for name in ("public-1", "public-2") for _ in range(each)]
            asked = [asyncio.create_task(client.post(url, json=MUG)) for url in urls]
            await anyio.to_thread.run_sync(wait_for, lambda: sessions(split, "text-1") == 2 * each, "all to be asked")
        finally:
            runner.signal("CONT")
        statuses = Counter([(await answer).status_code for answer in asked])
    split.proxy("set server text/text-2 state ready")
    assert statuses == {200: 2 * each}
    count = total(url, "runner_batch_items_count") - before[0]
    small = total(url, "runner_batch_items_bucket", **batches) - before[1]
    assert small < count, f"no batch had more than the {each} items of one public service"


async def test_no_request_is_lost_with_a_text_runner(split: Split) -> None:
    """Killed with requests in its hands, under load: each ends in 200, or in 503 with Retry-After, and it returns."""
    waiting, then = 8, 40
    split.wait_until_up("text-1", "text-2")
    urls = [split.url(name) for name in ("public-1", "public-2")]
    retries = sum(total(url, "runner_retries_total") for url in urls)
    gate = asyncio.Semaphore(8)
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:

        async def ask(number: int) -> httpx.Response:
            async with gate:
                return await client.post(urls[number % 2] + TEXT, json={**MUG, "seed": number})

        split.hosts["text-1"].signal("STOP")
        asked = [asyncio.create_task(ask(number)) for number in range(waiting + then)]
        await anyio.to_thread.run_sync(
            wait_for, lambda: sessions(split, "text-1") > 0, "requests in the runner's hands"
        )
        split.hosts["text-1"].kill()
        answers = await asyncio.gather(*asked)
    retries = sum(total(url, "runner_retries_total") for url in urls) - retries
    ledger = Counter(answer.status_code for answer in answers)
    logging.getLogger(__name__).info("answers by status: %s; calls sent again: %d", dict(ledger), retries)
    assert set(ledger) <= {200, 503}
    assert ledger[200] > 0
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers if answer.status_code == 503)
    assert retries > 0, "those in the killed runner's hands had to be sent again"

    split.serve_runner("text-1")
    split.wait_until_up("text-1")
    for url in urls * 2:
        assert httpx.post(url + TEXT, json=MUG, timeout=DEADLINE_S).status_code == 200
    assert total(split.url("text-1"), "runner_items_total", outcome="ok") > 0


def test_without_any_text_runner_callers_are_told_to_come_back(split: Split) -> None:
    """A bounded number of attempts, then 503 with Retry-After: seconds, not the deadline; and 200 once one is back."""
    public = split.url("public-1")
    for name in ("text-1", "text-2"):
        split.proxy(f"set server text/{name} state maint")
    before = total(public, "runner_retries_total", runner="text")
    refused(httpx.post(public + TEXT, json=MUG, timeout=DEADLINE_S))
    refused(httpx.get(public + "/health", timeout=DEADLINE_S))
    assert total(public, "runner_retries_total", runner="text") == before + ATTEMPTS - 1
    split.proxy("set server text/text-2 state ready")
    split.wait_until_up("text-2")
    assert httpx.get(public + "/health", timeout=DEADLINE_S).status_code == 200
    assert httpx.post(public + TEXT, json=MUG, timeout=DEADLINE_S).status_code == 200


def test_what_needs_no_lost_runner_is_still_answered(split: Split) -> None:
    """Without the vision runner texts are written on, as are photos whose caption is given; /health tells of it.

    A host that says nothing counts as lost too, long before the request's deadline.
    """
    public = split.url("public-1")
    files = {"image": (ROOT / "tests" / "fixtures" / "photos" / "t-shirt.jpg").read_bytes()}
    assert httpx.post(public + PHOTO, files=files, timeout=DEADLINE_S).json()["caption"]
    split.hosts["vision-1"].fall_silent(split.hosts["public-2"])
    refused(httpx.post(split.url("public-2") + PHOTO, files=files, timeout=LOST_WITHIN_S))
    split.hosts["vision-1"].kill()
    assert httpx.post(public + TEXT, json=MUG, timeout=DEADLINE_S).status_code == 200
    captioned = httpx.post(public + PHOTO, files=files, data={"caption": "a blue mug"}, timeout=DEADLINE_S)
    assert captioned.status_code == 200
    refused(httpx.post(public + PHOTO, files=files, timeout=DEADLINE_S))
    refused(httpx.get(public + "/health", timeout=DEADLINE_S))
    assert httpx.get(public + "/livez", timeout=DEADLINE_S).status_code == 200


def refused(answer: httpx.Response) -> None:
    """It is a 503 in the form of all errors, with the time to wait."""
    assert (answer.status_code, answer.json()["code"]) == (503, "runner_unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0


def sessions(split: Split, name: str) -> int:
    """Requests that a text runner has in its hands."""
    return int(split.behind_proxy(name)["scur"])
