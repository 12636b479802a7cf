"""What every kind of page owes to its readers, measured in a browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ..conftest import Server
from ..programs import node_folder
from .conftest import Faults
from .pages import ALL, PROBLEMS

PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}  # CSS pixels: a desktop at 400 % (WCAG 2.2, 1.4.10)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
LIGHT = {"runOnly": RULES, "rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
DARK = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}  # what colours decide
MOST_AT_HOME, MOST = 100_000, 130_000  # bytes with all that is loaded: names of Central Europe bring a typeface more
LATER, MOST_LATER = "/vendor/editor.js", 150_000  # the editor comes into a page that works already
SHIFTS = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value })
        .observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => setTimeout(() => resolve(sum), 100));
})"""
WEIGHTS = """() => Object.fromEntries(performance.getEntries()
    .filter(entry => "transferSize" in entry).map(entry => [entry.name, entry.transferSize]))"""
OVERFLOW = """() => [...document.querySelectorAll("body *")]
    .filter(node => document.documentElement.scrollWidth > innerWidth && node.getBoundingClientRect().right > innerWidth
        && !node.closest(".scroll, [tabindex='0']")).map(node => node.outerHTML.slice(0, 120)).slice(0, 5)"""


@dataclass
class Visit:
    """One page, opened and measured.

    weights  bytes that came over the wire, headers included, by address
    shift    sum of the layout shifts while it was built
    """

    name: str
    page: Page
    status: int
    faults: Faults
    weights: dict[str, int]
    shift: float


@pytest.fixture(scope="module", params=ALL)
def visit(request: pytest.FixtureRequest, browser: Browser, forum: Server) -> Iterator[Visit]:
    """A page as a first visitor gets it, on a phone."""
    context = browser.new_context(viewport=PHONE, locale="en-GB")
    faults = Faults(context, forum)
    page = context.new_page()
    answer = page.goto(forum.url + ALL[request.param])
    assert answer
    yield Visit(request.param, page, answer.status, faults, page.evaluate(WEIGHTS), page.evaluate(SHIFTS))
    context.close()


@pytest.fixture(scope="module")
def axe() -> str:
    return (node_folder() / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{rule['id']}: {node['html']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def test_a_page_does_nothing_wrong_by_itself(visit: Visit) -> None:
    assert not visit.faults.found, "\n".join(visit.faults.found)
    assert visit.status == (PROBLEMS[visit.name][1] if visit.name in PROBLEMS else 200)


def test_a_page_is_light_and_nothing_in_it_moves(visit: Visit) -> None:
    later = {address: size for address, size in visit.weights.items() if LATER in address}

    assert sum(visit.weights.values()) - sum(later.values()) < (MOST_AT_HOME if visit.name == "home" else MOST), (
        visit.weights
    )
    assert sum(later.values()) < MOST_LATER, later
    assert visit.shift < 0.001


def test_a_page_is_accessible_in_light_and_dark(visit: Visit, axe: str) -> None:
    visit.page.set_viewport_size({"width": 1280, "height": 900})
    visit.page.evaluate(axe)

    visit.page.emulate_media(color_scheme="light")
    light = violations(visit.page, LIGHT)
    visit.page.emulate_media(color_scheme="dark")
    dark = violations(visit.page, DARK)

    assert not light, "in light:\n" + "\n".join(light)
    assert not dark, "in dark:\n" + "\n".join(dark)


@pytest.mark.parametrize("viewport", [PHONE, NARROW], ids=["phone", "400 %"])
def test_a_page_fits_the_window(visit: Visit, viewport: dict[str, int]) -> None:
    visit.page.set_viewport_size(viewport)  # type: ignore[arg-type]

    assert visit.page.evaluate(OVERFLOW) == []
