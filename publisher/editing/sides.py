"""The two sides of a comparison: a content folder, a build or a file, each as sorted lines of N-Quads."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, DefaultGraph, NamedNode, Quad, RdfFormat, parse
from pyoxigraph import Store as Engine

from ..config import Config
from ..content.dataset import Content, read_content
from ..content.files import RdfFile
from ..content.findings import syntax_finding
from ..errors import ContentError, SettingError
from ..publish.builds import CURRENT
from ..publish.lines import quad_lines, sort_lines
from ..store.store import Store

MOST_NODES = 1000  # blank nodes joined to each other that are named by what they say
MOST_ALIKE = 4  # of them alike from everywhere; telling such apart takes time that grows exponentially
_NO_GRAPH = "urn:x-no-graph"
_VERSION = re.compile(r"[0-9a-f]{4,64}")
_BLANK = re.compile(rb"^_:| _:")


@dataclass(frozen=True)
class Side:
    """One of two things that are compared.

    name      as it was called
    base_iri  of its own resources; "" when it does not say
    lines     gives its statements as lines of N-Quads, sorted by bytes, each once
    """

    name: str
    base_iri: str
    lines: Callable[[], Iterator[bytes]]


def open_side(name: str, config: Config, say: Callable[[str], None]) -> Side:
    """Find out what *name* is: a content folder, the folder of a build, a version of the build folder, a file.

    say     is told which blank nodes keep the names of their file
    raises  SettingError, when it is none of these; ContentError, when it does not parse
    """
    path = Path(name)
    build = path if (path / "manifest.json").is_file() else _build(name, config)
    if path.is_file():
        lines, base_iri = _file_lines(path, config), config.base_iri
    elif (path / "data").is_dir():
        content = read_content(replace(config, content=path))
        lines, base_iri = _content_lines(content), content.base_iri
    elif build:
        quads, base_iri = build / "quads.nq", _base_of(build)
        if not quads.is_file():
            raise SettingError(f"{name!r} has no dumps yet: write them with `python -m publisher dumps`")
        lines = partial(_read, quads)
    else:
        right = f"a content folder, a build, the start of a version in {config.build}, or an RDF file is right"
        raise SettingError(f"{name!r} is nothing to compare: {right}")
    return Side(name, base_iri, lambda: named_by_content(lines(), say))


def named_by_content(lines: Iterable[bytes], say: Callable[[str], None]) -> Iterator[bytes]:
    """*lines*, blank nodes named by the canonical form (RDFC-1.0) of what hangs together through them.

    So a blank node has the same name on both sides unless something about it, or about one it is joined to,
    has changed.
    """
    blank: list[bytes] = []

    def split() -> Iterator[bytes]:
        for line in lines:
            if _BLANK.search(line):
                blank.append(line)
            else:
                yield line

    first = sort_lines(split())
    start = list(_take(first, 1))
    if not blank:
        yield from start
        yield from first
        return
    quads = list(parse(b"".join(blank), format=RdfFormat.N_QUADS))
    yield from sort_lines([*start, *first, *_canonical(quads, say)])


def _canonical(quads: list[Quad], say: Callable[[str], None]) -> Iterator[bytes]:
    seen: Counter[str] = Counter()
    kept = 0
    for part in _parts(quads):
        nodes = {term for quad in part for term in _blank(quad)}
        if len(nodes) > MOST_NODES or _alike(part, nodes) > MOST_ALIKE:
            kept += len(nodes)
            yield from (_line(quad, {}) for quad in part)
            continue
        dataset = Dataset(part)
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        canonical = list(dataset)
        digest = hashlib.sha256(b"".join(sorted(_line(quad, {}) for quad in canonical))).hexdigest()[:16]
        seen[digest] += 1  # what is said twice in the same words is two nodes
        again = f"r{seen[digest]}" if seen[digest] > 1 else ""
        names = {node: BlankNode(f"b{digest}{again}{node.value}") for quad in canonical for node in _blank(quad)}
        yield from (_line(quad, names) for quad in canonical)
    if kept:
        say(f"{kept:,} blank nodes that cannot be told apart in reasonable time are compared by place in their file")


def _parts(quads: list[Quad]) -> Iterable[list[Quad]]:
    """The statements grouped: those in a group hang together through blank nodes."""
    leader: dict[Any, Any] = {}

    def find(node: Any) -> Any:
        while leader.setdefault(node, node) != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for quad in quads:
        first, *others = _blank(quad) or [None]
        for other in others:
            leader[find(other)] = find(first)
    parts: defaultdict[Any, list[Quad]] = defaultdict(list)
    for quad in quads:
        parts[find((_blank(quad) or [None])[0])].append(quad)
    return parts.values()


def _alike(quads: list[Quad], nodes: set[Any]) -> int:
    """How many blank nodes at most look the same, from near and from far."""
    colours: dict[Any, int] = dict.fromkeys(nodes, 0)
    while True:
        told: defaultdict[Any, list[str]] = defaultdict(list)
        for quad in quads:
            for node in _blank(quad):
                terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
                told[node].append(str([("self", "")[term != node] or colours.get(term, str(term)) for term in terms]))
        looks = {node: (colours[node], *sorted(told[node])) for node in nodes}
        numbers = {look: number for number, look in enumerate(sorted(set(looks.values())))}
        finer = {node: numbers[look] for node, look in looks.items()}
        if len(numbers) == len(set(colours.values())):
            return max(Counter(finer.values()).values(), default=0)
        colours = finer


def _blank(quad: Quad) -> list[Any]:
    terms = (quad.subject, quad.object, quad.graph_name)
    return [term for term in terms if isinstance(term, BlankNode)]


def _line(quad: Quad, names: dict[Any, BlankNode]) -> bytes:
    subject, object_ = names.get(quad.subject, quad.subject), names.get(quad.object, quad.object)
    graph = names.get(quad.graph_name, quad.graph_name)
    end = "" if isinstance(graph, DefaultGraph) else f" {graph}"
    return f"{subject} {quad.predicate} {object_}{end} .\n".encode()


def _build(name: str, config: Config) -> Path | None:
    """The build that *name* starts the version of, or ``current``."""
    if name == CURRENT:
        found = [config.build / CURRENT]
    else:
        found = list(config.build.glob(f"{name}*")) if _VERSION.fullmatch(name) else []
    found = [path for path in found if (path / "manifest.json").is_file()]
    if len(found) > 1:
        raise SettingError(f"{name!r} starts {len(found)} versions: write more of it")
    return found[0] if found else None


def _base_of(build: Path) -> str:
    return str(json.loads((build / "manifest.json").read_bytes())["base_iri"])


def _content_lines(content: Content) -> Callable[[], Iterator[bytes]]:
    """As they would be published: the engine writes some values in another form than the file."""
    engine, findings = content.load()
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise ContentError("\n".join(map(str, errors)), findings=errors)
    return lambda: sort_lines(quad_lines(Store(engine, content.base_iri)))


def _file_lines(path: Path, config: Config) -> Callable[[], Iterator[bytes]]:
    """A file alone has no graph of its own: its statements stand in the default graph, or in those it names."""
    content = Content(path.parent, config.base_iri or config.location, {path.name: path}, "")
    engine = Engine()
    try:
        for quad in content.quads(RdfFile(path, path.name, _NO_GRAPH)):
            named = DefaultGraph() if quad.graph_name == NamedNode(_NO_GRAPH) else quad.graph_name
            engine.add(Quad(quad.subject, quad.predicate, quad.object, named))
    except KeyError as error:
        raise SettingError(f"{str(path)!r} is no file of statements: {error} is no suffix of one") from error
    except (SyntaxError, ValueError, OSError) as error:
        finding = syntax_finding(str(path), error)
        raise ContentError(str(finding), findings=[finding]) from error
    return lambda: sort_lines(_line(quad, {}) for quad in engine)


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as lines:
        yield from lines


def _take(lines: Iterator[bytes], count: int) -> Iterator[bytes]:
    for _, line in zip(range(count), lines, strict=False):
        yield line
