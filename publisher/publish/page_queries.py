"""Validation of page queries: what one of ``queries/pages/`` needs to be shown on the pages of a class."""

import re
from collections.abc import Iterator
from typing import cast

from pyoxigraph import NamedNode, QuerySolutions

from ..content.dataset import Content
from ..content.findings import Finding
from ..content.queries import NamedQuery, classes_named, without_text
from ..content.query_files import HOME
from .draft import Draft
from .snapshot import declared_prefixes

FOLDER = "queries/pages/"
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


def shown_findings(query: NamedQuery) -> Iterator[tuple[str, str]]:
    """What the file lacks, whatever the data say: a message, and what would be right."""
    if not query.shown_on:
        yield "the query is in no folder of a class", f"{FOLDER}<Class>/<name>.rq, or {FOLDER}{HOME}/<name>.rq"
    if query.endpoint:
        yield "a query for another endpoint cannot be shown on pages", "queries/elsewhere/"
    if query.form != "SELECT":
        yield f"a page shows a table, and this is {query.form}", "SELECT"
    if not query.title:
        yield "the query has no title", "#+ title: the heading above its answer"
    if not query.view:
        yield "the query has no view", "#+ view: table"
    ordered = re.search(r"\bORDER\s+BY\b[^{}]*\Z", without_text(query.text), re.IGNORECASE)
    if query.view != "figures" and not ordered:
        yield "the rows have no order, so the page would change", "ORDER BY at the end, down to what is unique"


def answer_findings(draft: Draft, name: str, query: NamedQuery) -> Iterator[Finding]:
    """Whether the data know the class, and whether the query has something to show for its example."""
    if query.shown_on != HOME and not class_of(draft, query):
        message = f"nothing is of a class {query.shown_on}"
        right = "the local name of a class of the content's ontology, or prefix-Local"
        yield Finding(name, 1, "error", message, right)
        return
    try:
        rows = cast(QuerySolutions, draft.engine.query(query.text))
        if next(rows, None) is None:
            yield Finding(name, 1, "warning", "the query shows nothing", "an example that it has something to say of")
    except (RuntimeError, ValueError) as error:
        yield Finding(name, 1, "error", f"the query fails: {error}")


def class_of(draft: Draft, query: NamedQuery) -> str:
    """The class that the query's folder names and the data use or declare; "" without one."""
    named = classes_named(query.shown_on, _prefixes(draft.content), draft.content.base_iri)
    for iri in named:
        node, find = NamedNode(iri), draft.engine.quads_for_pattern
        if next(find(node, _TYPE, None, None), None) or next(find(None, _TYPE, node, None), None):
            return iri
    return ""


def _prefixes(content: Content) -> dict[str, str]:
    return dict(declared_prefixes(content))
