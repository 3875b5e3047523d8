"""Too much to do, too late, or nobody waits any more. A runner is held by stopping its process."""

import asyncio
import socket
import threading

import anyio
import httpx
import pytest

from tests.conftest import DEADLINE_S, Launcher, Project, Server
from tests.service.conftest import PHOTO, TARGET, TEXT, active, held, total, wait_for

pytestmark = pytest.mark.slow
BATCH = 2
MAX_IN_FLIGHT = 6
DEADLINE_OF_A_REQUEST_S = 20
MUG = {"attributes": "A blue mug"}


@pytest.fixture(scope="module")
def small_server(tiny_project: Project, launcher: Launcher) -> Server:
    """A service that takes six requests, of which a runner holds four; one text for each."""
    settings = {
        "PDG_MAX_IN_FLIGHT": MAX_IN_FLIGHT,
        "PDG_MAX_BATCH_SIZE": BATCH,
        "PDG_REQUEST_DEADLINE_S": DEADLINE_OF_A_REQUEST_S,
        "PDG_CANDIDATES": 1,
        "PDG_MAX_ROUNDS": 1,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, str(value))
        server = launcher.start(tiny_project, TARGET)
    httpx.post(server.url + TEXT, json=MUG, timeout=DEADLINE_S).raise_for_status()
    return server


class Request(threading.Thread):
    """A request under way."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.status = 0
        self._client = httpx.Client(base_url=server.url, timeout=DEADLINE_S)
        self.start()

    def run(self) -> None:
        """Ask, and keep the status."""
        try:
            self.status = self._client.post(TEXT, json=MUG).status_code
        except httpx.TransportError:
            self.status = -1


def fill(server: Server) -> list[Request]:
    """As many requests as the service takes at once."""
    requests = [Request(server) for _ in range(MAX_IN_FLIGHT)]
    wait_for(lambda: active(server) == MAX_IN_FLIGHT, "all requests to arrive")
    return requests


def test_one_request_too_many_is_refused_at_once(small_server: Server) -> None:
    """It hears so in the one schema, readable from our page, and when to come back."""
    with held(small_server, "TextRunner"):
        waiting = fill(small_server)
        origin = {"origin": "http://localhost:5173"}
        answer = httpx.post(small_server.url + TEXT, json=MUG, headers=origin, timeout=5)
        ready = httpx.get(small_server.url + "/", timeout=5)
    for request in waiting:
        request.join()
    assert [request.status for request in waiting] == [200] * MAX_IN_FLIGHT
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["access-control-allow-origin"] == origin["origin"]
    assert ready.status_code == 200


def test_an_answer_that_is_not_ready_in_time_is_a_504(small_server: Server) -> None:
    """One answer, in the one schema; the slot comes back."""
    with held(small_server, "TextRunner"):
        answer = httpx.post(small_server.url + TEXT, json=MUG, timeout=DEADLINE_S)
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline_exceeded")
    wait_for(lambda: active(small_server) == 0, "the slot to come back")
    assert httpx.post(small_server.url + TEXT, json=MUG, timeout=DEADLINE_S).status_code == 200


async def test_what_nobody_waits_for_is_not_executed(small_server: Server) -> None:
    """BentoML computes the item of a client that has left; ours is dropped where it waits, in the runner too."""
    executed = total(small_server.url, "runner_items_total", runner="text")
    left = total(small_server.url, "api_requests_total", endpoint=TEXT, status="499")
    async with httpx.AsyncClient(base_url=small_server.url, timeout=DEADLINE_S) as client:
        with held(small_server, "TextRunner"):
            first = [asyncio.create_task(client.post(TEXT, json=MUG)) for _ in range(2 * BATCH)]
            await reached(small_server, 2 * BATCH)
            late = [asyncio.create_task(client.post(TEXT, json=MUG)) for _ in range(2)]
            await reached(small_server, 2 * BATCH + 2)
            for task in (*late, first.pop()):
                task.cancel()
            await reached(small_server, 2 * BATCH - 1)
        answers = await asyncio.gather(*first)
    assert [answer.status_code for answer in answers] == [200] * (2 * BATCH - 1)
    assert total(small_server.url, "runner_items_total", runner="text") == executed + 2 * BATCH - 1
    assert total(small_server.url, "api_requests_total", endpoint=TEXT, status="499") == left + 3
    assert active(small_server) == 0


async def reached(server: Server, count: int) -> None:
    """Wait until `count` requests are being worked on, without holding up those of this test."""
    await anyio.to_thread.run_sync(wait_for, lambda: active(server) == count, f"{count} requests")


def test_health_turns_while_a_runner_hangs_and_returns_after(small_server: Server) -> None:
    """A service whose runner does not answer is not healthy, whatever its own process says."""
    with held(small_server, "VisionRunner"):
        sick = httpx.get(small_server.url + "/health", timeout=DEADLINE_S)
    assert (sick.status_code, sick.json()["code"]) == (503, "runner_unavailable")
    assert httpx.get(small_server.url + "/health", timeout=DEADLINE_S).status_code == 200


def test_slow_uploads_hold_no_slot(small_server: Server) -> None:
    """A body that trickles in must not keep others from being answered."""
    host, port = small_server.url.removeprefix("http://").split(":")
    head = (
        f"POST {PHOTO} HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        "Content-Length: 1000\r\n\r\n--x\r\n"
    )
    slow = [socket.create_connection((host, int(port))) for _ in range(2 * MAX_IN_FLIGHT)]
    for connection in slow:
        connection.sendall(head.encode())
    wait_for(lambda: active(small_server) == len(slow), "the slow uploads to begin")
    assert httpx.post(small_server.url + TEXT, json=MUG, timeout=DEADLINE_S).status_code == 200
    for connection in slow:
        connection.settimeout(2 * DEADLINE_OF_A_REQUEST_S)
        assert connection.recv(4096).startswith(b"HTTP/1.1 408")
        connection.close()
