"""The one reader of query parameters: of every URL, and of the SPARQL 1.1 Protocol's three ways to send a query.

Text is decoded exactly once and strictly: what cannot be decoded is an error, not a guess.
"""

import codecs
import re
from binascii import a2b_qp
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import PayloadTooLarge, RequestError, UnsupportedMedia, UpdateRefused

FORM = "application/x-www-form-urlencoded"
MOST_PARAMETERS = 1000
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`]*')
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
        """Value of ``lang``, a language tag in lower case; an empty one counts as absent."""
        tag = self.one("lang")
        if tag and not _LANGUAGE.fullmatch(tag):
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
    """What a request to the endpoint asks; *query* is None when it asks nothing.

    format   what it says of the format of the answer beside Accept: words with commas between
    """

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
    pairs = [pair for pair in text.split("&") if pair]
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
            raise UpdateRefused(f"this endpoint is read-only; send queries as {QUERY}")
        if media_type not in (FORM, QUERY):
            right = f"{QUERY} for a query or {FORM} for a form is right"
            raise UnsupportedMedia(f"{_sent(media_type)}; {right}", headers={"Accept-Post": f"{QUERY}, {FORM}"})
        if media_type == QUERY and charset not in ("", "utf-8", "utf8", "us-ascii"):  # a form's escapes are UTF-8
            raise UnsupportedMedia(f"charset {charset} is not read; UTF-8 is right")
        if media_type == FORM:
            parameters = _merge(parameters, read_parameters(body.decode("latin-1")))
        elif "query" in parameters.values:
            raise RequestError("a query in the body and one in the URL; one of them is right", parameter="query")
        else:
            query = _text(body.removeprefix(codecs.BOM_UTF8), "the body")
    if "update" in parameters.values:
        raise UpdateRefused("this endpoint is read-only; parameter query is right, update is not")
    for name in ("using-graph-uri", "using-named-graph-uri"):
        if name in parameters.values:
            right = name.replace("using-graph", "default-graph").replace("using-", "")
            raise RequestError(
                f"{name} is for updates, and this endpoint is read-only; {right} is right", parameter=name
            )
    query = parameters.one("query") if query is None else query
    if query is not None and len(query.encode()) > max_query_bytes:
        raise PayloadTooLarge(
            f"the query is longer than {max_query_bytes} bytes (max_query_bytes)",
            limit="max_query_bytes",
            value=max_query_bytes,
        )
    return QueryRequest(
        query,
        _graphs(parameters, "default-graph-uri"),
        _graphs(parameters, "named-graph-uri"),
        _format(parameters),
        parameters.language(),
    )


def _sent(media_type: str) -> str:
    if media_type == "multipart/form-data":
        return "a form with parts is not read"
    return f"a body of type {media_type} is no query" if media_type else "the body came without a Content-Type"


def _decode(text: str, where: str) -> str:
    if _BROKEN_ESCAPE.search(text):
        raise RequestError(f"{where} holds a % that two hexadecimal digits do not follow; %25 is right")
    # Quoted-printable has "=" for "%", and its reader is C: 1 µs where the standard library's for URLs takes 10.
    quoted = text.replace("+", " ").replace("=", "=3D").replace("%", "=")
    return _text(a2b_qp(quoted.encode("latin-1", "replace")), where)


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
    """The IRIs of a dataset's graphs; an empty value, which some clients always send, counts as absent."""
    given = tuple(iri for iri in parameters.many(name) if iri)
    for iri in given:
        check_iri(name, iri)
    return given


def check_iri(name: str, iri: str) -> None:
    """Raise RequestError unless *iri*, the value of parameter *name*, is an absolute IRI."""
    if not _IRI.fullmatch(iri):
        raise RequestError(f"{name}={iri!r} is no absolute IRI", parameter=name)


def _format(parameters: Parameters) -> str | None:
    """What the client says of the format, in three parameters and any number of times; empty ones count as absent."""
    words = [word for name in ("format", "output", "results") for word in parameters.many(name)]
    given = dict.fromkeys(word for word in words if word.strip() and word.strip().lower() != "auto")
    return ",".join(given) or None
