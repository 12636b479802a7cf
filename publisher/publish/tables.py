"""The tables of a build: each class as CSV with metadata, made from the sorted statements when the dumps are there.

Two readings of all statements: which columns each class needs, then the rows. Memory grows with the number of columns,
not with the data. ``tables/`` of a build is there as a whole or not at all; ``tables.json`` in it tells what there is.
"""

import csv
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from io import StringIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from ..describe.csvw import IRI, LINKS, TableFiles, metadata
from ..describe.index import Index, is_listed
from ..describe.labels import DEFAULT, choose
from ..describe.tables import LINK, Column, Survey, Values, in_row, table_names, values_of
from ..errors import BuildError
from ..progress import Progress
from .builds import INDEX, read_manifest, remove
from .checksums import DUMP, TABLES, checksums
from .forked import Forked
from .lines import TYPE, UNION, Statements, by_subject, read_lines

CONTENTS = "tables.json"
METADATA = "-metadata.json"  # behind the name of a table, as CSV on the Web expects it
CATALOG, LICENCE = "<http://www.w3.org/ns/dcat#Catalog>", ("<http://purl.org/dc/terms/license>", LINK)
MOST_PARTS = 4  # of what is said of a resource, each of some 8 MiB, that its row holds
_NICE = 19  # so that whoever serves comes first
_KEPT = 20_000  # names of linked things that are kept
_AT_ONCE = 64 * 1024  # characters of a file that are written together

Resources = Iterator[tuple[str, Values, int, list[str]]]  # IRI, values, number of those left out, classes in N-Triples


@dataclass(frozen=True)
class TableFile:
    """A file of ``tables/``: its name, size in bytes and SHA-256 in hex."""

    file: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class ClassTable:
    """The table of a class: how many rows and columns, its file, its metadata, and the further table of its links."""

    iri: str
    rows: int
    columns: int
    table: TableFile
    metadata: TableFile
    links: TableFile | None

    @property
    def parts(self) -> tuple[TableFile, ...]:
        """The CSV files."""
        return (self.table, self.links) if self.links else (self.table,)

    @property
    def files(self) -> tuple[TableFile, ...]:
        return (*self.parts, self.metadata)


def read_tables(directory: Path) -> tuple[ClassTable, ...] | None:
    """The tables of the build in *directory*, largest first; None while they are not there, or when damaged."""
    try:
        return tuple(map(_read, json.loads((directory / TABLES / CONTENTS).read_bytes())))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read(told: dict[str, Any]) -> ClassTable:
    files = {name: TableFile(**told[name]) if told[name] else None for name in ("table", "metadata", "links")}
    return ClassTable(**(told | files))


def write_tables(directory: Path, progress: Progress = lambda _: None) -> None:
    """Write the tables of the build in *directory*, whose dumps are there, unless the tables are there and whole.

    One process does so at a time, another one waits; in a child process of low priority.

    raises   BuildError for what the system refuses: the tables can be written later
    """
    work = Forked(partial(_complete, directory, progress))
    try:
        work.result()
    finally:
        work.cancel()


def _complete(directory: Path, progress: Progress) -> None:
    os.nice(_NICE)
    try:
        lock = os.open(directory / DUMP, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _are_whole(directory):
            _write(directory, progress)
        os.close(lock)
    except OSError as error:
        if directory.is_dir():  # else it was deleted meanwhile
            reason = error.strerror or error
            raise BuildError(f"the tables cannot be written: {reason}; what is served stays") from error


def _are_whole(directory: Path) -> bool:
    tables = read_tables(directory)
    files = {directory / TABLES / file.file: file.sha256 for table in tables or () for file in table.files}
    return tables is not None and all(path.is_file() for path in files) and dict(checksums(files)) == files


def _write(directory: Path, progress: Progress) -> None:
    """Write all of them beside, then give them their place."""
    workplace = directory / f".{TABLES}"
    remove(workplace)
    workplace.mkdir()
    try:
        told = [asdict(table) for table in _Writer(directory, workplace, progress).tables()]
        (workplace / CONTENTS).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        remove(directory / TABLES)
        workplace.rename(directory / TABLES)
    finally:
        remove(workplace)


class _Writer:
    """Writes the tables of the build in *directory* into *workplace*."""

    def __init__(self, directory: Path, workplace: Path, progress: Progress) -> None:
        manifest = read_manifest(directory)
        self._lines, self._workplace, self._progress = directory / UNION, workplace, progress
        self._base_iri, self._prefixes = manifest["base_iri"], manifest["prefixes"]
        self._index = Index.open(directory / INDEX)
        self._names = table_names(self._index.classes(), self._prefixes)
        self._name = lru_cache(_KEPT)(self._name_of)
        self._licence = ""

    def tables(self) -> list[ClassTable]:
        """All of them, the largest first."""
        surveys = {f"<{iri}>": Survey(iri, self._name) for iri in self._names}
        for iri, values, _, classes in self._resources("reading the classes"):
            for class_ in classes:
                surveys[class_].add(values)
            if CATALOG in classes and iri.startswith(self._base_iri):
                self._licence = self._licence or min(values.get(LICENCE, ()), default="")
        tables = {class_: self._table(survey) for class_, survey in surveys.items()}
        for iri, values, left_out, classes in self._resources("writing the tables"):
            for class_ in classes:
                tables[class_].add(iri, values, left_out, self._name)
        return [self._finished(table) for table in tables.values()]

    def _resources(self, what: str) -> Resources:
        """The resources of classes with tables, sorted by IRI."""
        wanted = {f"<{iri}>" for iri in self._names}
        lines = read_lines(self._lines, what, self._progress)
        for subject, parts in groupby(by_subject(lines), itemgetter(0)):
            statements, beyond = _joined(statements for _, statements in parts)
            classes = [class_ for class_ in statements.get(TYPE, ()) if class_ in wanted]
            if classes and subject[0] == "<" and is_listed(subject[1:-1], self._base_iri):
                values, left_out = values_of(statements)
                yield subject[1:-1], values, left_out + beyond, classes

    def _name_of(self, iri: str) -> str:
        """Name of *iri* in the language of the lists; "" when it has none."""
        names = self._index.names(iri)
        return names[choose(names, DEFAULT)] if names else ""

    def _table(self, survey: Survey) -> "_Table":
        return _Table(survey.iri, survey.columns(self._prefixes), self._workplace / self._names[survey.iri])

    def _finished(self, table: "_Table") -> ClassTable:
        """What is written of *table*; its metadata is, now."""
        files = TableFiles(
            table.iri, table.rows.name, table.links.name if table.links else "", self._licence, table.left_out
        )
        described = _File(self._workplace / f"{table.rows.name}{METADATA}")
        told = metadata(files, table.columns, self._index.names)
        described.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        links = table.links.finished() if table.links else None
        return ClassTable(
            table.iri, table.number, 1 + len(table.columns), table.rows.finished(), described.finished(), links
        )


def _joined(parts: Iterator[Statements]) -> tuple[Statements, int]:
    """The statements of a resource that come in *parts*: the first MOST_PARTS, and how many are beyond.

    All its classes are among them, for these decide in which tables it is.
    """
    whole, beyond = next(parts), 0
    for number, part in enumerate(parts, 2):
        for predicate, objects in part.items():
            if number <= MOST_PARTS or predicate == TYPE:
                whole.setdefault(predicate, []).extend(objects)
            else:
                beyond += len(objects)
    return whole, beyond


class _Table:
    """The table of a class, row by row. *path* is that of its files without suffix."""

    def __init__(self, iri: str, columns: list[Column], path: Path) -> None:
        self.iri, self.columns = iri, columns
        self.number = self.left_out = 0
        self.rows = _Csv(path.with_name(f"{path.name}.csv"), (IRI, *(column.title for column in columns)))
        self._apart = [column for column in columns if column.is_apart]
        self.links = _Csv(path.with_name(f"{path.name}.links.csv"), LINKS) if self._apart else None

    def add(self, iri: str, values: Values, left_out: int, name: Callable[[str], str]) -> None:
        """The row of one resource, of which *left_out* statements are not among *values*."""
        own = in_row(values, self.iri)
        found = [own.get(column.key, ()) for column in self.columns]
        self.number += 1
        self.rows.row((iri, *(column.cell(given, name) for column, given in zip(self.columns, found, strict=True))))
        if self.links:
            for column in self._apart:
                for value in own.get(column.key, ()):
                    self.links.row((iri, column.key[0][1:-1], value))
        said = (column.sayable(given) for column, given in zip(self.columns, found, strict=True) if not column.of_names)
        self.left_out += left_out + sum(map(len, own.values())) - sum(map(len, said))


class _File:
    """A file that is written part by part."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        self._digest = hashlib.sha256()
        self._bytes = 0

    def write(self, text: str) -> None:
        """Add *text* at its end. The file is open only meanwhile: there may be a thousand of them."""
        data = text.encode()
        with self._path.open("ab") as file:
            file.write(data)
        self._digest.update(data)
        self._bytes += len(data)

    def finished(self) -> TableFile:
        return TableFile(self.name, self._bytes, self._digest.hexdigest())


class _Csv(_File):
    """A file of rows (RFC 4180), in UTF-8."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        super().__init__(path)
        self._text = StringIO(newline="")
        self._writer = csv.writer(self._text)
        self.row(header)

    def row(self, cells: Sequence[str]) -> None:
        self._writer.writerow(cells)
        if self._text.tell() > _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        self.write(self._text.getvalue())
        self._text.seek(0)
        self._text.truncate()

    def finished(self) -> TableFile:
        self._flush()
        return super().finished()
