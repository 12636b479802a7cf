"""Validation against the SHACL shapes, each result at the line of the statement it is about."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pyoxigraph
from pyparsing import ParseBaseException
from pyshacl import validate
from pyshacl.errors import ReportableRuntimeError
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from ..content.dataset import Content
from ..content.findings import Finding, Severity
from ..content.positions import readable_quads
from .draft import Draft, at
from .wording import english

_SEVERITIES: dict[Node, Severity] = {SH.Violation: "error", SH.Warning: "warning", SH.Info: "info"}
_TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)


def shape_findings(draft: Draft) -> Iterator[Finding]:
    """Run the shapes graph on the union of all other graphs, without inference.

    A shape that cannot be used is a finding too.
    """
    shapes_graph = pyoxigraph.NamedNode(draft.content.shapes_graph)
    if not any(draft.engine.quads_for_pattern(None, None, None, shapes_graph)):
        return
    shapes, data = graphs(draft.content)
    target_properties(shapes)
    logging.getLogger("pyshacl-validate").disabled = True  # it prints what is raised, too
    try:
        _, report, text = validate(data, shacl_graph=shapes, inplace=True, advanced=False, do_owl_imports=False)
    except (ReportableRuntimeError, ParseBaseException) as error:
        yield _unusable(draft, str(error))
        return
    except re.error as error:
        pattern = str(error.pattern)
        yield _unusable(draft, f'sh:pattern "{pattern}": {error.msg}', pattern)
        return
    if not isinstance(report, Graph):
        yield _unusable(draft, str(text))
        return
    results = _Results(draft, data, report)
    for result in report.objects(None, SH.result):
        yield results.finding(result)


def graphs(content: Content) -> tuple[Graph, Graph]:
    """Return the shapes and the data as rdflib graphs, with the literals as the files write them."""
    shapes, data = Graph(bind_namespaces="none"), Graph(bind_namespaces="none")
    shapes_graph = pyoxigraph.NamedNode(content.shapes_graph)
    known: dict[Any, Node] = {}

    def convert(term: Any) -> Node:
        node = known.get(term)
        if node is None:
            node = known[term] = rdflib_term(term)
        return node

    for file in content.rdf_files:
        for quad in readable_quads(content, file):
            if isinstance(quad.object, pyoxigraph.Triple):
                continue  # SHACL knows no triple terms
            graph = shapes if quad.graph_name == shapes_graph else data
            graph.add((convert(quad.subject), convert(quad.predicate), convert(quad.object)))
    return shapes, data


def target_properties(shapes: Graph) -> None:
    """Give property shapes the targets of their node shapes: the same results, in a third of the time.

    The validator runs a property shape that has targets once for all focus nodes, one that a node shape
    names once for each. By SHACL a focus node's results are those of the property shapes either way. A node
    shape keeps its properties when more hangs on them: it is closed, switched off, a class, named by another
    shape, or a property shape itself.
    """
    if (None, SH.qualifiedValueShapesDisjoint, None) in shapes:
        return  # looks at the other properties of its node shape
    for shape in set(shapes.subjects(SH.property)):
        targets = [(kind, node) for kind in _TARGETS for node in shapes.objects(shape, kind)]
        special = (shape, SH.closed, None), (shape, SH.deactivated, None), (shape, SH.path, None), (None, None, shape)
        is_class = set(shapes.objects(shape, RDF.type)) - {SH.NodeShape}
        if not targets or is_class or any(pattern in shapes for pattern in special):
            continue
        for property_shape in list(shapes.objects(shape, SH.property)):
            if (property_shape, SH.path, None) in shapes:
                shapes.remove((shape, SH.property, property_shape))
                for kind, node in targets:
                    shapes.add((property_shape, kind, node))


def rdflib_term(term: Any) -> Node:
    if isinstance(term, pyoxigraph.NamedNode):
        return URIRef(term.value)
    if isinstance(term, pyoxigraph.BlankNode):
        return BNode(term.value)
    if term.language:
        return Literal(term.value, lang=term.language)
    plain = term.datatype.value == "http://www.w3.org/2001/XMLSchema#string"
    return Literal(term.value, datatype=None if plain else URIRef(term.datatype.value), normalize=False)


def engine_term(node: Node) -> pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal:
    if isinstance(node, URIRef):
        return pyoxigraph.NamedNode(str(node))
    if isinstance(node, BNode):
        return pyoxigraph.BlankNode(str(node))
    if isinstance(node, Literal) and node.language:
        return pyoxigraph.Literal(str(node), language=node.language)
    datatype = pyoxigraph.NamedNode(str(node.datatype)) if isinstance(node, Literal) and node.datatype else None
    return pyoxigraph.Literal(str(node), datatype=datatype)


def _unusable(draft: Draft, reason: str, value: str | None = None) -> Finding:
    """The shapes cannot be used; at the line that holds *value*, else at the top of their first file."""
    text = " ".join(reason.partition("For reference")[0].split()).rstrip(".")
    file = next(file for file in draft.content.rdf_files if file.graph == draft.content.shapes_graph)
    stated = (
        quad for quad in readable_quads(draft.content, file) if value and getattr(quad.object, "value", None) == value
    )
    quad = next(stated, None)
    place = draft.positions.line(quad.subject, quad.predicate, quad.object, file=file) if quad else (file.name, 1)
    return at(place, "error", f"the shapes cannot be used: {text}", "shapes as SHACL defines them")


class _Results:
    """Words and places for the results of one report."""

    def __init__(self, draft: Draft, data: Graph, report: Graph) -> None:
        self.positions, self.wording, self.data, self.report = draft.positions, draft.wording, data, report

    def finding(self, result: Node) -> Finding:
        get = self.report.value
        focus, path, value = get(result, SH.focusNode), get(result, SH.resultPath), get(result, SH.value)
        severity = _SEVERITIES.get(get(result, SH.resultSeverity) or SH.Violation, "error")
        messages = self.report.objects(result, SH.resultMessage)
        right = english(term for term in map(engine_term, messages) if isinstance(term, pyoxigraph.Literal))
        return at(self.place(focus, path, value), severity, self.message(result, focus, path, value), right)

    def place(self, focus: Node | None, path: Node | None, value: Node | None) -> tuple[str, int] | None:
        if not isinstance(focus, URIRef | BNode):
            return None
        if not isinstance(path, URIRef):
            return self.positions.line(engine_term(focus))
        predicate = engine_term(path)
        return self.positions.line(engine_term(focus), predicate, engine_term(value) if value is not None else None)

    def message(self, result: Node, focus: Node | None, path: Node | None, value: Node | None) -> str:
        """Who, which property, which value: ``Le Pont (id/site/le-pont) maximum depth: "deep"``."""
        text = self.wording.named(engine_term(focus)) if focus is not None else ""
        if path is not None:
            text = f"{text} {self.path(path)}".strip()
        if value is not None and value != focus:
            return f"{text}: {self.wording.shown(engine_term(value))}"
        component = self.report.value(result, SH.sourceConstraintComponent)
        if component == SH.MinCountConstraintComponent:
            some = isinstance(path, URIRef) and (focus, path, None) in self.data
            return f"{text}: {'too few values' if some else 'no value'}"
        if component == SH.MaxCountConstraintComponent:
            return f"{text}: too many values"
        return text

    def path(self, path: Node) -> str:
        """Label or local name of a property; a path of several in their order, joined by a slash."""
        if isinstance(path, URIRef):
            return self.wording.label(engine_term(path)) or _local_name(path)
        if (path, RDF.first, None) in self.report:
            return "/".join(self.path(step) for step in self.report.items(path))
        return "/".join(self.path(step) for _, step in sorted(self.report.predicate_objects(path)))


def _local_name(iri: str) -> str:
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]
