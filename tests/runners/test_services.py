"""The runners as BentoML services: batched, streamed, counted, and never ready with a damaged checkpoint."""

import asyncio
from pathlib import Path

import httpx
import pytest

from contracts.items import Decoding, EngineInfo, Message, TextChunk, TextItem
from tests.conftest import DEADLINE_S, Launcher, Project, Server, copy_project
from tests.runners.test_captioner import photo
from tests.tiny import make_text, make_vision

pytestmark = pytest.mark.slow
FRONT = "tests.runners.front:Front"


@pytest.fixture(scope="module")
def server(launcher: Launcher, tiny_project: Project) -> Server:
    """A public service in front of both runners."""
    return launcher.start(tiny_project, FRONT)


@pytest.fixture(scope="module")
def streaming(launcher: Launcher, smollm2_project: Project) -> Server:
    """The same with a text engine that batches at each step, on a real model's weights."""
    return launcher.start(smollm2_project, FRONT)


def text_item(number: int, temperature: float = 1.0) -> dict[str, object]:
    """An item that only its own number explains."""
    decoding = Decoding(max_new_tokens=16, temperature=temperature, seed=number)
    messages = (Message(role="user", content=f"Product {number}"),)
    item = TextItem(id=f"id-{number}", messages=messages, decoding=decoding)
    return {"item": item.model_dump()}


def metric(page: str, name: str) -> float:
    """The value of one series of the metrics page."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines() if line.startswith(name + " "))


async def test_requests_are_batched_and_each_gets_its_own_answer(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=DEADLINE_S) as client:
        alone = (await client.post("/write", json=text_item(7, 0))).json()
        page = (await client.get("/metrics")).text
        batches, items = (metric(page, f'runner_batch_items_{n}{{runner="text"}}') for n in ("count", "sum"))
        answers = await asyncio.gather(*(client.post("/write", json=text_item(n, 0)) for n in range(48)))
        page = (await client.get("/metrics")).text
    assert [answer.json()["id"] for answer in answers] == [f"id-{n}" for n in range(48)]
    assert answers[7].json() == pytest.approx(alone), "sums in a batch end in other digits"
    assert metric(page, 'runner_batch_items_sum{runner="text"}') - items == 48
    assert metric(page, 'runner_batch_items_count{runner="text"}') - batches < 48
    assert metric(page, 'runner_generated_tokens_total{runner="text"}') > 48
    assert metric(page, 'runner_items_total{outcome="ok",runner="text"}') >= 48


def test_a_runner_keeps_no_idle_connections(launcher: Launcher, tiny_project: Project) -> None:
    """A call on a connection that the runner had just closed failed at once with a 503."""
    runner = launcher.start(tiny_project, "runners.text:TextRunner")
    answer = httpx.post(runner.url + "/write", json={"items": [text_item(1)["item"]]}, timeout=DEADLINE_S)
    assert answer.status_code == 200
    assert answer.headers["connection"] == "close"


async def test_three_hundred_requests_outlive_bentomls_session_renewal(server: Server) -> None:
    """BentoML closes the session to a runner every 100 requests, with requests in flight, if it is let."""
    gate = asyncio.Semaphore(8)
    async with httpx.AsyncClient(base_url=server.url, timeout=DEADLINE_S) as client:

        async def ask(number: int) -> int:
            async with gate:
                return (await client.post("/write", json=text_item(number))).status_code

        statuses = await asyncio.gather(*(ask(number) for number in range(300)))
    assert set(statuses) == {200}


async def test_a_stream_crosses_two_services_whole(streaming: Server) -> None:
    async with httpx.AsyncClient(base_url=streaming.url, timeout=DEADLINE_S) as client:
        info = EngineInfo.model_validate((await client.post("/engine", json={})).json())
        lines = (await client.post("/submit", json=text_item(3, 0))).text.split("\n")
    assert info.submits and info.name == "openvino"
    *pieces, last = [TextChunk.model_validate_json(line) for line in lines if line]
    assert last.result and last.result.error is None and last.result.id == "id-3"
    assert "".join(piece.text for piece in pieces) == last.result.text


async def test_a_client_that_leaves_frees_its_place(streaming: Server) -> None:
    """The gate: beside the one that stays, the one that left would write some hundred tokens more."""
    endless: dict[str, object] = {"min_new_tokens": 1000, "max_new_tokens": 1000, "seed": 1}
    long: dict[str, object] = {"min_new_tokens": 40, "max_new_tokens": 40, "seed": 2}

    async def steps(client: httpx.AsyncClient) -> tuple[float, float]:
        page = (await client.get("/metrics")).text
        count, items = (metric(page, f'runner_batch_items_{n}{{runner="text"}}') for n in ("count", "sum"))
        return count, items

    def body(decoding: dict[str, object]) -> dict[str, object]:
        return {"item": {"id": "1", "messages": [{"role": "user", "content": "A story."}], "decoding": decoding}}

    async with httpx.AsyncClient(base_url=streaming.url, timeout=DEADLINE_S) as client:
        before = await steps(client)
        async with client.stream("POST", "/submit", json=body(endless)) as answer:
            lines = answer.aiter_lines()
            while "text" not in await anext(lines):
                pass
        stayed = await client.post("/submit", json=body(long))
        after = await steps(client)
    assert '"new_tokens":40' in stayed.text
    made, wrote = (now - then for now, then in zip(after, before, strict=True))
    assert wrote - made < 20, "in most steps of the one that stayed, nobody else was written"


async def test_a_photo_that_cannot_be_read_is_an_answer_not_a_failure(server: Server) -> None:
    bodies = [{"item": {"id": str(n), "image": image}} for n, image in enumerate([photo("red"), "zz"])]
    async with httpx.AsyncClient(base_url=server.url, timeout=DEADLINE_S) as client:
        good, bad = await asyncio.gather(*(client.post("/caption", json=body) for body in bodies))
    assert good.json()["error"] is None
    assert bad.json()["error"]["code"] == "unreadable_image"


def test_a_damaged_checkpoint_stops_the_server_and_is_named(tmp_path: Path, launcher: Launcher) -> None:
    project = copy_project(tmp_path)
    make_text(tmp_path / "models" / "text")
    make_vision(tmp_path / "models" / "vision")
    project.commit_models()
    assert project.import_models().returncode == 0
    (stored,) = (tmp_path / ".bentoml" / "models" / "text").glob("*/model.safetensors")
    content = stored.read_bytes()
    stored.unlink()
    stored.write_bytes(content[: len(content) // 2])
    server = launcher.spawn(project, FRONT)
    assert server.process.wait(timeout=DEADLINE_S) != 0
    assert "model.safetensors: is not what was imported" in server.log.read_text()
