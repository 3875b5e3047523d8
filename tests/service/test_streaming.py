"""A description as it is written, on a real server: its events, its end, and a client that does not wait for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from scripts.smoke import read_events
from tests.conftest import DEADLINE_S, Launcher, Project, Server
from tests.service.conftest import STREAM, TARGET, TEXT, active, held, total, wait_for

pytestmark = pytest.mark.slow
MUG = {"attributes": "Brand: Acme; Type: mug; Size: 350 ml", "keywords": "mug, gift", "seed": 7}
DEADLINE_OF_A_REQUEST_S = 15


@pytest.fixture(scope="module")
def slow_server(tiny_project: Project, launcher: Launcher) -> Server:
    """A service whose random checkpoint is asked again and again, as long as a request may take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PDG_REQUEST_DEADLINE_S", str(DEADLINE_OF_A_REQUEST_S))
        patch.setenv("PDG_CANDIDATES", "1")
        patch.setenv("PDG_MAX_ROUNDS", "8")
        return launcher.start(tiny_project, TARGET)


@pytest.fixture(scope="module")
def real_server(smollm2_project: Project, launcher: Launcher) -> Server:
    """A service that streams each draft from a real model's weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PDG_REQUEST_DEADLINE_S", str(DEADLINE_OF_A_REQUEST_S))
        return launcher.start(smollm2_project, TARGET)


@contextmanager
def begun(server: Server) -> Iterator[Iterator[str]]:
    """The lines of a stream after its first event."""
    with (
        httpx.Client(base_url=server.url, timeout=DEADLINE_S) as client,
        client.stream("POST", STREAM, json=MUG) as answer,
    ):
        lines = answer.iter_lines()
        assert next(lines) == "event: token"
        yield lines


def counted(server: Server, status: int) -> float:
    """Streams that have ended so."""
    return total(server.url, "api_requests_total", endpoint=STREAM, status=str(status))


def test_the_events_tell_the_text_and_end_with_the_answer_of_the_plain_route(
    client: httpx.Client, server: Server
) -> None:
    before = counted(server, 200)
    answer = client.post(STREAM, json=MUG)
    events = read_events(answer.text)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
    assert "content-length" not in answer.headers
    text = ""
    for event in events[:-1]:
        assert event["event"] in ("token", "restart")
        text = event["data"]["text"] if event["event"] == "restart" else text + event["data"]["text"]
    assert events[0]["event"] == "token" and events[-1]["event"] == "done"
    assert text.strip() == events[-1]["data"]["description"]
    assert events[-1]["data"] == client.post(TEXT, json=MUG).json()
    assert counted(server, 200) == before + 1


def test_what_cannot_be_written_about_is_refused_with_its_status(client: httpx.Client) -> None:
    answer = client.post(STREAM, json={"attributes": "abc"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_stream_that_is_mended_until_its_time_is_up_ends_with_the_text_so_far(slow_server: Server) -> None:
    before = counted(slow_server, 200)
    with begun(slow_server) as lines, held(slow_server, "TextRunner"):
        rest = read_events("event: token\n" + "\n".join(lines))
    assert rest[-1]["event"] == "done"
    assert rest[-1]["data"]["complete"] is False and "Acme" in rest[-1]["data"]["missing"]
    wait_for(lambda: active(slow_server) == 0, "the place to come back")
    assert counted(slow_server, 200) == before + 1


def test_a_stream_that_comes_to_its_deadline_says_so_and_is_counted_as_late(real_server: Server) -> None:
    before = counted(real_server, 504), total(real_server.url, "api_requests_total", endpoint=STREAM)
    with begun(real_server) as lines, held(real_server, "TextRunner"):
        rest = read_events("event: token\n" + "\n".join(lines))
    assert rest[-1]["event"] == "error"
    assert (rest[-1]["data"]["status"], rest[-1]["data"]["code"]) == (504, "deadline_exceeded")
    wait_for(lambda: active(real_server) == 0, "the place to come back")
    after = counted(real_server, 504), total(real_server.url, "api_requests_total", endpoint=STREAM)
    assert after == (before[0] + 1, before[1] + 1)


def test_before_its_first_event_a_late_stream_is_a_504(slow_server: Server) -> None:
    with held(slow_server, "TextRunner"):
        answer = httpx.post(slow_server.url + STREAM, json=MUG, timeout=DEADLINE_S)
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")


def test_for_a_client_that_leaves_nothing_more_is_written(slow_server: Server) -> None:
    def executed() -> float:
        return total(slow_server.url, "runner_items_total", runner="text")

    def ask() -> None:
        httpx.post(slow_server.url + TEXT, json=MUG, timeout=DEADLINE_S).raise_for_status()

    left, none = counted(slow_server, 499), executed()
    ask()
    once = executed()
    with begun(slow_server):
        pass
    wait_for(lambda: active(slow_server) == 0, "the place to come back")
    assert counted(slow_server, 499) == left + 1
    ask()
    assert executed() - once < 2 * (once - none), "the one that was left would have been written too by now"
