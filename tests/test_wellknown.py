"""What machines look for first: VoID, the catalogue of APIs, robots.txt, llms.txt, the site map."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import cast
from urllib.parse import quote, urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
import requests
from pyoxigraph import Literal
from rdflib import RDF, Graph, URIRef
from werkzeug.test import TestResponse

from publisher.config import Config
from publisher.publish.described import describe_build, write_described
from publisher.publish.snapshot import open_current
from publisher.store.workers import Workers
from publisher.web.app import create_app
from publisher.web.sitemap import latest

from .conftest import TINY, Server, build_snapshot, start_server

# rdflib's own readers use parts of rdflib that it warns about
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
DCAT = "http://www.w3.org/ns/dcat#"
ODD = "https://odd.example/"


def lastmods(server: Server) -> dict[str, str]:
    """Path -> date of the addresses in the site map, "" for those without one."""
    root = ElementTree.fromstring(server.get("sitemap.xml").content)  # noqa: S314
    assert root.tag == SITEMAP + "urlset"
    found = {}
    for url in root:
        address = str(url.findtext(SITEMAP + "loc"))
        assert address.startswith(server.url)
        found[address.removeprefix(server.url)] = url.findtext(SITEMAP + "lastmod") or ""
    assert len(found) == len(root), "no address is there twice"
    return found


# VoID


@pytest.mark.parametrize(
    ("accept", "content_type", "format"),
    [
        (None, "text/turtle; charset=utf-8", "turtle"),
        ("*/*", "text/turtle; charset=utf-8", "turtle"),
        ("application/ld+json", "application/ld+json", "json-ld"),
        ("application/rdf+xml", "application/rdf+xml", "xml"),
    ],
)
def test_void_answers_at_once_in_what_is_asked_for(
    forum: Server, accept: str | None, content_type: str, format: str
) -> None:
    answer = forum.get(".well-known/void", accept, allow_redirects=False)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)
    assert "Accept" in answer.headers["Vary"]
    own = requests.get(f"{forum.url.rstrip('/')}{answer.headers['Content-Location']}", timeout=30)
    assert own.content == answer.content
    lines = Graph().parse(data=forum.get("void.nt").text, format="nt")
    assert set(Graph().parse(data=answer.text, format=format)) == set(lines)


def test_void_has_a_page_for_people(tiny: Server) -> None:
    page = tiny.get(".well-known/void", "text/html,*/*;q=0.8")

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert tiny.get("void", "text/html").status_code == 200


def test_void_asks_for_patience_while_the_numbers_of_a_store_on_disk_are_counted(tmp_path: Path) -> None:
    snapshot = build_snapshot(TINY, tmp_path, memory_store_max_triples=1)
    config = Config(build=tmp_path / "build")

    def ask() -> TestResponse:
        return create_app(open_current(config), config, cast(Workers, None)).test_client().get(".well-known/void")

    early = ask()
    write_described(snapshot.directory, describe_build(snapshot.directory, config.location))
    later = ask()

    assert (early.status_code, early.headers["Retry-After"]) == (503, "10")
    assert later.status_code == 200 and f"void:triples {snapshot.manifest['triples']}" in later.text


# APIs


def test_the_catalogue_of_apis_is_a_link_set_that_leads_to_each_description(forum: Server) -> None:
    answer = forum.get(".well-known/api-catalog")
    contexts = {context["anchor"]: context for context in answer.json()["linkset"]}
    apis = [target["href"] for target in contexts[forum.url + ".well-known/api-catalog"]["item"]]

    assert answer.headers["Content-Type"].startswith('application/linkset+json; profile="https://www.rfc-editor.org')
    assert 'rel="api-catalog"' in requests.head(forum.url + ".well-known/api-catalog", timeout=30).headers["Link"]
    assert {forum.url + "sparql", forum.url + "api"} <= set(apis)
    for api in apis:
        context = contexts[api]
        assert {"service-desc", "service-doc", "service-meta", "status"} <= context.keys(), api
        for targets in (value for name, value in context.items() if name not in ("anchor", "license")):
            for target in targets:
                found = requests.get(target["href"], timeout=30)
                assert found.status_code == 200, target
                assert found.headers["Content-Type"].startswith(target.get("type", "")), target
    assert forum.url + "api/openapi.json" in json.dumps(contexts[forum.url + "api"])


# robots.txt


def test_robots_may_read_all_that_the_catalogue_names_and_no_answers_to_queries(forum: Server) -> None:
    text = forum.get("robots.txt").text
    robots = RobotFileParser()
    robots.parse(text.splitlines())
    catalogue = Graph().parse(data=forum.get("catalog.nt").text, format="nt")
    named = {
        str(address)
        for property_ in ("accessURL", "downloadURL", "landingPage", "endpointURL", "endpointDescription")
        for address in catalogue.objects(None, URIRef(DCAT + property_))
    }

    assert len(named) > 20
    assert [address for address in named if not robots.can_fetch("harvester", address)] == []
    assert not robots.can_fetch("crawler", forum.url + "sparql?query=ASK%20%7B%7D")
    assert f"Sitemap: {forum.url}sitemap.xml" in text


# Site map


def test_the_site_map_has_the_pages_of_the_catalogue_and_every_address_answers(tiny: Server) -> None:
    listed = lastmods(tiny)

    assert next(iter(listed)) == ""
    assert {"", "api", "catalog", "catalog/sparql-endpoint", "doc/site/le-pont", "ns"} <= listed.keys()
    for path in listed:
        assert requests.head(tiny.url + path, timeout=30, allow_redirects=False).status_code == 200, path


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of content whose graphs and resources say in different ways when they changed, and of odd words."""
    folder = tmp_path_factory.mktemp("dated")
    content = Path(shutil.copytree(TINY, folder / "content"))
    catalogue = content / "data" / "catalog.ttl"
    text, evil = catalogue.read_text(encoding="utf-8"), "[here](https://evil.example/)\\n# Heading <script>"
    catalogue.write_text(text.replace("Two bathing sites and their water.", evil), encoding="utf-8")
    head = (
        "@base <https://data.example.org/> . @prefix bw: <ns#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .\n"
        "@prefix dcterms: <http://purl.org/dc/terms/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    )
    (content / "data" / "early.ttl").write_text(
        head + '<dataset/early> a dcat:Dataset ; rdfs:label "Early"@en ; dcterms:modified "2024-05-01"^^xsd:date .\n'
        '<id/site/early> a bw:BathingSite ; rdfs:label "Early"@en ; bw:maximumDepth 3.5 .\n'
        '<id/site/both> a bw:BathingSite ; rdfs:label "Both"@en ; bw:maximumDepth 3.5 .\n'
        '<id/site/own> a bw:BathingSite ; rdfs:label "Own"@en ; bw:maximumDepth 3.5 ;\n'
        '    dcterms:modified "2020"^^xsd:gYear, "2019-01-01"^^xsd:date .\n',
        encoding="utf-8",
    )
    (content / "data" / "late.ttl").write_text(
        head + '<dataset/late> a dcat:Dataset ; rdfs:label "Late"@en ;\n'
        '    dcterms:modified "2025-07-01T10:00:00+02:00"^^xsd:dateTime .\n'
        '<id/site/both> rdfs:comment "Said later."@en .\n',
        encoding="utf-8",
    )
    server = start_server(content, folder)
    yield server
    server.stop()


def test_a_date_is_that_of_the_resource_else_of_the_latest_data_set_that_speaks_of_it(dated: Server) -> None:
    listed = lastmods(dated)

    assert listed["doc/site/own"] == "2020"
    assert listed["doc/site/early"] == "2024-05-01"
    assert listed["doc/site/both"] == "2025-07-01T10:00:00+02:00"
    assert listed["doc/site/le-pont"] == "", "nobody says when its graph changed"


def test_the_dates_of_the_catalogue_are_those_that_it_states(dated: Server) -> None:
    listed = lastmods(dated)
    catalogue = Graph().parse(data=dated.get("catalog.nt").text, format="nt")
    modified = URIRef("http://purl.org/dc/terms/modified")

    for path in (path for path in listed if path.startswith("catalog/")):
        page = URIRef("https://data.example.org/" + path)
        about = catalogue.value(page, URIRef("http://xmlns.com/foaf/0.1/primaryTopic")) or page
        stated = latest(Literal(str(value)) for value in catalogue.objects(about, modified))
        assert listed[path] == stated, path


def test_what_has_the_address_of_something_else_is_not_listed(tmp_path: Path) -> None:
    names = ("id/a", "id/../b", ".well-known/void#data", "robots.txt", "sitemap.xml", "llms.txt", "context.jsonld")
    (tmp_path / "content" / "data").mkdir(parents=True)
    lines = (f"<{ODD}{name}> <{RDF.type}> <http://e.example/C> .\n" for name in names)
    (tmp_path / "content" / "data" / "x.nt").write_text("".join(lines), encoding="utf-8")
    snapshot = build_snapshot(tmp_path / "content", tmp_path, base_iri=ODD)
    client = create_app(snapshot, Config(), cast(Workers, None)).test_client()

    listed = ElementTree.fromstring(client.get("/sitemap.xml").data)  # noqa: S314
    addresses = {str(url.findtext(SITEMAP + "loc")).removeprefix(Config().location) for url in listed}
    assert {address for address in addresses if not address.startswith("catalog")} == {"", "doc/a"}
    for name in names[2:]:
        page = client.get(f"/describe?iri={quote(ODD + name, safe='')}")
        assert (page.status_code, ODD + name in page.text) == (200, True), name


@pytest.mark.parametrize(
    ("texts", "written"),
    [
        (["2026-11-23"], "2026-11-23"),
        (["2026-11-23T08:00:00Z"], "2026-11-23T08:00:00Z"),
        (["2026-11-23T08:00:00"], "2026-11-23"),  # of no zone: W3C has no such time
        (["2026-11"], "2026-11"),
        (["2026-11-23Z"], "2026-11-23"),
        (["2024-01-01", "2025-01-01", "soon"], "2025-01-01"),
        (["soon", "12/11/2026", "", "٢٠٢٥"], ""),
        ([], ""),
    ],
)
def test_dates_are_written_as_w3c_does_or_not_at_all(texts: list[str], written: str) -> None:
    assert latest(map(Literal, texts)) == written


def test_what_is_published_here_has_dates_that_can_be_read(forum: Server) -> None:
    listed = lastmods(forum)

    assert listed["doc/member/liege"] and listed["catalog/members"] and listed["catalog"]
    for path, text in listed.items():
        if text:
            assert (
                datetime.fromisoformat(text.ljust(10, "?")[:10])
                if len(text) >= 10
                else re.fullmatch(r"\d{4}(-\d\d)?", text)
            )
            assert text[:10] <= date.today().isoformat(), path


# llms.txt


def test_llms_txt_is_in_the_form_of_its_convention_and_leads_to_what_answers(forum: Server) -> None:
    answer = forum.get("llms.txt")
    lines = answer.text.splitlines()
    addresses = re.findall(r"\]\((\S+)\)", answer.text)

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert lines[0].startswith("# ") and sum(line.startswith("# ") for line in lines) == 1
    assert lines[2].startswith("> ")
    headings = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    assert headings == ["Ask", "Words and forms", "Data sets", "What is described", "Questions", "Optional"]
    assert len(set(addresses)) == len(addresses) > 30
    for address in addresses:
        assert urlsplit(address).netloc == urlsplit(forum.url).netloc
        assert requests.head(address, timeout=30).status_code == 200, address
    assert "\n\n\n" not in answer.text


def test_words_of_the_content_cannot_make_links_in_llms_txt(dated: Server) -> None:
    text = dated.get("llms.txt").text

    assert r"\[here\](https://evil.example/) # Heading \<script\>" in text
    assert "\n# Heading" not in text
