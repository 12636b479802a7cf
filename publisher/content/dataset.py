"""The files that are published: a folder with data/ and, if wanted, ontology/ and queries/.

Each RDF file is one named graph: ``data/members.ttl`` is ``<BASE_IRI>dataset/members``, ``ontology/ns.ttl``
is ``<BASE_IRI>ns``. Files of quads keep the graphs they name. The union of all graphs but the shapes is the
default graph. A file may be compressed (``data/cities.nt.gz``).
"""

import hashlib
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from .. import __version__
from ..config import Config
from ..errors import ContentError
from ..progress import Meter, Progress
from .files import FORMATS, RdfFile, digest_of, expanded_path, files_below
from .findings import Finding, syntax_finding
from .parsing import parse_statements
from .reading import COMPRESSED

FOLDERS = ("ontology", "data", "queries")
SHAPES = "shapes"
PLACEHOLDER = "{BASE_IRI}"
_NOT_DATA = {"ontology/context.jsonld"}
_AT_ONCE = 50_000  # statements held as Python objects while a file is loaded
_SMALL = 2**20  # bytes of a file whose statements are kept while the content is looked at
_NOT_IN_IRI = re.compile(r"[^\w.~!$&'()*+,;=:@/-]")  # what a file name may hold and the path of an IRI should not
# Files that look like data but are not read, and what would be.
_UNREAD = {
    ".json": "JSON-LD ends in .jsonld",
    ".n3": "N3 is not read; Turtle (.ttl) is",
    ".zip": "unpack it; .gz, .bz2 and .zst are read as they are",
    ".tar": "unpack it; .gz, .bz2 and .zst are read as they are",
    ".tgz": "unpack it; .gz, .bz2 and .zst are read as they are",
    ".xz": "unpack it; .gz, .bz2 and .zst are read as they are",
    ".rdfs": "RDF/XML ends in .rdf, .owl or .xml",
    ".turtle": "Turtle ends in .ttl",
}
_BASE = re.compile(r"^\s*(?:@base|BASE)\s+<([^>]*)>", re.IGNORECASE | re.MULTILINE)


class TooLarge(Exception):
    """There are more statements than should be held in memory."""


@dataclass(frozen=True)
class Content:
    """A content folder as found on disk; nothing is parsed before it is asked for.

    files    name -> path of every file of the three folders, sorted by name
    version  SHA-256 (hex) over names and bytes of the files, the addresses and the program's version
    location where the server is reached; a JSON-LD file may name the context by this address
    limit    most bytes that a compressed file may expand to
    declared whether a setting or data/catalog.ttl says the base; without, nobody has promised what is under it
    kept     the statements of small files, so that they are parsed once
    """

    root: Path
    base_iri: str
    files: dict[str, Path]
    version: str
    location: str = ""
    limit: int = 2**31
    declared: bool = True
    kept: dict[str, list[Quad]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def rdf_files(self) -> tuple[RdfFile, ...]:
        """The files of statements in ontology/ and data/, sorted by name."""
        return tuple(
            RdfFile(path, name, self.base_iri + _graph_path(name), self.limit)
            for name, path in self.files.items()
            if expanded_path(path).suffix in FORMATS
            and not name.startswith(("queries/", "ontology/frames/"))
            and name not in _NOT_DATA
        )

    @property
    def shapes_graph(self) -> str:
        return self.base_iri + SHAPES

    def query_files(self, folder: str) -> list[Path]:
        """The ``.rq`` files of ``queries/<folder>/``, sorted by name; sub-folders count."""
        start = f"queries/{folder}/"
        return [path for name, path in self.files.items() if name.startswith(start) and path.suffix == ".rq"]

    @cached_property
    def context(self) -> dict[str, Any] | None:
        """The JSON-LD context with the base filled in; None when the folder has none.

        raises   ContentError with file and line, when it is not JSON
        """
        path = self.files.get("ontology/context.jsonld")
        return self._json("ontology/context.jsonld", path) if path else None

    @cached_property
    def frames(self) -> dict[str, dict[str, Any]]:
        """The JSON-LD frames of ontology/frames/ by name. Raises ContentError as ``context`` does."""
        return {
            path.stem: self._json(name, path)
            for name, path in self.files.items()
            if name.startswith("ontology/frames/") and path.suffix == ".jsonld"
        }

    def load(self, most: float = math.inf) -> tuple[Store, list[Finding]]:
        """Parse every file into its graph, and the default graph as the union of all but the shapes.

        returns  the store, and findings; after an error among them the store is not complete
        raises   TooLarge, when there are more than *most* statements
        """
        store = Store()
        count = 0
        findings = list(self.name_findings())
        for file in self.rdf_files:
            try:
                if file.is_empty:
                    continue
                statements = self._kept_quads(file)
                while batch := list(islice(statements, _AT_ONCE)):
                    count += len(batch)
                    if count > most:
                        raise TooLarge
                    store.extend(batch)
                    store.extend(self._published(batch))
            except (SyntaxError, OSError, ValueError) as error:
                findings.append(syntax_finding(file.name, error))
        return store, findings

    def _kept_quads(self, file: RdfFile) -> Iterator[Quad]:
        if file.path.suffix in COMPRESSED or file.path.stat().st_size > _SMALL:
            return self.quads(file)
        self.kept[file.name] = list(self.quads(file))
        return iter(self.kept[file.name])

    def _published(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """*quads* for the default graph: all but the shapes."""
        shapes = NamedNode(self.shapes_graph)
        return (Quad(quad.subject, quad.predicate, quad.object) for quad in quads if quad.graph_name != shapes)

    def name_findings(self) -> Iterator[Finding]:
        """Files that fill the same graph, are empty, or are in data/ and not read though they seem to be data."""
        by_graph: defaultdict[str, list[str]] = defaultdict(list)
        for file in self.rdf_files:
            by_graph[file.graph].append(file.name)
        for graph, (first, *others) in by_graph.items():
            for other in others:
                message = f"fills the graph <{graph}>, which {first} fills"
                yield Finding(other, 1, "error", message, "one file a graph: another name, or one of the two")
        for file in self.rdf_files:
            if file.is_empty:
                yield Finding(file.name, 1, "warning", "is empty", "statements, or no file")
        for name, path in self.files.items():
            right = _UNREAD.get(expanded_path(path).suffix)
            if name.startswith("data/") and right:
                yield Finding(name, 1, "warning", "is not published", right)

    @cached_property
    def _contexts(self) -> dict[str, Any]:
        """The content's context by every address that it is published under."""
        try:
            context = self.context
        except ContentError:
            return {}  # a finding of its own
        if context is None:
            return {}
        frozen = hashlib.sha256(json_bytes(context)).hexdigest()[:8]
        names = ("context.jsonld", f"context/{frozen}.jsonld")
        inner = context.get("@context", context)
        return {place + name: inner for place in (self.base_iri, self.location) if place for name in names}

    def quads(self, file: RdfFile) -> Iterator[Quad]:
        """The statements of one file, ``{BASE_IRI}`` in literals filled in.

        Blank nodes are named by file and order of appearance: the same bytes give the same names, and two
        files never share one.

        raises   SyntaxError (with the line, and the column where one is known), OSError, ValueError
        """
        return map(self.placing(file), self.statements(file))

    def statements(self, file: RdfFile) -> Iterator[Quad]:
        """The statements of one file as they stand there. Raises what ``quads`` does."""
        return parse_statements(file.open, file.format, self.base_iri, lambda: self._contexts)

    def placing(self, file: RdfFile) -> Callable[[Quad], Quad]:
        """What turns the statements of *file*, in their order, into those of ``quads``."""
        graph = NamedNode(file.graph)
        prefix = "b" + hashlib.sha256(file.name.encode()).hexdigest()[:8] + "n"
        names: dict[BlankNode, BlankNode] = {}

        def rename(term: Any) -> Any:
            if isinstance(term, BlankNode):
                return names.setdefault(term, BlankNode(f"{prefix}{len(names)}"))
            if isinstance(term, Triple):
                return Triple(rename(term.subject), term.predicate, rename(term.object))
            if isinstance(term, Literal) and PLACEHOLDER in term.value:
                return _filled(term, self.base_iri)
            return term

        def place(quad: Quad) -> Quad:
            named = graph if isinstance(quad.graph_name, DefaultGraph) else rename(quad.graph_name)
            return Quad(rename(quad.subject), quad.predicate, rename(quad.object), named)

        return place

    def _json(self, name: str, path: Path) -> Any:
        text = path.read_text(encoding="utf-8-sig").replace(PLACEHOLDER, self.base_iri)
        try:
            return json.loads(text, parse_constant=no_constant)
        except (ValueError, RecursionError) as error:
            line, column = getattr(error, "lineno", 1), getattr(error, "colno", 0)
            problem = "nested too deeply" if isinstance(error, RecursionError) else getattr(error, "msg", error)
            finding = Finding(name, line, "error", f"not JSON: {problem}", "valid JSON", column)
            raise ContentError(str(finding), findings=[finding]) from error


def no_constant(name: str) -> None:
    """For json.loads: NaN and Infinity are JavaScript, not JSON."""
    raise ValueError(f"{name} is no JSON value")


def read_content(config: Config, progress: Progress = lambda _: None) -> Content:
    """Look at the content folder of *config*: names, bytes and base IRI, without parsing.

    progress  is told how much is read, when that takes a while
    raises   ContentError, when the folder has no data/, or with a finding for each file that cannot be read
    """
    root = config.content
    if not (root / "data").is_dir():
        raise ContentError(f"the content folder has no folder data/ (PUBLISHER_CONTENT={str(config.content)!r})")
    findings: list[Finding] = []
    files: dict[str, Path] = {}
    for folder in FOLDERS:
        files |= files_below(root / folder, folder, findings)
    files = dict(sorted(files.items()))
    digest = hashlib.sha256()
    with Meter("reading the files", sum(path.stat().st_size for path in files.values()), progress) as meter:
        for name, path in files.items():
            try:
                digest.update(f"{name}\0{digest_of(path, meter)}\n".encode())
            except OSError as error:
                findings.append(syntax_finding(name, error))
    if findings:
        raise ContentError("\n".join(map(str, sorted(findings))), findings=sorted(findings))
    declared = config.base_iri or _declared_base(files)
    base_iri = declared or config.location
    digest.update(f"{base_iri}\0{config.location}\0{__version__}\n".encode())
    limit = config.max_expanded_mb * 2**20
    return Content(root, base_iri, files, digest.hexdigest(), config.location, limit, bool(declared))


def json_bytes(value: Any) -> bytes:
    """JSON as a build holds it; its digest is part of the context's address."""
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def _declared_base(files: dict[str, Path]) -> str:
    path = files.get("data/catalog.ttl")
    found = _BASE.search(path.read_text(encoding="utf-8", errors="replace")) if path else None
    base = found[1] if found else ""
    try:
        NamedNode(base or "urn:none")
    except ValueError as error:
        finding = Finding("data/catalog.ttl", 1, "error", f"@base <{base}> is no IRI", "https://… without spaces")
        raise ContentError(str(finding), findings=[finding]) from error
    return base


def _graph_path(name: str) -> str:
    """Path of the graph below the base, as an IRI has it.

    >>> _graph_path("data/a.ttl"), _graph_path("ontology/ns.ttl"), _graph_path("data/my cafés#1.nt.gz")
    ('dataset/a', 'ns', 'dataset/my%20cafés%231')
    """
    folder, _, rest = normalize("NFC", name).partition("/")
    stem = expanded_path(Path(rest)).with_suffix("").as_posix()
    path = _NOT_IN_IRI.sub(lambda found: quote(found[0], safe=""), stem)
    return f"dataset/{path}" if folder == "data" else path


def _filled(term: Literal, base_iri: str) -> Literal:
    value = term.value.replace(PLACEHOLDER, base_iri)
    return Literal(value, language=term.language) if term.language else Literal(value, datatype=term.datatype)
