"""What statements say, whatever their blank nodes are called: to prove that a rewritten file says the same."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pyoxigraph import BlankNode, Triple

from ..describe.turtle import inner_nodes

Nodes = Mapping[Any, list[Triple]]


def statements(triples: Iterable[Triple]) -> "Counter[tuple[str, str, str]]":
    """What *triples* say, whatever their blank nodes are called: equal for isomorphic graphs.

    A blank node that is named at most once is replaced by a digest of what is said of it; the others keep
    their labels, which ``write`` keeps too.
    """
    nodes = by_subject(dict.fromkeys(triples))
    inner = inner_nodes(nodes)
    digests = blank_digests(nodes, inner)

    def name(term: Any) -> str:
        return digests.get(term) or str(term)

    return Counter(
        (name(subject), triple.predicate.value, name(triple.object))
        for subject, triples in nodes.items()
        if subject not in inner
        for triple in triples
    )


def blank_digests(nodes: Nodes, inner: Nodes | None = None) -> dict[Any, str]:
    """Blank nodes named at most once -> digest of what is said of them.

    nodes   subject -> its statements      inner   what ``inner_nodes`` says of them
    """
    inner = inner_nodes(nodes) if inner is None else inner
    objects = {triple.object for triples in nodes.values() for triple in triples}
    roots = [node for node in nodes if isinstance(node, BlankNode) and node not in objects]
    digests: dict[Any, str] = dict.fromkeys(leaves(nodes), "[]")
    for node in [*reversed(inner), *roots]:
        lines = sorted(f"{t.predicate} {digests.get(t.object) or t.object}" for t in nodes[node])
        digests[node] = "[" + hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return digests


def by_subject(triples: Iterable[Triple]) -> dict[Any, list[Triple]]:
    """Subject -> its statements, in the order of *triples*."""
    nodes: dict[Any, list[Triple]] = {}
    for triple in triples:
        nodes.setdefault(triple.subject, []).append(triple)
    return nodes


def leaves(nodes: Nodes) -> set[Any]:
    """The blank nodes that one statement names and none describes."""
    named = Counter(t.object for triples in nodes.values() for t in triples if isinstance(t.object, BlankNode))
    return {node for node, count in named.items() if count == 1 and node not in nodes}
