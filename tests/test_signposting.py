"""Typed links between pages, metadata and files: the same in headers, pages and link sets, and each leads back."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest
import requests
from html5lib import parse

from publisher.config import Config
from publisher.describe.signposts import ABOUT_PAGE, MOST_ITEMS, Landing, Link, Target, linkset_json, linkset_text
from publisher.store.workers import Workers
from publisher.web.app import create_app
from publisher.web.site import site

from .conftest import Server, build_snapshot

BASE = "https://w3id.org/urban-security/"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
XHTML = "{http://www.w3.org/1999/xhtml}"
ONCE = ("cite-as", "license")
# Pages, what each is about, and its kind in schema.org ("" where the content says none)
PAGES = {
    "catalog": ("catalog", "DataCatalog"),
    "catalog/urban-security": ("dataset/urban-security", "Dataset"),
    "catalog/members": ("dataset/members", "Dataset"),
    "catalog/ns": ("ns", "Dataset"),
    "catalog/api-texts": ("api/texts", "Dataset"),
    "catalog/members/ttl": ("catalog/members/ttl", "DataDownload"),
    "catalog/sparql-endpoint": ("catalog/sparql-endpoint", "WebAPI"),
    "doc/member/liege": ("id/member/liege", ""),
}
FILES = ("dump/latest/urban-security.nt", "dataset/members.ttl", "ns.jsonld", "api/texts.csv")


@dataclass(frozen=True)
class Signpost:
    """A link of an answer, as a client reads it."""

    relation: str
    target: str
    media_type: str = ""


def header_links(answer: requests.Response) -> list[Signpost]:
    """The Link header of *answer* (RFC 8288)."""
    found = []
    for target, text in re.findall(r"<([^>]*)>((?:; [a-z]+=\"[^\"]*\")*)(?:, |$)", answer.headers.get("Link", "")):
        told = dict(re.findall(r'; ([a-z]+)="([^"]*)"', text))
        found.append(Signpost(told["rel"], target, told.get("type", "")))
    assert len(found) == answer.headers.get("Link", "").count("rel=")
    return found


def links(server: Server, path: str, accept: str = "text/html") -> list[Signpost]:
    """The links of the headers alone, by HEAD."""
    answer = requests.head(server.url + path.removeprefix(server.url), headers={"Accept": accept}, timeout=30)
    assert answer.status_code == 200, path
    return header_links(answer)


def targets(found: list[Signpost], relation: str) -> set[str]:
    return {link.target for link in found if link.relation == relation}


# Level 1: headers


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_what_it_is_about_and_where_the_rest_is(forum: Server, path: str) -> None:
    about, kind = PAGES[path]
    found = links(forum, path)

    assert targets(found, "cite-as") == {BASE + about}
    assert targets(found, "type") == {ABOUT_PAGE, *([f"https://schema.org/{kind}"] if kind else [])}
    assert targets(found, "license") == {LICENCE}
    assert all(sum(link.relation == relation for link in found) == 1 for relation in ONCE)
    assert {link.media_type for link in found if link.relation == "describedby"} >= {
        "text/turtle",
        "application/ld+json",
    }
    assert {link.media_type for link in found if link.relation == "linkset"} == {
        "application/linkset+json", "application/linkset",
    }  # fmt: skip
    assert targets(found, "author")


@pytest.mark.parametrize("path", [*PAGES, "dataset/members", "ns"])
def test_what_a_page_leads_to_leads_back_to_it(forum: Server, path: str) -> None:
    found = links(forum, path)
    page = forum.url + path.replace("dataset/", "catalog/").replace("ns", "catalog/ns", path == "ns")

    for link in found:
        if link.relation in ("describedby", "item", "alternate", "linkset"):
            answer = requests.head(link.target, timeout=60)
            assert answer.status_code == 200, link
            assert answer.headers["Content-Type"].partition(";")[0] == link.media_type, link
        if link.relation == "describedby":
            back = links(forum, link.target, "*/*")
            assert (targets(back, "describes"), targets(back, "cite-as")) == ({page}, targets(found, "cite-as")), link
        if link.relation == "item" and path not in ("catalog", "catalog/members/ttl"):
            back = links(forum, link.target, "*/*")
            assert targets(back, "collection") == {page}, link
            assert targets(back, "cite-as") == targets(found, "cite-as")
            assert targets(back, "type") == {"https://schema.org/DataDownload"}


def test_the_files_of_a_data_set_are_its_items(forum: Server) -> None:
    whole = targets(links(forum, "catalog/urban-security"), "item")
    members = targets(links(forum, "catalog/members"), "item")

    assert {f"{forum.url}dump/latest/urban-security.{suffix}" for suffix in ("nt", "nq", "ttl", "jsonld")} <= whole
    assert {f"{forum.url}dataset/members.{suffix}" for suffix in ("nt", "ttl", "jsonld", "rdf")} <= members
    assert targets(links(forum, "doc/member/liege"), "item") == set(), "a thing is no file"


@pytest.mark.parametrize("path", FILES)
def test_a_file_says_what_it_is_part_of(forum: Server, path: str) -> None:
    found = links(forum, path, "*/*")

    [page] = targets(found, "collection")
    assert page.startswith(forum.url + "catalog/")
    assert forum.url + path in targets(links(forum, page), "item")
    assert targets(found, "license") == {LICENCE}
    assert targets(found, "cite-as") == targets(links(forum, page), "cite-as")


def test_the_dump_of_a_version_is_a_file_of_the_data_set_too(forum: Server) -> None:
    version = forum.get("healthz").json()["version"]

    assert links(forum, f"dump/{version}/urban-security.nt") == links(forum, "dump/latest/urban-security.nt")


def test_an_answer_of_a_query_with_other_values_is_no_file_of_the_catalogue(forum: Server) -> None:
    assert targets(links(forum, "api/texts.csv?lang=fr", "*/*"), "collection") == set()


def test_a_thing_is_part_of_the_data_sets_that_speak_of_it(forum: Server) -> None:
    found = targets(links(forum, "doc/member/liege"), "collection")

    assert {forum.url + "catalog/members", forum.url + "catalog/endorsements"} & found
    assert all(requests.head(page, timeout=30).status_code == 200 for page in found)


def test_the_home_page_leads_to_what_machines_look_for(forum: Server) -> None:
    found = links(forum, "")

    assert {forum.url + "catalog.ttl", forum.url + ".well-known/void"} == targets(found, "describedby")
    assert targets(found, "api-catalog") == {forum.url + ".well-known/api-catalog"}
    for link in found:
        if link.target.startswith(forum.url):
            answer = requests.head(link.target, timeout=30)
            assert answer.status_code == 200 and answer.headers["Content-Type"].startswith(link.media_type), link


@pytest.mark.parametrize("path", [*PAGES, "dataset/members"])
def test_the_head_of_the_page_has_the_same_links(forum: Server, path: str) -> None:
    answer = forum.get(path, "text/html")
    head = parse(answer.text).find(f"{XHTML}head")
    signposts = {"cite-as", "type", "license", "author", "describedby", "item", "collection", "linkset"}

    told = {Signpost(node.get("rel"), node.get("href"), node.get("type") or "") for node in head.iter(f"{XHTML}link")}
    assert {link for link in told if link.relation in signposts} == {
        link for link in header_links(answer) if link.relation in signposts
    }


def test_links_are_addresses_of_the_public_server_in_ascii(tiny: Server) -> None:
    iri = "http://www.w3.org/2002/07/owl#Class"
    found = links(tiny, f"describe?iri={quote(iri, safe='')}")

    assert targets(found, "cite-as") == {iri}
    for link in found:
        assert link.target.isascii() and not re.search(r'[\s"<>]', link.target)
        if link.relation in ("describedby", "linkset"):
            assert requests.head(link.target, timeout=30).status_code == 200, link


def test_headers_stay_short_whatever_a_graph_is_called(tmp_path: Path) -> None:
    """Clients refuse a header of more than 64 KiB."""
    (tmp_path / "content" / "data").mkdir(parents=True)
    graph = f"http://long.example/{'x' * 70_000}"
    statement = "<http://long.example/a> <http://long.example/p> <http://long.example/a>"
    (tmp_path / "content" / "data" / "x.nq").write_text(f"{statement} <{graph}> .\n", encoding="utf-8")
    snapshot = build_snapshot(tmp_path / "content", tmp_path)
    application = create_app(snapshot, Config(), cast(Workers, None))
    with application.app_context():
        dataset = site().catalogue.dataset(graph)
    assert dataset

    for path in (dataset.slug, f"{dataset.slug}/ttl", f"{dataset.slug}.ttl"):
        answer = application.test_client().get(f"/catalog/{path}")
        assert answer.status_code == 200 and len(str(answer.headers)) < 8_192, path


# Level 2: link sets


@pytest.mark.parametrize("path", PAGES)
def test_the_link_set_has_the_links_of_each_answer(forum: Server, path: str) -> None:
    found = links(forum, path)
    [address] = [link.target for link in found if link.media_type == "application/linkset+json"]
    answer = requests.get(address, timeout=30)
    contexts = {context.pop("anchor"): context for context in answer.json()["linkset"]}

    def told(anchor: str) -> set[Signpost]:
        return {
            Signpost(relation, target["href"], target.get("type", ""))
            for relation, found in contexts[anchor].items()
            for target in found
        }

    assert answer.headers["Content-Type"] == "application/linkset+json"
    other = {"alternate", "item", "profile", "service-desc", "first", "last", "next", "prev"}
    for anchor in contexts:
        accept = "text/html" if anchor == forum.url + path else "*/*"
        assert {link for link in links(forum, anchor, accept) if link.relation not in other} == {
            link for link in told(anchor) if link.relation not in other
        }, anchor
    assert forum.url + path in contexts
    assert {f"{forum.url}{path}.{suffix}" for suffix in ("ttl", "jsonld", "rdf", "nt")} <= contexts.keys()


def test_a_link_set_comes_as_text_and_as_json_with_the_same_links(forum: Server) -> None:
    path = f"linkset?iri={quote(BASE + 'dataset/members', safe='')}"
    in_json = forum.get(path).json()["linkset"]
    text = forum.get(path, "application/linkset")
    pattern = r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?(?:; profile="[^"]*")?; anchor="([^"]*)"(?:,\n|\n$)'

    assert text.headers["Content-Type"] == "application/linkset"
    assert text.text == forum.get(f"{path}&format=linkset").text
    written = {
        (target["href"], relation, target.get("type", ""), context["anchor"])
        for context in in_json
        for relation in context.keys() - {"anchor"}
        for target in context[relation]
    }
    assert written == set(re.findall(pattern, text.text))


def test_parts_of_a_document_have_the_links_of_the_document(forum: Server) -> None:
    of_term = forum.get(f"linkset?iri={quote(BASE + 'ns#Member', safe='')}")
    of_whole = forum.get(f"linkset?iri={quote(BASE + 'ns', safe='')}")

    assert of_term.json() == of_whole.json()


def test_the_record_of_a_data_set_has_the_links_of_the_data_set(forum: Server) -> None:
    of_record = forum.get(f"linkset?iri={quote(BASE + 'catalog/members', safe='')}")
    of_dataset = forum.get(f"linkset?iri={quote(BASE + 'dataset/members', safe='')}")

    assert of_record.json() == of_dataset.json()


def test_who_asks_for_links_of_nothing_is_told_what_has_some(forum: Server) -> None:
    missing = forum.get("linkset")
    unknown = forum.get(f"linkset?iri={quote('https://nowhere.example/x', safe='')}")
    odd = forum.get("linkset?iri=%3Cnonsense%20%3E")
    refused = forum.get(f"linkset?iri={quote(BASE + 'ns', safe='')}", "image/png")

    assert (missing.status_code, missing.json()["parameter"]) == (400, "iri")
    assert unknown.status_code == 404 and BASE + "dataset/members" in unknown.json()["datasets"]
    assert odd.status_code == 404
    assert refused.status_code == 406 and "application/linkset+json" in refused.json()["offered"]


# As a whole


def landing(items: int) -> Landing:
    files = tuple(Target(f"https://a.example/{number}.ttl", "text/turtle") for number in range(items))
    return Landing(
        "https://a.example/page", "https://a.example/id", metadata=(Target("https://a.example/page.ttl"),), files=files
    )


def test_very_many_items_are_in_the_link_set_alone() -> None:
    few, many = landing(MOST_ITEMS), landing(MOST_ITEMS + 1)

    assert sum(link.relation == "item" for link in few.of(few.address)) == MOST_ITEMS
    assert [link for link in many.of(many.address) if link.relation == "item"] == []
    assert any(link.relation == "cite-as" for link in many.of(many.address))
    assert sum(link.relation == "item" for link in many.links()) == MOST_ITEMS + 1


def test_a_form_that_the_page_does_not_name_still_says_whose_it_is() -> None:
    assert landing(1).of("https://a.example/page.trig") == [
        Link("https://a.example/page.trig", "cite-as", "https://a.example/id")
    ]


def test_links_are_written_as_the_standards_say() -> None:
    link = Link(
        "https://a.example/", "describedby", "https://a.example/x.ttl", "text/turtle", "https://profile.example/"
    )

    assert (
        str(link)
        == '<https://a.example/x.ttl>; rel="describedby"; type="text/turtle"; profile="https://profile.example/"'
    )
    assert linkset_text([link]) == f'{link}; anchor="https://a.example/"\n'
    assert json.loads(linkset_json([link])) == {
        "linkset": [
            {
                "anchor": "https://a.example/",
                "describedby": [{"href": "https://a.example/x.ttl", "type": "text/turtle"}],
            }
        ]
    }
