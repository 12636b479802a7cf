"""Pages of questions over real HTTP: the form, every view of an answer, the list of questions and its filter."""

import re
import shutil
from collections.abc import Iterator

import html5lib
import pytest

from .conftest import TINY, Server, start_server

PREFIXES = """\
PREFIX bw:   <ns#>
PREFIX geo:  <http://www.w3.org/2003/01/geo/wgs84_pos#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX site: <id/site/>
"""
QUERIES = {
    "where": ("map", "site: IRI, lat: degree, long: degree", """
SELECT ?site ?lat ?long WHERE {
  VALUES (?site ?lat ?long) { (site:le-pont 46.6 6.3) (site:rocheray 46.7 6.2) (<id/source/office> UNDEF UNDEF) }
} ORDER BY ?site"""),
    "where-graph": ("map", "", """
CONSTRUCT { ?site bw:lies ?place . ?place geo:lat ?lat ; geo:long ?long }
WHERE {
  VALUES (?site ?place ?lat ?long) { (site:le-pont <urn:place:1> 46.6 6.3) (site:rocheray <urn:place:1> 46.6 6.3) }
}"""),
    "shapes-of-sites": ("map", "site: IRI, shape: geometry", """
SELECT ?site ?shape WHERE {
  VALUES (?site ?text) { (site:le-pont "POLYGON((6 46, 7 46, 7 47, 6 46))") (site:rocheray "LINESTRING(6 46, 8 47)") }
  BIND (STRDT(?text, <http://www.opengis.net/ont/geosparql#wktLiteral>) AS ?shape)
} ORDER BY ?site"""),
    "bathers": ("chart", "site: IRI, bathers: count", """
SELECT ?site ?bathers WHERE { VALUES (?site ?bathers) { (site:le-pont 1200) (site:rocheray 300) } } ORDER BY ?site"""),
    "bathers-by-year": ("chart", "year: date, bathers: count", """
SELECT ?year ?bathers WHERE {
  VALUES (?year ?bathers) { ("2019" 10) ("2021-05" 40) (UNDEF 5) }
} ORDER BY ?year ?bathers"""),
    "what-happened": ("timeline", "day: date, what: text, open: boolean", """
SELECT ?day ?what ?open WHERE {
  VALUES (?day ?what ?open) { ("2020-05-01" "opened"@en true) ("2021-02" "closed"@en false) }
} ORDER BY ?day"""),
    "depth-by-register": ("comparison", "site: IRI, register: text, depth: metre", """
SELECT ?site ?register ?depth WHERE {
  VALUES (?site ?register ?depth) {
    (site:le-pont "ours"@en 31.5) (site:le-pont "theirs"@en 32) (site:rocheray "ours"@en 4)
  }
} ORDER BY ?site ?register"""),
    "in-figures": ("figures", "number: count, what: text, query: text", """
SELECT ?number ?what ?query WHERE {
  VALUES (?number ?what ?query) { (12500 "visits"@en "bathers") }
} ORDER BY ?what"""),
    "sites-as-list": ("list", "site: IRI, visits: count", """
SELECT ?site ?visits WHERE { VALUES (?site ?visits) { (site:le-pont 7) } } ORDER BY ?site"""),
    "everything-about-much": ("map", "", """
CONSTRUCT { ?number rdfs:label "A name that is long enough for an answer that is too large to be shown on any page" }
WHERE {
  VALUES ?a { 0 1 2 3 4 5 6 7 8 9 } VALUES ?b { 0 1 2 3 4 5 6 7 8 9 } VALUES ?c { 0 1 2 3 4 5 6 7 8 9 }
  VALUES ?d { 0 1 2 3 4 5 6 7 8 9 } VALUES ?e { 0 1 2 3 }
  BIND (IRI(CONCAT("urn:", STR(?a), STR(?b), STR(?c), STR(?d), STR(?e))) AS ?number)
}"""),
    "tree-of-sites": ("tree", "site: IRI, above: IRI, visits: count", """
SELECT ?site ?above ?visits WHERE {
  VALUES (?site ?above ?visits) { (site:le-pont UNDEF 7) (site:rocheray site:le-pont 0) }
} ORDER BY ?site"""),
}  # fmt: skip


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the tiny content with a query for every view."""
    folder = tmp_path_factory.mktemp("views")
    shutil.copytree(TINY, folder / "content")
    for name, (view, columns, text) in QUERIES.items():
        header = f"#+ summary: {{en: About {name}, fr: Sur {name}}}\n#+ tags: [views]\n#+ view: {view}\n"
        header += f"#+ columns: {{{columns}}}\n" if columns else ""
        header += "#+ headings: {bathers: {en: Bathers, fr: Baigneurs}}\n" if "?bathers" in text else ""
        (folder / "content/queries/api" / f"{name}.rq").write_text(header + PREFIXES + text, encoding="utf-8")
    server = start_server(folder / "content", folder, complete=False)
    yield server
    server.stop()


def page(server: Server, path: str, language: str = "en") -> str:
    response = server.get(path, "text/html", headers={"Accept-Language": language})
    assert response.status_code == 200, response.text
    html5lib.HTMLParser(strict=True).parse(response.text)
    assert " style=" not in response.text
    assert not re.search(r"<script(?![^>]* src=)", response.text)
    return response.text


def test_places_are_on_a_map_with_links_and_in_a_table(views: Server) -> None:
    shown = page(views, "api/where")

    assert 'role="group" aria-label="Map of 2 places"' in shown
    assert re.search(
        r'<a href="/doc/site/rocheray" tabindex="-1"><path class="spot" d="M\d+,\d+h0"><title>Rocheray', shown
    )
    assert "2 places on the map; the table below names them." in shown
    assert shown.count("<tr>") == 4
    assert '<td class="number">' not in shown, "the map says where, and the data"
    assert re.search(r'<svg class="map" viewBox="0 0 \d+ \d+" width="\d+" height="\d+"', shown), "no shift of layout"


def test_a_graph_that_tells_places_is_a_map_a_table_and_turtle(views: Server) -> None:
    shown = page(views, "api/where-graph", "fr")

    assert 'class="spot several"' in shown and "<title>Le Pont; Le Rocheray</title>" in shown
    assert shown.count('href="/doc/site/le-pont"') >= 2
    assert "<details>" in shown and "geo:lat" in shown


def test_an_answer_that_is_too_large_for_a_page_is_offered_as_data(views: Server) -> None:
    shown = page(views, "api/everything-about-much")

    assert "too large for a page" in shown and len(shown) < 30_000
    assert 'href="/api/everything-about-much.nt"' in shown
    assert views.get("api/everything-about-much.nt").text.count("\n") == 40_000


def test_search_engines_find_an_answer_in_every_language_and_no_other_of_its_pages(views: Server) -> None:
    for path, robots in (("", None), ("?lang=fr", None), ("?page=1", "noindex"), ("?lang=fr&page=1", "noindex")):
        assert views.get(f"api/bathers{path}", "text/html").headers.get("X-Robots-Tag") == robots


def test_lines_and_areas_are_drawn(views: Server) -> None:
    shown = page(views, "api/shapes-of-sites")

    assert re.search(r'<path class="area" d="M[\d,l -]+z"><title>Le Pont', shown)
    assert re.search(r'<path class="way" d="M[\d,l -]+"><title>Rocheray', shown)


def test_counts_are_bars_beside_the_numbers(views: Server) -> None:
    shown = page(views, "api/bathers", "de")

    assert re.findall(r'<rect width="([\d.]+)" height="1">', shown) == ["100.0", "25.0"]
    assert "1.200" in shown, "as German writes it"
    assert '<th scope="col"><span lang="en">Bathers</span></th>' in shown


def test_a_series_is_points_over_time_and_a_table(views: Server) -> None:
    shown = page(views, "api/bathers-by-year", "fr")

    assert len(re.findall(r'<circle cx="[\d.]+%"', shown)) == 2 and shown.count('<line class="piece"') == 1
    assert re.search(r"<title>mai 2021[ \u202f\xa0]?: 40</title>", shown)
    assert "Baigneurs" in shown
    assert '<td class="number">5</td>' in shown, "what has no date is in the table"


def test_a_timeline_has_dates_in_words_and_yes_or_no(views: Server) -> None:
    shown = page(views, "api/what-happened")

    assert '<time datetime="2020-05-01">' in shown and '<time datetime="2021-02">February 2021</time>' in shown
    assert "Yes" in shown and "No" in shown and ">true<" not in shown


def test_a_comparison_stands_side_by_side(views: Server) -> None:
    shown = page(views, "api/depth-by-register")

    assert re.search(r'<th scope="col">ours</th><th scope="col">theirs</th>', shown)
    assert re.search(r'<th scope="row"><a href="/doc/site/le-pont"[^>]*>Le Pont</a></th><td><ul><li>31.5', shown)
    assert '<span class="nothing">–</span>' in shown


def test_a_figure_leads_to_its_question(views: Server) -> None:
    assert re.search(r'<dt>visits</dt><dd><a href="/api/bathers">12,500</a></dd>', page(views, "api/in-figures"))


def test_a_list_and_a_tree_are_lists(views: Server) -> None:
    assert re.search(r'<ul class="things">\s*<li><a href="/doc/site/le-pont"', page(views, "api/sites-as-list"))
    tree = page(views, "api/tree-of-sites")
    assert re.search(
        r'<ul class="tree">\s*<li><a [^>]*>Le Pont</a>.*?<ul>\s*<li><a [^>]*>Rocheray</a>', tree, re.DOTALL
    )


def test_the_form_speaks_the_readers_language_and_keeps_the_chosen_one(views: Server) -> None:
    shown = page(views, "api/sites-by-depth?lang=fr")

    assert '<input type="hidden" name="lang" value="fr">' in shown
    assert 'name="lang"' not in page(views, "api/sites-by-depth", "fr"), "the page's language is that of names"
    assert "(mètres)" in shown
    assert "#+" not in shown, "the header is for programs"


def test_a_page_is_there_in_languages_that_names_are_not_in(views: Server) -> None:
    shown = page(views, "api/sites-by-depth?lang=de")

    assert '<html lang="de">' in shown and "Le Rocheray" in shown
    assert views.get("api/sites-by-depth.csv?lang=de").status_code == 400, "data are asked for in a language there is"
    assert views.get("api/sites-by-depth?lang=xx-nonsense-1", "text/html").status_code in (400, 404)


def test_a_wrong_value_stays_in_its_field_and_no_address_of_the_page_answers_with_an_error(views: Server) -> None:
    response = views.get("api/sites-by-depth?minDepth=far", "text/html")

    assert response.status_code == 400
    assert 'name="minDepth" type="text" value="far" aria-invalid="true" aria-describedby="e-minDepth' in response.text
    assert re.search(r'<li id="e-minDepth">.*<code>far</code> – <span lang="en">a .*number', response.text)
    assert 'rel="alternate" type="text/csv"' not in response.text
    assert ".csv" not in response.headers["Link"]


def test_questions_are_found_by_words_of_any_language(views: Server) -> None:
    found = page(views, "api?q=PROFONDEUR")

    assert 'href="/api/sites-by-depth"' in found and 'href="/api/bathers"' not in found
    assert 'name="q" type="search" value="PROFONDEUR"' in found
    assert re.search(r'<li data-words="[^"]*\bprofondeur\b[^"]*"><a href="/api/sites-by-depth"', found)
    assert [query["name"] for query in views.get("api?format=json&q=baignade").json()] == ["sites-by-depth"]
    assert views.get("api?q=x", "text/html").headers["X-Robots-Tag"] == "noindex"


def test_what_is_wrong_is_told_in_the_readers_language(views: Server) -> None:
    for path in ("api/sites-by-depth?minDepth=far", "api/sites-by-depth?page=99", "api/sites-by-depth?colour=blue"):
        shown = views.get(path, "text/html", headers={"Accept-Language": "fr"}).text

        assert re.search(r"<strong>[^<]*(comprise|Rien)[^<]*</strong>", shown), shown
        html5lib.HTMLParser(strict=True).parse(shown)


def test_no_question_found_tells_where_to_go_on(views: Server) -> None:
    shown = page(views, "api?q=%3Cscript%3E+%22quotes%22")

    assert "<script>" not in shown
    assert 'href="/search?q=%3Cscript%3E%20%22quotes%22"' in shown and 'href="/sparql"' in shown


def test_questions_say_how_they_are_answered(views: Server) -> None:
    shown = page(views, "api")

    assert re.search(r'href="/api/where"[^>]*>About where</a> <small class="tag">map</small>', shown)
    assert re.search(r'href="/api/bathers"[^>]*>About bathers</a> <small class="tag">chart</small>', shown)
