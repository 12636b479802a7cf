"""The one reader of query parameters: of every URL, and of the SPARQL 1.1 Protocol's three ways to send a query.

Text is decoded exactly once and strictly: what cannot be decoded is an error, not a guess.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from ..errors import PayloadTooLarge, RequestError, UnsupportedMedia, UpdateRefused

FORM = "application/x-www-form-urlencoded"
MOST_PARAMETERS = 1000
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_LARGEST_PAGE = 10**9


@dataclass(frozen=True)
class Parameters:
    """Decoded parameters: name -> values in their order."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def many(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())

    def one(self, name: str) -> str | None:
        """The value of *name*, None when absent. Raises RequestError when it is given more than once."""
        values = self.many(name)
        if len(values) > 1:
            raise RequestError(f"parameter {name} is given {len(values)} times; once is right", parameter=name)
        return values[0] if values else None

    def language(self) -> str | None:
        """Value of ``lang``, a language tag in lower case."""
        tag = self.one("lang")
        if tag is not None and not _LANGUAGE.fullmatch(tag):
            raise RequestError(f"lang={tag!r} is no language tag; en or fr-BE would be right", parameter="lang")
        return tag.lower() if tag else None

    def page(self) -> int:
        """Value of ``page``, counted from 1."""
        text = self.one("page")
        if text is None:
            return 1
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= _LARGEST_PAGE):
            raise RequestError(f"page={text!r}: a whole number of at least 1 is right", parameter="page")
        return int(text)


@dataclass(frozen=True)
class QueryRequest:
    """What a request to the endpoint asks; *query* is None when it asks nothing."""

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None
    language: str | None = None

    @property
    def has_dataset(self) -> bool:
        return bool(self.default_graphs or self.named_graphs)


def read_parameters(text: str) -> Parameters:
    """Decode a query string or form body (as it came over the wire, one character a byte).

    raises   RequestError for a broken escape, bytes that are not UTF-8, a NUL, or too many parameters

    >>> read_parameters("a=1&a=b+c%26").many("a")
    ('1', 'b c&')
    """
    pairs = [pair for pair in text.split("&", MOST_PARAMETERS) if pair]
    if len(pairs) > MOST_PARAMETERS:
        raise RequestError(f"more than {MOST_PARAMETERS} parameters", limit=MOST_PARAMETERS)
    values: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        name = _decode(name, "a parameter's name")
        values.setdefault(name, []).append(_decode(value, f"parameter {name}"))
    return Parameters({name: tuple(given) for name, given in values.items()})


def read_query_request(
    method: str, query_string: str, content_type: str, body: bytes, *, max_query_bytes: int
) -> QueryRequest:
    """Read a request of the SPARQL 1.1 Protocol (section 2.1): GET, POST of a form, POST of a query.

    raises   RequestError, UnsupportedMedia, UpdateRefused, PayloadTooLarge (extension ``limit``, in bytes)
    """
    parameters = read_parameters(query_string)
    query = None
    if method == "POST":
        media_type, charset = _media_type(content_type)
        if media_type == UPDATE:
            raise UpdateRefused("this endpoint is read-only; send queries as application/sparql-query")
        if media_type == FORM:
            parameters = _merge(parameters, read_parameters(body.decode("latin-1")))
        elif media_type == QUERY:
            if charset not in ("", "utf-8", "utf8", "us-ascii"):
                raise UnsupportedMedia(f"charset {charset} is not read; UTF-8 is right")
            if "query" in parameters.values:
                raise RequestError("a query in the body and one in the URL; one of them is right", parameter="query")
            query = _text(body, "the body")
        else:
            raise UnsupportedMedia(f"a body of {media_type or 'no type'}; {FORM} or {QUERY} is right")
    if "update" in parameters.values:
        raise UpdateRefused("this endpoint is read-only; parameter query is right, update is not")
    query = parameters.one("query") if query is None else query
    if query is not None and len(query.encode()) > max_query_bytes:
        raise PayloadTooLarge(f"the query is longer than {max_query_bytes} bytes", limit=max_query_bytes)
    return QueryRequest(
        query,
        _graphs(parameters, "default-graph-uri"),
        _graphs(parameters, "named-graph-uri"),
        _first(parameters, "format", "output", "results"),
        parameters.language(),
    )


def _decode(text: str, where: str) -> str:
    if _BROKEN_ESCAPE.search(text):
        raise RequestError(f"{where} holds a % that two hexadecimal digits do not follow; %25 is right")
    return _text(unquote_to_bytes(text.replace("+", " ").encode("latin-1", "replace")), where)


def _text(content: bytes, where: str) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(f"{where} is not UTF-8 (byte {error.start})") from error
    if "\0" in text:
        raise RequestError(f"{where} holds the character NUL")
    return text


def _media_type(content_type: str) -> tuple[str, str]:
    """Media type and charset of a Content-Type header, both in lower case."""
    name, _, rest = content_type.lower().partition(";")
    charset = re.search(r'charset\s*=\s*"?([^\s";]+)', rest)
    return name.strip(), charset[1] if charset else ""


def _merge(one: Parameters, other: Parameters) -> Parameters:
    names = dict.fromkeys([*one.values, *other.values])
    return Parameters({name: one.many(name) + other.many(name) for name in names})


def _graphs(parameters: Parameters, name: str) -> tuple[str, ...]:
    for iri in parameters.many(name):
        if not re.fullmatch(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`]*', iri):
            raise RequestError(f"{name}={iri!r} is no absolute IRI", parameter=name)
    return parameters.many(name)


def _first(parameters: Parameters, *names: str) -> str | None:
    """The value of the one of *names* that is given; empty counts as absent."""
    given = [value for name in names if (value := parameters.one(name))]
    if len(set(given)) > 1:
        raise RequestError(f"parameters {', '.join(names)} contradict each other; one is right", parameter=names[0])
    return given[0] if given else None
