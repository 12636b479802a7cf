"""What pages look up, computed at build: names, parts, lists by class, the pages that search engines may read.

One SQLite file, for no request may go over everything, and the web process may hold only a little of it. Each name
is one row of ``name``, in the order of the IRIs; how names are spelt, and found by that, is laid over that table
(``search.py``).
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any

from pyoxigraph import Quad, Triple

from ..errors import BuildError
from ..store.store import Store
from . import said
from .facet_index import MOST_TYPES, FacetWriter
from .facet_index import SCHEMA as COLLECTING_SCHEMA
from .facets import SCHEMA as FACET_SCHEMA
from .labels import DEFAULT, choose, short_form, sort_key
from .namespaces import METAMODEL
from .search import CODE, OTHER, SHOWN, write_search
from .search import SCHEMA as SEARCH_SCHEMA
from .spelling import spellings
from .texts import SCHEMA as TEXT_SCHEMA
from .texts import write_texts

PERSONS = frozenset({
    "http://xmlns.com/foaf/0.1/Person", "https://schema.org/Person", "http://schema.org/Person",
})  # fmt: skip
LARGE, MOST_LANGUAGES = 10_000, 4  # a larger class has lists only in the languages that name most of its resources
LONGEST_KEY = 300  # characters of a name by which it is sorted
CACHE = 4 * 1024  # KiB that reading may keep; the operating system keeps the rest
WRITING_CACHE, AT_ONCE = 64 * 1024, 10_000  # KiB; rows

_SCHEMA = """
CREATE TABLE resource (number INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, personal INTEGER NOT NULL);
CREATE TABLE name (number INTEGER PRIMARY KEY, resource INTEGER NOT NULL, kind INTEGER NOT NULL,
                   language TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE class (number INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, size INTEGER NOT NULL);
CREATE TABLE member (class INTEGER, language TEXT, place INTEGER, resource INTEGER NOT NULL,
                     PRIMARY KEY (class, language, place)) WITHOUT ROWID;
CREATE TABLE document (number INTEGER PRIMARY KEY, resource INTEGER NOT NULL);
CREATE TABLE property (iri TEXT PRIMARY KEY, uses INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE link (space TEXT PRIMARY KEY, links INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE found.said (iri TEXT, kind INTEGER, language TEXT, value TEXT);
CREATE TABLE found.stating (resource INTEGER, object TEXT);
CREATE TABLE found.page (resource INTEGER);
CREATE TABLE found.listed (class INTEGER, language TEXT, key TEXT, resource INTEGER);
"""
_ORDER = """
INSERT INTO member SELECT class, language, row_number() OVER (PARTITION BY class, language ORDER BY key, resource) - 1,
                          resource FROM found.listed
"""
_NAMED_MEMBERS = f"""
SELECT resource.number, iri, name.language, value FROM member JOIN resource ON resource.number = member.resource
LEFT JOIN name ON name.resource = resource.number AND kind = {SHOWN}
WHERE class = ? AND member.language = ? ORDER BY resource.number
"""  # noqa: S608
_PERSONAL = """
UPDATE resource SET personal = 2 WHERE personal = 0 AND number IN (
    SELECT stating.resource FROM found.stating JOIN resource AS about ON about.iri = object WHERE about.personal = 1)
"""
_DOCUMENTS = """
INSERT INTO document SELECT NULL, page.resource FROM found.page JOIN resource ON resource.number = page.resource
WHERE personal = 0 ORDER BY page.resource
"""


class Index:
    """The index of one snapshot, read-only. Thread-safe; every look-up is one search in a tree."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = Lock()

    @classmethod
    def open(cls, path: Path) -> "Index":
        """Open the index at *path*. Raises OSError or ValueError, when there is none."""
        if not path.is_file():
            raise FileNotFoundError(f"{path.name} is missing")
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        try:
            connection.execute(f"PRAGMA cache_size = -{CACHE}")
            connection.execute("SELECT 1 FROM document, property, link, spelling LIMIT 1")
        except sqlite3.Error as error:
            connection.close()
            raise ValueError(f"{path.name}: {error}") from error
        return cls(connection)

    @classmethod
    def of(cls, store: Store) -> "Index":
        """The index of *store*, in memory; for what is looked at once."""
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        _fill(connection, store, store.triples(), {})
        return cls(connection)

    def names(self, iri: str) -> dict[str, str]:
        """Language tag -> name of *iri*; empty when it has none."""
        query = (
            "SELECT language, value FROM name WHERE resource = (SELECT number FROM resource WHERE iri = ?) AND kind = ?"
        )
        return dict(self._rows(query, iri, SHOWN))

    def named(self, iris: Iterable[str]) -> list[str]:
        """Those of *iris* that have a name, in their order."""
        query = (
            "SELECT given.value FROM json_each(?) AS given CROSS JOIN resource ON iri = given.value "
            "WHERE EXISTS (SELECT 1 FROM name WHERE name.resource = resource.number AND kind = ?)"
        )
        return [iri for (iri,) in self._rows(query, json.dumps(list(iris)), SHOWN)]

    def fragments(self, iris: Iterable[str], most: int = -1) -> list[str]:
        """The hash IRIs of *iris* that are subjects, in the order of *iris*, then sorted; at most *most*."""
        query = (
            "SELECT iri FROM json_each(?) AS given CROSS JOIN resource "
            "ON iri >= given.value || '#' AND iri < given.value || '$' LIMIT ?"
        )
        return [iri for (iri,) in self._rows(query, json.dumps(list(iris)), most)]

    def beginning(self, start: str, most: int = -1) -> list[str]:
        """The IRIs with a name, a class or a fragment that begin with *start*, sorted; at most *most*."""
        end = start[:-1] + chr(ord(start[-1]) + 1)
        query = "SELECT iri FROM resource WHERE iri >= ? AND iri < ? ORDER BY iri LIMIT ?"
        return [iri for (iri,) in self._rows(query, start, end, most)]

    def is_personal(self, iri: str) -> bool:
        """Is it a person, or a node that states something about one?"""
        return any(personal for (personal,) in self._rows("SELECT personal FROM resource WHERE iri = ?", iri))

    def classes(self) -> dict[str, int]:
        """Class -> number of its resources, sorted by IRI."""
        return dict(self._rows("SELECT iri, size FROM class ORDER BY iri"))

    def languages(self) -> tuple[str, ...]:
        """Tags of the languages in which something is named, sorted."""
        return tuple(tag for (tag,) in self._rows("SELECT DISTINCT language FROM name ORDER BY language") if tag)

    def properties(self) -> dict[str, int]:
        """Property -> about how often it is used, sorted by IRI."""
        return dict(self._rows("SELECT iri, uses FROM property ORDER BY iri"))

    def linked_spaces(self) -> dict[str, int]:
        """Namespace -> how many IRIs in it are said to name the same as one of ours; the most first."""
        return dict(self._rows("SELECT space, links FROM link ORDER BY links DESC, space"))

    def members(self, class_: str, language: str, start: int = 0, count: int = -1) -> list[str]:
        """The resources of *class_* sorted by their names for a reader of *language*; from place *start*, *count*."""
        query = (
            "SELECT iri FROM member JOIN resource ON resource.number = resource WHERE class = "
            "(SELECT number FROM class WHERE iri = ?) AND language = ? AND place >= ? ORDER BY place LIMIT ?"
        )
        for tag in (language.lower(), language.lower().partition("-")[0], DEFAULT):
            found = [iri for (iri,) in self._rows(query, class_, tag, start, count)]
            if found:
                return found
        return []

    def documents(self, start: int = 0, count: int = -1) -> list[str]:
        """The resources under the base that search engines may read of, sorted by IRI; from place *start*, *count*."""
        query = "SELECT iri FROM document JOIN resource ON resource.number = resource WHERE document.number > ? LIMIT ?"
        return [iri for (iri,) in self._rows(query, start, count)]

    def document_count(self) -> int:
        return int(self._rows("SELECT coalesce(max(number), 0) FROM document")[0][0])

    def _rows(self, query: str, *given: object) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, given).fetchall()


def write_index(
    store: Store, path: Path, prefixes: Mapping[str, str], statements: Iterable[Triple | Quad] | None = None
) -> None:
    """Write the index of the default graph of *store* to *path*, in little memory.

    prefixes    name -> namespace; what has no name is sorted by its short form
    statements  all of the default graph, in any order, each any number of times, where the store would be slow
    raises      BuildError, when the system refuses to write
    """
    connection = sqlite3.connect(path)
    try:
        _sort_in(connection, path.parent)
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        _fill(connection, store, store.triples() if statements is None else statements, prefixes)
    except sqlite3.Error as error:
        raise BuildError(f"the index cannot be written: {error}; nothing has changed") from error
    finally:
        _sort_in(connection, "")
        connection.close()


def _sort_in(connection: sqlite3.Connection, folder: Path | str) -> None:
    """Where this process puts temporary files: on the disk of the build; /tmp may be memory. "" for the usual place."""
    quoted = str(folder).replace("'", "''")
    connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")


def _fill(
    connection: sqlite3.Connection, store: Store, statements: Iterable[Triple | Quad], prefixes: Mapping[str, str]
) -> None:
    connection.isolation_level = None
    connection.execute("ATTACH '' AS found")  # on disk only as far as it does not fit into memory, and gone at the end
    connection.execute(f"PRAGMA cache_size = -{WRITING_CACHE}")
    connection.executescript(f"PRAGMA found.cache_size = -{WRITING_CACHE}; PRAGMA found.journal_mode = OFF;")
    connection.executescript(_SCHEMA + SEARCH_SCHEMA + FACET_SCHEMA + COLLECTING_SCHEMA + TEXT_SCHEMA)
    connection.execute("BEGIN")
    found = said.Said(store)
    connection.executemany("INSERT INTO found.said VALUES (?, ?, ?, ?)", found.rows(statements))
    connection.executemany("INSERT INTO found.said VALUES (?, ?, ?, ?)", said.stated(store))
    connection.executemany("INSERT INTO property VALUES (?, ?)", found.uses())
    connection.executemany("INSERT INTO link VALUES (?, ?)", found.spaces.items())
    _Writer(connection, store.base_iri, prefixes).write(found.facets())
    write_search(connection)
    write_texts(connection, store)
    connection.execute("COMMIT")
    connection.execute("DETACH found")


def is_listed(iri: str, base_iri: str) -> bool:
    """Lists name resources, not parts of a document of ours (hash IRIs under the base) or of nothing (blank nodes)."""
    return not iri.startswith("_:") and not ("#" in iri and iri.startswith(base_iri))


class _Writer:
    """Fills the tables of the index from what was ``said``."""

    def __init__(self, connection: sqlite3.Connection, base_iri: str, prefixes: Mapping[str, str]) -> None:
        self._connection = connection
        self._base_iri = base_iri
        self._prefixes = prefixes
        self._classes: dict[str, int] = {}
        self._sizes: Counter[int] = Counter()
        self._languages: Counter[tuple[int, str]] = Counter()
        self._names = 0
        self._waiting: dict[str, list[tuple[object, ...]]] = {}  # table -> rows
        self._facets = FacetWriter(connection)

    def write(self, facets: Mapping[int, tuple[str, str]]) -> None:
        """Write all tables; *facets* are properties and values by number."""
        connection = self._connection
        rows = connection.execute("SELECT * FROM found.said ORDER BY iri, kind, language, value")
        for number, (iri, group) in enumerate(groupby(rows, itemgetter(0)), 1):
            self._resource(number, iri, group)
        self._flush()
        connection.executemany(
            "INSERT INTO class VALUES (?, ?, ?)",
            ((number, iri, self._sizes[number]) for iri, number in self._classes.items()),
        )
        connection.execute(_ORDER)
        connection.execute("DELETE FROM found.listed")
        connection.execute("CREATE INDEX name_resource ON name (resource)")
        for class_, languages in self._further_languages():
            self._list(class_, languages)
        self._flush()
        connection.execute(_ORDER)
        self._facets.write(self._sizes, facets, {number: iri for iri, number in self._classes.items()})
        connection.execute(_PERSONAL)
        connection.execute(_DOCUMENTS)

    def _resource(self, number: int, iri: str, rows: Iterable[tuple[str, int, str, str]]) -> None:
        """One resource, and the rows of what is said of it, sorted."""
        names: dict[str, str] = {}
        others: dict[tuple[int, str, str], None] = {}
        classes: dict[str, None] = {}
        values: list[int] = []
        for _, kind, language, value in rows:
            if kind < said.OTHER_NAME and language not in names:
                names[language] = value
            elif kind < said.CLASS:
                others[CODE if kind == said.CODE else OTHER, language, value] = None
            elif kind == said.CLASS:
                classes[value] = None
            elif kind == said.STATES:
                self._add("found.stating", number, value)
            elif kind == said.VALUES:
                values += map(int, value.split())
        self._add("resource", number, iri, int(not PERSONS.isdisjoint(classes)))
        shown = ((SHOWN, language, value) for language, value in names.items())
        self._name(number, iri, (*shown, *sorted(others)))
        if not classes or not is_listed(iri, self._base_iri):
            return
        if iri.startswith(self._base_iri):
            self._add("found.page", number)
        key = self._key(iri, names, choose(names, DEFAULT) if names else "")
        numbers = {name: self._classes.setdefault(name, len(self._classes) + 1) for name in classes if name}
        if 1 < len(numbers) <= MOST_TYPES:
            values += [-number for name, number in numbers.items() if not name.startswith(METAMODEL)]
        for class_ in numbers.values():
            if values:
                self._facets.add(class_, self._sizes[class_], values)
            self._sizes[class_] += 1
            for language in names:
                self._languages[class_, language] += 1
            self._add("found.listed", class_, DEFAULT, key, number)

    def _name(self, number: int, iri: str, names: Iterable[tuple[int, str, str]]) -> None:
        """The names of a resource, and how each is spelt; the first that is spelt so stands for the others."""
        spelt: set[str] = set()
        for kind, language, value in names:
            self._names += 1
            self._add("name", self._names, number, kind, language, value)
            for key in spellings(value) if not iri.startswith("_:") else ():
                if key and key not in spelt:
                    spelt.add(key)
                    self._add("found.spelled", key, self._names, kind)

    def _add(self, table: str, *row: object) -> None:
        """Have *row* written; many at once, for that is faster."""
        waiting = self._waiting.setdefault(table, [])
        waiting.append(row)
        if len(waiting) >= AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        for table, rows in self._waiting.items():
            places = ", ".join("?" * len(rows[0]))
            self._connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608
        self._waiting.clear()

    def _key(self, iri: str, names: Mapping[str, str], tag: str) -> str:
        name = names[tag] if names else short_form(iri, self._prefixes, self._base_iri)
        return sort_key(name[:LONGEST_KEY])

    def _further_languages(self) -> Iterator[tuple[int, list[str]]]:
        """Each class with the languages, other than the default, in which it has a list of its own."""
        by_class: dict[int, list[tuple[int, str]]] = {}
        for (class_, language), count in self._languages.items():
            if language not in ("", DEFAULT):
                by_class.setdefault(class_, []).append((-count, language))
        for class_, counted in by_class.items():
            most = MOST_LANGUAGES if self._sizes[class_] > LARGE else len(counted)
            yield class_, [language for _, language in sorted(counted)[:most]]

    def _list(self, class_: int, languages: list[str]) -> None:
        """What the lists of a class in *languages* are sorted by."""
        members = self._connection.execute(_NAMED_MEMBERS, (class_, DEFAULT))
        for (number, iri), rows in groupby(members, itemgetter(0, 1)):
            names = {language: value for _, _, language, value in rows if language is not None}
            keys = {tag: self._key(iri, names, tag) for tag in names or ("",)}
            for language in languages:
                key = keys[choose(names, language) if names else ""]
                self._add("found.listed", class_, language, key, number)
