"""The page in a real browser, before a real service whose checkpoints are tiny and random."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import Launcher, Project, Server

PHOTOS = Path(__file__).resolve().parents[1] / "fixtures" / "photos"
ANSWER_MS = 60_000
# A browser that keeps to itself: it asks for no updates and needs no GPU.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def server(launcher: Launcher, painting_project: Project) -> Server:
    """The public service, ready to write and to paint."""
    return launcher.start(painting_project, "service:ProductDescriptionGenerator", ready="/health")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or what stands for it, without a screen."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert path, "The page's tests need Chromium: run `make system-packages`."
    expect.set_options(timeout=ANSWER_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield chromium
        chromium.close()


class OpenPage(Protocol):
    """Opens the page in a browser context of its own and waits until it knows the models."""

    def __call__(self, width: int = 1280, scheme: Literal["light", "dark"] = "light") -> Page: ...


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[OpenPage]:
    """Pages that end without a script error, a breach of the content policy, or a call to another host."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if "Policy" in message.text else None)
        page.on("request", lambda r: None if server.url in r.url else faults.append(f"asked {r.url}"))

    def opened(width: int = 1280, scheme: Literal["light", "dark"] = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        listen(page)
        page.goto(server.url)
        expect(page.locator("#health")).to_have_text("Ready")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The page on a wide screen."""
    return open_page()
