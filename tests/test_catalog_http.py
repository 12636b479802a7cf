"""The catalogue over real HTTP: pages for people, RDF for harvesters, at the same addresses."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import html5lib
import pytest
import requests
from lxml import etree
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, XSD

from publisher.describe.profiles import PROFILES
from publisher.web.languages import LANGUAGES, translations

from .conftest import Server, start_server
from .dcat_ap import results

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
ADMS, SPDX = Namespace("http://www.w3.org/ns/adms#"), Namespace("http://spdx.org/rdf/terms#")
DIFFERENT = {DCAT.byteSize, ADMS.status, SPDX.checksum}
BASE = "https://data.example.org/"
CATALOGUE, SITES, WHOLE = URIRef(BASE + "catalog"), URIRef(BASE + "dataset/sites"), URIRef(BASE + "dataset/dataset")
MEMBERS = "https://w3id.org/urban-security/dataset/members"
MEDIA_TYPES = {
    "ttl": "text/turtle; charset=utf-8",
    "jsonld": "application/ld+json; charset=utf-8",
    "nt": "application/n-triples; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "xml": "application/rdf+xml; charset=utf-8",
}
READERS = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml", "xml": "xml"}
PAGES = ["catalog", "catalog/sites", "catalog/sites/ttl", "catalog/sparql-endpoint"]
MANY = 130  # named graphs, more than a page of the catalogue holds


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of many named graphs, without anything that was written for its catalogue."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "data").mkdir()
    quads = (f'<urn:thing:{n}> <urn:name> "thing {n}" <https://elsewhere.example/graph/{n}> .\n' for n in range(MANY))
    (folder / "data" / "things.nq").write_text("".join(quads), encoding="utf-8")
    server = start_server(folder, folder)
    yield server
    server.stop()


def read(response: requests.Response) -> Graph:
    """The statements of an answer, by its own media type."""
    assert response.status_code == 200, response.text
    formats = {MEDIA_TYPES[suffix].partition(";")[0]: reader for suffix, reader in READERS.items()}
    return Graph().parse(data=response.content, format=formats[response.headers["Content-Type"].partition(";")[0]])


def page_of(response: requests.Response) -> Any:
    assert response.status_code == 200, response.text
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.text)


def links(page: Any) -> list[str]:
    return [node.get("href") for node in page.iter("a") if node.get("href")]


def facts(page: Any) -> dict[str, str]:
    """Heading -> values, of the lists of facts on a page."""
    found = {}
    for group in page.iter("div"):
        term, value = group.find("dt"), group.find("dd")
        if term is not None and value is not None:
            found["".join(term.itertext())] = " ".join("".join(value.itertext()).split())
    return found


# RDF for harvesters


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("suffix", MEDIA_TYPES)
def test_every_serialisation_says_the_same_and_its_head_tells_type_and_size(
    tiny: Server, path: str, suffix: str
) -> None:
    response = tiny.get(f"{path}.{suffix}", headers={"Accept-Encoding": "identity"})
    head = requests.head(f"{tiny.url}{path}.{suffix}", headers={"Accept-Encoding": "identity"}, timeout=30)

    assert isomorphic(read(response), read(tiny.get(f"{path}.nt")))
    assert head.status_code == 200
    assert head.headers["Content-Type"] == response.headers["Content-Type"] == MEDIA_TYPES[suffix]
    assert int(head.headers["Content-Length"]) == len(response.content) > 0


@pytest.mark.parametrize("path", PAGES)
def test_what_is_asked_for_decides_the_form(tiny: Server, path: str) -> None:
    for suffix in ("ttl", "jsonld", "rdf", "nt"):
        response = tiny.get(path, MEDIA_TYPES[suffix].partition(";")[0])
        assert response.headers["Content-Type"] == MEDIA_TYPES[suffix]
        assert response.headers["Content-Location"] == f"/{path}.{suffix}"
        assert "Accept" in response.headers["Vary"]
        assert response.content == tiny.get(f"{path}.{suffix}").content
    assert tiny.get(path).headers["Content-Type"].startswith("text/html")
    assert tiny.get(path, "image/png").status_code == 406


def test_the_catalogue_lists_data_sets_with_their_records_distributions_and_services(tiny: Server) -> None:
    graph = read(tiny.get("catalog.ttl"))

    assert (CATALOGUE, RDF.type, DCAT.Catalog) in graph
    assert {SITES, WHOLE} <= set(graph.objects(CATALOGUE, DCAT.dataset))
    for dataset in graph.objects(CATALOGUE, DCAT.dataset):
        assert (dataset, RDF.type, DCAT.Dataset) in graph
        assert graph.value(None, FOAF.primaryTopic, dataset)
        assert list(graph.objects(dataset, DCAT.distribution))
    for service in graph.objects(CATALOGUE, DCAT.service):
        assert (service, RDF.type, DCAT.DataService) in graph


def test_the_page_of_a_data_set_is_the_part_of_the_catalogue_about_it(tiny: Server) -> None:
    whole, part = read(tiny.get("catalog.ttl")), read(tiny.get("catalog/sites.ttl"))

    assert set(part) <= set(whole)
    assert set(part.subjects(RDF.type, DCAT.Dataset)) == {SITES}
    assert set(part.predicate_objects(SITES)) == set(whole.predicate_objects(SITES))
    for distribution in part.objects(SITES, DCAT.distribution):
        assert set(part.predicate_objects(distribution)) == set(whole.predicate_objects(distribution))
    assert part.value(CATALOGUE, DCAT.dataset) == SITES


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("version", ["3.0.1", "2.1.1"])
def test_each_document_conforms_alone(tiny: Server, path: str, version: str) -> None:
    graph = read(tiny.get(f"{path}.ttl?_profile=dcat-ap-{version}"))

    assert not [key for key in results(graph, version, BASE) if key[0] == "Violation"]


def test_a_data_set_that_is_only_mentioned_is_none_in_the_document(tiny: Server) -> None:
    graph = read(tiny.get("catalog/sites.ttl"))

    standards = set(graph.objects(SITES, DCTERMS.conformsTo))
    assert URIRef(BASE + "ns") in standards
    for standard in standards:
        assert (standard, RDF.type, DCTERMS.Standard) in graph
        assert (standard, RDF.type, DCAT.Dataset) not in graph
        assert graph.value(standard, DCTERMS.title)


def test_the_context_of_json_ld_stands_in_the_document(tiny: Server) -> None:
    document = tiny.get("catalog.jsonld").json()

    assert isinstance(document["@context"], dict)
    assert document["type"] == "Catalog" and isinstance(document["title"], dict)
    assert all(file["type"] == "Distribution" for entry in document["dataset"] for file in entry["distribution"])


def test_rdf_xml_is_flat(tiny: Server) -> None:
    root = etree.fromstring(tiny.get("catalog.xml").content)

    assert len(root) > 10
    assert all(not len(property) for description in root for property in description)


def test_the_documents_begin_with_what_they_are_about(tiny: Server) -> None:
    text = tiny.get("catalog/sites.ttl").text

    first = next(line for line in text.splitlines() if line and not line.startswith("@"))
    assert first.startswith(f"<{SITES}> a ")


def test_a_data_set_that_is_no_document_leads_to_its_page(tiny: Server) -> None:
    for suffix in ("", ".ttl"):
        response = tiny.get(f"dataset/dataset{suffix}", allow_redirects=False)
        assert (response.status_code, response.headers["Location"]) == (303, f"/catalog/dataset{suffix}")
    assert tiny.get("dataset/sites.ttl", allow_redirects=False).status_code == 200  # a graph, which is the data


@pytest.mark.parametrize("suffix", READERS)
def test_the_first_of_several_languages_is_english(tiny: Server, suffix: str) -> None:
    text = tiny.get(f"catalog.{suffix}").text

    assert 0 < text.find("Bathing waters") < text.find("Eaux de baignade")
    assert 0 < text.find("Two bathing sites") < text.find("Deux sites de baignade")


# Versions of DCAT-AP


def agreed(graph: Graph) -> set[tuple[Any, ...]]:
    """What both versions say alike of all that is ours."""
    profiles = {URIRef(profile.iri) for profile in PROFILES.values()}
    return {
        (s, p, o) for s, p, o in graph if s.startswith(BASE) and p not in DIFFERENT and o not in profiles
    }  # fmt: skip


def test_the_older_version_differs_where_the_two_cannot_agree(tiny: Server) -> None:
    newer, older = read(tiny.get("catalog.ttl")), read(tiny.get("catalog.ttl?_profile=dcat-ap-2.1.1"))

    without_checksums = {triple for triple in agreed(newer) if (triple[0], RDF.type, SPDX.Checksum) not in newer}
    assert agreed(older) == without_checksums
    assert len(agreed(older)) > 100
    for graph, datatype in ((newer, XSD.nonNegativeInteger), (older, XSD.decimal)):
        sizes = list(graph.objects(None, DCAT.byteSize))
        assert sizes and all(isinstance(size, Literal) and size.datatype == datatype for size in sizes)
    assert not list(older.subjects(DCTERMS.conformsTo, URIRef(PROFILES["dcat-ap-3.0.1"].iri)))


@pytest.mark.parametrize("path", PAGES[:3])
def test_a_profile_may_be_asked_for_in_accept(tiny: Server, path: str) -> None:
    older = PROFILES["dcat-ap-2.1.1"].iri
    asked = tiny.get(path, f'text/html;q=0.1, text/turtle;profile="{older}"')
    unknown = tiny.get(path, 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"')

    assert asked.content == tiny.get(f"{path}.ttl?_profile=dcat-ap-2.1.1").content
    assert asked.headers["Content-Location"] == f"/{path}.ttl?_profile=dcat-ap-2.1.1"
    assert f'<{older}>; rel="profile"' in asked.headers["Link"]
    assert unknown.content == tiny.get(f"{path}.jsonld").content


def test_an_address_that_names_its_form_is_the_same_for_all(tiny: Server) -> None:
    """What Accept says would get into the caches that are shared, for there is no Vary."""
    older = PROFILES["dcat-ap-2.1.1"].iri
    for path in ("catalog.ttl", "catalog/sites.ttl"):
        response = tiny.get(path, f'text/turtle;profile="{older}"')
        assert "Accept," not in response.headers["Vary"]
        assert response.content == tiny.get(path).content


def test_an_unknown_profile_is_refused_with_those_that_there_are(tiny: Server) -> None:
    for path in ("catalog", "catalog/sites.ttl"):
        response = tiny.get(f"{path}?_profile=dcat-ap-9", "application/json")
        problem = response.json()
        assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
        assert problem["parameter"] == "_profile"
        assert problem["profiles"] == list(PROFILES)


# Nothing there


def test_an_unknown_path_is_answered_with_what_there_is(tiny: Server) -> None:
    nothing = tiny.get("catalog/nothing", "application/json")
    of_a_data_set = tiny.get("catalog/sites/docx", "application/json")

    assert nothing.status_code == of_a_data_set.status_code == 404
    assert "sites" in nothing.json()["datasets"]
    assert "ttl" in of_a_data_set.json()["detail"]
    for tail in ("/sites.", "/", "/sites/", "/sites/.ttl", "/sites/ttl/ttl", "/sites.docx", ".docx"):
        path = f"catalog{tail}"
        assert tiny.get(path).status_code == 404, path


def test_a_page_beyond_the_last_is_404(tiny: Server) -> None:
    for path in ("catalog?page=2", "catalog.ttl?page=2", "catalog/sites?page=2"):
        assert tiny.get(path).status_code == 404, path
    assert tiny.get("catalog?page=0").status_code == 400


# Paging


@pytest.mark.parametrize(
    ("kind", "next_page"), [(HYDRA.PartialCollectionView, HYDRA.next), (HYDRA.PagedCollection, HYDRA.nextPage)]
)
@pytest.mark.parametrize("start", ["catalog.ttl", "catalog.rdf?_profile=dcat-ap-2.1.1", "catalog.jsonld"])
def test_a_large_catalogue_comes_in_pages(many: Server, start: str, kind: URIRef, next_page: URIRef) -> None:
    address: str | None = many.url + start
    seen: list[list[URIRef]] = []
    while address:
        assert (".ttl" in address, "_profile=" in address) == (".ttl" in start, "_profile=" in start)
        graph = read(requests.get(address, timeout=30))
        seen.append(list(graph.objects(URIRef(many.url + "catalog"), DCAT.dataset)))
        assert set(graph.subjects(RDF.type, DCAT.Dataset)) == set(seen[-1])
        [view] = graph.subjects(RDF.type, kind)
        assert int(str(graph.value(view, HYDRA.totalItems))) > MANY
        following = graph.value(view, next_page)
        address = str(following) if following else None

    named = [dataset for page in seen for dataset in page]
    assert [len(page) for page in seen[:-1]] == [100] * (len(seen) - 1)
    assert len(named) == len(set(named)) > MANY
    assert {URIRef(f"https://elsewhere.example/graph/{n}") for n in range(MANY)} <= set(named)


def test_a_catalogue_of_one_page_says_nothing_of_pages(tiny: Server) -> None:
    assert str(HYDRA) not in tiny.get("catalog.nt").text


def test_the_pages_for_people_lead_on_too(many: Server) -> None:
    first = many.get("catalog", "text/html")
    second = page_of(requests.get(urljoin(many.url, first.links["next"]["url"]), timeout=30))

    assert [href for href in links(page_of(first)) if "page=2" in href]
    assert [href for href in links(second) if "page=1" in href]
    assert not set(entries(page_of(first))) & set(entries(second))


def entries(page: Any) -> list[str]:
    """Paths of the data sets that a page of the catalogue lists."""
    groups = [node for node in page.iter("section") if node.get("aria-labelledby", "").startswith("group-")]
    return [heading.find("a").get("href") for group in groups for heading in group.iter("h3")]


def test_a_foreign_catalogue_has_an_address_for_each_of_its_graphs(many: Server) -> None:
    for path in entries(page_of(many.get("catalog", "text/html")))[:5]:
        assert many.get(path, "text/html").status_code == 200
        assert read(many.get(path, "text/turtle")).value(None, RDF.type, DCAT.Dataset)


# Pages for people


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_valid_and_in_the_readers_language(tiny: Server, path: str, language: str) -> None:
    response = tiny.get(path, "text/html", headers={"Accept-Language": language})

    page = page_of(response)
    assert page.get("lang") == language
    assert translations(language).gettext("Catalogue") in response.text
    assert len(page.findall(".//h1")) == 1
    levels = [int(node.tag[1]) for node in page.iter() if node.tag in ("h1", "h2", "h3", "h4")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(table.find("caption") is not None for table in page.iter("table"))
    identifiers = [node.get("id") for node in page.iter() if node.get("id")]
    assert len(identifiers) == len(set(identifiers))
    assert " style=" not in response.text
    assert all(time.get("datetime") for time in page.iter("time"))
    assert all(
        script.get("type") == "application/ld+json"
        or (script.get("src", "").startswith("/static/") and not script.text)
        for script in page.iter("script")
    )
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_to_this_server_works(tiny: Server, path: str) -> None:
    for href in set(links(page_of(tiny.get(path, "text/html")))):
        if href.startswith("/"):
            assert tiny.get(href).status_code == 200, href


def test_a_link_into_a_page_finds_its_place_there(forum: Server) -> None:
    for path in ("catalog", "catalog/members", "catalog/sparql-endpoint"):
        for href in set(links(page_of(forum.get(path, "text/html")))):
            document, _, place = href.partition("#")
            if place and href.startswith("/"):
                there = page_of(forum.get(document, "text/html"))
                assert place in {node.get("id") for node in there.iter()}, href


def test_the_page_says_in_which_language_it_was_asked_for(tiny: Server) -> None:
    response = tiny.get("catalog/sites?lang=fr", "text/html")

    own = response.headers["Content-Location"]
    assert own == "/catalog/sites.html?lang=fr"
    assert tiny.get(own).content.partition(b"<body>")[0] == response.content.partition(b"<body>")[0]


def test_the_page_of_a_data_set_answers_what_a_data_officer_asks(forum: Server) -> None:
    page = page_of(forum.get("catalog/members", "text/html"))

    told = facts(page)
    assert "".join(page.find(".//h1").itertext()) == "Members"
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]+ \d{4}", told["Last changed"])
    assert told["Licence"] and told["Publisher"] and "@" in told["Contact"]
    citation = next("".join(node.itertext()) for node in page.iter("p") if node.get("class") == "citation")
    assert MEMBERS in citation and told["Publisher"] in citation and re.search(r"\. \d{4}-\d\d-\d\d\. ", citation)
    for suffix in ("ttl", "jsonld", "nt", "rdf"):
        assert f"/dataset/members.{suffix}" in links(page)
    assert "/dataset/members" in links(page)


def test_files_are_listed_with_their_sizes(tiny: Server) -> None:
    page, graph = page_of(tiny.get("catalog/dataset", "text/html")), read(tiny.get("catalog/dataset.ttl"))

    rows = [tr.findall("td") for tr in page.iter("tr")]
    sizes = {row[0].find("a").get("href"): row[1].text for row in rows if row and row[0].find("a") is not None}
    served = set(graph.subjects(DCAT.accessService))
    for distribution in set(graph.objects(WHOLE, DCAT.distribution)) - served:
        address = str(graph.value(distribution, DCAT.downloadURL))
        assert re.search(r"\d (bytes?|kB|MB)", sizes["/" + address.removeprefix(tiny.url)])
        head = requests.head(address, headers={"Accept-Encoding": "identity"}, timeout=30)
        assert head.headers["Content-Length"] == str(graph.value(distribution, DCAT.byteSize))


def test_sizes_are_written_as_the_reader_writes_them(tiny: Server) -> None:
    sizes = {}
    for language in LANGUAGES:
        page = page_of(tiny.get(f"catalog/dataset?lang={language}", "text/html"))
        sizes[language] = [cell.text for cell in page.iter("td") if cell.get("class") == "number" and cell.text]

    assert all(re.fullmatch(r"\d+ bytes?|\d+(\.\d)? [kM]B", size) for size in sizes["en"])
    assert all(re.fullmatch(r"\d+\soctets?|\d+(,\d)?\s[kM]o", size) for size in sizes["fr"])
    assert len(sizes["fr"]) == len(sizes["en"]) > 3


def test_search_engines_find_the_data_set_in_the_page(forum: Server) -> None:
    page = page_of(forum.get("catalog/members", "text/html"))

    [script] = [script for script in page.iter("script") if script.get("type") == "application/ld+json"]
    found = json.loads(script.text)
    assert (found["@context"], found["@type"], found["@id"]) == ("https://schema.org/", "Dataset", MEMBERS)
    assert 50 <= len(found["description"]) <= 5000
    required = {"name", "description"}
    recommended = {"alternateName", "creator", "identifier", "includedInDataCatalog", "isAccessibleForFree", "keywords"}
    recommended |= {"license", "spatialCoverage", "temporalCoverage", "url", "distribution"}
    assert required | recommended | {"dateModified", "publisher"} <= set(found)
    assert found["isPartOf"] == MEMBERS.replace("members", "urban-security") and len(found["isBasedOn"]) > 1
    for file in found["distribution"]:
        assert file["@type"] == "DataDownload" and file["encodingFormat"]
        assert requests.head(file["contentUrl"], timeout=30).status_code == 200


def test_what_a_query_is_asked_with_is_a_sentence_of_its_own(forum: Server) -> None:
    text = forum.get("catalog.ttl").text

    for words in ("Asked with", "Posée avec"):
        assert words in text
        assert not re.search(rf'[^.!?…"] {words}', text)


def test_the_catalogue_is_found_from_every_page(tiny: Server) -> None:
    for path in ("", "doc/site/le-pont", "catalog/sites"):
        assert "/catalog" in links(page_of(tiny.get(path, "text/html"))), path


def test_the_page_of_a_named_graph_leads_to_its_entry(tiny: Server) -> None:
    for path, entry in (("dataset/sites", "/catalog/sites"), ("ns", "/catalog/ns")):
        assert entry in links(page_of(tiny.get(path, "text/html")))


def test_places_are_named_in_the_readers_language(forum: Server) -> None:
    for language, name in (("en", "Belgium"), ("fr", "Belgique")):
        page = page_of(forum.get("catalog", "text/html", headers={"Accept-Language": language}))
        assert name in facts(page)[translations(language).gettext("Places")]
