"""With a keyboard alone: search, facets, the menu of languages."""

import re

from playwright.sync_api import Page, expect

from ..processes import wait_for
from .conftest import Open

MOST = 80  # presses of Tab


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what has the focus fits *selector*; whatever has it on the way can be seen."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            expect(focused).to_be_in_viewport()
            return
    raise AssertionError(f"{MOST} times Tab, and {selector} was not reached")


def test_the_first_stop_leads_past_the_menu(open_page: Open) -> None:
    page = open_page("doc/member/liege")

    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_suggestion_is_chosen_with_the_arrows(open_page: Open) -> None:
    page = open_page("")

    tab_to(page, "header input[name=q], main input[name=q]")
    page.keyboard.type("liè")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    field = page.locator(":focus")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(field).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/doc/|/describe"))


def test_escape_closes_the_suggestions_and_leaves_what_was_typed(open_page: Open) -> None:
    page = open_page("")

    tab_to(page, "header input[name=q], main input[name=q]")
    page.keyboard.type("liè")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("option")).to_have_count(0)
    assert page.evaluate("document.activeElement.value") == "liè"


def test_a_list_is_narrowed_and_widened_again(open_page: Open) -> None:
    page = open_page("list/usec:Member")

    tab_to(page, ".filters summary, .filters .values a")
    if page.evaluate("document.activeElement.matches('summary')"):
        page.keyboard.press("Enter")
        tab_to(page, ".filters .values a")
    page.keyboard.press("Enter")
    expect(page.locator(".chips a").first).to_be_visible()
    tab_to(page, ".chips a")
    page.keyboard.press("Enter")

    expect(page.locator(".chips")).to_have_count(0)


def test_the_language_is_changed(open_page: Open) -> None:
    page = open_page("catalog")

    tab_to(page, ".languages summary")
    page.keyboard.press("Enter")
    tab_to(page, ".languages a[hreflang=nl]")
    page.keyboard.press("Enter")

    expect(page.locator("html")).to_have_attribute("lang", "nl")


def test_a_wide_table_is_scrolled(open_page: Open) -> None:
    page = open_page("list/usec:Member", viewport={"width": 390, "height": 800})

    tab_to(page, ".scroll")
    page.keyboard.press("ArrowRight")
    wait_for(lambda: page.evaluate("document.activeElement.scrollLeft") > 0)
