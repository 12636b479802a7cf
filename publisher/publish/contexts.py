"""Validation of the JSON-LD context and frames: they parse, stay on this machine, and mean something."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyld import FrozenDocumentLoader, jsonld
from pyld.jsonld import JsonLdError

from ..content.dataset import Content, no_constant
from ..content.findings import Finding

CONTEXT = "ontology/context.jsonld"
FRAMES = "ontology/frames/"
_RELATIVE = "https://relative.invalid/"  # base of IRIs that the context leaves relative


def context_findings(content: Content) -> Iterator[Finding]:
    """What is wrong in ontology/context.jsonld and ontology/frames/*.jsonld."""
    context: Any = {}  # None when it is broken: frames are then only read
    for name, path in content.files.items():
        if name != CONTEXT and not (name.startswith(FRAMES) and path.suffix == ".jsonld"):
            continue
        document, findings = _read(content, name, path)
        if findings:
            context = None if name == CONTEXT else context
            yield from findings
            continue
        text = path.read_text(encoding="utf-8-sig")
        remote = list(_remote(document))
        for url in remote:
            right = "the context itself" if name == CONTEXT else f"no context: {CONTEXT} is used"
            yield Finding(name, _line(text, f'"{url}"'), "error", f"names the context {url}", right)
        if name == CONTEXT:
            context = document.get("@context", document)
            problems = [] if remote else list(_processed(name, text, context))
            context = None if remote or problems else context
            yield from problems
        elif context is not None and not remote:
            yield from _frame(name, text, document, context)


def _read(content: Content, name: str, path: Path) -> tuple[dict[str, Any], list[Finding]]:
    try:
        text = path.read_text(encoding="utf-8-sig").replace("{BASE_IRI}", content.base_iri)
        document = json.loads(text, parse_constant=no_constant)
    except UnicodeDecodeError:
        return {}, [Finding(name, 1, "error", "is not UTF-8 text", "save the file as UTF-8")]
    except json.JSONDecodeError as error:
        message = f"column {error.colno}: not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        return {}, [Finding(name, error.lineno, "error", message, column=error.colno)]
    except RecursionError:
        return {}, [Finding(name, 1, "error", "is nested too deeply", "a context of a few levels")]
    except ValueError as error:
        return {}, [Finding(name, 1, "error", f"not JSON: {error}", "valid JSON")]
    if not isinstance(document, dict):
        return {}, [Finding(name, 1, "error", "is no JSON object", "{ … }")]
    return document, []


def _remote(node: Any) -> Iterator[str]:
    """Contexts that would have to be fetched."""
    if isinstance(node, list):
        for item in node:
            yield from _remote(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("@context", "@import"):
                yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))
            yield from _remote(value)


def _processed(name: str, text: str, context: Any) -> Iterator[Finding]:
    try:
        jsonld.expand({"@context": context}, _options())
    except JsonLdError as error:
        yield _jsonld_finding(name, text, error)


def _frame(name: str, text: str, frame: dict[str, Any], context: Any) -> Iterator[Finding]:
    own = frame.get("@context", {})
    whole = [context, *(own if isinstance(own, list) else [own])]
    try:
        expanded = jsonld.expand(frame | {"@context": whole}, _options() | {"isFrame": True})
    except JsonLdError as error:
        yield _jsonld_finding(name, text, error)
        return
    types = [str(type_) for node in expanded for type_ in node.get("@type", []) if isinstance(type_, str)]
    if not types:
        yield Finding(name, 1, "error", "the frame names no type", 'the class it is for, as "type": "…"')
    for word in (type_.removeprefix(_RELATIVE) for type_ in types if type_.startswith(_RELATIVE)):
        line = _line(text, f'"{word}"')
        yield Finding(name, line, "error", f"type {word} is no term of {CONTEXT}", "a term or an IRI")


def _options() -> dict[str, Any]:
    return {"documentLoader": FrozenDocumentLoader({}), "base": _RELATIVE}


def _jsonld_finding(name: str, text: str, error: JsonLdError) -> Finding:
    message = str(error.args[0]).removeprefix("Invalid JSON-LD syntax; ").rstrip(".")
    term = error.details.get("term") if isinstance(error.details, dict) else None
    line = _line(text, f'"{term}"') if term else 1
    return Finding(name, line, "error", f"{message} [{error.code}]" if error.code else message)


def _line(text: str, wanted: str) -> int:
    offset = text.find(wanted)
    return text.count("\n", 0, offset) + 1 if offset >= 0 else 1
