"""Page queries: what a class's page, and the home page, shows beside the facts.

Each is a file of ``queries/pages/<Class>/`` that asks about ``?this``, the thing of the page. It runs in a worker,
within a short time, and gives a section; one that fails or takes too long gives a section that says so.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import request
from pyoxigraph import Literal, NamedNode

from ..content.queries import NamedQuery
from ..content.query_files import THIS
from ..errors import LimitExceeded, PublisherError, ServerBusy
from ..formats import JSON
from .client import CLIENT
from .languages import N_
from .names import Text, node
from .query_form import LANGUAGE
from .rendering import while_waiting
from .site import Site
from .table import Table, read_table

SECONDS = 2.0  # for all queries of a page together
KEPT_SECONDS = 0.2  # of these, for each query that is still to come
MOST_ROWS = 200
LARGEST = 500_000  # bytes of a result
FOLDED = 10  # rows, of which only the first ones are open
OPEN = 8
UNFOLDED = ("figures", "comparison", "tree")  # views that are whole or nothing

TOO_MUCH = N_("This part is too much to compute for a page. The query itself can be asked.")
BUSY = N_("The server is too busy to compute this part now. Load the page again in a moment.")
FAILED = N_("This part cannot be shown: its query fails.")


@dataclass(frozen=True)
class Section:
    """A part of a page that a query makes.

    name     of the query after that of its folder, which nothing else on a page has: the anchor of the section
    view     how the table is shown, a word of the query's header
    text     the query, about the thing of the page
    table    the answer; None without one
    cut      whether the answer has more rows
    problem  why there is no answer, in English for gettext; "" when there is nothing to tell
    passing  whether there may be an answer in a moment
    """

    name: str
    title: Text
    description: Text
    view: str
    text: str
    table: Table | None = None
    cut: bool = False
    problem: str = ""
    passing: bool = False

    @property
    def parts(self) -> tuple[Table, Table | None]:
        """The rows that are open and, of a long answer, the folded rest."""
        if self.table is None:
            raise ValueError(f"{self.name} has no answer")
        if self.view in UNFOLDED or len(self.table.rows) <= FOLDED:
            return self.table, None
        rows = self.table.rows
        return replace(self.table, rows=rows[:OPEN]), replace(self.table, rows=rows[OPEN:])


def sections_about(site: Site, iri: str, language: str) -> list[Section]:
    """What the page of *iri* shows specially; nothing for a blank node, which no query can name."""
    queries = [] if iri.startswith("_:") else site.page_queries.of(site.types(node(iri)))
    return _sections(site, queries, language, iri)


def sections_of_home(site: Site, language: str) -> list[Section]:
    """What the home page shows by queries."""
    return _sections(site, site.page_queries.home, language)


def is_complete(sections: Iterable[Section]) -> bool:
    """May the page be kept? Not one with a part that may be there next time."""
    return not any(section.passing for section in sections)


def _sections(site: Site, queries: list[NamedQuery], language: str, iri: str = "") -> list[Section]:
    """The sections that have something to say. Raises ServerBusy, when the page cannot be made any more after."""
    if not queries:
        return []
    texts = [query.bound(_given(query, language, iri)) for query in queries]
    with while_waiting(request.environ):
        answers = _answers(site, texts)
    told = zip(queries, texts, answers, strict=True)
    sections = (_section(site, query, text, answer, language) for query, text, answer in told)
    return [section for section in sections if section.problem or section.table]


def _given(query: NamedQuery, language: str, iri: str) -> dict[str, NamedNode | Literal]:
    """What the page tells the query: the thing it is about, and its reader's language where the query takes that."""
    given: dict[str, NamedNode | Literal] = {THIS: NamedNode(iri)} if iri else {}
    for param in query.params:
        if param.name == LANGUAGE and language in param.enum:
            given[LANGUAGE] = Literal(language)
    return given


def _answers(site: Site, texts: list[str]) -> list[bytes | PublisherError]:
    """An answer to each; one that takes long leaves those after it some time, or its equals' share of all."""
    deadline = time.monotonic() + SECONDS
    answers: list[bytes | PublisherError] = []
    for after in reversed(range(len(texts))):
        left = deadline - time.monotonic()
        seconds = max(left - after * KEPT_SECONDS, left / (after + 1))
        answers.append(_answer(site, texts[len(answers)], seconds))
    return answers


def _answer(site: Site, text: str, seconds: float) -> bytes | PublisherError:
    """One row more than is shown, as SPARQL JSON, or why there is none within *seconds*."""
    try:
        return site.workers.answer(
            text, JSON, max_bytes=LARGEST, max_rows=MOST_ROWS + 1,
            seconds=max(0.0, seconds), client=request.environ.get(CLIENT, ""),
        )  # fmt: skip
    except PublisherError as error:
        return error


def _section(site: Site, query: NamedQuery, text: str, answer: bytes | PublisherError, language: str) -> Section:
    title, description = site.say(query.heading, language), site.say(query.description, language)
    told = Section(f"{query.shown_on}-{query.name}", title, description, query.view, text)
    if isinstance(answer, PublisherError):
        problem = TOO_MUCH if isinstance(answer, LimitExceeded) else BUSY if isinstance(answer, ServerBusy) else FAILED
        return replace(told, problem=problem, passing=problem != FAILED)
    found = json.loads(answer)
    rows = found["results"]["bindings"]
    if not rows:
        return told
    found["results"]["bindings"] = rows[:MOST_ROWS]
    table = read_table(site, query, json.dumps(found).encode(), language)
    return replace(told, table=table, cut=len(rows) > MOST_ROWS)
