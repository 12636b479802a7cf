"""Any RDF as Turtle in our style, so that what was downloaded and corrected comes back as a readable diff.

What the output file has beside its statements stays: header comment, base, prefixes, sections, comments. A new
file gets base and prefixes of the content folder. Statements of several graphs make TriG.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from ..config import Config
from ..content.dataset import Content, read_content
from ..content.findings import Finding, syntax_finding
from ..content.reading import COMPRESSED, open_expanded
from ..describe.turtle import PLAIN, XSD, inner_nodes
from ..errors import ContentError, SettingError
from ..formats import BY_SUFFIX, DATASET, GRAPH
from ..publish.snapshot import declared_prefixes
from .layout import Layout
from .meaning import blank_digests, by_subject, statements
from .style import NOWHERE, read_turtle, write, write_dataset

STDIN = "-"
_PLACEHOLDER = "{BASE_IRI}"
_OUR_CONTEXT = re.compile(r"(?:.*/)?context(?:/[0-9a-f]+)?\.jsonld")
_NAMESPACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.*[/#:]", re.DOTALL)

Graphs = dict[str, list[Triple]]


@dataclass(frozen=True)
class Conversion:
    """The text, and what there is to know about it."""

    text: str
    notes: tuple[str, ...] = ()


def convert(
    names: Sequence[str], config: Config, *, output: Path | None = None, format: str = "", graph: str = ""
) -> Conversion:
    """Turtle of what the files *names* say together, TriG when they fill several graphs.

    names    file names; ``-`` is standard input
    output   a file that is there gives comments, base and prefixes, and must be Turtle or TriG
    format   format of all inputs, by suffix, name or media type; by default each by its suffix
    graph    the one graph to take, absolute or relative to the base
    raises   ContentError with findings; SettingError for a wrong argument
    """
    content = read_content(config) if (config.content / "data").is_dir() else None
    base = config.base_iri or (content.base_iri if content and content.base_iri != config.location else "")
    if output and output.suffix not in (".ttl", ".trig"):
        raise SettingError(f"{output}: a name that ends in .ttl or .trig is right")
    readers = [_Input(name, format, content, base, config.max_expanded_mb * 2**20) for name in names]
    quads = [quad for reader in readers for quad in reader.quads(rename=len(readers) > 1)]
    graphs = _graphs(_labelled(quads, keep=len(readers) == 1 and readers[0].has_labels))
    notes = []
    if graph:
        graph = graph if ":" in graph else base + graph
        if graph not in graphs:
            raise SettingError(f"--graph {graph}: there is {', '.join(map(_shown, sorted(graphs))) or 'no graph'}")
        graphs = {"": graphs[graph]}
    elif len(graphs) > 1:
        if output and output.suffix == ".ttl":
            known = ", ".join(map(_shown, sorted(graphs)))
            raise SettingError(f"{output}: {len(graphs)} graphs ({known}): --graph IRI, or a name that ends in .trig")
        notes.append(f"{len(graphs)} graphs: written as TriG; --graph IRI takes one")
    elif "" not in graphs and not (output and output.suffix == ".trig"):
        notes += [f"statements of the graph {iri}" for iri in graphs]
        graphs = {"": next(iter(graphs.values()), [])}
    layout, before = _layout(output, base)
    _add_prefixes(layout, before, [dict(declared_prefixes(content)) if content else {}, *(r.prefixes for r in readers)])
    if output is None or not output.exists():
        told = (term.value for group in graphs.values() for triple in group for term in triple if _is_iri(term))
        layout.base = base if base and any(iri.startswith(base) for iri in told) else ""
    templates = {_filled(t.object, base): t.object for t in before if isinstance(t.object, Literal)}
    templates = {filled: template for filled, template in templates.items() if filled != template}
    graphs = {iri: [_with_template(triple, templates) for triple in group] for iri, group in graphs.items()}
    layout.rename(_same_nodes(before, graphs.get("", [])))
    return _written(graphs, layout, base, notes)


def _written(graphs: Graphs, layout: Layout, base: str, notes: list[str]) -> Conversion:
    """The text, proved to say what *graphs* say."""
    one = set(graphs) <= {""}
    text = write(graphs.get("", []), layout) if one else write_dataset(graphs, layout)
    parsed = parse(text.encode(), format=RdfFormat.TURTLE if one else RdfFormat.TRIG, base_iri=base or NOWHERE)
    told = {iri: statements(triples) for iri, triples in _graphs(parsed).items() if triples}
    if told != {iri: statements(triples) for iri, triples in graphs.items() if triples}:
        raise ContentError("the result would not say what the input says: nothing was written")
    if one and layout.comments():
        lost = layout.comments() - read_turtle(text, base or NOWHERE)[1].comments()
        notes += [f"comment left out with what it stood at: {line}" for line in lost]
    return Conversion(text, tuple(notes))


class _Input:
    """One file to convert."""

    def __init__(self, name: str, format: str, content: Content | None, base: str, limit: int) -> None:
        self._name = "standard input" if name == STDIN else name
        self._path = None if name == STDIN else Path(name)
        self._content = content
        self._base = base
        self._limit = limit
        self._format = _format(name, format)
        self.prefixes: dict[str, str] = {}

    @property
    def has_labels(self) -> bool:
        """Whether the labels of blank nodes that are named more than once stand in the file."""
        return self._format not in (RdfFormat.JSON_LD, RdfFormat.RDF_XML)

    def quads(self, *, rename: bool) -> list[Quad]:
        """Its statements. Raises ContentError with file and line."""
        try:
            with open_expanded(self._path, self._limit) if self._path else sys.stdin.buffer as stream:
                data = stream.read()
            if self._format == RdfFormat.JSON_LD:
                data = self._with_contexts(data)
            parser = parse(data, format=self._format, base_iri=self._base or None, rename_blank_nodes=rename)
            found = list(parser)
            self.prefixes = parser.prefixes | self.prefixes
        except (SyntaxError, OSError, ValueError) as error:
            raise _failed(syntax_finding(self._name, error)) from error
        return found

    def _with_contexts(self, data: bytes) -> bytes:
        """JSON-LD with the content's own context in the place of its addresses; others are not fetched."""
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            return data  # the parser says what is wrong
        ours = (self._content.context or {}).get("@context") if self._content else None
        for context in _contexts(document):
            found = ours if _is_ours(context) else context
            if isinstance(found, dict):
                self.prefixes |= {n: v for n, v in found.items() if isinstance(v, str) and _NAMESPACE.fullmatch(v)}
        if ours is None or not any(_is_ours(context) for context in _contexts(document)):
            return data
        return json.dumps(_replaced(document, ours)).encode()


def _format(name: str, given: str) -> RdfFormat:
    """How to read the file *name*. Raises SettingError."""
    path = Path(name)
    suffix = (path.with_suffix("") if path.suffix in COMPRESSED else path).suffix[1:]
    wanted = given.lower() or {"owl": "rdf"}.get(suffix, suffix)
    for format in (*GRAPH, *DATASET):
        names = {format.suffix, format.media_type, format.name.lower(), *format.aliases}
        fits = wanted in names if given else BY_SUFFIX.get(wanted) is format
        if fits and isinstance(format.engine, RdfFormat):
            return format.engine
    known = ", ".join(format.suffix for format in (*GRAPH, *DATASET))
    if given:
        raise SettingError(f"--format {given}: one of {known} is right")
    raise SettingError(f"{name}: its name does not tell the format; --format with one of {known} is right")


def _layout(output: Path | None, base: str) -> tuple[Layout, list[Triple]]:
    """Layout and statements of the output file as it is."""
    if output is None or not output.exists():
        return Layout(), []
    if output.suffix != ".ttl":
        if re.search(rb"^\s*#", output.read_bytes(), re.MULTILINE):
            raise SettingError(f"{output} has comments, which only Turtle keeps: choose another output, or delete it")
        return Layout(), []
    try:
        text = output.read_text(encoding="utf-8")
        before, layout = read_turtle(text)
        if (
            layout.relative
            and base
            and any(_is_iri(term) and term.value.startswith(NOWHERE) for t in before for term in t)
        ):
            before, layout = read_turtle(text, base)
        elif layout.relative:
            layout = replace(layout, base="", relative=False)
    except (SyntaxError, OSError, ValueError) as error:
        raise _failed(syntax_finding(str(output), error)) from error
    return layout, before


def _add_prefixes(layout: Layout, before: Iterable[Triple], sources: Iterable[Mapping[str, str]]) -> None:
    """Prefixes of *sources* for namespaces that *layout* knows no prefix for and *before* makes no use of."""
    spelled_out = {term.value for triple in before for term in triple if isinstance(term, NamedNode)}
    datatypes = {triple.object.datatype.value for triple in before if isinstance(triple.object, Literal)}
    spelled_out |= datatypes - PLAIN.keys() - {XSD + "string"}
    for source in sources:
        for name, namespace in source.items():
            taken = name in layout.prefixes or namespace in layout.prefixes.values()
            if not taken and not any(iri.startswith(namespace) for iri in spelled_out):
                layout.prefixes[name] = namespace


def _same_nodes(before: Iterable[Triple], after: Iterable[Triple]) -> dict[Any, Any]:
    """Blank nodes of *before* and those of *after* of which the same is said."""
    now = {digest: node for node, digest in blank_digests(by_subject(dict.fromkeys(after))).items()}
    was = blank_digests(by_subject(dict.fromkeys(before)))
    return {node: now[digest] for node, digest in was.items() if digest in now}


def _graphs(quads: Iterable[Quad]) -> Graphs:
    """Statements by graph: ``""`` is the default graph, ``_:x`` one with a blank node for a name."""
    graphs: Graphs = {}
    for quad in quads:
        graph = quad.graph_name
        iri = "" if isinstance(graph, DefaultGraph) else graph.value if isinstance(graph, NamedNode) else str(graph)
        graphs.setdefault(iri, []).append(quad.triple)
    return graphs


def _labelled(quads: list[Quad], *, keep: bool) -> list[Quad]:
    """*quads* with labels that follow from them, where blank nodes need labels and the file does not *keep* any."""
    if keep or not _needs_labels(quads):
        return quads
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)

    def renamed(term: Any) -> Any:
        return BlankNode(term.value.replace("c14n", "b", 1)) if isinstance(term, BlankNode) else term

    return [Quad(renamed(q.subject), q.predicate, renamed(q.object), renamed(q.graph_name)) for q in dataset]


def _needs_labels(quads: Iterable[Quad]) -> bool:
    """Whether some blank node cannot be written in brackets."""
    graph_of: dict[Any, str] = {}
    for iri, triples in _graphs(quads).items():
        nodes: dict[Any, list[Triple]] = {}
        named: dict[Any, int] = {}
        for triple in triples:
            nodes.setdefault(triple.subject, []).append(triple)
            if isinstance(triple.object, BlankNode):
                named[triple.object] = named.get(triple.object, 0) + 1
        inner = inner_nodes(nodes)
        if any(count > 1 or (node in nodes and node not in inner) for node, count in named.items()):
            return True
        blank = {node for node in (*nodes, *named) if isinstance(node, BlankNode)}
        if iri.startswith("_:") or any(node in graph_of for node in blank):
            return True
        graph_of |= dict.fromkeys(blank, iri)
    return False


def _contexts(node: Any) -> Iterable[Any]:
    """Every context in a JSON document, those in lists one by one."""
    if isinstance(node, list):
        for item in node:
            yield from _contexts(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "@context":
                yield from value if isinstance(value, list) else [value]
            else:
                yield from _contexts(value)


def _replaced(node: Any, context: Any) -> Any:
    if isinstance(node, list):
        return [_replaced(item, context) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _own_context(value, context) if key == "@context" else _replaced(value, context)
        for key, value in node.items()
    }


def _own_context(value: Any, context: Any) -> Any:
    if isinstance(value, list):
        return [context if _is_ours(item) else item for item in value]
    return context if _is_ours(value) else value


def _is_ours(context: Any) -> bool:
    return isinstance(context, str) and _OUR_CONTEXT.fullmatch(context) is not None


def _is_iri(term: Any) -> bool:
    return isinstance(term, NamedNode)


def _filled(term: Literal, base: str) -> Literal:
    if _PLACEHOLDER not in term.value:
        return term
    value = term.value.replace(_PLACEHOLDER, base)
    return Literal(value, language=term.language) if term.language else Literal(value, datatype=term.datatype)


def _with_template(triple: Triple, templates: Mapping[Literal, Literal]) -> Triple:
    """The statement as the file had it, where its literal is what a template became."""
    template = templates.get(triple.object) if templates and isinstance(triple.object, Literal) else None
    return Triple(triple.subject, triple.predicate, template) if template else triple


def _shown(iri: str) -> str:
    return iri or "the default graph"


def _failed(finding: Finding) -> ContentError:
    return ContentError(str(finding), findings=[finding])
