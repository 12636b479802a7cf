"""Query parameters: decoded once, strictly."""

import pytest

from publisher.errors import PayloadTooLarge, RequestError, UnsupportedMedia, UpdateRefused
from publisher.web.query_request import FORM, QUERY, UPDATE, read_parameters, read_query_request

ASK = "ASK%20%7B%7D"


def read(method="GET", query_string="", content_type="", body=b""):
    return read_query_request(method, query_string, content_type, body, max_query_bytes=100)


def test_a_value_is_decoded_exactly_once():
    assert read_parameters("iri=%2525+%26").one("iri") == "%25 &"


@pytest.mark.parametrize("text", ["a=%FF", "a=%00", "a=%zz", "a=%", "%FF=a", "a=\xff"])
def test_what_cannot_be_decoded_is_refused(text):
    with pytest.raises(RequestError):
        read_parameters(text)


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(RequestError, match="2 times"):
        read_parameters("lang=en&lang=fr").language()


@pytest.mark.parametrize("text", ["page=0", "page=-1", "page=x", "page=1.5", "page=" + "9" * 5000, "page="])
def test_a_page_is_a_whole_number_from_1(text):
    with pytest.raises(RequestError):
        read_parameters(text).page()


def test_a_language_is_a_tag():
    assert read_parameters("lang=fr-BE").language() == "fr-be"
    assert read_parameters("lang=").language() is None
    with pytest.raises(RequestError):
        read_parameters("lang=%22%3E").language()


@pytest.mark.parametrize(
    ("query_string", "format"),
    [
        ("", None),
        ("format=&output=+&results=auto", None),
        ("format=json&output=json&results=json", "json"),
        ("results=csv", "csv"),
        ("format=tsv&format=text/tab-separated-values&output=tsv", "tsv,text/tab-separated-values"),
        ("format=json-ld&format=application/ld%2Bjson,application/x-json%2Bld",
         "json-ld,application/ld+json,application/x-json+ld"),
    ],
)  # fmt: skip
def test_what_is_said_of_the_format_is_gathered(query_string, format):
    assert read("GET", query_string).format == format


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", f"query={ASK}"),
        ("POST", "", FORM, f"query={ASK}".encode()),
        ("POST", "", f"{FORM}; charset=UTF-8", b"query=ASK+{}"),
        ("POST", "", f"{QUERY};charset=utf-8", b"ASK {}"),
        ("POST", "", QUERY, b"\xef\xbb\xbfASK {}"),
        ("POST", "", f"{FORM};charset=iso-8859-1", b"query=ASK+{}"),
        ("POST", "", FORM, b"&" * 2000 + b"query=ASK+{}"),
    ],
)
def test_the_three_ways_of_the_protocol_say_the_same(request_):
    assert read(*request_).query == "ASK {}"


def test_graphs_and_format_come_along():
    graph = "https%3A%2F%2Fdata.example.org%2Fg"

    asked = read("POST", f"default-graph-uri={graph}&named-graph-uri={graph}&output=json", QUERY, b"ASK {}")

    assert asked.default_graphs == asked.named_graphs == ("https://data.example.org/g",)
    assert asked.format == "json"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (("POST", "", UPDATE, b"CLEAR ALL"), UpdateRefused),
        (("POST", "", FORM, b"update=CLEAR+ALL"), UpdateRefused),
        (("GET", "update=CLEAR+ALL"), UpdateRefused),
        (("POST", "", "application/json", b"{}"), UnsupportedMedia),
        (("POST", "", "", b"ASK {}"), UnsupportedMedia),
        (("POST", "", f"{QUERY};charset=utf-16", b"ASK {}"), UnsupportedMedia),
        (("POST", "", QUERY, b"ASK {} # \xff"), RequestError),
        (("POST", f"query={ASK}", QUERY, b"ASK {}"), RequestError),
        (("POST", f"query={ASK}", FORM, f"query={ASK}".encode()), RequestError),
        (("POST", f"query={ASK}", "", b""), UnsupportedMedia),
        (("POST", "", "multipart/form-data; boundary=x", b"--x"), UnsupportedMedia),
        (("GET", f"query={ASK}&using-graph-uri=urn:g"), RequestError),
        (("GET", f"query={ASK}&using-named-graph-uri=urn:g"), RequestError),
        (("GET", f"query={ASK}&query={ASK}"), RequestError),
        (("GET", f"query={ASK}&default-graph-uri=no-iri"), RequestError),
        (("GET", "query=" + "a" * 101), PayloadTooLarge),
    ],
)
def test_what_is_no_query_is_refused(request_, error):
    with pytest.raises(error):
        read(*request_)
