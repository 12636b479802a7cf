"""The page for web developers, and the JSON Schemas: real documents are valid, spoiled ones are not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from lxml import html
from pyoxigraph import Literal

from publisher.describe.compaction import Compactor
from publisher.describe.json_schema import DIALECT, SchemaWriter
from publisher.describe.shapes import Path, Shape

from .conftest import ROOT, Server, start_server

VOCABULARY = ROOT / "tests" / "data" / "vocabulary"
A_FRAME = 3  # documents of each that are looked at
BW = "https://data.example.org/ns#"
CONTEXT: dict[str, Any] = {
    "@version": 1.1,
    "id": "@id",
    "bw": BW,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "Site": "bw:Site",
    "depth": {"@id": "bw:depth", "@type": "xsd:integer"},
    "open": {"@id": "bw:open", "@type": "xsd:boolean"},
    "sampled": {"@id": "bw:sampled", "@type": "xsd:date"},
    "label": {"@id": "bw:label", "@container": "@language"},
    "names": {"@id": "bw:name", "@container": ["@language", "@set"]},
    "near": {"@id": "bw:near", "@type": "@id", "@container": "@set"},
    "owner": {"@id": "bw:owner", "@type": "@id"},
    "samples": {"@reverse": "bw:sampleOf", "@container": "@set"},
    "note": "bw:note",
}
SITE: dict[str, Any] = {"@context": "https://data.example.org/context/0.jsonld", "id": "urn:x:1", "@type": "Site"}


@pytest.fixture(scope="module")
def herbarium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_server(VOCABULARY, tmp_path_factory.mktemp("vocabulary"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def valid() -> Callable[[dict[str, Any]], bool]:
    """Says whether a document about a site is valid, by a schema made of CONTEXT and one shape."""
    compactor = Compactor(CONTEXT)
    properties = {name: term for name, term in compactor.terms.items() if name[0].islower() and not term.prefix}
    demands = (
        Shape("", Path(iri=f"{BW}label"), constraints=(("minCount", (Literal(1),)),)),
        Shape("", Path(iri=f"{BW}owner"), constraints=(("maxCount", (Literal(1),)),)),
        Shape("", Path(iri=f"{BW}near"), constraints=(("maxCount", (Literal(1),)),)),
        Shape("", Path(iri=f"{BW}note"), severity="Warning", constraints=(("minCount", (Literal(1),)),)),
    )
    shape = Shape("urn:x:shape", targets=(("targetClass", f"{BW}Place"),), properties=demands)
    writer = SchemaWriter(compactor, properties, (shape,), lambda _: {f"{BW}Site"}, lambda iri: (iri, ""))
    schema = writer.schema(
        "https://data.example.org/frames/site.schema.json", [f"{BW}Site"], {f"{BW}depth"}, {"samples"}
    )
    return Draft202012Validator(schema).is_valid


LABELLED = SITE | {"label": {"en": "x"}}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"@type": ["Site", "bw:Lake"]},
        {"label": {"en": "x", "fr-be": ["y", "z"], "@none": "w"}},
        {"names": {"en": ["x"]}},
        {"depth": 7},
        {"depth": "007"},
        {"open": True},
        {"depth": [1, 2]},
        {"sampled": "2026-01-31"},
        {"near": ["urn:x:2"]},
        {"near": [{"id": "urn:x:2", "note": "deep"}]},
        {"owner": {"id": "urn:x:3", "near": ["urn:x:1", "urn:x:2"]}},
        {"samples": []},
        {"note": ["a", 1, True, {"@value": "2026", "@type": "xsd:gYear"}, {"id": "urn:x:2"}]},
        {"bw:colour": "blue"},
        {"https://other.example/p": 1},
    ],
)
def test_what_the_context_writes_is_valid(valid: Callable[[dict[str, Any]], bool], more: dict[str, Any]) -> None:
    assert valid(LABELLED | more)


@pytest.mark.parametrize(
    "document",
    [
        SITE,
        LABELLED | {"@type": "Sample"},
        {name: value for name, value in LABELLED.items() if name != "id"},
        LABELLED | {"label": "x"},
        LABELLED | {"label": {"not a tag": "x"}},
        LABELLED | {"names": {"en": "x"}},
        LABELLED | {"depth": True},
        LABELLED | {"sampled": 2026},
        LABELLED | {"near": "urn:x:2"},
        LABELLED | {"near": ["urn:x:2", "urn:x:3"]},
        LABELLED | {"owner": ["urn:x:2", "urn:x:3"]},
        LABELLED | {"owner": 7},
        LABELLED | {"samples": "urn:x:2"},
        LABELLED | {"colour": "blue"},
        LABELLED | {"samples": [{"id": "urn:x:4", "near": "urn:x:2"}]},
        LABELLED | {"samples": [{"id": "urn:x:4", "@type": "Site"}]},
    ],
)
def test_what_the_context_or_the_shapes_forbid_is_not(
    valid: Callable[[dict[str, Any]], bool], document: dict[str, Any]
) -> None:
    assert not valid(document)


def test_documents_of_every_frame_are_valid(forum: Server) -> None:
    page = html.fromstring(forum.get("jsonld", "text/html").text)
    schemas = page.xpath("//a[@type='application/schema+json']/@href")
    context = forum.get("context.jsonld").json()["@context"]
    assert len(schemas) == len(list((ROOT / "ontology" / "frames").glob("*.jsonld")))

    for path in schemas:
        schema = forum.get(path).json()
        for name in schema["properties"]["type"]["anyOf"][0]["enum"]:
            prefix, _, local = context[name].partition(":")
            class_ = context[prefix] + local
            query = f"SELECT ?s {{ ?s a <{class_}> FILTER (!CONTAINS(STR(?s), '#')) }} ORDER BY ?s LIMIT {A_FRAME}"
            found = [row["s"]["value"] for row in forum.sparql(query).json()["results"]["bindings"]]
            for iri in found:
                document = forum.get(f"describe?iri={iri}", "application/ld+json").json()
                errors = [error.message for error in Draft202012Validator(schema).iter_errors(document)]
                assert not errors, (iri, errors[:3])


def test_a_schema_names_properties_and_says_what_is_demanded(herbarium: Server) -> None:
    response = herbarium.get("frames/sheet.schema.json")
    schema = response.json()
    document = herbarium.get("doc/sheet/1.jsonld").json()
    validator = Draft202012Validator(schema)

    assert response.headers["Content-Type"] == "application/schema+json"
    assert schema["$schema"] == DIALECT
    assert schema["$id"] == f"{herbarium.url}frames/sheet.schema.json"
    assert schema["title"] == "sheet"
    assert schema["description"] == "paper with a pressed plant"
    assert schema["properties"]["number"]["title"] == "number"
    assert validator.is_valid(document)
    assert document["labels"][0]["label"] == {"en": "label of sheet 1"}
    assert not validator.is_valid({name: value for name, value in document.items() if name != "number"})
    assert not validator.is_valid(document | {"pressed": ["1902-05-01", "1902-05-02"]})


def test_what_is_asked_of_a_class_is_asked_of_its_kinds(herbarium: Server) -> None:
    validator = Draft202012Validator(herbarium.get("frames/sheet.schema.json").json())
    document = {"@context": "urn:x:context", "id": "urn:x:1", "label": {"en": "x"}, "number": 1}

    assert validator.is_valid(document | {"type": ["Sheet", "TypeSheet"]})
    assert not validator.is_valid(document | {"type": ["Sheet", "TypeSheet"], "number": [1, 2]})


def test_each_word_is_told_with_its_iri_and_an_example(herbarium: Server) -> None:
    page = html.fromstring(herbarium.get("jsonld", "text/html").text)

    def row(name: str) -> list[str]:
        (found,) = page.xpath(f"//tr[@id='word-{name}']")
        return [" ".join(" ".join(cell.itertext()).split()) for cell in found.xpath("./td")]

    assert '"label": {' in row("label")[1]
    assert row("number")[0] == "number https://herbarium.example.org/ns#number Values are written as xsd:integer ."
    assert row("number")[1] in ('{"number": 1}', '{"number": 2}')
    assert row("Sheet")[1] == '{"id": "https://herbarium.example.org/id/sheet/1", "type": "Sheet"}'
    assert '"labels": ["https://herbarium.example.org/id/sheet/1#label"]' in row("labels")[1]
    assert row("hb") == ["https://herbarium.example.org/ns#"]
    assert row("date") == ["xsd:date http://www.w3.org/2001/XMLSchema#date"]
    assert row("id") == ["@id"]


def test_no_example_speaks_of_a_person(herbarium: Server) -> None:
    assert "ada" not in herbarium.get("jsonld", "text/html").text.lower().replace("data", "")


def test_a_schema_that_is_not_there_is_404_and_lists_those_that_are(herbarium: Server) -> None:
    response = herbarium.get("frames/x.schema.json")

    assert response.status_code == 404
    assert "sheet" in response.text
