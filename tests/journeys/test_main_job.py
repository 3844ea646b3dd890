"""The main job in a browser: log in, scan a number, read the story, in both languages and sizes."""

import re

import pytest
from playwright.sync_api import expect

from tests.web import factory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _fits(page) -> None:
    """Check that the page itself does not scroll sideways, whatever its tables do."""
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"


def test_a_quality_manager_finds_what_a_suspect_lot_reached(mei):
    page = mei
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    _fits(page)
    search.fill("S-77")  # the supplier's number on the bag
    search.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("FLOUR/F1")
    _fits(page)

    went = page.locator("#destinations")
    for lot in ("BREAD/B1", "BREAD/B2", "BREAD/B1-A", "BREAD/B0"):
        expect(went.get_by_role("link", name=lot, exact=True)).to_be_visible()
    expect(page.locator("#graph a.node")).to_have_count(5)
    expect(page.locator("#graph .seed")).to_have_count(1)

    recall = page.locator("#recall")
    expect(recall.get_by_role("heading", name="With customers")).to_be_visible()
    expect(recall).to_contain_text("SHOP")
    recall.get_by_role("link", name=re.compile("certain")).click()
    expect(page).to_have_url(re.compile(r"set=certain#recall$"))
    expect(page.locator("#balance")).to_contain_text("FLOUR/F1")
    expect(page.locator("#exceptions")).to_contain_text("90 kg is wanted")


def test_the_picture_leads_from_lot_to_lot(mei):
    mei.goto("/lots/BREAD/B1-A")
    expect(mei.locator("#graph .seed .box")).to_be_in_viewport()
    mei.locator("#graph a.node", has_text="YEAST").click()
    expect(mei.get_by_role("heading", level=1)).to_have_text("YEAST/Y1")


def test_what_a_scanner_types_into_the_page_lands_in_the_search(mei):
    mei.goto("/lots/BREAD/B2")
    mei.locator("h1").click()  # nobody has put the cursor anywhere
    mei.keyboard.type("Y1")
    mei.keyboard.press("Enter")
    expect(mei.get_by_role("heading", level=1)).to_have_text("YEAST/Y1")


def test_a_slash_goes_to_the_search_and_is_not_typed(mei):
    mei.goto("/lots/BREAD/B2")
    mei.locator("h1").click()
    mei.keyboard.press("/")
    expect(mei.get_by_role("searchbox")).to_be_focused()
    expect(mei.get_by_role("searchbox")).to_have_value("")


def test_the_language_is_changed_on_the_spot_and_stays(mei):
    mei.goto("/lots/FLOUR/F1")
    mei.get_by_role("button", name="中文").click()
    expect(mei.get_by_role("heading", name="召回范围")).to_be_visible()
    expect(mei).to_have_url(re.compile("/lots/FLOUR/F1$"))
    _fits(mei)
    mei.goto("/")
    expect(mei.get_by_role("button", name="搜索")).to_be_visible()
    mei.get_by_role("button", name="English").click()
    expect(mei.get_by_role("button", name="Search")).to_be_visible()


def test_a_wrong_password_is_told_and_a_right_one_leads_on(visitor):
    visitor.goto("/lots/FLOUR/F1")
    for password in ("wrong", factory.PASSWORD):
        visitor.get_by_label("User name").fill("mei")
        visitor.get_by_label("Password").fill(password)
        visitor.get_by_role("button", name="Log in").click()
        if password == "wrong":
            expect(visitor.get_by_role("alert")).to_contain_text("do not belong together")
            _fits(visitor)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("FLOUR/F1")


def test_a_key_is_made_used_and_revoked(mei, live_server):
    mei.get_by_text("mei", exact=True).click()
    mei.get_by_role("link", name="API keys").click()
    _fits(mei)
    mei.get_by_label("Which program will use it?").fill("labels")
    mei.get_by_role("button", name="Make the key").click()
    key = mei.get_by_text(re.compile("^yl_[0-9a-f]{12}_.{43}$")).inner_text()
    _fits(mei)
    asked = mei.request.get(
        f"{live_server.url}/api/v1/lots?q=B2", headers={"Authorization": f"Bearer {key}"}
    )
    assert [lot["number"] for lot in asked.json()["lots"]] == ["B2"]
    mei.get_by_role("button", name="Revoke").click()
    expect(mei.get_by_role("cell", name="revoked")).to_be_visible()


def test_the_description_of_the_api_can_be_read_in_the_browser(mei):
    mei.goto("/api/v1/docs")
    expect(mei.get_by_text("/api/v1/actions/receive", exact=True)).to_be_visible()


def test_dark_is_as_readable_as_light(mei):
    for scheme, dark in (("light", False), ("dark", True)):
        mei.emulate_media(color_scheme=scheme)
        mei.goto("/lots/FLOUR/F1")
        page, ink = (
            mei.evaluate(f"getComputedStyle(document.body).{name}").strip("rgb()").split(",")[0]
            for name in ("backgroundColor", "color")
        )
        assert (int(page) < int(ink)) is dark


def test_without_scripts_everything_is_still_there(browser, live_server, size):
    factory.bake()
    factory.person("mei")
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/lots/BREAD/B1")
    page.fill("#id_username", "mei")
    page.fill("#id_password", factory.PASSWORD)
    page.click("button.strong")
    expect(page.locator("#origins")).to_contain_text("FLOUR/F1")
    context.close()
