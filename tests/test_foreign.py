"""Other people's data: a folder data/ alone, in any format, with whatever RDF allows."""

import bz2
import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import html5lib
import pytest
import requests
import zstandard
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, NamedNode, Quad, RdfFormat, Store, parse

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.publish.distributions import read_distributions
from publisher.publish.validation import validate
from publisher.store.workers import Workers
from publisher.web.app import create_app

from .conftest import ROOT, Server, build_snapshot, start_server

FOREIGN = ROOT / "tests" / "data" / "foreign"
BASE = "https://data.example.org/"
ENDLESS = "http://example.org/" + "x" * 10_000
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstandard.compress
}  # fmt: skip
FORMATS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/rdf+xml": RdfFormat.RDF_XML,
}


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of tests/data/foreign and of things too large to keep there."""
    folder = tmp_path_factory.mktemp("foreign")
    shutil.copytree(FOREIGN, folder / "content")
    (folder / "content" / "data" / "large.nt.gz").write_bytes(gzip.compress("".join(large()).encode()))
    server = start_server(folder / "content", folder, base_iri=BASE)
    yield server
    server.stop()


def large() -> Iterator[str]:
    """A literal of 5 MB, an endless IRI, a class of 20,000, and a thing with 5,000 links in and out."""
    a = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    yield f'<http://example.org/huge> <http://example.org/ns#p> "{"word " * 1_000_000}" .\n'
    yield f'<{ENDLESS}> <http://www.w3.org/2000/01/rdf-schema#label> "{"long name " * 1_000}" .\n'
    for number in range(20_000):
        yield f"<http://example.org/item/{number}> {a} <http://example.org/ns#Item> .\n"
    for number in range(5_000):
        yield f"<http://example.org/hub> <http://example.org/ns#out> <http://example.org/item/{number}> .\n"
        yield f"<http://example.org/item/{number}> <http://example.org/ns#in> <http://example.org/hub> .\n"


def quads(folder: Path) -> set[Quad]:
    return {quad for path in sorted(folder.glob("*.nq")) for quad in parse(path=str(path))}


def names(server: Server) -> list[str]:
    """Everything that the data names but most of the 20,000 items."""
    store = Store()
    store.extend(quads(server.log.parent / "build" / "current"))
    terms = {term for quad in store for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)}
    found = {term.value if isinstance(term, NamedNode) else str(term) for term in terms if _is_node(term)}
    return sorted(name for name in found if not re.search(r"/item/\d\d", name))


def _is_node(term: Any) -> bool:
    return isinstance(term, NamedNode | BlankNode)


def canonical(content: bytes, format: RdfFormat) -> Dataset:
    dataset = Dataset(Quad(quad.subject, quad.predicate, quad.object) for quad in parse(content, format=format))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def inline(document: Any, context: Any) -> Any:
    """*document* with the address of the context replaced by the context."""
    if isinstance(document, list):
        return [inline(item, context) for item in document]
    if not isinstance(document, dict):
        return document
    return {
        key: context if key == "@context" and isinstance(value, str) else inline(value, context)
        for key, value in document.items()
    }


def test_the_page_for_web_developers_tells_nothing_of_frames_where_there_are_none(foreign: Server) -> None:
    page = foreign.get("jsonld", "text/html").text

    assert "Links are addresses" in page
    assert "frame" not in page


def test_anything_the_data_names_opens_in_every_format(foreign: Server) -> None:
    context = foreign.get("/context.jsonld").json()["@context"]
    session = requests.Session()
    problems = []
    for name in names(foreign):
        address = f"{foreign.url}describe?iri={quote(name, safe='')}"
        page = session.get(address, headers={"Accept": "text/html"}, timeout=30)
        if page.status_code != 200 or b"<h1" not in page.content:
            problems.append(f"{name[:80]}: page {page.status_code}")
        answers = {}
        for media_type, format in FORMATS.items():
            answer = session.get(address, headers={"Accept": media_type}, timeout=30)
            if answer.status_code == 406 and format == RdfFormat.RDF_XML:
                continue
            content = answer.content
            if format == RdfFormat.JSON_LD and answer.ok:
                content = json.dumps(inline(answer.json(), context)).encode()
            try:
                answers[media_type] = canonical(content, format)
            except SyntaxError as error:
                problems.append(f"{name[:80]}: {media_type} {answer.status_code}: {error}")
        problems += [
            f"{name[:80]}: {media_type} says something else"
            for media_type, dataset in answers.items()
            if dataset != answers.get("application/n-triples") and "dataset/" not in name
        ]

    assert problems == []


def test_no_page_has_a_link_that_runs_a_script(foreign: Server) -> None:
    for name in ("javascript:alert(1)", "http://example.org/no-name", "http://example.org/words"):
        page = foreign.get("/describe", "text/html", params={"iri": name})
        tree = html5lib.parse(page.text, namespaceHTMLElements=False)

        assert [link for link in tree.iter("a") if link.get("href", "").lower().startswith("javascript")] == []
        scripts = list(tree.iter("script"))
        assert all(script.get("src", "").startswith("/static/") and not script.text for script in scripts)


def test_dumps_hold_everything_and_parse(foreign: Server) -> None:
    folder = foreign.log.parent / "build" / "current"
    dumps = read_distributions(folder).files
    expected = Store()
    expected.extend(parse(path=str(folder / "union.nt"), format=RdfFormat.N_TRIPLES))

    assert {dump.suffix for dump in dumps} == {"nq", "nt", "ttl", "trig", "jsonld"}
    for dump in dumps:
        format = RdfFormat.from_extension(dump.suffix)
        assert format is not None
        found = {Quad(*quad.triple) for quad in parse(path=str(folder / "dump" / dump.file), format=format)}
        assert len(found) == len(expected), dump.suffix


def test_home_links_to_graphs_and_lists_that_exist(foreign: Server) -> None:
    home = html5lib.parse(foreign.get("/", "text/html").text, namespaceHTMLElements=False)
    links = {link.get("href", "") for link in home.iter("a") if link.get("href", "").startswith("/")}

    assert any("list" in link for link in links)
    assert {link: foreign.get(link, "text/html").status_code for link in links if "dump" not in link} == {
        link: 200 for link in links if "dump" not in link
    }


def test_huge_things_are_cut_on_pages_and_whole_in_data(foreign: Server) -> None:
    huge = {"iri": "http://example.org/huge"}
    hub = {"iri": "http://example.org/hub"}

    assert len(foreign.get("/describe", "text/html", params=huge).content) < 100_000
    assert len(foreign.get("/describe", "text/turtle", params=huge).content) > 5_000_000
    assert "4,500 more" in foreign.get("/describe", "text/html", params=hub).text
    assert len(foreign.get("/describe", "text/html", params={"iri": ENDLESS}).content) < 200_000


def test_blank_nodes_keep_their_names(foreign: Server) -> None:
    query = "SELECT ?node { ?node <http://example.org/ns#p> 'nobody names me' }"
    name = foreign.sparql(query).json()["results"]["bindings"][0]["node"]["value"]

    page = foreign.get("/describe", "text/html", params={"iri": f"_:{name}"})

    assert page.status_code == 200 and "nobody names me" in page.text


def test_quads_keep_their_graphs(foreign: Server) -> None:
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } FILTER(isIRI(?g)) } ORDER BY ?g"
    graphs = [row["g"]["value"] for row in foreign.sparql(query).json()["results"]["bindings"]]

    files = ["graphs", "large", "odd", "people", "shapes-of-data", "xml"]
    derived = {BASE + name for name in ("catalog", "quality", "queries", "void")}
    assert derived <= set(graphs)
    assert [graph for graph in graphs if graph not in derived] == [
        "http://example.org/graph",
        "http://example.org/json-graph",
        *(f"{BASE}dataset/{name}" for name in files),
    ]


def test_the_context_is_taken_from_the_folder_under_its_published_name(foreign: Server) -> None:
    query = "SELECT ?n { <http://example.org/ann> <http://xmlns.com/foaf/0.1/name> ?n } ORDER BY ?n"
    found = foreign.sparql(query).json()["results"]["bindings"]

    assert [(row["n"]["value"], row["n"]["xml:lang"]) for row in found] == [
        ("Ann", "en"), ("Anne", "fr"), ("安", "zh-hant")
    ]  # fmt: skip


def test_what_was_downloaded_as_jsonld_can_be_published(foreign: Server, tmp_path: Path) -> None:
    """Its context has the address of the build, not that of the folder."""
    shutil.copytree(FOREIGN, tmp_path / "content")
    answer = foreign.get("/describe", "application/ld+json", params={"iri": "http://example.org/ann"})
    assert "/context/" in answer.json()["@context"]
    (tmp_path / "content" / "data" / "again.jsonld").write_bytes(answer.content)

    content = read_content(Config(content=tmp_path / "content", base_iri=BASE, public_url=foreign.url))

    assert content.load()[1] == []


def test_a_triple_term_is_published_where_the_format_can_say_it(tmp_path: Path) -> None:
    """RDF 1.2, in the formats that the engine reads it in."""
    (tmp_path / "content" / "data").mkdir(parents=True)
    text = "<urn:a> <urn:says> <<( _:b <urn:c> <urn:d> )>> .\n_:b <urn:c> <urn:d> .\n"
    (tmp_path / "content" / "data" / "terms.nt").write_text(text)
    server = start_server(tmp_path / "content", tmp_path)
    try:
        status = {
            media_type: server.get("/describe", media_type, params={"iri": "urn:a"}).status_code
            for media_type in ("text/html", *FORMATS)
        }
        turtle = server.get("/describe", "text/turtle", params={"iri": "urn:a"})
    finally:
        server.stop()

    assert status == {"text/html": 200} | dict.fromkeys(FORMATS, 200) | {
        "application/ld+json": 406, "application/rdf+xml": 406
    }  # fmt: skip
    assert len(list(parse(turtle.content, format=RdfFormat.TURTLE))) >= 1


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".zst"])
@pytest.mark.parametrize("name", ["odd.nt", "shapes-of-data.ttl", "graphs.trig", "people.jsonld", "xml.rdf"])
def test_a_compressed_file_says_the_same(tmp_path: Path, name: str, suffix: str) -> None:
    compress = COMPRESS[suffix]
    shutil.copytree(FOREIGN, tmp_path, dirs_exist_ok=True)
    content = read_content(Config(content=tmp_path, base_iri=BASE))
    plain = next(file for file in content.rdf_files if file.name == f"data/{name}")
    expected = Dataset(content.quads(plain))
    plain.path.unlink()
    (tmp_path / "data" / (name + suffix)).write_bytes(compress((FOREIGN / "data" / name).read_bytes()))

    content = read_content(Config(content=tmp_path, base_iri=BASE))
    found = Dataset(content.quads(next(file for file in content.rdf_files if file.graph == plain.graph)))

    for dataset in (expected, found):
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    assert found == expected


def test_links_to_nowhere_are_no_errors_where_nobody_declared_a_base(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.ttl").write_text("<a> <http://example.org/p> <b> , <c> , 1.50 , 2.50 .\n")

    for base, severities in (("", ["warning"] * 2), (BASE, ["error", "error", "warning", "warning"])):
        config = Config(content=tmp_path, base_iri=base)
        found = validate(read_content(config), config).findings

        assert [finding.severity for finding in found if "has no name" not in finding.message] == severities


def test_a_scheme_deeper_than_any_page_opens(tmp_path: Path) -> None:
    """Found with a thesaurus whose narrowest concept is 3,000 levels down."""
    skos = "http://www.w3.org/2004/02/skos/core#"
    lines = [f"<urn:scheme> a <{skos}ConceptScheme> ."]
    for number in range(2_000):
        lines.append(f"<urn:concept:{number}> <{skos}inScheme> <urn:scheme> ;")
        lines.append(f"    <{skos}broader> <urn:concept:{number - 1}> .")
    (tmp_path / "content" / "data").mkdir(parents=True)
    (tmp_path / "content" / "data" / "deep.ttl").write_text("\n".join(lines))
    snapshot = build_snapshot(tmp_path / "content", tmp_path)

    with closing(Workers(snapshot.directory, Config(query_workers=1), snapshot.base_iri, snapshot.prefixes)) as workers:
        client = create_app(snapshot, Config(), workers).test_client()
        page = client.get("/describe?iri=urn:scheme", headers={"Accept": "text/html"})

    assert page.status_code == 200
    assert page.text.count("urn%3Aconcept%3A") >= 2_000
