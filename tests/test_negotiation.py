"""Content negotiation by RFC 9110, sections 12.4 and 12.5."""

import pytest

from publisher.errors import NotAcceptable, RequestError
from publisher.formats import (
    CSV,
    GEOJSON,
    GRAPH,
    HTML,
    JSON,
    JSONLD,
    NQUADS,
    NTRIPLES,
    OF_FORM,
    RDFXML,
    RESULT,
    TRIG,
    TSV,
    TURTLE,
    XML,
)
from publisher.web.negotiation import choose_language, find_format, negotiate

PAGES = (HTML, *GRAPH)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


# What clients ask for on their own
COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,application/n-triples;q=0.8,text/turtle;q=0.6,"
    "application/rdf+xml;q=0.5,application/json;q=0.45,application/sparql-results+json;q=0.43"
)
JENA_SELECT = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.9, text/tab-separated-values;q=0.7, "
    "text/csv;q=0.5, application/json;q=0.2, application/xml;q=0.2, */*;q=0.1"
)
JENA_CONSTRUCT = "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7,*/*;q=0.3"
RDF4J = "application/rdf+xml;q=0.8, text/turtle, application/x-binary-rdf, application/trig;q=0.8, text/x-nquads;q=0.7"
YASGUI = "application/sparql-results+json,*/*;q=0.9"
RAPPER = "application/rdf+xml, text/rdf;q=0.6, text/turtle;q=0.5, */*;q=0.1"


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
        ("text/*", OF_FORM["SELECT"], CSV),
        ("text/*, text/csv;q=0", OF_FORM["SELECT"], TSV),
        ("application/*;q=0.1", OF_FORM["SELECT"], JSON),
        ("application/geo+json, application/json;q=0.9", OF_FORM["SELECT"], GEOJSON),
        ("application/n-quads, text/turtle;q=0.9", OF_FORM["CONSTRUCT"], NQUADS),
        ("application/trig", OF_FORM["DESCRIBE"], TRIG),
        ("text/*", OF_FORM["DESCRIBE"], TURTLE),
        (COMUNICA, OF_FORM["SELECT"], JSON),
        (COMUNICA, OF_FORM["CONSTRUCT"], NQUADS),
        (JENA_SELECT, OF_FORM["SELECT"], JSON),
        (JENA_CONSTRUCT, OF_FORM["CONSTRUCT"], TURTLE),
        (RDF4J, OF_FORM["CONSTRUCT"], TURTLE),
        (YASGUI, OF_FORM["SELECT"], JSON),
        (RAPPER, OF_FORM["CONSTRUCT"], RDFXML),
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


@pytest.mark.parametrize(
    ("form", "words", "expected"),
    [
        ("SELECT", "json", JSON),
        ("SELECT", "JSON", JSON),
        ("SELECT", "sparql-results+json", JSON),
        ("SELECT", "application/sparql-results+json", JSON),
        ("SELECT", "application/sparql-results json", JSON),
        ("SELECT", "application/json; charset=utf-8", JSON),
        ("SELECT", "srj", JSON),
        ("SELECT", "json-ld", JSON),
        ("SELECT", "xml", XML),
        ("SELECT", "srx", XML),
        ("SELECT", "rdf+xml", XML),
        ("SELECT", "rdf", XML),
        ("SELECT", "application/rdf+xml", XML),
        ("SELECT", "tsv,text/tab-separated-values", TSV),
        ("SELECT", "csv", CSV),
        ("SELECT", "geojson", GEOJSON),
        ("SELECT", "csv,unheard-of", CSV),
        ("ASK", "json", JSON),
        ("CONSTRUCT", "json", JSONLD),
        ("CONSTRUCT", "json-ld", JSONLD),
        ("CONSTRUCT", "json-ld,application/ld+json,application/x-json+ld", JSONLD),
        ("CONSTRUCT", "application/sparql-results+json", JSONLD),
        ("CONSTRUCT", "xml", RDFXML),
        ("CONSTRUCT", "rdf", RDFXML),
        ("CONSTRUCT", "rdf+xml,application/rdf+xml", RDFXML),
        ("CONSTRUCT", "sparql-results+xml", RDFXML),
        ("DESCRIBE", "turtle", TURTLE),
        ("DESCRIBE", "n3", TURTLE),
        ("DESCRIBE", "text/rdf+n3", TURTLE),
        ("DESCRIBE", "ttl", TURTLE),
        ("DESCRIBE", "ntriples", NTRIPLES),
        ("DESCRIBE", "text/plain", NTRIPLES),
        ("DESCRIBE", "nq", NQUADS),
        ("DESCRIBE", "trig", TRIG),
    ],
)
def test_the_words_that_clients_send_name_a_format(form, words, expected):
    assert find_format(words, OF_FORM[form]) is expected


@pytest.mark.parametrize(
    ("form", "words"),
    [("SELECT", "turtle"), ("CONSTRUCT", "csv"), ("ASK", "geojson"), ("SELECT", "pdf"), ("SELECT", ",")],
)
def test_words_for_what_is_not_offered_are_an_error_that_lists_the_offer(form, words):
    with pytest.raises(NotAcceptable) as raised:
        find_format(words, OF_FORM[form])

    assert raised.value.extensions["offered"] == [format.suffix for format in OF_FORM[form]]


def test_words_that_contradict_each_other_are_an_error():
    with pytest.raises(RequestError, match="json,xml"):
        find_format("json,xml", OF_FORM["SELECT"])


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("de, fr-BE;q=0.8, en;q=0.5", "fr"),
        ("de", "en"),
        ("fr;q=0", "en"),
        ("FR-ca", "fr"),
        ("en ; q=0.5 , fr ; q=0.9", "fr"),
        ("zh-CN, *;q=0.5", "en"),
        ("fr;q=high, en;q=0.1", "en"),
    ],
)
def test_the_readers_language_is_chosen(header, expected):
    assert choose_language(header, ("en", "fr")) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("application/json, text/plain, */*", JSONLD),  # axios, Angular
        ("text/turtle, */*", TURTLE),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", HTML),  # URL.openStream of Java
        ("image/png, *; q=.2", HTML),
        ("text/turtle;q=., */*;q=0.1", HTML),
    ],
)
def test_a_named_type_is_better_than_a_wildcard(header, expected):
    assert negotiate(header, (HTML, *GRAPH)) is expected


def test_where_formats_with_graphs_fit_less_they_are_sent_to_who_wants_only_them() -> None:
    offered = (HTML, *GRAPH, TRIG, NQUADS)

    assert negotiate(COMUNICA, offered) is NQUADS
    assert negotiate(COMUNICA, offered, dataset_quality=0.8) is JSONLD
    assert negotiate("application/n-quads, */*;q=0.1", offered, dataset_quality=0.8) is NQUADS
