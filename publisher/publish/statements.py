"""Validation of the statements: links, names, contact addresses, values the engine rewrites, the content's checks."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any, cast

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QuerySolution,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    Variable,
    parse,
)

from ..content.dataset import Content
from ..content.files import RdfFile
from ..content.findings import Finding
from ..content.queries import NamedQuery
from ..describe.published import DERIVED
from .draft import Draft, at
from .loading import line_blocks
from .wording import XSD, literal_text

Term = NamedNode | BlankNode | Literal | Triple

AS_STORED = "write it in that form"
# Addresses below the base that the program answers itself.
SERVED = re.compile(
    r"(|sparql|catalog|ns|shapes|context(/[^/]*)?\.jsonld|api(/.*)?|(ns|shapes|catalog)/[^/#]+"
    r"|queries|void|quality|(dump|frames|static|\.well-known)/.*)"
)
_TYPED = re.compile(rb'"[^"\n]*"\^\^<http://www\.w3\.org/2001/XMLSchema#(?!string>)\w+>')
_LANGUAGE = re.compile(rb"""(?:["']@|xml:lang\s*=\s*["']|"@language"\s*:\s*")([A-Za-z]+(?:-[A-Za-z0-9]+)+)""")


def dangling(draft: Draft) -> Iterator[Finding]:
    """IRIs of ours, used as predicate, object or datatype, that no statement is about.

    Where nobody said what the base is, relative IRIs promise nothing: one warning a file does.
    """
    found = list(_dangling(draft))
    if draft.content.declared:
        yield from found
        return
    counts = Counter(finding.file for finding in found)
    for finding in found:
        more = counts.pop(finding.file, 0) - 1
        if more >= 0:
            others = f", and {more:,} more of this kind" if more else ""
            yield replace(finding, severity="warning", message=finding.message + others)


def _dangling(draft: Draft) -> Iterator[Finding]:
    base_iri = draft.content.base_iri
    known = {file.graph for file in draft.content.rdf_files} | {name.value for name in draft.engine.named_graphs()}

    @cache
    def described(iri: str) -> bool:
        return any(draft.engine.quads_for_pattern(NamedNode(iri), None, None, None))

    for row in _rows(draft.engine, "dangling", base_iri):
        missing = row["missing"].value
        path = missing.removeprefix(base_iri)
        if missing not in known and not SERVED.fullmatch(path) and not described(missing):
            place = draft.positions.line(row["subject"], row["predicate"], row["object"])
            message = f"{draft.wording.named(row['subject'])} names <{path}>, of which nothing is said"
            yield at(place, "error", message, "an IRI that some file describes")


def unlabelled(draft: Draft) -> Iterator[Finding]:
    """Resources, classes and properties described in the Turtle files of data/ without a name."""
    files = draft.content.rdf_files
    ours = {file.graph for file in files if file.name.startswith("data/") and _is_turtle(file)}
    for row in _rows(draft.engine, "unlabelled", draft.content.base_iri):
        if row["graph"].value in ours:
            message = f"{draft.wording.shown(row['term'])} has no name"
            yield at(draft.positions.line(row["term"]), "warning", message, "rdfs:label in each language")


def reserved(draft: Draft) -> Iterator[Finding]:
    """Named graphs of the content that are called as those which a build computes: the two would be mixed."""
    for name in sorted(DERIVED):
        graph = NamedNode(draft.content.base_iri + name)
        quad = next(draft.engine.quads_for_pattern(None, None, None, graph), None)
        if quad:
            place = draft.positions.line(quad.subject, quad.predicate, quad.object)
            message = f"the graph {draft.wording.shown(graph)} is one that the build computes itself"
            yield at(place, "error", message, f"another name; computed are {', '.join(sorted(DERIVED))}")


def contacts(draft: Draft) -> Iterator[Finding]:
    """E-mail addresses left over from an example."""
    for row in _rows(draft.engine, "contact"):
        place = draft.positions.line(row["subject"], row["predicate"], row["object"])
        yield at(place, "warning", f"{row['object'].value} is a placeholder", "an address that somebody reads")


def placeholders(draft: Draft) -> Iterator[Finding]:
    """Values left over from a skeleton; those below the base are dangling links already."""
    for row in _rows(draft.engine, "placeholder"):
        value = row["object"]
        if isinstance(value, Literal) or not value.value.startswith(draft.content.base_iri):
            place = draft.positions.line(row["subject"], row["predicate"], value)
            message = f"{draft.wording.named(row['subject'])} has … where a value is missing"
            yield at(place, "error", message, "the value, or no such line")


def check(draft: Draft, query: NamedQuery) -> Iterator[Finding]:
    """The rows of a query of queries/checks/, worded as "term message (what would be right)".

    ?term is what is wrong, ?message what is said of it; what would be right follows its last ": ", or is the
    rule that the query's summary states.
    """
    solutions = cast(QuerySolutions, draft.engine.query(query.text))
    for row in solutions:
        term, told = row["term"], row["message"]
        text = draft.wording.shorten(told.value) if isinstance(told, Literal) else f"breaks the rule {query.name}"
        message, _, right = text.rpartition(": ") if ": " in text else (text, "", str(query.summary))
        place = draft.positions.line(term) if isinstance(term, NamedNode | BlankNode) else None
        yield at(place, query.severity, f"{draft.wording.named(term)} {message}", right)


def rewritten(draft: Draft, file: RdfFile) -> Iterator[Finding]:
    """Literals of *file* that would not be published as they are written.

    Turtle under a declared base is what editors write, so each one is reported; elsewhere, one of each kind.
    """
    written = [
        (quad, quad.object)
        for quad in _one_by_one(draft.content, file)
        if isinstance(quad.object, Literal) and _may_change(quad.object.datatype.value)
    ]
    stored = _stored({literal for _, literal in written})
    changed = [(quad, literal) for quad, literal in written if stored[literal] != literal]
    if _is_turtle(file) and draft.content.declared:
        for quad, literal in changed:
            place = draft.positions.line(quad.subject, quad.predicate, literal, file=file)
            message = f"{literal_text(literal)} will be published as {literal_text(stored[literal])}"
            yield at(place, "warning", message, AS_STORED)
    else:
        yield from _by_kind(draft, file, changed, stored)
    yield from _languages(file, each=_is_turtle(file) and draft.content.declared)


def rewritten_kinds(content: Content, file: RdfFile) -> Iterator[Finding]:
    """The same of a file of any size: one finding of each kind, with a line where the file has one a statement."""
    kinds: dict[tuple[str, str], list[Any]] = {}
    line = 1
    for _, block in line_blocks(content, file):
        counts = Counter(_TYPED.findall(block))
        written = dict(zip(counts, _literals(counts), strict=True))
        stored = _stored(set(written.values()))
        for text, literal in written.items():
            if stored[literal] == literal:
                continue
            kind = (literal.datatype.value, stored[literal].datatype.value)
            if kind not in kinds:
                place = line + block.count(b"\n", 0, block.index(text)) if file.format == RdfFormat.N_TRIPLES else 1
                kinds[kind] = [literal, stored[literal], place, 0]
            kinds[kind][3] += counts[text]
        line += block.count(b"\n")
    for literal, changed, place, number in kinds.values():
        message = f"{literal_text(literal)} will be published as {literal_text(changed)}"
        more = f", and {number - 1:,} more of this kind" if number > 1 else ""
        yield Finding(file.name, place, "warning", message + more, AS_STORED)
    yield from _languages(file, each=False)


def _literals(texts: Iterable[bytes]) -> list[Literal]:
    lines = b"".join(b"<urn:x> <urn:x> %s .\n" % text for text in texts)
    return [cast(Literal, quad.object) for quad in parse(lines, RdfFormat.N_TRIPLES)]


def _by_kind(
    draft: Draft, file: RdfFile, changed: Sequence[tuple[Quad, Literal]], stored: dict[Literal, Literal]
) -> Iterator[Finding]:
    """One finding for each pair of datatypes, before and after, at the first of its statements."""
    kinds: dict[tuple[str, str], list[tuple[Quad, Literal]]] = {}
    for quad, literal in changed:
        kinds.setdefault((literal.datatype.value, stored[literal].datatype.value), []).append((quad, literal))
    for found in kinds.values():
        quad, literal = found[0]
        message = f"{literal_text(literal)} will be published as {literal_text(stored[literal])}"
        more = f", and {len(found) - 1:,} more of this kind" if len(found) > 1 else ""
        place = draft.positions.line(quad.subject, quad.predicate, literal, file=file)
        yield at(place, "warning", message + more, AS_STORED)


def _languages(file: RdfFile, *, each: bool) -> Iterator[Finding]:
    """Language tags with capitals, which the engine's parser lowers before anybody sees them."""
    found: dict[str, list[int]] = {}
    line = 1
    for block in file.blocks():
        for match in _LANGUAGE.finditer(block):
            tag = match[1].decode()
            if tag != tag.lower():
                found.setdefault(tag, []).append(line + block.count(b"\n", 0, match.start()))
        line += block.count(b"\n")
    for tag, lines in found.items():
        for line in lines if each else lines[:1]:
            message = f"language tag {tag} will be published as {tag.lower()}"
            yield Finding(file.name, line, "warning", message, AS_STORED)


def _stored(literals: Iterable[Literal]) -> dict[Literal, Literal]:
    """What the engine makes of each literal."""
    store = Store()
    subjects = {NamedNode(f"urn:x:{number}"): literal for number, literal in enumerate(literals)}
    store.extend(Quad(subject, NamedNode("urn:x:value"), literal) for subject, literal in subjects.items())
    quads = cast(Iterable[Quad], store)
    return {subjects[cast(NamedNode, quad.subject)]: cast(Literal, quad.object) for quad in quads}


def _rows(engine: Store, name: str, base_iri: str = "") -> Iterator[QuerySolution]:
    """Rows of one of the program's own queries; ?base is the base IRI."""
    text = (resources.files("publisher") / "queries" / f"{name}.rq").read_text(encoding="utf-8")
    given: dict[Variable, Term] = {Variable("base"): Literal(base_iri)} if base_iri else {}
    yield from cast(QuerySolutions, engine.query(text, substitutions=given))


def _one_by_one(content: Content, file: RdfFile) -> Iterator[Quad]:
    """The statements of *file*, of which a large one has too many to hold them all."""
    with suppress(SyntaxError, OSError, ValueError):
        yield from content.kept[file.name] if file.name in content.kept else content.quads(file)


def _may_change(datatype: str) -> bool:
    """Has the engine its own form of values of *datatype*? It keeps every string as it is."""
    return datatype.startswith(XSD) and datatype != XSD + "string"


def _is_turtle(file: RdfFile) -> bool:
    return file.format == RdfFormat.TURTLE
