"""A text that is heard while a text runner on a host of its own writes it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from scripts.smoke import read_events
from tests.conftest import DEADLINE_S
from tests.kubernetes.conftest import Split
from tests.service.conftest import STREAM, total

pytestmark = pytest.mark.slow
# So many facts that the text is still being written when somebody leaves, or the runner is killed.
MUG = {
    "attributes": "Brand: Acme; Type: mug; Size: 350 ml; Material: stoneware; Colour: sand; Height: 95 mm; "
    "Weight: 380 g; Glaze: matt; Handle: open loop; Base: unglazed; Made in: Portugal; Pack: 2",
    "seed": 7,
}


@contextmanager
def begun(split: Split) -> Iterator[Iterator[str]]:
    """The lines of a stream after its first event."""
    with httpx.stream("POST", split.url("public-3") + STREAM, json=MUG, timeout=DEADLINE_S) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: token"
        yield lines


def test_pieces_cross_the_network_as_they_are_written(streaming: Split) -> None:
    """Each in its place; that they are heard before the last is written shows the runner that is killed below."""
    written = total(streaming.url("text-3"), "runner_items_total")
    with begun(streaming) as lines:
        events = read_events("event: token\n" + "\n".join(lines))
    assert total(streaming.url("text-3"), "runner_items_total") > written
    text = ""
    for event in events[:-1]:
        text = event["data"]["text"] if event["event"] == "restart" else text + event["data"]["text"]
    assert len(events) > 2 and events[-1]["event"] == "done"
    assert text.strip() == events[-1]["data"]["description"]


def test_a_client_that_leaves_ends_the_work_on_the_other_host(streaming: Split) -> None:
    """The one that left began first: written on, it would have been counted before the one that stayed."""
    left = total(streaming.url("public-3"), "api_requests_total", endpoint=STREAM, status="499")
    written = total(streaming.url("text-3"), "runner_items_total")
    with begun(streaming):
        pass
    with begun(streaming) as lines:
        assert read_events("event: token\n" + "\n".join(lines))[-1]["event"] == "done"
    assert total(streaming.url("text-3"), "runner_items_total") == written + 1
    assert total(streaming.url("public-3"), "api_requests_total", endpoint=STREAM, status="499") == left + 1


def test_a_text_that_was_half_heard_is_not_asked_for_again(streaming: Split) -> None:
    """Its beginning has been read: the end of another text would not fit it. The caller is told to come back."""
    retries = total(streaming.url("public-3"), "runner_retries_total")
    with begun(streaming) as lines:
        streaming.hosts["text-3"].kill()
        last = read_events("event: token\n" + "\n".join(lines))[-1]
    assert (last["event"], last["data"]["status"], last["data"]["code"]) == ("error", 503, "runner_unavailable")
    assert total(streaming.url("public-3"), "runner_retries_total") == retries
