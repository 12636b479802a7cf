"""What people come for, from the page they start on to what they take away, with scripts and without."""

import csv
import json
import re
from io import StringIO

from playwright.sync_api import Download, Page, expect
from rdflib import Graph

from .conftest import Open


def text_of(download: Download) -> str:
    return download.path().read_text(encoding="utf-8-sig")


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_from_a_name_to_the_thing_and_to_the_source_of_what_is_said_of_it(start: Open) -> None:
    page = start("")

    page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first.fill("liege")
    page.get_by_role("button", name="Search").first.click()
    page.locator("main").get_by_role("link", name=re.compile("Liège")).first.click()
    assert "Liège" in heading(page)
    page.locator("main a[href*='/doc/source/']").first.click()

    expect(page).to_have_url(re.compile("/doc/source/"))
    expect(page.locator("main a[href^='http']").first).to_be_visible()


def test_from_a_kind_of_thing_to_a_choice_of_them_in_a_spreadsheet(start: Open) -> None:
    page = start("browse", viewport={"width": 1440, "height": 900})

    page.get_by_role("link", name=re.compile("^member$", re.IGNORECASE)).first.click()
    choice = page.locator(".filters")
    if not choice.locator(".values a").first.is_visible():
        choice.locator("summary").first.click()
    first = choice.locator(".values a").first
    count = int(re.sub(r"\D", "", first.locator(".count").inner_text()))
    first.click()
    expect(page.locator(".chips a").first).to_be_visible()
    with page.expect_download() as download:
        page.locator("section.formats").get_by_role("link", name="CSV", exact=True).click()

    rows = list(csv.reader(StringIO(text_of(download.value))))
    assert len(rows) == count + 1


def test_from_a_question_to_its_answer_and_a_program_that_asks_it(start: Open) -> None:
    page = start("api")

    page.locator("main a[href*='/api/members-near']").first.click()
    page.get_by_role("spinbutton").last.fill("50")
    page.get_by_role("button", name="Ask").click()

    expect(page.locator("main table.result tbody tr").first).to_be_visible()
    expect(page.locator(".snippets")).to_contain_text("=50")


def test_from_a_question_to_a_map_and_a_place_on_it(start: Open) -> None:
    page = start("api")

    page.locator("main a[href*='/api/members-map']").first.click()
    drawing = page.locator("main svg.map").first
    drawing.scroll_into_view_if_needed()
    assert drawing.locator("a").count() > 10
    spot = drawing.locator("a path.spot").last.evaluate("node => node.getBoundingClientRect().toJSON()")
    page.mouse.click(spot["x"], spot["y"])  # a spot is a point: only its line is drawn, and has a size

    expect(page).to_have_url(re.compile("/doc/|/describe"))


def test_from_the_query_page_to_an_answer_in_a_file(start: Open) -> None:
    page = start("sparql")

    page.get_by_role("button", name="Run the query").click()
    expect(page.locator("#answer table tbody tr").first).to_be_visible()
    rows = page.locator("#answer table tbody tr").count()
    with page.expect_download() as download:
        page.locator("#answer").get_by_role("link", name="CSV").click()

    assert len(list(csv.reader(StringIO(text_of(download.value))))) == rows + 1


def test_from_the_catalogue_to_a_file_of_a_data_set(start: Open) -> None:
    page = start("")

    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Catalogue").click()
    page.locator("main a[href*='/catalog/members']").first.click()
    with page.expect_download() as download:
        page.locator("main a[href$='.nt']").first.click()

    assert len(Graph().parse(data=text_of(download.value), format="nt")) > 100


def test_from_a_term_of_the_vocabulary_to_what_uses_it_and_to_the_query(start: Open) -> None:
    page = start("ns")

    page.locator("main a[href*='/list/usec:Member']").first.click()
    assert "Member" in heading(page)
    page.locator("main tbody th a, main ol a").first.click()
    page.locator("main a[href*='/sparql?query=']").last.click()
    if page.locator("#answer table").count() == 0:
        page.get_by_role("button", name="Run the query").click()

    expect(page.locator("#answer table tbody tr, #answer pre").first).to_be_visible()


def test_a_page_in_another_language_leads_on_in_that_language(start: Open) -> None:
    page = start("doc/member/liege")

    languages = page.get_by_role("navigation", name="Languages")
    languages.locator("summary").click()
    languages.get_by_role("link", name="Français").click()
    assert page.locator("html").get_attribute("lang") == "fr"
    page.locator(".breadcrumb a").last.click()

    assert page.locator("html").get_attribute("lang") == "fr"
    expect(page).to_have_url(re.compile("lang=fr"))


def test_the_browsers_language_is_understood_without_asking(start: Open) -> None:
    page = start("", locale="de-AT")

    assert page.locator("html").get_attribute("lang") == "de"


def test_a_wrong_address_leads_back_to_what_there_is(start: Open) -> None:
    page = start("id/member/liegge")

    page.locator("main").get_by_role("button", name="Search").click()
    page.goto(page.url.split("?")[0] + "?q=liege")

    expect(page.locator("main").get_by_role("link", name=re.compile("Liège")).first).to_be_visible()


def test_a_wrong_query_is_explained_where_it_can_be_mended(start: Open) -> None:
    page = start("sparql?query=SELECT%20*%20WHERE%20%7B%20%3Fs%20%3Fp%20%7D")

    expect(page.get_by_role("alert")).to_contain_text("line 1")
    page.locator("textarea[name=query], .cm-content").first.wait_for()


def test_a_page_can_be_taken_away_as_data(start: Open) -> None:
    page = start("doc/member/liege")

    address = page.locator("link[rel=alternate][type='application/ld+json']").first.get_attribute("href")
    answer = page.request.get(page.url.split("/doc/")[0] + str(address))

    assert json.loads(answer.text())
