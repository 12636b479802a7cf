"""data.gouv.fr harvests the catalogue, by the rules of udata (see udata.py and docs/harvest.md)."""

import pytest
import requests
from rdflib import Graph
from rdflib.namespace import DCTERMS

from ..conftest import Server
from .conftest import BASE, MANY
from .fields import DCAT, every, fields, lost
from .udata import Harvest, slug

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib reading JSON-LD

FORMS = ("ttl", "jsonld", "rdf", "xml")


@pytest.fixture(scope="module")
def harvest(forum: Server) -> Harvest:
    """What a portal in French gets."""
    return Harvest("fr").run(f"{forum.url}catalog.ttl")


@pytest.mark.parametrize("form", FORMS)
def test_letters_are_right_in_the_text_that_requests_makes_of_the_bytes(forum: Server, form: str) -> None:
    answer = requests.get(f"{forum.url}catalog/members.{form}", timeout=30)

    assert answer.encoding and answer.encoding.lower() == "utf-8", "it is said, so that nobody guesses"
    assert answer.text == answer.content.decode()
    assert "é" in answer.text or "\\u00e9" in answer.text.lower()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_brings_the_same(tiny: Server, form: str) -> None:
    turtle, other = (Harvest("fr").run(f"{tiny.url}catalog.{suffix}") for suffix in ("ttl", form))

    assert comparable(other) == comparable(turtle)


def comparable(harvest: Harvest) -> dict[str, list[str]]:
    """What was harvested, whatever the order of resources."""
    return {
        key: sorted(map(str, found.pop("resources", []))) + sorted(map(str, found.items()))
        for key, found in (harvest.datasets | harvest.services).items()
    }


def test_nothing_is_an_error_and_nothing_else_is_fetched(harvest: Harvest) -> None:
    assert harvest.errors == []
    assert harvest.outside == []
    assert len(harvest.pages) == 1


def test_every_data_set_is_kept_by_its_iri(catalogue: Graph, harvest: Harvest) -> None:
    assert sorted(harvest.datasets) == [str(node) for node in every(catalogue, DCAT.Dataset)]
    assert all(dataset["harvest.uri"] == identifier for identifier, dataset in harvest.datasets.items())


def test_no_field_is_lost(catalogue: Graph, harvest: Harvest) -> None:
    of_datasets, of_distributions = fields("Data sets", "udata"), fields("Distributions", "udata")
    missing: list[str] = []
    for node in every(catalogue, DCAT.Dataset):
        dataset = harvest.datasets[str(node)]
        resources = {resource["harvest.uri"]: resource for resource in dataset["resources"]}
        missing += lost(catalogue, node, of_datasets, dataset)
        assert len(dataset["resources"]) == len(list(catalogue.objects(node, DCAT.distribution)))
        for distribution in catalogue.objects(node, DCAT.distribution):
            missing += lost(catalogue, distribution, of_distributions, resources[str(distribution)])

    assert missing == []


def test_services_are_listed_as_apis_with_their_data_sets(catalogue: Graph, harvest: Harvest) -> None:
    of_services = fields("Data services", "udata")
    of_distributions = set(catalogue.objects(None, DCAT.accessService))
    services = [node for node in every(catalogue, DCAT.DataService) if node not in of_distributions]

    assert sorted(harvest.services) == [str(node) for node in services]
    assert [text for node in services for text in lost(catalogue, node, of_services, harvest.services[str(node)])] == []
    assert harvest.services[BASE + "catalog/query-api"]["datasets"]


def test_texts_arrive_letter_by_letter(catalogue: Graph, harvest: Harvest) -> None:
    for node in every(catalogue, DCAT.Dataset):
        dataset = harvest.datasets[str(node)]
        keywords = {slug(str(keyword)) for keyword in catalogue.objects(node, DCAT.keyword)}
        assert dataset["title"] in map(str, catalogue.objects(node, DCTERMS.title))
        assert dataset["description"] in map(str, catalogue.objects(node, DCTERMS.description))
        assert keywords <= set(dataset["tags"])
    assert "é" in "".join(dataset["description"] for dataset in harvest.datasets.values())


def test_downloads_arrive_with_format_and_size(harvest: Harvest) -> None:
    resources = [resource for dataset in harvest.datasets.values() for resource in dataset["resources"]]
    downloads = [resource for resource in resources if resource["type"] == "main"]

    assert len(downloads) > len(harvest.datasets)
    for resource in downloads:
        assert "/" not in resource["format"]
        assert resource["mime"].count("/") == 1
        assert resource["filesize"] > 0


def test_the_period_arrives_as_days(harvest: Harvest) -> None:
    periods = [dataset["temporal_coverage"] for dataset in harvest.datasets.values() if dataset["temporal_coverage"]]

    assert periods
    assert {bound.isoformat() for period in periods for bound in period if bound} >= {"1986-01-01"}


@pytest.mark.parametrize("form", ["ttl", "rdf"])
def test_every_page_of_a_long_catalogue_is_harvested(many: Server, form: str) -> None:
    harvest = Harvest("fr").run(f"{many.url}catalog.{form}")
    titles = {dataset["title"] for dataset in harvest.datasets.values()}

    assert harvest.pages == [f"{many.url}catalog.{form}", f"{many.url}catalog.{form}?page=2"]
    assert {f"Été {number:03} : œuvre" for number in range(MANY)} < titles
    assert (harvest.errors, harvest.outside) == ([], [])


def test_the_older_profile_brings_the_same_data_sets_and_its_own_next_page(many: Server) -> None:
    """An address with a query has no suffix that tells the format: HEAD does."""
    older, newer = f"{many.url}catalog.rdf?_profile=dcat-ap-2.1.1", f"{many.url}catalog.rdf"
    harvest = Harvest("fr").run(older)

    assert harvest.format == "xml"
    assert len(harvest.pages) == 2
    assert "_profile=dcat-ap-2.1.1" in harvest.pages[1]
    assert identifiers(harvest) == identifiers(Harvest("fr").run(newer))
    assert harvest.errors == []


def test_the_next_version_keeps_every_identifier(tiny: Server, next_tiny: Server) -> None:
    first, second = (Harvest("en").run(f"{server.url}catalog.ttl") for server in (tiny, next_tiny))

    assert identifiers(first) == identifiers(second)
    assert first.datasets != second.datasets, "nothing else changed either: no next version"


def identifiers(harvest: Harvest) -> dict[str, list[str]]:
    """What the portal recognises data sets, their resources and services by: resources by address."""
    datasets = {
        key: sorted(resource["url"] for resource in dataset["resources"]) for key, dataset in harvest.datasets.items()
    }
    paths = {key: [url.split("/", 3)[3] for url in urls] for key, urls in datasets.items()}
    return paths | {key: [] for key in harvest.services}
