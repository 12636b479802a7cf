"""The OpenAPI 3.1 description of the named queries: made from their headers and the table of formats."""

from collections.abc import Iterable
from typing import Any

from ..content.queries import NamedQuery, Parameter
from ..formats import GEOJSON, HTML, JSON, JSONLD, PLAIN_JSON, SPARQL, Format
from .languages import LANGUAGES
from .query_form import LARGEST_PAGE, PAGE, formats
from .site import Site

PROBLEM = "application/problem+json"
_SCHEMAS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "minimum": -(10**18) + 1, "maximum": 10**18 - 1},
    "decimal": {"type": "number"},
    "double": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "dateTime": {"type": "string", "format": "date-time"},
    "gYear": {"type": "integer", "minimum": 1000, "maximum": 9999},
    "gYearMonth": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
    "IRI": {"type": "string", "format": "iri-reference", "minLength": 1},
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "Problem details (RFC 9457): what was wrong and what would be right",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_TERM_SCHEMA = {
    "type": "object",
    "required": ["type", "value"],
    "properties": {
        "type": {"enum": ["uri", "literal", "bnode", "triple"]},
        "value": {},
        "datatype": {"type": "string"},
        "xml:lang": {"type": "string"},
    },
}
_RESULT_SCHEMA = {
    "type": "object",
    "description": "SPARQL 1.1 Query Results JSON Format",
    "required": ["head"],
    "properties": {
        "head": {"type": "object"},
        "boolean": {"type": "boolean"},
        "results": {
            "type": "object",
            "required": ["bindings"],
            "properties": {
                "bindings": {
                    "type": "array",
                    "items": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Term"}},
                }
            },
        },
    },
}
_ERRORS = {
    "400": "A parameter is wrong or unknown; `parameters` says which and what would be right",
    "404": "There is no such page of the result",
    "406": "No offered format fits; `offered` lists them",
    "429": "This client has more than its share of queries under way; try again later",
    "503": "The answer took too long or grew too large, or the server is busy; try again later",
}


def openapi(site: Site) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {"/api": {"get": _list_operation()}}
    for query in site.queries.values():
        paths[f"/api/{query.name}"] = {"get": _operation(site, query)}
    if site.queries:
        paths["/api/{query}.rq"] = {"get": _text_operation(site.queries)}
    info: dict[str, Any] = {"title": site.title("en").value, "version": site.snapshot.version[:12]}
    if description := site.description("en"):
        info["description"] = description.value
    if site.licence:
        info["license"] = {"name": site.name(site.licence, "en").value, "url": site.licence}
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": site.location.rstrip("/")}],
        "tags": [{"name": tag} for tag in sorted({tag for query in site.queries.values() for tag in query.tags})],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM_SCHEMA, "Term": _TERM_SCHEMA, "Result": _RESULT_SCHEMA},
            "responses": {status: _error(text) for status, text in _ERRORS.items()},
        },
    }


def _list_operation() -> dict[str, Any]:
    words = {
        "name": "q",
        "in": "query",
        "description": "Only queries that say each of these words, in any language.",
        "schema": {"type": "string"},
    }
    content = {PLAIN_JSON.media_type: {"schema": {"type": "array", "items": {"type": "object"}}}, HTML.media_type: {}}
    return {
        "operationId": "listQueries",
        "summary": "The named queries",
        "parameters": [words, _format_parameter((HTML, PLAIN_JSON)), _language_parameter()],
        "responses": {"200": {"description": "The list", "content": content}, **_errors("406")},
    }


def _text_operation(names: Iterable[str]) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(names)}
    return {
        "operationId": "queryText",
        "summary": "The text of a named query, as SPARQL with absolute prefixes",
        "parameters": [{"name": "query", "in": "path", "required": True, "schema": schema}],
        "responses": {"200": {"description": "The query", "content": {SPARQL.media_type: {}}}, **_errors("404")},
    }


def _operation(site: Site, query: NamedQuery) -> dict[str, Any]:
    offered = formats(query)
    parameters = [_parameter(site, param) for param in query.params]
    if not any(param.name == "lang" for param in query.params):
        parameters.append(_language_parameter())
    parameters.append(_format_parameter(offered))
    good: dict[str, Any] = {"description": str(query.heading), "content": {f.media_type: _body(f) for f in offered}}
    if query.form == "SELECT":
        parameters += _page_parameters()
        text = "Number of all rows, when a page of them was asked for"
        good["headers"] = {"Total-Rows": {"description": text, "schema": {"type": "integer"}}}
    operation = {
        "operationId": query.name,
        "summary": str(query.summary),
        "tags": list(query.tags),
        "parameters": parameters,
        "responses": {"200": good, **_errors("400", "404", "406", "429", "503")},
    }
    return operation | ({"description": str(query.description)} if query.description else {})


def _parameter(site: Site, param: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = dict(_SCHEMAS[param.datatype])
    read = float if schema["type"] == "number" else int if schema["type"] == "integer" else None
    for key in ("minimum", "maximum"):
        bound = getattr(param, key)
        if bound and read:
            schema[key] = read(bound)
    if param.enum:
        schema["enum"] = [read(value) for value in param.enum] if read else list(param.enum)
    if param.default:
        value = param.default.value.removeprefix(site.base_iri)
        schema["default"] = read(value) if read else value == "true" if param.datatype == "boolean" else value
    unit = f" In {param.unit}." if param.unit else ""
    sets = ", ".join(map(site.short, (*param.classes, *param.schemes)))
    classes = f" One of {sets}." if sets else ""
    return {"name": param.name, "in": "query", "description": f"{param.doc}{unit}{classes}", "schema": schema}


def _format_parameter(offered: Iterable[Format]) -> dict[str, Any]:
    names = [format.suffix for format in offered]
    text = "Format of the answer; without it the Accept header decides"
    return {"name": "format", "in": "query", "description": text, "schema": {"type": "string", "enum": names}}


def _language_parameter() -> dict[str, Any]:
    schema = {"type": "string", "enum": list(LANGUAGES)}
    return {"name": "lang", "in": "query", "description": "Language of the page", "schema": schema}


def _page_parameters() -> list[dict[str, Any]]:
    page = {"type": "integer", "minimum": 1, "maximum": 10**9}
    size = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE}
    whole = "without page and page_size data formats hold every row"
    return [
        {"name": "page", "in": "query", "description": f"Which page of the rows, from 1; {whole}", "schema": page},
        {"name": "page_size", "in": "query", "description": f"Rows of a page; {whole}", "schema": size},
    ]


def _body(format: Format) -> dict[str, Any]:
    if format is JSON:
        return {"schema": {"$ref": "#/components/schemas/Result"}}
    return {"schema": {"type": "object"}} if format in (JSONLD, GEOJSON) else {}


def _error(text: str) -> dict[str, Any]:
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}, HTML.media_type: {}}
    return {"description": text, "content": content}


def _errors(*statuses: str) -> dict[str, Any]:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}
