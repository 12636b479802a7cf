"""Is the content fit to be published? Every step looks at one thing and yields findings with file and line."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ..config import Config
from ..content.dataset import Content
from ..content.findings import Finding, Severity
from ..content.positions import Positions
from ..content.queries import NamedQuery, without_calls
from ..content.query_files import read_query
from ..errors import ContentError, PublisherError, ServiceRefused
from ..store.guard import inspect
from . import loading
from .contexts import context_findings
from .draft import Draft
from .forked import Forked
from .loading import Loaded
from .offered import offered_findings
from .page_queries import FOLDER as PAGES
from .page_queries import answer_findings, shown_findings
from .roundtrip import roundtrip_findings
from .shapes import shape_findings
from .statements import check, contacts, dangling, placeholders, reserved, rewritten, rewritten_kinds, unlabelled
from .wording import Wording

API, CHECKS, ELSEWHERE = "queries/api/", "queries/checks/", "queries/elsewhere/"


@dataclass
class Report:
    """What was found.

    findings  sorted by file and line
    seconds   of each step
    triples   statements of the default graph; of content loaded on disk, those of all files
    """

    findings: list[Finding] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    triples: int = 0

    @property
    def ok(self) -> bool:
        """Whether the content may be published: warnings do not stop it."""
        return not self.count("error")

    def count(self, severity: Severity) -> int:
        return sum(finding.severity == severity for finding in self.findings)

    def __str__(self) -> str:
        """Each finding on its line, then one line of counts and seconds: what the command prints."""
        counts = ", ".join(_counted(self.count(kind), kind) for kind in ("error", "warning"))
        verdict = "valid" if self.ok else "not valid"
        summary = f"{verdict}: {counts}; {self.triples:,} statements in {sum(self.seconds.values()):.1f} s"
        return "\n".join([*map(str, self.findings), summary])


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def validate(
    content: Content,
    config: Config,
    *,
    deep: bool = False,
    progress: Callable[[str], None] = lambda text: None,
    loaded: Loaded | None = None,
) -> Report:
    """Look at everything in the content folder.

    deep      also prove that each resource's JSON-LD has exactly its statements
    progress  is called with the name of each step
    loaded    the content, when somebody loaded it already

    While a file of statements does not parse, links, names, shapes and checks are not looked at: what that
    file says would be missed everywhere.
    """
    with nullcontext(loaded) if loaded else loading.loaded(content, config) as given:
        return _Validation(content, config, progress, given).run(deep)


class _Validation:
    """One run: the content, and what several steps share."""

    def __init__(self, content: Content, config: Config, progress: Callable[[str], None], loaded: Loaded) -> None:
        self.content, self.config, self.progress, self.loaded = content, config, progress, loaded
        self.report = Report(triples=loaded.statements)
        self.checks: list[NamedQuery] = []
        self.pages: list[tuple[str, NamedQuery]] = []

    def run(self, deep: bool) -> Report:
        syntax = self.step("syntax", self.loaded.findings)
        unreadable = [finding for finding in syntax if finding.severity == "error"]
        self.step("queries", self.queries())
        self.step("context and frames", context_findings(self.content))
        if unreadable:
            first = min(unreadable)
            message = "links, names, values, shapes and checks were not looked at"
            self.report.findings.append(Finding(first.file, first.line, "info", message, "every file parses"))
        elif self.report.triples > self.config.validate_max_triples:
            self.step(
                "values", (found for file in self.content.rdf_files for found in rewritten_kinds(self.content, file))
            )
            self.step("limits", self.left_out(deep))
        else:
            self.statements(deep)
        self.report.findings = sorted(set(self.report.findings))
        return self.report

    def statements(self, deep: bool) -> None:
        engine = self.loaded.engine
        draft = Draft(self.content, engine, Positions(self.content), Wording(engine, self.content.base_iri))
        look: Callable[[], list[Finding]] = partial(list, shape_findings(draft))
        beside = None if self.loaded.store else Forked(look)  # takes as long as all the rest; a store has threads
        self.step("links", dangling(draft))
        self.step("names", unlabelled(draft))
        self.step("graphs", reserved(draft))
        self.step("contacts", contacts(draft))
        self.step("placeholders", placeholders(draft))
        self.step("values", (found for file in self.content.rdf_files for found in rewritten(draft, file)))
        self.step("checks", (found for query in self.checks for found in check(draft, query)))
        self.step("pages", (found for name, query in self.pages for found in answer_findings(draft, name, query)))
        self.step("shapes", beside.result() if beside else look())
        if deep:
            self.step("JSON-LD", roundtrip_findings(draft, self.progress))

    def step(self, name: str, findings: Iterable[Finding]) -> list[Finding]:
        self.progress(name)
        start = time.perf_counter()
        found = list(findings)
        self.report.seconds[name] = time.perf_counter() - start
        self.report.findings += found
        return found

    def queries(self) -> Iterator[Finding]:
        """Headers and SPARQL of every query file; the good checks are kept."""
        for name, path in self.content.files.items():
            if not name.startswith("queries/") or path.suffix != ".rq":
                continue
            called = list(calls(name, path))
            if called:  # before anything parses it
                yield from called
                continue
            try:
                query = read_query(path, self.content.base_iri, name)
            except ContentError as error:
                yield from error.extensions["findings"]
                continue
            problems = list(self.query_findings(name, path, query))
            yield from problems
            if name.startswith(CHECKS) and not problems:
                self.checks.append(query)
            if name.startswith(PAGES) and not problems:
                self.pages.append((name, query))

    def query_findings(self, name: str, path: Path, query: NamedQuery) -> Iterator[Finding]:
        if name.startswith(CHECKS) and not {"term", "message"} <= set(query.variables):
            yield Finding(name, 1, "error", "a check returns rows that say where and why", "SELECT ?term ?message")
        if name.startswith(API):
            for message, right in offered_findings(query, self.content):
                yield Finding(name, 1, "error", message, right)
        if name.startswith(PAGES):
            for message, right in shown_findings(query):
                yield Finding(name, 1, "error", message, right)
        if name.startswith(ELSEWHERE):
            if not query.endpoint:
                yield Finding(name, 1, "error", "the query names no endpoint", "#+ endpoint: https://…")
        else:
            try:
                inspect(path.read_text(encoding="utf-8"))
            except PublisherError as error:
                line, column = error.extensions.get("line", 1), error.extensions.get("column", 0)
                yield Finding(name, line, "error", error.detail, column=column)

    def left_out(self, deep: bool) -> Iterator[Finding]:
        """What would have to look everything up: too much for a large content."""
        what = "links, names, contact addresses, placeholders, the content's checks and SHACL"
        numbers = f"{self.report.triples:,} statements are more than {self.config.validate_max_triples:,}"
        right = "PUBLISHER_VALIDATE_MAX_TRIPLES sets the limit"
        proof = ", and so was the JSON-LD of each resource" if deep else ""
        file = self.content.rdf_files[0].name
        yield Finding(file, 1, "info", f"{what} were left out{proof}: {numbers}", right)


def calls(name: str, path: Path) -> Iterator[Finding]:
    """A call of another endpoint (SERVICE) in a query that runs here; in one for elsewhere, one that is hidden."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        inspect(without_calls(text) if name.startswith(ELSEWHERE) else text)
    except ServiceRefused as error:
        right = "SERVICE as a word of its own" if name.startswith(ELSEWHERE) else "such a query in queries/elsewhere/"
        message = "SERVICE calls another endpoint, and this one calls nobody"
        yield Finding(name, error.extensions["line"], "error", message, right, error.extensions["column"])
    except PublisherError:
        pass  # the reader says it better
