"""A real browser on the shipped content. Whatever a page does wrong by itself fails the test that opened it."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from ..conftest import Server
from ..programs import leave_out

SECONDS = 20  # for a page to do what is waited for
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first is the fastest


def executable() -> str:
    """Where the browser is: $CHROMIUM, else what the PATH has."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        leave_out("no browser here: install chromium-headless-shell, or say where one is in CHROMIUM")
    return str(found)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ends with the tests of this folder: its event loop would be in the way of others."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable())
        yield started
        started.close()


class Faults:
    """What goes wrong in the pages of a context: errors in the console (refusals of the security policy are some),
    exceptions, and requests to other servers.
    """

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.server = server
        self.found: list[str] = []
        context.on("page", self.watch)
        context.on("request", self.request)

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self.console(page, message))
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))

    def console(self, page: Page, message: ConsoleMessage) -> None:
        of_the_page = message.text.startswith("Failed to load resource") and message.location["url"] == page.url
        if message.type in ("error", "warning") and not of_the_page:  # a problem page has its own status
            self.found.append(f"{page.url}: {message.text} ({message.location['url']})")

    def request(self, request: Request) -> None:
        if not request.url.startswith((self.server.url, "data:", "blob:")):
            self.found.append(f"asked another server: {request.url}")


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, forum: Server) -> Iterator[Open]:
    """Open a path of the server in a browser of its own, by the options of a context: ``java_script_enabled``…

    The test fails at its end for what a page did wrong.
    """
    contexts: list[BrowserContext] = []
    faults: list[Faults] = []

    def open_path(path: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | options)
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        faults.append(Faults(context, forum))
        page = context.new_page()
        page.goto(forum.url + path)
        return page

    yield open_path
    for context in contexts:
        context.close()
    assert not [fault for watched in faults for fault in watched.found]


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def start(request: pytest.FixtureRequest, open_page: Open) -> Open:
    """``open_page``, once with scripts and once without."""
    return lambda path, **options: open_page(path, java_script_enabled=request.param, **options)
