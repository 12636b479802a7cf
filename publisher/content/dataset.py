"""The files that are published: a folder with data/ and, if wanted, ontology/ and queries/.

Each RDF file is one named graph: ``data/members.ttl`` is ``<BASE_IRI>dataset/members``, ``ontology/ns.ttl``
is ``<BASE_IRI>ns``. Files of quads keep the graphs they name. The union of all graphs but the shapes is the
default graph.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

from .. import __version__
from ..config import Config
from ..errors import ContentError
from .findings import Finding, syntax_finding

FOLDERS = ("ontology", "data", "queries")
SHAPES = "shapes"
_FORMATS = {
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
}
_PLACEHOLDER = "{BASE_IRI}"
_NOT_DATA = {"ontology/context.jsonld"}
_BASE = re.compile(r"^\s*(?:@base|BASE)\s+<([^>]*)>", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class RdfFile:
    """One file of statements.

    path   where it lies
    name   its name in the content folder, such as ``data/members.ttl``: what messages show
    graph  IRI of the named graph it fills
    """

    path: Path
    name: str
    graph: str

    @property
    def format(self) -> RdfFormat:
        return _FORMATS[self.path.suffix]


@dataclass(frozen=True)
class Content:
    """A content folder as found on disk; nothing is parsed before it is asked for.

    files    name -> path of every file of the three folders, sorted by name
    version  SHA-256 (hex) over names and bytes of the files, the addresses and the program's version
    """

    root: Path
    base_iri: str
    files: dict[str, Path]
    version: str

    @cached_property
    def rdf_files(self) -> tuple[RdfFile, ...]:
        """The files of statements in ontology/ and data/, sorted by name."""
        return tuple(
            RdfFile(path, name, self.base_iri + _graph_path(name))
            for name, path in self.files.items()
            if path.suffix in _FORMATS
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

    def load(self) -> tuple[Store, list[Finding]]:
        """Parse every file into its graph, and the default graph as the union of all but the shapes.

        returns  the store, and one finding for each file that does not parse (its statements are left out)
        """
        store = Store()
        findings = []
        for file in self.rdf_files:
            try:
                quads = list(self.quads(file))
            except (SyntaxError, OSError, ValueError) as error:
                findings.append(syntax_finding(file.name, error))
                continue
            store.extend(quads)
            if file.graph != self.shapes_graph:
                store.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
        return store, findings

    def quads(self, file: RdfFile) -> Iterator[Quad]:
        """The statements of one file, ``{BASE_IRI}`` in literals filled in.

        Blank nodes are named by file and order of appearance: the same bytes give the same names, and two
        files never share one.

        raises   SyntaxError (the engine's, with line and column), OSError, UnicodeDecodeError
        """
        graph = NamedNode(file.graph)
        prefix = "b" + hashlib.sha256(file.name.encode()).hexdigest()[:8] + "n"
        names: dict[BlankNode, BlankNode] = {}

        def rename(term: Any) -> Any:
            if isinstance(term, BlankNode):
                return names.setdefault(term, BlankNode(f"{prefix}{len(names)}"))
            if isinstance(term, Literal) and _PLACEHOLDER in term.value:
                return _filled(term, self.base_iri)
            return term

        for quad in parse(path=str(file.path), format=file.format, base_iri=self.base_iri):
            named = graph if isinstance(quad.graph_name, DefaultGraph) else rename(quad.graph_name)
            yield Quad(rename(quad.subject), quad.predicate, rename(quad.object), named)

    def _json(self, name: str, path: Path) -> Any:
        text = path.read_text(encoding="utf-8-sig").replace(_PLACEHOLDER, self.base_iri)
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            finding = Finding(name, error.lineno, "error", f"not JSON: {error.msg}", "valid JSON", error.colno)
            raise ContentError(str(finding), findings=[finding]) from error


def read_content(config: Config) -> Content:
    """Look at the content folder of *config*: names, bytes and base IRI, without parsing.

    raises   ContentError, when the folder has no data/ or a file cannot be read
    """
    root = config.content
    if not (root / "data").is_dir():
        raise ContentError(f"the content folder has no folder data/ (PUBLISHER_CONTENT={str(config.content)!r})")
    files = {path.relative_to(root).as_posix(): path for folder in FOLDERS for path in _files_below(root / folder)}
    files = dict(sorted(files.items()))
    base_iri = config.base_iri or _declared_base(files) or config.location
    digest = hashlib.sha256()
    for name, path in files.items():
        digest.update(f"{name}\0{hashlib.sha256(_bytes(name, path)).hexdigest()}\n".encode())
    digest.update(f"{base_iri}\0{config.location}\0{__version__}\n".encode())
    return Content(root, base_iri, files, digest.hexdigest())


def _bytes(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        finding = syntax_finding(name, error)
        raise ContentError(str(finding), findings=[finding]) from error


def _files_below(folder: Path) -> Iterator[Path]:
    """Every file below *folder* but hidden ones and editors' back-ups."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and not path.name.endswith("~") and path.is_file():
            yield path


def _declared_base(files: dict[str, Path]) -> str:
    path = files.get("data/catalog.ttl")
    found = _BASE.search(path.read_text(encoding="utf-8", errors="replace")) if path else None
    return found[1] if found else ""


def _graph_path(name: str) -> str:
    """Path of the graph below the base: ``data/a.ttl`` -> ``dataset/a``, ``ontology/ns.ttl`` -> ``ns``."""
    folder, _, rest = name.partition("/")
    stem = rest.rsplit(".", 1)[0]
    return f"dataset/{stem}" if folder == "data" else stem


def _filled(term: Literal, base_iri: str) -> Literal:
    value = term.value.replace(_PLACEHOLDER, base_iri)
    return Literal(value, language=term.language) if term.language else Literal(value, datatype=term.datatype)
