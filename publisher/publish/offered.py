"""Validation of named queries: what one needs to be offered to people and programs at ``/api/<name>``."""

import re
from collections.abc import Iterator

from pyoxigraph import Store

from ..content.dataset import Content
from ..content.queries import NamedQuery, without_text

NAME = re.compile("[a-z0-9]+(-[a-z0-9]+)*")


def offered_findings(query: NamedQuery, content: Content) -> Iterator[tuple[str, str]]:
    """What is missing, and what would be right."""
    if not NAME.fullmatch(query.name):
        yield f"{query.name} cannot be an address", "a name of lower-case letters, digits and hyphens"
    if query.endpoint:
        yield "a query for another endpoint cannot be offered here", "queries/elsewhere/"
    if not query.summary:
        yield "the query has no summary", "#+ summary: what it answers, in one line"
    for param in query.params:
        if not param.doc:
            yield f"parameter {param.name} is not explained", "doc: what it means"
    for variable in query.variables:
        if variable not in query.columns:
            yield f"column {variable} has no type", f"#+ columns: {{{variable}: IRI}}, or text, date, a unit"
    if query.frame and f"ontology/frames/{query.frame}.jsonld" not in content.files:
        yield f"there is no frame {query.frame}", "the name of a file in ontology/frames/"
    if query.form == "SELECT":
        yield from _page_findings(query)


def _page_findings(query: NamedQuery) -> Iterator[tuple[str, str]]:
    """Pages are cut by LIMIT and counted by a query around this one."""
    if not re.search(r"\bORDER\s+BY\b[^{}]*\Z", without_text(query.text), re.IGNORECASE):
        yield "the rows have no order, so pages would differ", "ORDER BY at the end, down to what is unique"
    for text in (query.page(query.text, 0, 1), query.count(query.text)):
        try:
            Store().query(text)
        except SyntaxError:
            yield "the result cannot be cut into pages", "no LIMIT, VALUES or FROM at the outermost level"
            return
