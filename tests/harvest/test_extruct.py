"""What search engines take from the pages: the schema.org descriptions inside, read with extruct."""

from typing import Any

import extruct
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF
from rdflib.term import Node

from ..conftest import Server
from .conftest import BASE
from .fields import DCAT, every

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the parsers that extruct brings along

# What Google's Dataset Search reads -> where the catalogue states it
READ = {
    "name": DCTERMS.title,
    "description": DCTERMS.description,
    "alternateName": DCTERMS.title,
    "creator": DCTERMS.creator,
    "publisher": DCTERMS.publisher,
    "identifier": DCTERMS.identifier,
    "keywords": DCAT.keyword,
    "license": DCTERMS.license,
    "isAccessibleForFree": DCTERMS.accessRights,
    "spatialCoverage": DCTERMS.spatial,
    "temporalCoverage": DCTERMS.temporal,
    "version": DCAT.version,
    "url": DCAT.landingPage,
    "datePublished": DCTERMS.issued,
    "dateModified": DCTERMS.modified,
    "distribution": DCAT.distribution,
}


def described(forum: Server, path: str, language: str = "en") -> list[dict[str, Any]]:
    """The JSON-LD objects in the page at *path*."""
    answer = forum.get(path, "text/html", headers={"Accept-Language": language})
    assert answer.headers["Content-Type"].startswith("text/html")
    found = extruct.extract(answer.text, base_url=answer.url, syntaxes=["json-ld"], errors="strict")
    return list(found["json-ld"])


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.fixture(scope="module")
def pages(forum: Server, catalogue: Graph) -> dict[Node, list[dict[str, Any]]]:
    """What the page of each data set says, whose address is that of its record."""
    records = {node: catalogue.value(None, FOAF.primaryTopic, node) for node in every(catalogue, DCAT.Dataset)}
    return {node: described(forum, str(record).removeprefix(BASE)) for node, record in records.items()}


def test_every_page_describes_its_data_set_in_full(catalogue: Graph, pages: dict[Node, list[dict[str, Any]]]) -> None:
    for node, objects in pages.items():
        [found] = objects
        stated = [name for name, property in READ.items() if (node, property, None) in catalogue]

        assert (found["@context"], found["@type"], found["@id"]) == ("https://schema.org/", "Dataset", str(node))
        assert [name for name in stated if not found.get(name)] == [], node
        assert 50 <= len(found["description"]) <= 5000, node
        assert found["includedInDataCatalog"]["@id"] == BASE + "catalog"


def test_every_download_is_named_with_its_type(catalogue: Graph, pages: dict[Node, list[dict[str, Any]]]) -> None:
    for node, [found] in pages.items():
        files = {
            str(catalogue.value(one, DCAT.downloadURL) or catalogue.value(one, DCAT.accessURL)): one
            for one in catalogue.objects(node, DCAT.distribution)
        }

        assert {one["contentUrl"] for one in many(found["distribution"])} == set(files)
        assert all(one["encodingFormat"].count("/") == 1 for one in many(found["distribution"]))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_names_are_in_the_language_of_the_reader(forum: Server, catalogue: Graph, language: str) -> None:
    members = URIRef(BASE + "dataset/members")
    [found] = described(forum, "catalog/members", language)
    titles = [text for text in catalogue.objects(members, DCTERMS.title) if isinstance(text, Literal)]

    assert found["name"] in [str(text) for text in titles if text.language == language]


def test_the_catalogue_names_all_its_data_sets(forum: Server, pages: dict[Node, Any]) -> None:
    [found] = described(forum, "catalog")

    assert (found["@type"], found["@id"]) == ("DataCatalog", BASE + "catalog")
    assert found["name"] and found["description"]
    assert {one["@id"] for one in many(found["dataset"])} == set(map(str, pages))
    assert all(one["name"] and one["url"].startswith(forum.url) for one in many(found["dataset"]))
