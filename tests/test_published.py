"""What is published here, asked over HTTP from the real server."""

import pytest
import requests
from rdflib import Graph

from .conftest import Server

PERSON = "doc/person/gilbert-bonnemaison"
QUERY = "SELECT ?s { ?s a <https://w3id.org/urban-security/ns#PublicRole> } ORDER BY ?s LIMIT 1"
GRAPHS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld", "nq": "nquads", "trig": "trig"}


def test_pages_of_persons_and_of_their_roles_are_kept_from_search_engines(forum: Server) -> None:
    role = forum.sparql(QUERY, "text/csv").text.split()[1]
    path = role.replace("https://w3id.org/urban-security/id/", "doc/")

    for personal in (PERSON, path):
        page = forum.get(personal, "text/html")
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert 'name="robots" content="noindex"' in page.text
        assert f"/{personal}<" not in forum.get("sitemap.xml").text
    assert "X-Robots-Tag" not in forum.get("doc/member/liege", "text/html").headers


@pytest.mark.parametrize("suffix", list(GRAPHS))
def test_a_dump_is_what_the_manifest_says_and_can_be_continued(forum: Server, suffix: str) -> None:
    path = f"dump/latest/urban-security.{suffix}"
    whole = requests.get(forum.url + path, timeout=30)
    part = requests.get(forum.url + path, headers={"Range": "bytes=10-19"}, timeout=30)
    head = requests.head(forum.url + path, timeout=30)

    assert whole.headers["Content-Type"].count("charset") <= 1
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert head.headers["Content-Length"] == str(len(whole.content))
    again = requests.get(forum.url + path, headers={"If-None-Match": whole.headers["ETag"]}, timeout=30)
    assert again.status_code == 304


def test_the_dumps_of_the_union_hold_the_same_statements(forum: Server) -> None:
    triples = forum.get("healthz").json()["triples"]
    for suffix in ("ttl", "nt", "rdf"):
        graph = Graph().parse(data=forum.get(f"dump/latest/urban-security.{suffix}").content, format=GRAPHS[suffix])
        assert len(graph) == triples
