"""The catalogue's JSON-LD: what it says, its own context, its shape."""

import json
from typing import Any

import pytest
from pyld import jsonld
from pyoxigraph import RdfFormat, Triple, parse
from rdflib import Graph
from rdflib.compare import isomorphic

from publisher.describe.catalogue_jsonld import TERMS, write_jsonld
from publisher.describe.resource import in_order
from publisher.describe.vocabulary import PREFIXES

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

BASE = "https://data.example.org/"
CATALOGUE = f"{BASE}catalog"
PREFIX = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()) + f"@base <{BASE}> .\n"
PREFIX += "@prefix dct: <http://purl.org/dc/terms/> .\n"
TURTLE = """
<catalog> a dcat:Catalog ; dct:title "Waters"@en, "Eaux"@fr ; dct:publisher <office> ; dcat:dataset <dataset/sites> ;
    dcat:record <catalog/sites> .
<catalog/sites> a dcat:CatalogRecord ; foaf:primaryTopic <dataset/sites> ; dct:modified "2026-01-14"^^xsd:date .
<dataset/sites> a dcat:Dataset ; dct:title "Sites"@en ; dcat:keyword "lake"@en, "bathing"@en, "lac"@fr, "untagged" ;
    dct:identifier "https://data.example.org/dataset/sites" ; dct:publisher <office> ;
    dct:modified "2026-01-14T08:00:00Z"^^xsd:dateTime ; dcat:distribution <catalog/sites/ttl>, <catalog/sites/nt> .
<catalog/sites/ttl> a dcat:Distribution ; dcat:byteSize "120"^^xsd:nonNegativeInteger ; spdx:checksum [
    a spdx:Checksum ; spdx:algorithm spdx:checksumAlgorithm_sha256 ; spdx:checksumValue "00ff"^^xsd:hexBinary ] .
<catalog/sites/nt> a dcat:Distribution ; dcat:byteSize "120.0"^^xsd:decimal ; <https://elsewhere.example/#x> <office> .
<office> a foaf:Agent ; foaf:name "Bathing Office" .
"""


def triples(turtle: str) -> list[Triple]:
    return [quad.triple for quad in parse(PREFIX + turtle, format=RdfFormat.TURTLE)]


def written(turtle: str, first: str = CATALOGUE) -> tuple[bytes, Any]:
    content = write_jsonld(in_order(triples(turtle), first))
    return content, json.loads(content)


def no_network(url: str, options: object) -> None:
    raise AssertionError(f"{url} was fetched")


def test_three_readers_find_the_same_statements() -> None:
    content, document = written(TURTLE)

    wanted = Graph().parse(data=PREFIX + TURTLE, format="turtle")
    by_pyld = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": no_network})
    by_engine = "".join(f"{quad.triple} .\n" for quad in parse(content, format=RdfFormat.JSON_LD))
    assert isomorphic(Graph().parse(data=content, format="json-ld"), wanted)
    assert isomorphic(Graph().parse(data=by_pyld, format="nquads"), wanted)
    assert isomorphic(Graph().parse(data=by_engine, format="nt"), wanted)


def test_it_is_a_tree_from_the_catalogue() -> None:
    _, document = written(TURTLE)

    assert document["type"] == "Catalog"
    [dataset] = document["dataset"]
    assert dataset["title"] == {"en": "Sites"}
    assert sorted(dataset["keyword"]["en"]) == ["bathing", "lake"]
    assert {file["type"] for file in dataset["distribution"]} == {"Distribution"}
    assert next(file for file in dataset["distribution"] if "checksum" in file)["checksum"]["checksumValue"] == "00ff"
    assert document["publisher"]["type"] == "Agent"  # where it is named first
    assert dataset["publisher"] == f"{BASE}office"
    assert document["record"][0]["primaryTopic"] == dataset["id"] == dataset["identifier"]


def test_it_can_begin_with_a_data_set() -> None:
    _, document = written(TURTLE, f"{BASE}dataset/sites")

    first, second = document["@graph"]
    assert first["id"] == f"{BASE}dataset/sites" and first["distribution"]
    assert second["id"] == CATALOGUE and second["dataset"] == [first["id"]]


def test_english_comes_first() -> None:
    content, _ = written('<catalog> dct:title "Wasser"@de, "Waters"@en, "Eaux"@fr ; dct:description "x"@cs, "y"@en .')

    assert list(json.loads(content)["title"]) == ["en", "de", "fr"]
    assert list(json.loads(content)["description"]) == ["en", "cs"]


def test_the_context_stands_inside_and_holds_what_is_used_and_no_more() -> None:
    _, document = written('<catalog> a dcat:Catalog ; dct:title "Waters"@en ; dct:modified "2026"^^xsd:gYear .')

    assert sorted(document["@context"]) == ["Catalog", "dcat", "dcterms", "id", "title", "type", "xsd"]
    assert document["dcterms:modified"] == {"type": "xsd:gYear", "@value": "2026"}


def test_no_word_of_the_context_means_two_things() -> None:
    names = [name["@id"] if isinstance(name, dict) else name for name in TERMS.values()]

    assert len(names) == len(set(names))
    assert all(name.startswith("@") or name.partition(":")[0] in PREFIXES for name in names)


@pytest.mark.parametrize("iri", ["dcat:odd", "void:", "dcterms://host/x"])
def test_an_iri_that_the_context_would_misread_stays_what_it_is(iri: str) -> None:
    turtle = f'<catalog> a dcat:Catalog ; dct:title "Waters"@en ; dct:relation <{iri}> .'
    content = write_jsonld(in_order(triples(turtle), CATALOGUE))

    assert {quad.triple for quad in parse(content, format=RdfFormat.JSON_LD)} == set(triples(turtle))
