"""Do the servers give the same answers? Asked before anything is measured: who leaves rows out is fast for nothing."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from .load import JSON_RESULTS
from .peers import Running
from .questions import as_path

NUMERIC = ("integer", "decimal", "double", "float")
Rows = Counter[frozenset[tuple[str, str]]]


def compare_answers(servers: Sequence[Running], queries: Sequence[str]) -> list[dict[str, Any]]:
    """How the answers of each server to *queries* differ from the first one's.

    Numbers are compared by value, to nine digits. Where a query cuts its answer off (LIMIT), equals in its order
    may come in or not, so only the number of rows is compared.
    """
    expected = [rows_of(servers[0], query) for query in queries]
    told = []
    for server in servers[1:]:
        differ = []
        for query, right in zip(queries, expected, strict=True):
            found = rows_of(server, query)
            if (
                isinstance(found, str)
                or isinstance(right, str)
                or found.total() != right.total()
                or ("LIMIT" not in query and found != right)
            ):
                differ.append({"query": query, "ours": _told(right), "theirs": _told(found)})
        told.append({"server": server.name, "queries": len(queries), "different": len(differ), "examples": differ[:5]})
    return told


def same(ours: Rows | str, theirs: Rows | str, cut: bool) -> bool:
    """Are both rows, and as many? When the answer is not *cut* off, are they the same?"""
    if isinstance(ours, str) or isinstance(theirs, str):
        return False
    return ours.total() == theirs.total() and (cut or ours == theirs)


def rows_of(server: Running, query: str) -> Rows | str:
    """The rows of the answer, or why there is none."""
    request = Request(server.url + server.path + as_path(query), headers={"Accept": JSON_RESULTS})
    try:
        with urlopen(request, timeout=120) as answer:
            told = json.loads(answer.read())
        return Counter(
            frozenset((name, value_of(term)) for name, term in row.items()) for row in told["results"]["bindings"]
        )
    except HTTPError as error:
        return f"status {error.code}"
    except (OSError, ValueError, KeyError) as error:
        return f"{type(error).__name__}: {error}"


def value_of(term: dict[str, str]) -> str:
    """A term as text; numbers of the same value are the same text."""
    name = term.get("datatype", "").rpartition("#")[2]
    if name in NUMERIC:
        with suppress(ValueError):  # else it is no number after all
            return f"{float(term['value']):.9g}"
    return f"{'<>' if term['type'] == 'uri' else ''}{term['value']}@{term.get('xml:lang', '').lower()}"


def _told(rows: Rows | str) -> str:
    return rows if isinstance(rows, str) else f"{rows.total()} rows"
