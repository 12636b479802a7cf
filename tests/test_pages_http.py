"""Pages and files over real HTTP: structure, languages, headers."""

import hashlib
import itertools
import re

import html5lib
import pytest

from publisher.config import Config
from publisher.web.app import COMPILED, create_app
from publisher.web.languages import LANGUAGES, translations

from .conftest import Server

PAGES = ["", "doc/site/le-pont", "ns", "shapes", "dataset/sites", "list/bw:BathingSite", "sparql", "problems"]


def parse(text):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_valid_and_in_the_readers_language(tiny: Server, path, language):
    response = tiny.get(path, "text/html", headers={"Accept-Language": language})

    page = parse(response.text)
    assert page.get("lang") == language
    assert translations(language).gettext("Skip to content") in response.text
    assert len(page.findall(".//h1")) == 1
    levels = [int(node.tag[1]) for node in page.iter() if node.tag in ("h1", "h2", "h3", "h4")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(table.find("caption") is not None for table in page.iter("table"))
    assert all(head.get("scope") for head in page.iter("th"))
    identifiers = [node.get("id") for node in page.iter() if node.get("id")]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_script_in_it_and_nothing_from_elsewhere(tiny: Server, path):
    response = tiny.get(path, "text/html")

    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*(\bsrc=\"/|application/(ld\+)?json))", response.text)
    assert " style=" not in response.text


def test_the_language_chosen_by_address_stays(tiny: Server):
    page = tiny.get("doc/site/rocheray?lang=fr", "text/html", headers={"Accept-Language": "en"}).text

    assert 'href="/list/bw:BathingSite?lang=fr"' in page
    assert "Le Rocheray" in page


def test_a_page_tells_the_file_of_each_statement_and_its_source(tiny: Server):
    page = tiny.get("doc/site/le-pont", "text/html").text

    assert 'href="/dataset/sites"' in page
    assert "Register of the Bathing Office" in page


def test_the_home_page_counts_and_offers_downloads(tiny: Server):
    page = tiny.get("", "text/html").text

    assert 'href="/list/bw:BathingSite"' in page
    assert "/dump/latest/" in page
    assert "Bathing Office" in page


def test_a_page_beyond_the_last_is_404(tiny: Server):
    assert tiny.get("list/bw:BathingSite?page=2").status_code == 404
    assert tiny.get("doc/site/le-pont?page=2", "text/html").status_code == 404


def test_dumps_are_what_is_told_of_them(tiny: Server, tiny_snapshot):
    for dump in tiny_snapshot.dumps.files:
        response = tiny.get(f"dump/latest/{dump.file}", headers={"Accept-Encoding": "identity"})
        part = tiny.get(f"dump/latest/{dump.file}", headers={"Range": "bytes=0-9", "Accept-Encoding": "identity"})

        assert response.status_code == 200
        assert len(response.content) == int(response.headers["Content-Length"])
        assert (part.status_code, part.content) == (206, response.content[:10])
        version = response.headers["Content-Location"].split("/")[2]
        kept = tiny.get(f"dump/{version}/{dump.file}")
        assert "immutable" in kept.headers["Cache-Control"]
        assert hashlib.sha256(kept.content).digest() == hashlib.sha256(response.content).digest()


@pytest.mark.parametrize(
    "path", ["dump/latest/manifest.json", "dump/../manifest.json", "dump/current/x", "static/x.css"]
)
def test_only_listed_files_are_served(tiny: Server, path):
    assert tiny.get(path).status_code == 404


def test_contexts_and_frames_are_served(tiny: Server, tiny_snapshot):
    latest = tiny.get("context.jsonld").json()

    assert latest == tiny_snapshot.context
    frozen = tiny.get(f"context/{tiny_snapshot.manifest['context'][:8]}.jsonld")
    assert frozen.json() == latest and "immutable" in frozen.headers["Cache-Control"]
    frame = tiny.get("frames/site.jsonld").json()
    assert tiny.get(frame.pop("@context").removeprefix(tiny.url)).json() == tiny.get("context.jsonld").json()
    assert frame == tiny_snapshot.frames["site"]
    assert tiny.get("frames/nothing.jsonld").status_code == 404


def test_machines_find_their_files(tiny: Server):
    assert f"Sitemap: {tiny.url}sitemap.xml" in tiny.get("robots.txt").text
    assert f"<loc>{tiny.url}doc/site/le-pont</loc>" in tiny.get("sitemap.xml").text
    assert tiny.get("healthz").json()["status"] == "ok"


def test_below_a_path_every_link_carries_it(tiny_snapshot):
    config = Config(public_url="https://data.example.org/waters/")
    client = create_app(tiny_snapshot, config, None).test_client()  # type: ignore[arg-type]

    for path in ("/waters/doc/site/le-pont", "/doc/site/le-pont"):
        page = parse(client.get(path, headers={"Accept": "text/html"}).text)
        links = [node.get("href") for node in page.iter() if node.get("href")]
        assert all(link.startswith(("/waters/", "#", "https://", "http://")) for link in links)
    assert client.get("/waters/id/site/le-pont").headers["Location"] == "/waters/doc/site/le-pont"


def test_the_application_of_the_next_build_finds_its_templates_compiled(tiny_snapshot):
    first, second = (create_app(tiny_snapshot, Config(), None).test_client() for _ in range(2))  # type: ignore[arg-type]

    page = first.get("/problems").text
    compiled = dict(COMPILED.code)
    assert second.get("/problems").text == page

    assert compiled and all(COMPILED.code[name] is code for name, code in compiled.items())
