"""Lines of N-Quads and N-Triples: any amount of them sorted, and read subject by subject.

Only lines as the engine writes them: one blank between terms, no escapes but those it needs.
Source: RDF 1.1 N-Triples and N-Quads, W3C Recommendations.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter, methodcaller
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from ..progress import Progress, counted
from ..store.store import Store

QUADS, UNION = "quads.nq", "union.nt"  # in the folder of a build

SORTED_IN_MEMORY = 64 * 2**20  # bytes of memory for lines sorted at once; more go through temporary files
MOST_FILES = 200  # temporary ones that are open at once; more are made one
LARGEST_PART = 8 * 2**20  # characters of lines about a subject that come together
_OBJECT = 41  # bytes of memory that a line takes beside its text
_BATCH = 2**20  # bytes of a file read at once
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

Statements = dict[str, list[str]]  # predicate -> objects, all in N-Triples syntax
Subjects = Iterator[tuple[str, Statements]]


def quad_lines(store: Store) -> Iterator[bytes]:
    """The statements of all named graphs, in no order."""
    for graph in store.engine.named_graphs():
        for quad in store.engine.quads_for_pattern(None, None, None, graph):
            yield f"{quad} .\n".encode()


def write_lines(directory: Path, quads: Iterable[bytes], *, outside: str = "") -> tuple[int, int]:
    """Write ``quads.nq`` and ``union.nt``: the sorted N-Quads of all named graphs, the sorted N-Triples of their union.

    quads    lines of N-Quads with their line ends, in any order, each any number of times; any amount of them
    outside  IRI of the named graph that the default graph leaves out (the shapes)
    returns  the numbers of quads and of triples
    """
    left_out = f" <{outside}> .\n".encode()
    counts = [0, 0]
    previous = b""
    with (directory / QUADS).open("wb") as nquads, (directory / UNION).open("wb") as ntriples:
        for line in sort_lines(quads):
            nquads.write(line)
            counts[0] += 1
            if not line.endswith(left_out):
                # In order again: a term that begins another one never has a blank for its next byte.
                triple = line[: line.rindex(b" ", 0, -3)] + b" .\n"
                if triple != previous:
                    ntriples.write(triple)
                    counts[1] += 1
                previous = triple
    return counts[0], counts[1]


def sort_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """*lines*, each with its line end, in the order of their bytes, each once; any amount of them.

    What is more than SORTED_IN_MEMORY goes through files without a name, of which nothing is left whatever happens;
    the folder for temporary ones needs as much room, and twice as much for what fills MOST_FILES.
    """
    with ExitStack() as files:
        runs: list[BinaryIO] = []
        held: list[bytes] = []
        size = 0
        for line in lines:
            held.append(line)
            size += len(line) + _OBJECT
            if size >= SORTED_IN_MEMORY:
                held.sort()
                runs.append(_written(held, files))
                held, size = [], 0
                if len(runs) == MOST_FILES:
                    merged = _written(merge(*runs), files)
                    for run in runs:
                        run.close()
                    runs = [merged]
        held.sort()
        previous = b""
        for line in merge(held, *runs):
            if line != previous:
                yield line
            previous = line


def by_subject(triples: Iterable[bytes]) -> Subjects:
    """Sorted N-Triples, one subject after the other."""
    return _grouped(map(methodcaller("split", " ", 2), map(bytes.decode, triples)))


def by_graph(quads: Iterable[bytes]) -> Iterator[tuple[str, Subjects]]:
    """N-Quads in any order, one graph after the other; the subjects sorted, an IRI before its hash IRIs.

    The subjects of a graph have to be read before the next graph is asked for.
    """
    keys = sort_lines(map(_graph_first, quads))
    for graph, group in groupby((key.decode().split(" ", 3) for key in keys), key=itemgetter(0)):
        subjects = _grouped(map(itemgetter(1, 2, 3), group))
        yield graph, ((f"{subject}>" if subject[0] == "<" else subject, found) for subject, found in subjects)


def _graph_first(line: bytes) -> bytes:
    """A quad so that it sorts by graph, then by subject without its ``>``, which is greater than a ``#``."""
    subject, rest = line.split(b" ", 1)
    end = rest.rindex(b" ", 0, -3)
    return b"%b %b %b .\n" % (rest[end + 1 : -3], subject.rstrip(b">"), rest[:end])


def _grouped(triples: Iterable[Sequence[str]]) -> Subjects:
    """The statements of each subject: `a` first, then predicates by their IRI.

    triples  subject, predicate, object with the end of its line; those of a subject together
    returns  also several parts of a subject, when more than LARGEST_PART is said of it
    """
    statements: Statements = {}
    subject = last = ""
    size = 0
    for own, predicate, rest in triples:
        if own != subject or size >= LARGEST_PART:
            if statements:
                yield subject, _ordered(statements)
            subject, statements, last, size = own, {}, "", 0
        if predicate != last:
            last, objects = predicate, statements.setdefault(predicate, [])
        objects.append(rest[:-3])
        size += len(predicate) + len(rest)
    if statements:
        yield subject, _ordered(statements)


def read_lines(path: Path, what: str, progress: Progress) -> Iterator[bytes]:
    """The lines of a file, telling *progress* how much of it is read."""
    with path.open("rb") as file:
        batches = iter(lambda: file.readlines(_BATCH), [])
        yield from chain.from_iterable(counted(batches, path.stat().st_size // _BATCH, f"{what}, MiB", progress))


def _ordered(statements: Statements) -> Statements:
    return {predicate: statements[predicate] for predicate in _order(tuple(statements))}


@lru_cache(1024)
def _order(predicates: tuple[str, ...]) -> list[str]:
    return sorted(predicates, key=lambda predicate: (predicate != TYPE, predicate[1:-1]))


def _written(lines: Iterable[bytes], files: ExitStack) -> BinaryIO:
    """A temporary file of *lines*, to be read from its start; *files* closes it."""
    file = cast(BinaryIO, files.enter_context(TemporaryFile()))  # noqa: SIM115
    file.writelines(lines)
    file.seek(0)
    return file
