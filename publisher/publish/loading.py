"""The content in an engine: what is small in memory, what is large in a store on disk.

How large it is shows by the bytes of its files; what turns out larger than it looked begins again on disk. There,
lines of N-Triples go to the engine as they are, and the statements of other formats as such lines, a block of them
at a time: while threads sort one into the indexes of the store, the next is read.
"""

import os
import tempfile
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from ..config import Config
from ..content.dataset import PLACEHOLDER, Content, TooLarge
from ..content.files import RdfFile
from ..content.findings import Finding, syntax_finding
from ..content.reading import COMPRESSED
from ..errors import BuildError
from ..progress import Meter, Progress, say
from ..store.store import STORE, count, name_of, node_of
from .builds import UNFINISHED, alone, remove
from .fresh import in_new_process

_BYTES = 200  # of a statement in a file; few files have so many
_EXPANDS = 10  # times, a compressed file as a rule
_NICE = 19
_LOADERS = 2  # blocks that are sorted at once
_STATEMENTS = 250_000  # of a block that is made of Python objects
_FEW = 2**20  # bytes of a block, for which the engine need not write files of their own

_REFUSED = "the build cannot be written: {}; nothing has changed"

Graph = NamedNode | BlankNode | DefaultGraph


@dataclass(frozen=True)
class Loaded:
    """Content in an engine: each statement in the graph of its file and, but for the shapes, in the default graph.

    findings    of the names and the syntax of files; after an error the statements are not complete
    statements  of the default graph; of a store on disk those of all files, twice what stands there twice
    store       its folder, when it is on disk
    """

    findings: list[Finding]
    statements: int
    store: Path | None = None
    memory: Store | None = field(default=None, repr=False)

    @property
    def parses(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)

    @cached_property
    def engine(self) -> Store:
        return self.memory or Store.read_only(str(self.store))


def load(content: Content, config: Config, folder: Path) -> Loaded:
    """Load *content*; what has more than ``memory_store_max_triples`` statements, or looks so, into *folder*/store.

    raises  BuildError, when the store cannot be written
    """
    return _in_memory(content, config) or _on_disk(content, folder)


@contextmanager
def loaded(content: Content, config: Config) -> Iterator[Loaded]:
    """*content*, loaded for a while; a store on disk is in the build folder, where there is room for it."""
    small = _in_memory(content, config)
    if small:
        yield small
        return
    with alone(config.build):
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=config.build))
        try:
            yield _on_disk(content, folder)
        finally:
            remove(folder)


def _in_memory(content: Content, config: Config) -> Loaded | None:
    most = config.memory_store_max_triples
    if sum(_size(file) * (_EXPANDS if _is_compressed(file) else 1) for file in content.rdf_files) > most * _BYTES:
        return None
    try:
        engine, findings = content.load(most)
    except TooLarge:
        return None
    return Loaded(findings, count(engine), memory=engine)


def _on_disk(content: Content, folder: Path) -> Loaded:
    return in_new_process(partial(load_on_disk, replace(content, kept={}), folder / STORE))


def load_on_disk(content: Content, path: Path) -> Loaded:
    """Load *content* into a new store at *path*, saying how it goes. Raises BuildError, when it cannot be written."""
    try:
        return _Loading(content, path, say).run()
    except OSError as error:
        raise BuildError(_REFUSED.format(error.strerror or error)) from error


def line_blocks(content: Content, file: RdfFile) -> Iterator[tuple[str, bytes]]:
    """The statements of *file* as ``Content.quads`` has them: a graph, and lines of N-Triples in it.

    Those of a file of N-Triples are as they stand there: nobody has looked whether they are right.

    raises  SyntaxError, OSError or ValueError, as ``Content.quads``
    """
    if file.format != RdfFormat.N_TRIPLES:
        quads = content.quads(file)
        while batch := list(islice(quads, _STATEMENTS)):
            yield from _by_graph(batch)
        return
    place = content.placing(file)
    for block in file.blocks():
        if b"_:" in block or PLACEHOLDER.encode() in block:
            yield from _by_graph(map(place, parse(block, RdfFormat.N_TRIPLES)))
        else:
            yield file.graph, block


def published(content: Content) -> Iterator[Quad]:
    """The statements of the default graph, read from the files: faster than out of a store on disk."""
    for file in content.rdf_files:
        if not file.is_empty:
            for graph, block in line_blocks(content, file):
                if graph != content.shapes_graph:
                    yield from parse(block, RdfFormat.N_TRIPLES)


def _by_graph(quads: Iterable[Quad]) -> Iterator[tuple[str, bytes]]:
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for quad in quads:
        lines[name_of(quad.graph_name)].append(f"{quad.triple} .\n")
    for graph, own in lines.items():
        yield graph, "".join(own).encode()


class _Loading:
    """Fills a new store on disk."""

    def __init__(self, content: Content, path: Path, progress: Progress) -> None:
        self._content = content
        self._path = path
        self._engine = Store(str(path))
        _step_back()
        self._pool = ThreadPoolExecutor(_LOADERS)
        self._under_way: deque[tuple[Future[None], int, int]] = deque()
        self._meter = Meter("loading", sum(map(_size, content.rdf_files)), progress)
        self._read = self._told = self._statements = 0

    def run(self) -> Loaded:
        """Raises BuildError, when the system refuses to write."""
        findings = list(self._content.name_findings())
        with self._meter:
            try:
                for file in self._content.rdf_files:
                    self._load(file)
                self._wait(0)
                self._meter.progress("putting the store in order")
                self._engine.optimize()
                self._engine.flush()
            except (SyntaxError, OSError, ValueError) as error:
                wrong = list(self._wrong())
                findings += wrong or [syntax_finding(file.name, error)]
            finally:
                self._pool.shutdown(cancel_futures=True)
        return Loaded(findings, self._statements, self._path)

    def _load(self, file: RdfFile) -> None:
        """Raises SyntaxError, OSError or ValueError for what is wrong with this file or one before."""
        if file.is_empty:
            return
        for graph, block in line_blocks(self._content, replace(file, seen=self._seen)):
            targets: list[Graph] = [node_of(graph)]
            if graph != self._content.shapes_graph:
                targets.insert(0, DefaultGraph())
            lines = block.count(b"\n")
            for target in targets:
                self._wait(_LOADERS)
                loading = self._pool.submit(_insert, self._engine, block, target)
                self._under_way.append((loading, self._read - self._told, lines))
                self._told, lines = self._read, 0

    def _wait(self, most: int) -> None:
        """Until at most so many blocks are under way."""
        while len(self._under_way) > most:
            loading, read, lines = self._under_way.popleft()
            loading.result()
            self._statements += lines
            rate = self._statements / self._meter.seconds
            self._meter.add(read, f"{self._statements:,} statements, {rate:,.0f} a second")

    def _seen(self, read: int) -> None:
        self._read += read

    def _wrong(self) -> Iterator[Finding]:
        """The first error of each file; its line is known once the file is parsed from its start."""
        for file in self._content.rdf_files:
            try:
                if not file.is_empty:
                    deque(self._content.statements(file), maxlen=0)
            except (SyntaxError, OSError, ValueError) as error:
                yield syntax_finding(file.name, error)


def _step_back() -> None:
    """Let the engine merge its files only when there is nothing else to do: ``optimize`` does it once, at the end."""
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            if (task / "comm").read_text().startswith("rocksdb:"):
                os.setpriority(os.PRIO_PROCESS, int(task.name), _NICE)


def _insert(engine: Store, block: bytes, graph: Graph) -> None:
    """Add lines of N-Triples. The engine would rename their blank nodes, if it read these itself.

    raises  SyntaxError; BuildError, when the system refuses to write
    """
    many = len(block) > _FEW
    try:
        if b"_:" in block:
            triples = parse(block, RdfFormat.N_TRIPLES)
            quads = (Quad(triple.subject, triple.predicate, triple.object, graph) for triple in triples)
            (engine.bulk_extend if many else engine.extend)(quads)
        else:
            (engine.bulk_load if many else engine.load)(block, RdfFormat.N_TRIPLES, to_graph=graph)
    except OSError as error:
        raise BuildError(_REFUSED.format(error.strerror or error)) from error


def _size(file: RdfFile) -> int:
    """0 for one that cannot be looked at: reading will tell why."""
    try:
        return file.path.stat().st_size
    except OSError:
        return 0


def _is_compressed(file: RdfFile) -> bool:
    return file.path.suffix in COMPRESSED
