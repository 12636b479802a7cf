"""The catalogue in the words of schema.org."""

import json

from pyoxigraph import RdfFormat, parse

from publisher.describe.catalogue import Catalogue
from publisher.describe.schema_org import data_catalogue, data_set, script
from publisher.describe.vocabulary import PREFIXES

PREFIX = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
TURTLE = """
@base <https://data.example.org/> .
@prefix dct: <http://purl.org/dc/terms/> .
<catalog> a dcat:Catalog ; dct:title "Waters"@en, "Eaux"@fr ; dcat:dataset <dataset/sites>, <dataset/bare> ;
    dcat:record <catalog/sites>, <catalog/bare> ; foaf:homepage <https://waters.example/catalog> .
<catalog/sites> a dcat:CatalogRecord ; foaf:primaryTopic <dataset/sites> .
<catalog/bare> a dcat:CatalogRecord ; foaf:primaryTopic <dataset/bare> .
<dataset/bare> a dcat:Dataset ; dct:title "Bare"@en .
<dataset/sites> a dcat:Dataset ; dct:title "Sites"@en, "Sites de baignade"@fr ;
    dct:description "All bathing sites of the country, with depth."@en ; dcat:keyword "lake"@en, "lac"@fr ;
    dct:license <https://creativecommons.org/licenses/by/4.0/> ; dct:publisher <office> ;
    dct:identifier "https://data.example.org/dataset/sites" ; dct:temporal [ dcat:startDate "1990"^^xsd:gYear ] ;
    dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
    dct:spatial <place/ch> ; dcat:landingPage <https://waters.example/catalog/sites> ; dcat:contactPoint [
        vcard:fn "Help desk"@en ; vcard:hasEmail <mailto:help@example.org> ; vcard:hasURL <javascript:alert(1)> ] ;
    dcat:distribution <catalog/sites/csv> .
<place/ch> a dct:Location ; rdfs:label "Switzerland"@en .
<office> a foaf:Agent ; foaf:name "Bathing Office"@en ; foaf:homepage <javascript:alert(1)>, <https://office.example/> .
<catalog/sites/csv> a dcat:Distribution ; dcat:downloadURL <https://waters.example/sites.csv> ;
    dcat:mediaType <http://www.iana.org/assignments/media-types/text/csv> ; dcat:byteSize "12"^^xsd:nonNegativeInteger .
"""
CATALOGUE = Catalogue.of(quad.triple for quad in parse(PREFIX + TURTLE, format=RdfFormat.TURTLE))


def test_a_data_set_has_what_search_engines_ask_for() -> None:
    dataset = CATALOGUE.dataset("sites")
    assert dataset

    found = data_set(CATALOGUE, dataset, "fr")

    assert found["@type"] == "Dataset"
    assert found["name"] == "Sites de baignade" and found["alternateName"] == "Sites"
    assert found["description"] == "All bathing sites of the country, with depth. (Eaux)", "50 characters are wanted"
    assert found["keywords"] == "lac"
    assert found["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert found["creator"]["name"] == "Bathing Office" and found["creator"]["url"] == "https://office.example/"
    assert found["publisher"]["contactPoint"] == {
        "@type": "ContactPoint",
        "contactType": "Help desk",
        "email": "help@example.org",
    }
    assert found["temporalCoverage"] == "1990/.."
    assert found["spatialCoverage"]["name"] == "Switzerland"
    assert found["isAccessibleForFree"] is True
    assert found["url"] == "https://waters.example/catalog/sites"
    assert found["includedInDataCatalog"]["name"] == "Eaux"
    assert found["distribution"]["contentUrl"] == "https://waters.example/sites.csv"
    assert found["distribution"]["encodingFormat"] == "text/csv"
    assert found["distribution"]["contentSize"] == "12 B"


def test_what_is_not_stated_is_left_out() -> None:
    dataset = CATALOGUE.dataset("bare")
    assert dataset

    found = data_set(CATALOGUE, dataset, "en")

    assert set(found) == {"@context", "@type", "@id", "name", "url", "includedInDataCatalog"}


def test_a_catalogue_lists_its_data_sets() -> None:
    found = data_catalogue(CATALOGUE, CATALOGUE.datasets, "en")

    assert found["@type"] == "DataCatalog" and found["url"] == "https://waters.example/catalog"
    assert [dataset["name"] for dataset in found["dataset"]] == ["Bare", "Sites"]


def test_nothing_in_it_ends_the_script_that_it_stands_in() -> None:
    text = script({"name": "</script><script>alert(1)</script><!--"})

    assert "<" not in text
    assert json.loads(text) == {"name": "</script><script>alert(1)</script><!--"}
