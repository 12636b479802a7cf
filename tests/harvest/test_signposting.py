"""The library signposting, on real answers: it reads all links, and the same in headers, pages and link sets."""

import json
from pathlib import Path

import pytest
import requests

from ..conftest import Server
from ..programs import ckan_python, run

PROGRAM = Path(__file__).with_name("signposts.py")
PAGES = ("catalog/members", "catalog/urban-security", "doc/member/liege", "ns")


def read(*given: str) -> list[set[tuple[str, ...]]]:
    """What the library finds at pairs of way and address: context, relation, target, type."""
    return [set(map(tuple, links)) for links in json.loads(run(ckan_python(), str(PROGRAM), *given))]


@pytest.mark.parametrize("path", PAGES)
def test_it_finds_the_same_in_headers_page_and_link_sets(forum: Server, path: str) -> None:
    page = forum.url + path
    [in_header] = read("http", page)
    sets = {kind: target for _, relation, target, kind in in_header if relation == "linkset"}
    given = [word for address in sets.values() for word in ("linkset", address)]
    in_page, *in_sets = read("html", page, *given)

    relations = {relation for _, relation, _, _ in in_header}
    assert {"cite-as", "type", "license", "author", "describedby", "linkset"} <= relations
    assert ("item" in relations) == (path != "doc/member/liege")
    assert in_page == in_header
    assert len(in_sets) == 2 and in_sets[0] == in_sets[1]
    about = {relation: target for _, relation, target, _ in in_header if relation == "cite-as"}
    own = {link[1:] for link in in_sets[0] if link[0] == (page if path != "ns" else forum.url + "catalog/ns")}
    assert own == {link[1:] for link in in_header}
    assert {relation: target for context, relation, target, _ in in_sets[0] if relation == "cite-as"} == about


def test_it_comes_back_from_every_file_and_document(forum: Server) -> None:
    page = forum.url + "catalog/members"
    [found] = read("http", page)
    others = [target for _, relation, target, _ in found if relation in ("item", "describedby")]
    answers = read(*(word for target in others for word in ("http", target)))

    assert len(others) == 8
    for target, links in zip(others, answers, strict=True):
        told = {relation: aim for _, relation, aim, _ in links}
        assert told["cite-as"] == "https://w3id.org/urban-security/dataset/members", target
        described = requests.head(target, timeout=30).headers["Link"]
        assert told.get("collection") == page or f'<{page}>; rel="describes"' in described, target
