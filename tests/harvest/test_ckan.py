"""CKAN gathers the catalogue: ckanext-dcat's own code asks a real server (see gather.py and docs/harvest.md)."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from ..conftest import Server
from ..programs import ckan_python, run
from .conftest import BASE, MANY
from .fields import DCAT, every, fields, lost

pytestmark = pytest.mark.usefixtures("ckan")  # first of all: without CKAN no server need be started
GATHER = Path(__file__).parent / "gather.py"
FORMS = {  # suffix -> how the Content-Type tells the format
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "xml": "application/rdf+xml",
}
PUBLISHER = {
    "en": "Unofficial knowledge graph, independent of Efus and of the City of Liège",
    "fr": "Graphe de connaissances non officiel, indépendant de l'Efus et de la Ville de Liège",
}
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
Gathered = dict[tuple[str, str], dict[str, Any]]  # (language, address) -> what was gathered


@pytest.fixture(scope="session")
def ckan() -> str:
    """The Python that has CKAN."""
    return ckan_python()


@pytest.fixture(scope="module")
def gathered(ckan: str, forum: Server, tiny: Server, next_tiny: Server, many: Server) -> Gathered:
    """Portals in English and in French gather what is published, every form, a next version, and pages: one process."""
    jobs = [("en", f"{forum.url}catalog.ttl"), ("fr", f"{forum.url}catalog.ttl")]
    jobs += [("en", f"{tiny.url}catalog.{form}") for form in FORMS]
    jobs += [("en", f"{next_tiny.url}catalog.ttl"), ("fr", f"{many.url}catalog.jsonld")]
    answer = run(ckan, str(GATHER), *chain.from_iterable(jobs))
    return dict(zip(jobs, json.loads(answer), strict=True))


def flat(package: dict[str, Any]) -> dict[str, Any]:
    """A package with its extras as fields."""
    return {extra["key"]: extra["value"] for extra in package["extras"]} | package


@pytest.fixture(scope="module")
def packages(forum: Server, gathered: Gathered) -> dict[str, dict[str, Any]]:
    """What a portal in English has of each data set, by identifier."""
    found = gathered["en", f"{forum.url}catalog.ttl"]["datasets"]
    return {package["guid"]: flat(package) for package in found}


def in_language(graph: Graph, node: Node, property: URIRef, language: str) -> str:
    """The text of *property* in *language*, else in whatever language there is one."""
    texts = [value for value in graph.objects(node, property) if isinstance(value, Literal)]
    return str(next(iter([text for text in texts if text.language == language] + texts)))


def comparable(value: Any) -> Any:
    """*value* whatever the order of its lists, and of those that CKAN keeps as JSON."""
    if isinstance(value, str) and value.startswith("["):
        value = json.loads(value)
    if isinstance(value, dict):
        return {name: comparable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return sorted(map(comparable, value), key=lambda inner: json.dumps(inner, sort_keys=True))
    return value


# requests


def test_head_tells_type_and_length_before_the_document_is_fetched(gathered: Gathered) -> None:
    for run_ in gathered.values():
        for head, get in zip(run_["requests"][::2], run_["requests"][1::2], strict=True):
            assert (head["method"], head["status"], get["method"], get["status"]) == ("HEAD", 200, "GET", 200)
            assert head["url"] == get["url"]
            assert head["headers"]["content-type"] == get["headers"]["content-type"]
            assert 0 < int(head["headers"]["content-length"]) < 50 * 2**20


def test_the_content_type_tells_the_format(tiny: Server, gathered: Gathered) -> None:
    assert {form: gathered["en", f"{tiny.url}catalog.{form}"]["format"] for form in FORMS} == FORMS


@pytest.mark.parametrize("form", FORMS)
def test_every_form_brings_the_same(tiny: Server, gathered: Gathered, form: str) -> None:
    turtle, other = (gathered["en", f"{tiny.url}catalog.{suffix}"]["datasets"] for suffix in ("ttl", form))

    assert comparable(other) == comparable(turtle)


def test_every_page_of_a_long_catalogue_is_gathered(many: Server, gathered: Gathered) -> None:
    found = gathered["fr", f"{many.url}catalog.jsonld"]
    pages = [request["url"] for request in found["requests"] if request["method"] == "GET"]
    guids = [package["guid"] for package in found["datasets"]]

    assert pages == [f"{many.url}catalog.jsonld", f"{many.url}catalog.jsonld?page=2"]
    assert len(guids) == len(set(guids))
    assert {f"https://data.example.org/dataset/part-{number:03}" for number in range(MANY)} < set(guids)
    assert {f"Été {number:03} : œuvre" for number in range(MANY)} < {package["title"] for package in found["datasets"]}


# what arrives


def test_every_data_set_is_gathered_once(catalogue: Graph, forum: Server, gathered: Gathered) -> None:
    found = [package["guid"] for package in gathered["en", f"{forum.url}catalog.ttl"]["datasets"]]

    assert sorted(found) == [str(node) for node in every(catalogue, DCAT.Dataset)]
    assert BASE + "dataset/members" in found


def test_no_field_is_lost(catalogue: Graph, packages: dict[str, dict[str, Any]]) -> None:
    of_datasets, of_distributions = fields("Data sets", "ckan"), fields("Distributions", "ckan")
    missing: list[str] = []
    for node in every(catalogue, DCAT.Dataset):
        package = packages[str(node)]
        resources = {resource["uri"]: resource for resource in package["resources"]}
        missing += lost(catalogue, node, of_datasets, package)
        for distribution in catalogue.objects(node, DCAT.distribution):
            missing += lost(catalogue, distribution, of_distributions, resources[str(distribution)])

    assert missing == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_texts_arrive_letter_by_letter_in_the_language_of_the_portal(
    catalogue: Graph, forum: Server, gathered: Gathered, language: str
) -> None:
    found = {package["guid"]: package for package in gathered[language, f"{forum.url}catalog.ttl"]["datasets"]}

    for node in every(catalogue, DCAT.Dataset):
        package = found[str(node)]
        assert package["title"] == in_language(catalogue, node, DCTERMS.title, language)
        assert package["notes"] == in_language(catalogue, node, DCTERMS.description, language)
        assert {tag["name"] for tag in package["tags"]} == set(map(str, catalogue.objects(node, DCAT.keyword)))
    assert {flat(package)["publisher_name"] for package in found.values()} == {PUBLISHER[language]}


def test_distributions_arrive_with_address_format_size_and_checksum(
    catalogue: Graph, packages: dict[str, dict[str, Any]]
) -> None:
    resources = [resource for package in packages.values() for resource in package["resources"]]
    downloads = [resource for resource in resources if "download_url" in resource]

    assert sorted(resource["uri"] for resource in resources) == list(map(str, every(catalogue, DCAT.Distribution)))
    assert len(downloads) > len(packages)
    for resource in downloads:
        assert resource["url"] == resource["download_url"]
        # CKAN's list of formats has these; others keep the name that the European Union's list gives them
        assert resource["format"] in ("CSV", "JSON", "GeoJSON", "RDF") or resource["format"].startswith(FILE_TYPE)
        assert resource["mimetype"].count("/") == 1
        assert resource["size"] > 0
        assert len(resource["hash"]) == 64
        assert resource["hash_algorithm"].endswith("checksumAlgorithm_sha256")


def test_the_endpoint_arrives_as_the_service_of_a_distribution(packages: dict[str, dict[str, Any]]) -> None:
    services = [
        service
        for package in packages.values()
        for resource in package["resources"]
        for service in json.loads(resource.get("access_services", "[]"))
    ]

    assert {service["uri"] for service in services} == {BASE + "catalog/sparql-endpoint"}
    assert all(service["endpoint_url"] and service["title"] for service in services)


def test_the_portal_would_refuse_nothing(gathered: Gathered) -> None:
    """By CKAN's own rules for tags and names."""
    refused = [text for run_ in gathered.values() for package in run_["datasets"] for text in package["refused"]]

    assert refused == []


def test_names_are_the_portals_own_addresses_and_differ(packages: dict[str, dict[str, Any]]) -> None:
    names = [package["name"] for package in packages.values()]

    assert len(names) == len(set(names))


# the next version


def test_the_next_version_keeps_every_identifier(tiny: Server, next_tiny: Server, gathered: Gathered) -> None:
    first, second = (gathered["en", f"{server.url}catalog.ttl"]["datasets"] for server in (tiny, next_tiny))

    assert identifiers(first) == identifiers(second)
    assert changed(first) != changed(second), "nothing else changed either: no next version"


def identifiers(packages: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What a portal recognises data sets and their resources by."""
    return {package["guid"]: sorted(resource["uri"] for resource in package["resources"]) for package in packages}


def changed(packages: list[dict[str, Any]]) -> list[Any]:
    """What a new version may change: dates and checksums."""
    return [
        (flat(package).get("modified"), [resource.get("hash") for resource in package["resources"]])
        for package in packages
    ]
