"""``/reconcile``: somebody's column of names becomes a column of our IRIs, in OpenRefine or by a program of their own.

Without parameters it says what the service can do (for people as a page, with a form to try it); with ``queries`` it
answers a batch, with ``query`` one question, with ``extend`` it tells properties of resources (``extend.py``).
Suggestions and previews are in ``suggest.py``. Source: Reconciliation Service API 0.2.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode

from .. import __version__
from ..describe.labels import sort_key
from ..describe.matching import Candidate, Query
from ..describe.said import description_properties
from ..errors import NotAcceptable, PayloadTooLarge, RequestError, UnsupportedMedia
from ..formats import HTML, PLAIN_JSON
from .answers import chosen_language, in_turns, parameters, reader_language, send_page, turn, with_language
from .extend import SETTINGS, extend
from .jsonp import KEPT_FROM_SEARCH, send_json
from .negotiation import negotiate
from .query_request import FORM, Parameters, read_parameters
from .site import site
from .terms import MOST_LISTED, known_class, known_property, most_used, named

MOST_QUERIES = 50  # of a batch
LARGEST = 2**18  # characters of a batch
CANDIDATES, MOST_CANDIDATES = 10, 100  # of a query, when it does not say; at most
MOST_TYPES, MOST_PROPERTIES, MOST_VALUES = 20, 10, 10  # of a query; values of a property
DEFAULT_TYPES = 10  # in the manifest, the largest ones
LONGEST = 300  # characters of a description
VERSIONS = ("0.1", "0.2")
STRICT = ("any", "all", "should")
PREVIEW = {"width": 430, "height": 300}  # pixels

blueprint = Blueprint("reconcile", __name__)


@dataclass(frozen=True)
class Asked:
    """A query, and how many candidates are wanted."""

    query: Query
    limit: int


@blueprint.route("/reconcile", methods=["GET", "POST"])
def reconcile() -> Response:
    """The manifest, or the answer to what is asked."""
    given = read_form() if request.method == "POST" else parameters()
    asked = [name for name in ("queries", "query", "extend") if name in given.values]
    if len(asked) > 1:
        raise RequestError(f"{' and '.join(asked)} in one request; one of them is right", parameter=asked[1])
    kind = asked[0] if asked else ""
    text = given.one(kind) or "" if kind else ""
    callback = given.one("callback") or ""
    for_people = request.method == "GET" and kind in ("", "query")
    if for_people and not callback and wants_page():
        with turn():
            return show(text, given)
    if kind == "queries":
        document: Mapping[str, Any] = answer_batch(read_json(text, "queries"))
    elif kind == "extend":
        document = extend(read_json(text, "extend"))
    elif kind == "query":
        with turn():
            document = {"result": answer(read_single(text, given))}
    elif request.method == "POST":
        raise RequestError("the form brings neither queries nor extend", parameter="queries")
    else:
        with turn():
            document = manifest()
    vary = ("Accept", "Accept-Language") if for_people else ("Accept-Language",)
    return send_json(document, vary=vary, callback=callback)


def manifest() -> dict[str, Any]:
    """What the service is and can do (section 3.1)."""
    here, language = site(), reader_language()
    meant = [iri for iri in most_used(here.class_counts, MOST_LISTED) if not states_something(iri)]
    found = {
        "versions": list(VERSIONS),
        "name": f"{here.title(language).value} (reconciliation)",
        "identifierSpace": here.base_iri,
        "schemaSpace": here.ontology or here.base_iri,
        "serviceVersion": __version__,
        "documentation": here.address("reconcile"),
        "logo": here.address("static/icon.svg"),
        "batchSize": MOST_QUERIES,
        "view": {"url": here.address("describe?iri={{id}}")},
        "preview": {"url": chosen(here.address("reconcile/preview?id={{id}}")), **PREVIEW},
        "suggest": {kind: suggest_service(kind) for kind in ("entity", "type", "property")},
        "extend": {
            "propose_properties": {
                "service_url": here.location.rstrip("/"),
                "service_path": "/reconcile/properties",  # OpenRefine puts "?type=" behind it, whatever is in it
            },
            "property_settings": list(SETTINGS),
        },
    }
    return found | {"defaultTypes": [named(iri, language) for iri in meant[:DEFAULT_TYPES]]}


def states_something(class_: str) -> bool:
    """Are its resources statements about others? These have names that nobody writes in a table."""
    members = site().index.members(class_, "en", 0, 1)
    stating = description_properties(site().store)
    nodes = [NamedNode(iri) for iri in members if not iri.startswith("_:")]
    return any(next(site().store.triples(node, property_), None) for node in nodes for property_ in stating)


def suggest_service(kind: str) -> dict[str, str]:
    return {
        "service_url": site().location.rstrip("/"),
        "service_path": chosen(f"/reconcile/suggest/{kind}"),
        "flyout_service_path": chosen(f"/reconcile/flyout/{kind}?id=${{id}}"),
    }


def chosen(address: str) -> str:
    """*address* with the language that the request chose by ``?lang=``."""
    language = chosen_language()
    return with_language(address, language) if language else address


# Questions


def read_form() -> Parameters:
    """The parameters of a form, and those of the address it was sent to. Raises RequestError, UnsupportedMedia."""
    if request.mimetype != FORM:
        sent = request.mimetype or "that it does not tell"
        raise UnsupportedMedia(f"a body of type {sent} is not read; {FORM} is right", headers={"Accept-Post": FORM})
    form, address = read_parameters(request.get_data().decode("latin-1")), parameters()
    names = dict.fromkeys([*form.values, *address.values])
    return Parameters({name: form.many(name) + address.many(name) for name in names})


def read_json(text: str, name: str) -> Any:
    """The value of a parameter in JSON. Raises RequestError, PayloadTooLarge."""
    if len(text) > LARGEST:
        raise PayloadTooLarge(f"{name} is longer than {LARGEST} characters", limit="characters", value=LARGEST)
    try:
        found = json.loads(text, parse_constant=refuse_constant)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text, and none may come back
        return found
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "nested too deeply"
        right = '{"q0": {"query": "a name", "limit": 3}}' if name == "queries" else "an object"
        raise RequestError(f"{name} is not JSON: {reason}; {right} is right", parameter=name) from error


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def answer_batch(batch: Any) -> dict[str, Any]:
    """The candidates of each query of *batch* (section 4.2). Raises RequestError, PayloadTooLarge, LimitExceeded."""
    if not isinstance(batch, dict):
        raise RequestError("queries is no JSON object of queries by key", parameter="queries")
    if len(batch) > MOST_QUERIES:
        detail = f"{len(batch)} queries are too many at once; {MOST_QUERIES} is the most (batchSize)"
        raise PayloadTooLarge(detail, limit="batchSize", value=MOST_QUERIES)
    asked = {key: read_query(query, f"queries.{key}") for key, query in batch.items()}
    return {key: {"result": found} for key, found in zip(asked, in_turns(answer, asked.values()), strict=True)}


def read_single(text: str, given: Parameters) -> Asked:
    """One query, in JSON or as plain text with its type and limit beside it, as version 0.1 has it."""
    if text.lstrip().startswith("{"):
        return read_query(read_json(text, "query"), "query")
    number = given.one("limit") or str(CANDIDATES)
    if not (number.isascii() and number.isdigit()):
        raise RequestError(f"limit={number!r}: a whole number of at least 1 is right", parameter="limit")
    types = list(filter(None, given.many("type")))
    query = {"query": text, "type": types, "type_strict": given.one("type_strict") or "any", "limit": int(number[:9])}
    return read_query(query, "query")


def read_query(query: Any, where: str) -> Asked:
    """A query that came in JSON (section 4.1). Raises RequestError, which says *where* and what is right."""
    if not isinstance(query, dict):
        raise RequestError(f"{where} is no JSON object", parameter=where)
    text, limit = query.get("query", ""), query.get("limit") or CANDIDATES
    if not isinstance(text, str):
        raise RequestError(f"{where}.query is no text", parameter=f"{where}.query")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 1:
        raise RequestError(f"{where}.limit: a whole number of at least 1 is right", parameter=f"{where}.limit")
    strict = query.get("type_strict") or "any"
    if strict not in STRICT:
        right = f"one of {', '.join(STRICT)} is right"
        raise RequestError(f"{where}.type_strict: {right}", parameter=f"{where}.type_strict")
    properties = read_properties(query.get("properties", []), f"{where}.properties")
    if not text.strip() and not properties:
        raise RequestError(f"{where} has neither a query nor properties", parameter=where)
    types = read_types(query.get("type") or [], f"{where}.type")
    return Asked(Query(text, types, strict, properties), int(min(limit, MOST_CANDIDATES)))


def read_types(given: Any, where: str) -> tuple[str, ...]:
    """Classes, each by IRI or ``prefix:Name``. Raises RequestError, which lists those that there are."""
    listed = given if isinstance(given, list) else [given]
    if len(listed) > MOST_TYPES:
        raise RequestError(f"{where}: {len(listed)} types; {MOST_TYPES} is the most", parameter=where)
    return tuple(known_class(item.get("id") if isinstance(item, dict) else item, where) for item in listed)


def read_properties(given: Any, where: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Properties with the values that a candidate should have, each as text."""
    if not isinstance(given, list) or len(given) > MOST_PROPERTIES:
        raise RequestError(f"{where}: a list of at most {MOST_PROPERTIES} is right", parameter=where)
    return tuple(read_property(item, where) for item in given)


def read_property(given: Any, where: str) -> tuple[str, tuple[str, ...]]:
    if not isinstance(given, dict) or "pid" not in given or "v" not in given:
        raise RequestError(f'{where}: {{"pid": "an IRI", "v": "a value"}} is right', parameter=where)
    values = given["v"] if isinstance(given["v"], list) else [given["v"]]
    if len(values) > MOST_VALUES:
        raise RequestError(f"{where}: {len(values)} values; {MOST_VALUES} is the most", parameter=where)
    return known_property(given["pid"], where), tuple(read_value(value, where) for value in values)


def read_value(value: Any, where: str) -> str:
    """A value as text: of something reconciled before, its identifier."""
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        return str(value["id"])
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    right = 'a text, number, truth value or {"id": "an identifier"}'
    raise RequestError(f"{where}: {right} is right for v", parameter=where)


# Answers


def answer(asked: Asked) -> list[dict[str, Any]]:
    """The candidates of one query (section 4.2)."""
    language = reader_language()
    return [told(candidate, language) for candidate in site().matcher.candidates(asked.query)[: asked.limit]]


def told(candidate: Candidate, language: str) -> dict[str, Any]:
    """A candidate as the protocol has it."""
    name = site().name(candidate.iri, language).value
    found = {
        "id": candidate.iri,
        "name": name,
        "score": candidate.score,
        "match": candidate.match,
        "type": [named(iri, language) for iri in candidate.types],
        "features": [{"id": feature, "value": value} for feature, value in candidate.features.items()],
    }
    other = candidate.found_by if candidate.found_by != name else ""
    description = " · ".join(filter(None, (other, site().described(candidate.iri, language, LONGEST).value)))
    return found | ({"description": description} if description else {})


def wants_page() -> bool:
    """Does the client prefer a page to JSON? Whoever likes neither gets JSON: scripts ask for scripts."""
    try:
        return negotiate(request.headers.get("Accept", ""), (PLAIN_JSON, HTML)) is HTML
    except NotAcceptable:
        return False


def show(text: str, given: Parameters) -> Response:
    """The page that tells people of the service, and lets them try it."""
    here, language = site(), reader_language()
    asked = read_single(text, given) if text.strip() else Asked(Query(""), 0)
    found = here.matcher.candidates(asked.query)[: asked.limit] if text.strip() else []
    rows = [
        (
            candidate,
            here.link(candidate.iri, language),
            [here.link(kind, language) for kind in candidate.types],
            here.described(candidate.iri, language, LONGEST),
        )
        for candidate in found
    ]
    kinds = [(iri, here.name(iri, language)) for iri in most_used(here.class_counts, MOST_LISTED)]
    kinds.sort(key=lambda kind: sort_key(kind[1].value))
    return send_page(
        "reconcile.html", headers=KEPT_FROM_SEARCH, asked=text, rows=rows, kinds=kinds,
        kind=asked.query.types[0] if asked.query.types else "", chosen=chosen_language(),
    )  # fmt: skip
