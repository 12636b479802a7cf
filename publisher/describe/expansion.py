"""Expanded JSON-LD of statements, lists and plain numbers included.

Source: JSON-LD 1.1 Processing Algorithms and API, W3C Recommendation, section 8 (deserialization of RDF).
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ..errors import NotAcceptable
from .turtle import FIRST, NIL, REST, TYPE, XSD

Node = dict[str, Any]
Native = Callable[[str, str], str]

# Datatype -> which of its values JSON has too; every reader keeps whole numbers of up to 15 digits exactly.
NATIVE = {XSD + "integer": re.compile(r"0|-?[1-9][0-9]{0,14}"), XSD + "boolean": re.compile(r"true|false")}


def expanded(triples: Iterable[Triple], native: Native = lambda predicate, datatype: "") -> list[Node]:
    """The nodes of *triples* in expanded form, in the order of their subjects; well-formed lists as @list.

    raises   NotAcceptable for a triple term (RDF 1.2), which JSON-LD has no form for
    native   how a number or truth value is written after a predicate, see Compactor.native
    """
    statements: dict[Any, list[Triple]] = {}
    for triple in triples:
        statements.setdefault(triple.subject, []).append(triple)
    lists = _lists(statements)
    inside = {node for members in lists.values() for node in members}

    def value(predicate: str, term: Any) -> Node:
        if isinstance(term, Triple):
            raise NotAcceptable(f"JSON-LD cannot hold the triple term in a value of <{predicate}>; other formats can")
        if isinstance(term, Literal):
            return _literal(predicate, term, native)
        if term in lists:
            return {"@list": [value(predicate, _only(statements[node], FIRST)) for node in lists[term]]}
        return {"@id": name_of(term)}

    nodes = []
    for subject, found in statements.items():
        if subject in inside:
            continue
        node: Node = {"@id": name_of(subject)}
        for triple in found:
            if triple.predicate == TYPE and not isinstance(triple.object, Literal) and triple.object not in lists:
                node.setdefault("@type", []).append(name_of(triple.object))
            else:
                node.setdefault(triple.predicate.value, []).append(value(triple.predicate.value, triple.object))
        nodes.append(node)
    return nodes


def name_of(term: Any) -> str:
    """How JSON-LD names an IRI or blank node."""
    return term.value if isinstance(term, NamedNode) else str(term)


def _literal(predicate: str, term: Literal, native: Native) -> Node:
    if term.direction:
        return {"@value": term.value, "@language": term.language, "@direction": str(term.direction)}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    datatype = term.datatype.value
    if datatype == XSD + "string":
        return {"@value": term.value}
    form = native(predicate, datatype) if datatype in NATIVE and NATIVE[datatype].fullmatch(term.value) else ""
    if form == "bare":
        return {"@value": json.loads(term.value)}
    return {"@value": json.loads(term.value) if form else term.value, "@type": datatype}


def _lists(statements: Mapping[Any, list[Triple]]) -> dict[Any, list[Any]]:
    """Head -> the blank nodes, in order, of each list that @list can say without losing anything.

    That is: each node has one first and one rest and nothing else, is named once, and the list is the only
    one of its subject and predicate.
    """
    named: Counter[Any] = Counter()
    heads: dict[tuple[Any, Any], list[Any]] = {}
    cells = {node for node, found in statements.items() if _is_cell(node, found)}
    for found in statements.values():
        for triple in found:
            named[triple.object] += isinstance(triple.object, BlankNode)
            if triple.object in cells and triple.predicate != REST:
                heads.setdefault((triple.subject, triple.predicate), []).append(triple.object)
    lists = {}
    for (subject, _), (head, *others) in heads.items():
        members = []
        node: Any = head
        while node in cells and named[node] == 1:
            members.append(node)
            node = _only(statements[node], REST)
        if node == NIL and not (others and subject not in cells):
            lists[head] = members
    return _reachable(lists, statements)


def _reachable(lists: dict[Any, list[Any]], statements: Mapping[Any, list[Triple]]) -> dict[Any, list[Any]]:
    """Without the lists that are only members of themselves."""
    inside = {node for members in lists.values() for node in members}
    pending = [t.object for s, found in statements.items() if s not in inside for t in found if t.object in lists]
    reached: dict[Any, list[Any]] = {}
    while pending:
        head = pending.pop()
        reached[head] = lists[head]
        items = [_only(statements[node], FIRST) for node in lists[head]]
        pending += [item for item in items if item in lists and item not in reached]
    return reached


def _is_cell(node: Any, statements: list[Triple]) -> bool:
    predicates = [triple.predicate for triple in statements]
    return isinstance(node, BlankNode) and len(predicates) == 2 and FIRST in predicates and REST in predicates


def _only(statements: list[Triple], predicate: NamedNode) -> Any:
    return next(triple.object for triple in statements if triple.predicate == predicate)
