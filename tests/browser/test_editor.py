"""The query page in a browser: a query is written with help, run, cancelled, found again and passed on."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from ..conftest import Server
from ..processes import wait_for
from .conftest import Open

MEMBERS = 'SELECT ?member WHERE { ?member a usec:Member ; rdfs:label "Liège"@fr }'
WRONG = "SELECT *\nWHERE {\n  ?city a usec:Member .\n  FITLER(?city != 1)\n}"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


# The answer to a request to cancel gets lost.
LOST = """() => {
    const send = window.fetch;
    window.fetch = async (address, options) => {
        const answer = await send(address, options);
        if (address.includes("/cancel")) throw new TypeError("lost");
        return answer;
    };
}"""


def editor(page: Page) -> Locator:
    return page.locator("#editor .cm-content")


def write(page: Page, text: str) -> None:
    """Type *text* in the place of what is there; brackets are closed by what is typed."""
    editor(page).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def written(page: Page) -> str:
    return page.locator("#query").input_value()


def running(server: Server) -> int:
    found = re.search(r"^publisher_queries_running (\d+)$", server.get("metrics").text, re.MULTILINE)
    assert found
    return int(found[1])


def test_words_of_the_vocabulary_are_suggested_by_name_and_their_prefixes_declared(open_page: Open) -> None:
    page = open_page("sparql")
    write(page, "SELECT * WHERE { ?member a }")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("memb", delay=20)
    expect(page.get_by_role("option", name="usec:Member ").first).to_be_visible()
    page.wait_for_timeout(200)  # within some 75 ms of its coming, a suggestion is not taken by mistake
    page.keyboard.press("Enter")

    assert written(page).startswith("PREFIX usec: <https://w3id.org/urban-security/ns#>\n")
    assert "?member a usec:Member" in written(page)


def test_a_name_of_several_words_becomes_one_term(open_page: Open) -> None:
    """A class in the place of a predicate is that of the subject; a prefix of the query's own is understood."""
    page = open_page("sparql")
    write(page, "PREFIX u: <https://w3id.org/urban-security/ns#> SELECT * { ?x local auth")
    page.keyboard.type("o", delay=20)
    expect(page.get_by_role("option", name="a u:LocalAuthority")).to_be_visible()
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    page.keyboard.type(" ; u:cou", delay=20)
    expect(page.get_by_role("option", name="u:country ").first).to_be_visible()

    assert "{ ?x a u:LocalAuthority ; u:cou" in written(page)
    assert written(page).count("PREFIX") == 1


def test_an_answer_comes_into_the_page_and_can_be_seen_by_names_or_identifiers(open_page: Open) -> None:
    page = open_page("sparql")
    write(page, MEMBERS)
    page.keyboard.press("ControlOrMeta+Enter")

    row = page.locator("#answer tbody tr")
    expect(row.get_by_text("Liège", exact=True)).to_be_visible()
    expect(page.locator("#status")).to_contain_text("a query may take 10 seconds")
    page.get_by_label("Show identifiers").check()
    expect(row.get_by_text("member:liege")).to_be_visible()
    assert quote("usec:Member", safe="") in page.url, "the address is that of this query"
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert "id/member/liege" in download.value.path().read_text(encoding="utf-8")


def test_an_answer_is_shown_as_it_is_sent_in_any_format(open_page: Open) -> None:
    page = open_page(f"sparql?query={quote('CONSTRUCT WHERE { ?s a usec:NationalForum }')}")
    page.get_by_label("Result as").select_option("JSON-LD")
    page.get_by_role("button", name="Run the query").click()

    expect(page.locator("#answer pre")).to_contain_text('"@id": "https://w3id.org/urban-security/id/organisation/fisu"')
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as a file").click()
    assert download.value.suggested_filename.endswith(".jsonld")


def test_a_fault_is_marked_where_it_is(open_page: Open) -> None:
    page = open_page(f"sparql?query={quote(WRONG)}")

    expect(page.get_by_role("alert")).to_contain_text("line 4, column 3")
    expect(page.locator(".cm-lintRange-error")).to_have_text("FITLER")
    page.get_by_role("button", name="Go to this place").click()
    page.keyboard.type("# ")
    assert "\n  # FITLER" in written(page)


def test_a_cancelled_query_is_no_longer_worked_on(open_page: Open, forum: Server) -> None:
    page = open_page("sparql")
    write(page, ENDLESS)
    page.get_by_role("button", name="Run the query").click()
    expect(page.locator("#status")).to_contain_text("Running… 1 second")
    assert running(forum) == 1

    page.get_by_role("button", name="Cancel").click()

    expect(page.locator("#status")).to_contain_text("The server has stopped working on it")
    wait_for(lambda: running(forum) == 0, seconds=5)
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()


def test_a_query_that_could_not_be_cancelled_is_not_said_to_be(open_page: Open) -> None:
    page = open_page("sparql")
    page.evaluate(LOST)
    write(page, ENDLESS.replace("?n", "?lost") + " LIMIT 1")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#status")).to_contain_text("Running… 1 second")
    page.locator("#cancel").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#status")).to_have_text("The server could not be reached. Try again in a moment.")
    expect(page.get_by_role("button", name="Run the query")).to_be_focused()


def test_what_is_written_meanwhile_is_not_what_was_asked(open_page: Open) -> None:
    held: list[Route] = []
    page = open_page("sparql")
    page.route("**/sparql?query=*", lambda route: held.append(route))
    write(page, "ASK { } # first")
    with page.expect_request("**/sparql?query=*"):
        page.keyboard.press("ControlOrMeta+Enter")
    write(page, "ASK { } # second")
    held[0].continue_()

    expect(page.locator("#answer")).to_contain_text("Yes")
    expect(page.locator("#history button.past")).to_contain_text("first")
    assert page.url.endswith("first")


def test_who_leaves_the_page_leaves_no_query_behind(open_page: Open, forum: Server) -> None:
    page = open_page("sparql")
    write(page, ENDLESS.replace("?n", "?left"))
    page.get_by_role("button", name="Run the query").click()
    expect(page.locator("#status")).to_contain_text("Running… 1 second")

    page.goto(forum.url + "problems")

    wait_for(lambda: running(forum) == 0, seconds=5)  # before the limit for queries ends it


def test_a_question_is_a_query_to_start_from_and_is_found_again_in_the_history(open_page: Open) -> None:
    page = open_page("sparql")
    page.get_by_label("Find a question").fill("COMITE executive")
    expect(page.locator("#questions li:visible")).to_have_count(0)
    page.get_by_label("Find a question").fill("EXECUTIVE committee")
    page.get_by_role("link", name="Who sat on the executive committee, and when").click()
    expect(page.locator("#answer table")).to_be_visible()
    assert "#+" not in written(page)
    first = written(page)

    write(page, "ASK { }")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#answer")).to_contain_text("Yes")
    page.locator("#history button.past").nth(1).click()
    assert written(page) == first
    page.get_by_role("button", name="Delete the history").click()
    expect(page.locator("#history")).to_be_hidden()


def test_a_link_brings_the_query_to_others_however_long_it_is(open_page: Open) -> None:
    page = open_page("sparql", permissions=["clipboard-read", "clipboard-write"])
    long = "# " + "é" * 3000 + "\nASK { }\n"
    write(page, long)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#status")).to_contain_text("The link is copied")

    address = page.evaluate("navigator.clipboard.readText()")
    page.goto("about:blank")
    page.goto(address)
    expect(editor(page)).to_be_visible()
    assert written(page).strip() == long.strip()
    page.get_by_role("button", name="Run the query").click()
    expect(page.locator("#answer")).to_contain_text("Yes")


def test_a_broken_link_or_history_breaks_nothing(open_page: Open) -> None:
    page = open_page("sparql")
    address = page.url
    page.evaluate("localStorage.setItem('sparql-history', JSON.stringify([{text: 'ASK {}', when: 'once'}, null]))")
    page.goto("about:blank")
    page.goto(f"{address}#query=%E0%A4%A")
    page.get_by_role("button", name="Run the query").click()

    expect(page.locator("#history button.past")).to_have_count(1)


def test_the_page_works_while_the_editor_is_on_its_way(open_page: Open) -> None:
    held: list[Route] = []
    page = open_page("")
    page.route("**/vendor/editor.js*", lambda route: held.append(route))
    page.goto(page.url + f"sparql?query={quote(WRONG)}", wait_until="commit")
    page.get_by_label("Find a question").fill("EXECUTIVE committee")
    expect(page.locator("#questions li:visible")).to_have_count(1)
    held[0].continue_()

    expect(page.locator(".cm-lintRange-error")).to_have_text("FITLER")


def test_the_keyboard_alone_is_enough(open_page: Open) -> None:
    page = open_page("sparql")
    expect(editor(page)).to_be_visible()
    expect(page.get_by_role("textbox", name="Query, in SPARQL 1.1")).to_have_count(1)
    page.locator(".breadcrumb a").focus()
    page.keyboard.press("Tab")
    expect(editor(page)).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("select ?x {values ?x {1 2", delay=10)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Run the query")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#answer tbody tr")).to_have_count(2)


@pytest.mark.parametrize("scripts", [True, False])
def test_without_scripts_the_form_does_the_same(open_page: Open, scripts: bool) -> None:
    """With scripts, and without the editor, the text field stays: what is written there is run."""
    page = open_page("sparql", java_script_enabled=scripts)
    if scripts:
        page.route(
            "**/vendor/editor.js*", lambda route: route.fulfill(status=200, content_type="text/javascript", body="")
        )
        page.reload()
    page.locator("textarea#query").fill(MEMBERS)
    page.get_by_role("button", name="Run the query").click()

    expect(page.locator("#answer tbody").get_by_text("Liège", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Tidy up")).to_be_visible(visible=scripts)
