"""A real browser in front of a real server, watched for errors and for calls to other hosts."""

import os
from urllib.parse import urlsplit

import pytest

from tests.web import factory
from tools import chromium

SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="session")
def browser():
    """Start the browser that the system has."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("YUANLIU_CHROMIUM") or chromium.find()
    if not program:
        pytest.fail("No Chromium is installed; --no-browser leaves the journeys out.")
    with sync_playwright() as playwright:
        # Playwright runs a loop in this thread, and Django would take it for an async program's.
        before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(params=SIZES)
def size(request):
    """Give each size of screen in turn."""
    return request.param


@pytest.fixture
def visitor(browser, live_server, size):
    """Give an empty browser window; at the end nothing may have gone wrong in it."""
    factory.bake()
    factory.person("mei")
    context = browser.new_context(
        viewport=SIZES[size], base_url=live_server.url, locale="en-GB", has_touch=size == "phone"
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("requestfailed", lambda request: _note_failed(request, wrong))
    page.on("request", lambda request: _note_foreign(request.url, live_server.url, wrong))
    yield page
    found = list(wrong)  # what the closing of the window cuts off is nobody's fault
    context.close()
    assert found == []


def _note_failed(request, wrong: list[str]) -> None:
    # Whoever goes on before a page is whole cuts off what it was still loading.
    if request.failure != "net::ERR_ABORTED":
        wrong.append(f"failed: {request.url} {request.failure}")


def _note_foreign(url: str, own: str, wrong: list[str]) -> None:
    if urlsplit(url).scheme != "data" and urlsplit(url).netloc != urlsplit(own).netloc:
        wrong.append(f"foreign: {url}")


@pytest.fixture
def mei(visitor):
    """Give a window in which mei has logged in."""
    visitor.goto("/")
    visitor.get_by_label("User name").fill("mei")
    visitor.get_by_label("Password").fill(factory.PASSWORD)
    visitor.get_by_role("button", name="Log in").click()
    return visitor
