"""Many at once: batches fill, answers stay apart, and no call fails when the connection to a runner ages."""

import asyncio

import httpx
import pytest

from tests.conftest import DEADLINE_S, Server
from tests.service.conftest import TEXT, total

pytestmark = pytest.mark.slow


async def ask(client: httpx.AsyncClient, number: int) -> dict[str, object]:
    """Describe a product that no other request describes."""
    body = {"attributes": f"Part number: PN{number:05d}; Type: bolt", "seed": 1}
    answer = await client.post(TEXT, json=body)
    assert answer.status_code == 200, answer.text
    fields: dict[str, object] = answer.json()
    return fields


async def test_concurrent_answers_belong_to_their_requests_and_share_batches(server: Server) -> None:
    """BentoML hands out neighbours' results silently when a batch loses one."""
    batches = total(server.url, "runner_batch_items_count", runner="text")
    items = total(server.url, "runner_batch_items_sum", runner="text")
    async with httpx.AsyncClient(base_url=server.url, timeout=DEADLINE_S) as client:
        answers = await asyncio.gather(*(ask(client, number) for number in range(16)))
        alone = [await ask(client, number) for number in range(16)]
    for number, answer in enumerate(answers):
        own = f"PN{number:05d}"
        assert own in str(answer["missing"])
        assert answer["description"] == alone[number]["description"]
    batches = total(server.url, "runner_batch_items_count", runner="text") - batches
    items = total(server.url, "runner_batch_items_sum", runner="text") - items
    assert items > batches


async def test_no_call_fails_when_sessions_to_the_runner_are_due_for_renewal(server: Server) -> None:
    """BentoML closes its session every 100 calls, with calls in flight, unless the runner forbids it."""
    async with httpx.AsyncClient(base_url=server.url, timeout=DEADLINE_S) as client:
        gate = asyncio.Semaphore(8)

        async def one(number: int) -> None:
            async with gate:
                await ask(client, number)

        await asyncio.gather(*(one(number) for number in range(60)))
