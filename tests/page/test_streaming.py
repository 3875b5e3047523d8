"""A description that appears on the page while it is written."""

import json
from collections.abc import Callable, Iterator
from queue import Queue

import pytest
from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route as Address

from tests.conftest import Server
from tests.page.listing import COMPLETE, TEXTS
from tests.page.test_page import expect_answer, faults_of, write_text
from tests.servers import serve_app
from tests.service.conftest import held

pytestmark = pytest.mark.slow
ADDRESS = "/generate-description/stream/"
LISTING = json.loads(COMPLETE)
ANSWER = {
    "description": TEXTS["description"],
    "complete": True,
    **{name: LISTING[name]["description"] for name in ("checks", "evidence")},
}

Tell = Callable[[str, object], None]


@pytest.fixture
def tell(page: Page) -> Iterator[Tell]:
    """Sends the next event of the page's stream, which a server of the test's own writes; no event ends it."""
    events: Queue[str | None] = Queue()

    async def answer(_: object) -> StreamingResponse:
        return StreamingResponse(iter(events.get, None), media_type="text/event-stream")

    with serve_app(Starlette(routes=[Address(ADDRESS, answer, methods=["POST"])])) as url:
        page.route(f"**{ADDRESS}", lambda route: route.continue_(url=url + ADDRESS))
        yield lambda name, data: events.put(f"event: {name}\ndata: {json.dumps(data)}\n\n" if name else None)
        events.put(None)


def top(page: Page, element: str) -> float:
    box = page.locator(element).bounding_box()
    assert box
    return box["y"]


def test_the_service_is_seen_at_work(page: Page, server: Server) -> None:
    """The draft stands there while its sentences are judged and mended."""
    write_text(page)
    expect(page.locator("#draft")).not_to_be_empty()
    with held(server, "TextRunner"):
        expect(page.locator("#lines")).to_be_hidden()
        expect(page.locator("#answer")).to_be_hidden()
        expect(page.locator("#working")).to_be_visible()
    expect_answer(page)
    expect(page.locator("#draft")).to_be_hidden()


def test_words_appear_as_they_come_and_stay_in_their_place(page: Page, tell: Tell) -> None:
    write_text(page)
    expect(page.locator("#lines")).to_be_visible()
    below = top(page, "#cancel")
    first, rest = TEXTS["description"][:40], TEXTS["description"][40:]
    tell("token", {"text": first})
    expect(page.locator("#draft")).to_have_text(first)
    expect(page.locator("#lines")).to_be_hidden()
    tell("token", {"text": rest})
    expect(page.locator("#draft")).to_have_text(TEXTS["description"])
    assert top(page, "#cancel") == below
    assert faults_of(page) == []
    line = top(page, "#draft")
    tell("done", {**ANSWER, "complete": False})
    tell("", None)
    expect(page.locator("#description")).to_have_text(TEXTS["description"])
    expect(page.locator("#incomplete")).to_be_visible()
    assert top(page, "#description") == line
    assert page.locator("#description mark").first.inner_text() == "travel mug"
    expect(page.locator("#announce")).to_contain_text("Description ready")


def test_a_text_that_begins_again_replaces_what_was_shown(page: Page, tell: Tell) -> None:
    write_text(page)
    tell("token", {"text": "A mug of gold, 350 m"})
    tell("token", {"text": "l. \u2615"})
    expect(page.locator("#draft")).to_have_text("A mug of gold, 350 ml. \u2615")
    tell("restart", {"text": "A mug of steel."})
    expect(page.locator("#draft")).to_have_text("A mug of steel.")
    expect(page.locator("#announce")).to_have_text("The text was changed.")
    tell("token", {"text": " It holds 350 ml."})
    expect(page.locator("#draft")).to_have_text("A mug of steel. It holds 350 ml.")


def test_a_screen_reader_hears_whole_sentences_and_not_too_often(page: Page, tell: Tell) -> None:
    page.clock.install()
    write_text(page)
    tell("token", {"text": "The first sentence. The second one"})
    expect(page.locator("#draft")).to_contain_text("second")
    expect(page.locator("#announce")).to_have_text("Writing…")
    page.clock.fast_forward(10_000)
    tell("token", {"text": " is longer. The third"})
    expect(page.locator("#announce")).to_have_text("The first sentence. The second one is longer.")
    tell("token", {"text": " ends too. A fourth"})
    expect(page.locator("#draft")).to_contain_text("fourth")
    expect(page.locator("#announce")).to_have_text("The first sentence. The second one is longer.")


def test_an_error_after_the_first_words_is_shown_like_any_other(page: Page, tell: Tell) -> None:
    write_text(page)
    tell("token", {"text": "The mug"})
    tell(
        "error",
        {"title": "Gateway Timeout", "status": 504, "detail": "The answer was not ready in time.", "errors": []},
    )
    expect(page.locator("#problem-title")).to_have_text("This took too long")
    expect(page.locator("#problem-detail")).to_have_text("The answer was not ready in time.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.locator("#draft")).to_be_hidden()


def test_a_stream_that_breaks_off_is_no_answer(page: Page, tell: Tell) -> None:
    write_text(page)
    tell("token", {"text": "The mug"})
    tell("", None)
    expect(page.locator("#problem-title")).to_have_text("Service not reachable")


def test_a_text_under_way_can_be_stopped_and_the_next_one_begins_empty(page: Page, tell: Tell) -> None:
    write_text(page)
    tell("token", {"text": "The mug"})
    expect(page.locator("#draft")).to_have_text("The mug")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#announce")).to_have_text("Cancelled.")
    page.get_by_role("button", name="Write description").click()
    expect(page.locator("#lines")).to_be_visible()
    expect(page.locator("#draft")).to_be_hidden()


def test_a_browser_that_cannot_stream_waits_for_the_whole(page: Page) -> None:
    page.add_init_script("delete globalThis.TextDecoderStream")
    page.reload()
    with page.expect_request("**/generate-description/"):
        write_text(page)
    expect_answer(page)
