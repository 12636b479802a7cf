"""The index of a snapshot says what the store says, and pages of large content read only a part of it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse
from pyoxigraph import Store as Engine

from publisher.describe import index as module
from publisher.describe.index import Index, write_index
from publisher.describe.labels import Labels, short_form, sort_key
from publisher.describe.resource import LARGEST, MOST_SORTED, describe
from publisher.publish.snapshot import Snapshot
from publisher.store.store import Store
from publisher.web import ontology, resources, sitemap
from publisher.web.app import create_app

from .conftest import Config, build_snapshot

BASE = "https://data.example.org/"
PREFIXES = {"ex": BASE + "ns#"}
SMALL = """
@base <https://data.example.org/> .
@prefix ex: <ns#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:memberIs a <https://w3id.org/linked-data-publisher/ns#DescriptionProperty> .
<id/zug> a ex:Town, ex:Place ; rdfs:label "Zug"@en, "Zoug"@fr, "Écluse"@de-CH .
<id/ecully> a ex:Town ; rdfs:label "Écully" .
<id/bern> a ex:Town ; rdfs:label "Bern"@de, "Berne"@fr .
<id/nameless> a ex:Town .
<http://elsewhere.example.org/x#y> a ex:Town ; rdfs:label "an elsewhere"@en .
<id/zug#part> a ex:Part ; rdfs:label "part"@en .
<id/zug#untyped> ex:p 1 .
<id/zug-2#other> ex:p 1 .
<id/ada> a foaf:Person ; foaf:name "Ada" .
<id/role> a ex:Role ; ex:memberIs <id/ada> .
<id/further> a ex:Role ; ex:memberIs <id/role> .
_:blank a ex:Town ; rdfs:label "blank"@en .
"""


@pytest.fixture(scope="module", params=["in memory", "in a file"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Index:
    engine = Engine()
    engine.load(SMALL.encode(), format=RdfFormat.TURTLE)
    store = Store(engine, BASE)
    if request.param == "in memory":
        return Index.of(store)
    path = tmp_path_factory.mktemp("index") / "index.sqlite"
    twice = [quad.triple for quad in parse(SMALL, RdfFormat.TURTLE)] * 2
    write_index(store, path, {}, twice)
    return Index.open(path)


def below(iris: list[str]) -> list[str]:
    return [iri.removeprefix(BASE) for iri in iris]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["http://elsewhere.example.org/x#y", "id/bern", "id/ecully", "id/nameless", "id/zug"]),
        ("de", ["http://elsewhere.example.org/x#y", "id/bern", "id/ecully", "id/nameless", "id/zug"]),
        ("fr-BE", ["http://elsewhere.example.org/x#y", "id/bern", "id/ecully", "id/nameless", "id/zug"]),
        ("de-ch", ["http://elsewhere.example.org/x#y", "id/bern", "id/zug", "id/ecully", "id/nameless"]),
    ],
)
def test_a_class_is_sorted_by_the_names_that_the_reader_sees(index: Index, language: str, expected: list[str]) -> None:
    assert below(index.members(BASE + "ns#Town", language)) == expected
    assert below(index.members(BASE + "ns#Town", language, 2, 2)) == expected[2:4]


def test_classes_are_counted_without_parts_and_blank_nodes(index: Index) -> None:
    counts = {iri.removeprefix(PREFIXES["ex"]): count for iri, count in index.classes().items()}

    assert counts["Town"] == 5 and counts["Place"] == 1 and counts["Role"] == 2
    assert "Part" not in counts


def test_parts_are_those_of_the_iri_alone(index: Index) -> None:
    assert below(index.fragments([BASE + "id/zug", BASE + "id/bern"])) == ["id/zug#part", "id/zug#untyped"]
    assert below(index.fragments([BASE + "id/zug-2", BASE + "id/zug"], 2)) == ["id/zug-2#other", "id/zug#part"]


def test_names_are_those_of_the_store(index: Index) -> None:
    assert index.names(BASE + "id/zug") == {"en": "Zug", "fr": "Zoug", "de-ch": "Écluse"}
    assert index.names(BASE + "id/nameless") == {}
    assert below(index.named([BASE + "id/role", BASE + "id/zug", "urn:unknown", BASE + "id/ada"])) == [
        "id/zug",
        "id/ada",
    ]


def test_persons_and_what_states_something_about_them_are_personal(index: Index) -> None:
    assert [index.is_personal(BASE + f"id/{name}") for name in ("ada", "role", "further", "zug", "none")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert below(index.documents()) == ["id/bern", "id/ecully", "id/further", "id/nameless", "id/zug"]
    assert below(index.documents(3, 1)) == ["id/nameless"]
    assert index.document_count() == 5


@pytest.mark.parametrize("content", [None, b"", b"no database, but longer than a header" * 10])
def test_a_file_that_is_no_index_is_not_opened(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "index.sqlite"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises((OSError, ValueError), match="index"):
        Index.open(path)


def test_what_does_not_fit_into_memory_goes_to_the_disk_of_the_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "WRITING_CACHE", 10)
    used: set[Path] = set()

    def statements() -> Iterator[Triple]:
        for number in range(30_000):
            yield Triple(NamedNode(f"{BASE}{number}"), NamedNode(RDFS + "label"), Literal(str(number)))
        opened = (path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink())
        used.update(path.parent for path in opened if "etilqs" in path.name)

    write_index(Store(Engine(), BASE), tmp_path / "index.sqlite", {}, statements())

    assert used == {tmp_path}
    assert [path.name for path in tmp_path.iterdir()] == ["index.sqlite"]


# Large content

THINGS, LINKS, VALUES, CONCEPTS = 6_000, MOST_SORTED + 100, LARGEST + 100, 2_100
RDFS, RDF, SKOS, OWL = (
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/2004/02/skos/core#",
    "http://www.w3.org/2002/07/owl#",
)


def lines() -> Iterator[str]:
    """Things with names, all of which lead to a hub; one with very many values; a scheme; an ontology."""
    for number in range(THINGS):
        thing = f"<{BASE}id/thing/{number}>"
        yield f"{thing} <{RDF}type> <{BASE}ns#Thing> ."
        if number % 3:
            yield f'{thing} <{RDFS}label> "thing {number * 7919 % THINGS:05}"@en .'
        if number % 5 == 0:
            yield f'{thing} <{RDFS}label> "chose {number * 104729 % THINGS:05}"@fr .'
        if number < LINKS:
            yield f"{thing} <{BASE}ns#near> <{BASE}id/hub> ."
    yield f'<{BASE}id/hub> <{RDFS}label> "hub"@en .'
    for number in range(VALUES):
        yield f'<{BASE}id/long> <{BASE}ns#says> "{number}" .'
        yield f'_:long <{BASE}ns#says> "{number}" .'
    for number in range(1_100):
        yield f"<{BASE}id/thing/{number}> <{BASE}ns#near> _:hub ."
    yield f"<{BASE}id/{'x' * 1_000}> <{RDF}type> <{BASE}ns#Long> ."
    yield f"<{BASE}scheme/many> <{RDF}type> <{SKOS}ConceptScheme> ."
    for number in range(CONCEPTS):
        yield f"<{BASE}scheme/many/{number}> <{SKOS}inScheme> <{BASE}scheme/many> ."
    yield f"<{BASE}terms> <{RDF}type> <{OWL}Ontology> ."
    for number in range(CONCEPTS):
        yield f"<{BASE}terms#{number}> <{RDF}type> <{OWL}Class> ."


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A build with its store on disk."""
    folder = tmp_path_factory.mktemp("large")
    (folder / "data").mkdir()
    (folder / "data" / "things.nt").write_text("".join(f"{line}\n" for line in lines()))
    return build_snapshot(folder, folder, public_url=BASE, memory_store_max_triples=1000)


@pytest.fixture(scope="module")
def client(large: Snapshot) -> FlaskClient:
    config = Config(build=large.directory.parent, public_url=BASE)
    return create_app(large, config, None).test_client()  # type: ignore[arg-type]


@pytest.fixture
def page(client: FlaskClient) -> Callable[[str], str]:
    return lambda path: client.get(path, headers={"Accept": "text/html"}).text


def test_the_index_of_large_content_is_that_of_its_store(large: Snapshot) -> None:
    assert (large.directory / "store").is_dir()
    anew = Index.of(large.store)
    labels = Labels(anew.names)

    things = [f"{BASE}id/thing/{number}" for number in range(THINGS)]
    assert large.index.classes() == anew.classes()
    assert large.index.documents() == anew.documents()
    assert [large.index.names(iri) for iri in things] == [anew.names(iri) for iri in things]
    for language in ("en", "fr", "it"):
        named = {iri: labels.label(iri, language).value for iri in things if iri in labels}
        shown = {iri: named.get(iri) or short_form(iri, large.prefixes, BASE) for iri in things}
        expected = sorted(things, key=lambda iri: (sort_key(shown[iri]), iri))
        assert large.index.members(BASE + "ns#Thing", language) == expected
    assert len(large.index.fragments([BASE + "terms"])) == CONCEPTS


def test_names_in_the_store_are_those_of_the_index(large: Snapshot) -> None:
    names: dict[str, dict[str, str]] = {}
    for triple in large.store.triples(None, NamedNode(RDFS + "label")):
        assert isinstance(triple.object, Literal) and isinstance(triple.subject, NamedNode)
        names.setdefault(triple.subject.value, {})[triple.object.language or ""] = triple.object.value

    assert {iri: large.index.names(iri) for iri in names} == names


def test_the_last_page_of_a_list_has_the_last_names(large: Snapshot, page: Callable[[str], str]) -> None:
    shown = re.findall(r'<li><a href="(/doc/thing/\d+)"', page(f"list?type={BASE}ns%23Thing&page={THINGS // 100}"))

    last = large.index.members(BASE + "ns#Thing", "en")[-100:]
    assert shown == [iri.replace(BASE + "id", "/doc") for iri in last]
    assert "page 61 of 60" in page(f"list?type={BASE}ns%23Thing&page=61")


def test_of_very_many_links_some_are_shown_and_the_rest_is_told(
    large: Snapshot, client: FlaskClient, page: Callable[[str], str]
) -> None:
    description = describe(large.store, BASE + "id/hub", large.index)

    assert description is not None and description.inbound_more
    assert len(description.inbound) == 1000
    assert list(description.inbound) == sorted(description.inbound, key=lambda triple: str(triple.subject))
    first, last = page("doc/hub"), page("doc/hub?page=17")  # 1000 links, 60 a page
    assert "Only the first links are shown." in first and "Only the first links are shown." in last
    assert client.get("doc/hub?page=18", headers={"Accept": "text/html"}).status_code == 404
    assert "seeAlso" in client.get("doc/hub.ttl").text


def test_a_description_that_is_too_long_leads_to_a_query(client: FlaskClient, page: Callable[[str], str]) -> None:
    answer = client.get("doc/long.ttl")

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sparql?query=CONSTRUCT")
    assert answer.headers["Location"].endswith("&format=ttl")
    assert "More is stated than fits on a page" in page("doc/long")


def test_of_a_blank_node_it_leads_to_its_graph_for_no_query_can_name_it(large: Snapshot, client: FlaskClient) -> None:
    subjects = (triple.subject for triple in large.store.triples(None, NamedNode(f"{BASE}ns#says")))
    label = next(str(subject) for subject in subjects if isinstance(subject, BlankNode))
    objects = (triple.object for triple in large.store.triples(None, NamedNode(f"{BASE}ns#near")))
    hub = next(str(object) for object in objects if isinstance(object, BlankNode))

    answer = client.get(f"describe?iri={label}&format=nt")

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/rdf-graph-store?graph={quote(f'{BASE}dataset/things', safe='')}&format=nt"
    assert "sparql?query=" not in client.get(f"describe?iri={hub}&format=ttl").text


@pytest.mark.parametrize("path", ["scheme/many", "terms"])
def test_a_long_list_of_terms_is_cut_and_says_so(page: Callable[[str], str], path: str) -> None:
    text = page(path)

    assert "Shown is a part of a long list." in text
    assert ontology.MOST <= text.count("<li>") + text.count('class="term"') < ontology.MOST + 200


def test_the_page_of_a_large_graph_tells_its_size_and_lists_a_part(
    monkeypatch: pytest.MonkeyPatch, large: Snapshot, client: FlaskClient, page: Callable[[str], str]
) -> None:
    monkeypatch.setattr(resources, "LARGEST_GRAPH", 10_000)
    [graph] = large.manifest["graphs"]

    text = page("dataset/things")

    assert f"{graph['triples']:,} statements" in text
    assert f"Shown are the first {resources.MOST_SUBJECTS}." in text
    assert client.get("dataset/things", headers={"Accept": "text/turtle"}).status_code == 303


def test_a_large_sitemap_is_in_parts_that_an_index_lists(
    monkeypatch: pytest.MonkeyPatch, large: Snapshot, client: FlaskClient
) -> None:
    monkeypatch.setattr(sitemap, "PART", 10_000)
    whole = re.findall("<loc>(.*?)</loc>", client.get("sitemap.xml").text)
    assert 1 < max(map(len, whole)) <= sitemap.LONGEST_ADDRESS < len(BASE) + 1_000
    monkeypatch.setattr(sitemap, "PART", 1000)

    index = client.get("sitemap.xml").text
    parts = re.findall("<loc>(.*?)</loc>", index)

    assert "<sitemapindex" in index and len(parts) == -(-large.index.document_count() // 1000)
    pages = [re.findall("<loc>(.*?)</loc>", client.get(part.removeprefix(BASE)).text) for part in parts]
    assert all(1 <= len(found) <= 1000 for found in pages[1:])
    assert 1000 < len(pages[0]) < 1020, "the first has those of the catalogue too"
    assert sorted(address for found in pages for address in found) == sorted(whole)
    assert client.get(f"sitemap.xml?part={len(parts) + 1}").status_code == 404
    assert client.get("sitemap.xml?part=x").status_code == 404
