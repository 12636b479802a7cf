"""Content negotiation by RFC 9110, sections 12.4 and 12.5."""

import pytest

from publisher.errors import NotAcceptable
from publisher.formats import CSV, GRAPH, HTML, JSON, JSONLD, NTRIPLES, RDFXML, RESULT, TURTLE
from publisher.web.negotiation import choose_language, find_format, negotiate

PAGES = (HTML, *GRAPH)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "offered", "expected"),
    [
        ("", PAGES, HTML),
        ("*/*", PAGES, HTML),
        ("*", PAGES, HTML),
        ("nonsense", PAGES, HTML),
        (BROWSER, PAGES, HTML),
        ("text/turtle", PAGES, TURTLE),
        ("TEXT/Turtle; charset=utf-8", PAGES, TURTLE),
        ("text/*", GRAPH, TURTLE),
        ("text/html;q=0, */*", PAGES, TURTLE),
        ("text/turtle;q=0, text/*;q=0.5, application/ld+json;q=0.1", GRAPH, JSONLD),
        ("application/rdf+xml;q=0.2, application/n-triples;q=0.21", PAGES, NTRIPLES),
        ('application/ld+json;profile="a,b;q=0"', PAGES, JSONLD),
        ("application/json", PAGES, JSONLD),
        ("application/json, text/turtle", GRAPH, TURTLE),
        ("application/json, text/turtle;q=0.5", GRAPH, JSONLD),
        ("application/xml", PAGES, RDFXML),
        ("application/json", RESULT, JSON),
        ("text/csv;header=present", RESULT, CSV),
        ("text/turtle;q=2, application/n-triples", PAGES, TURTLE),
    ],
)
def test_the_best_offered_format_is_chosen(accept, offered, expected):
    assert negotiate(accept, offered) is expected


@pytest.mark.parametrize("accept", ["image/png", "*/*;q=0", "text/turtle;q=0.0", "text/plain"])
def test_what_is_not_offered_is_an_error_that_lists_the_offer(accept):
    with pytest.raises(NotAcceptable) as raised:
        negotiate(accept, (HTML, TURTLE))

    assert raised.value.extensions["offered"] == ["text/html", "text/turtle"]


def test_a_format_is_found_by_media_type_suffix_or_alias():
    assert find_format("nt", GRAPH) is NTRIPLES
    assert find_format("application/ld+json", GRAPH) is JSONLD
    assert find_format("JSON", RESULT) is JSON
    with pytest.raises(NotAcceptable):
        find_format("pdf", GRAPH)


@pytest.mark.parametrize(
    ("header", "expected"),
    [("", "en"), ("fr", "fr"), ("de, fr-BE;q=0.8, en;q=0.5", "fr"), ("de", "en"), ("fr;q=0", "en"), ("FR-ca", "fr")],
)
def test_the_readers_language_is_chosen(header, expected):
    assert choose_language(header, ("en", "fr")) == expected
