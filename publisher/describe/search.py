"""Names found by how they are spelt: exactly, by their beginning, or nearly. The one label index of a snapshot.

It is laid over the names of ``index.py``, in the same file: each spelling once, sorted, and what three characters it
has, in a full-text index of SQLite (FTS5 with trigrams). What has some of the rarest trigrams of a text in common with
it is then compared letter by letter, so that the work has a bound whatever the data are.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from .spelling import LONGEST, begins, fold, similarity, spellings, trigrams
from .texts import TOLD, words_query

# Kinds of names: shown to readers, another name, a code (found only as it is).
SHOWN, OTHER, CODE = range(3)
MOST_ROWS = 20_000  # rows of the index that are read for one text; the rarer its trigrams the more of them
MOST_TRIGRAMS = 24  # of a text, the rarest
MOST_COUNTED, MOST_COMPARED = 1_000, 100  # spellings with most trigrams in common; of these, those compared by letters
MOST_NAMESAKES = 500  # names that are spelt alike
LEAST = 0.5  # likeness below which a name is no find
CACHE = 8 * 1024  # KiB that reading may keep

SCHEMA = """
CREATE TABLE spelling (number INTEGER PRIMARY KEY, key TEXT NOT NULL, kind INTEGER NOT NULL);
CREATE TABLE spelt (spelling INTEGER NOT NULL, name INTEGER NOT NULL, PRIMARY KEY (spelling, name)) WITHOUT ROWID;
CREATE TABLE trigram (text TEXT PRIMARY KEY, spellings INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE alike USING fts5(key, content = '', detail = none, columnsize = 0,
                                      tokenize = 'trigram case_sensitive 1');
CREATE TABLE found.spelled (key TEXT, name INTEGER, kind INTEGER);
"""
_WRITE = (
    """INSERT INTO spelling SELECT row_number() OVER (ORDER BY key), key, min(kind) FROM found.spelled
       GROUP BY key ORDER BY key""",
    "CREATE UNIQUE INDEX spelling_key ON spelling (key)",
    """INSERT INTO spelt SELECT number, name FROM (SELECT key, name FROM found.spelled ORDER BY key, name) AS given
       CROSS JOIN spelling ON spelling.key = given.key""",
    "DELETE FROM found.spelled",
    f"INSERT INTO alike (rowid, key) SELECT number, ' ' || key || ' ' FROM spelling WHERE kind < {CODE}",  # noqa: S608
    "INSERT INTO alike (alike) VALUES ('optimize')",
    "CREATE VIRTUAL TABLE temp.term USING fts5vocab(main, alike, row)",
    "INSERT INTO trigram SELECT term, doc FROM temp.term ORDER BY term",
    "DROP TABLE temp.term",
)
_SPELT = "SELECT number FROM spelling WHERE key IN (SELECT value FROM json_each(?))"
_STARTING = "SELECT number, key FROM spelling WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"
_RARE = "SELECT text, spellings FROM trigram WHERE text IN (SELECT value FROM json_each(?)) ORDER BY spellings, text"
_HAVING = "SELECT rowid AS number FROM alike WHERE alike MATCH ?"
_NEAREST = """
SELECT spelling.number, key FROM (
    SELECT number, count(*) AS shared FROM ({having}) GROUP BY number ORDER BY shared DESC, number LIMIT {counted}
) AS counted CROSS JOIN spelling ON spelling.number = counted.number
ORDER BY shared * 1.0 / (? + length(key) - shared) DESC, counted.number LIMIT {compared}
"""
_ALL = f"""
SELECT number, key FROM (SELECT rowid AS found FROM alike WHERE alike MATCH ? LIMIT {MOST_COUNTED})
CROSS JOIN spelling ON number = found
"""  # noqa: S608
_NAMES = """
SELECT given.value ->> 1, resource.iri, name.value, name.language, name.kind FROM json_each(?) AS given
CROSS JOIN spelt ON spelt.spelling = given.value ->> 0
CROSS JOIN name ON name.number = spelt.name CROSS JOIN resource ON resource.number = name.resource
ORDER BY 1 DESC, name.kind, resource.number LIMIT ?
"""


@dataclass(frozen=True)
class Found:
    """A resource, and that of its names by which it was found.

    likeness  of the name and the text, from 0 to 1
    kind      SHOWN, OTHER or CODE
    """

    iri: str
    name: str
    language: str
    kind: int
    likeness: float


class Search:
    """The names of one snapshot, read-only. Thread-safe; on a connection of its own, for other look-ups never wait."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = Lock()

    @classmethod
    def open(cls, path: Path) -> "Search":
        """Search the index at *path*, which ``Index.open`` has found to be one."""
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        connection.execute(f"PRAGMA cache_size = -{CACHE}")
        return cls(connection)

    def exactly(self, text: str, most: int = MOST_NAMESAKES) -> list[Found]:
        """What has a name or code that is spelt like *text*, but for case, accents and punctuation."""
        keys = list(filter(None, spellings(text)))
        rows = self._rows(_SPELT, json.dumps(keys))
        return self._resolve({number: 1.0 for (number,) in rows}, most)

    def find(self, text: str, most: int = 50) -> list[Found]:
        """What has a name like *text*, the most alike first, each resource once; namesakes beyond *most* too."""
        keys = [key for key in spellings(text) if key]
        others = self._nearest(trigrams(keys[0])) | self._starting(f"{keys[0]} ") if keys else {}
        near = {number: max(similarity(given, key) for given in keys) for number, key in others.items()}
        namesakes = self.exactly(text)
        alike = self._resolve({number: like for number, like in near.items() if LEAST <= like < 1}, most)
        return _once([*namesakes, *alike[: max(0, most - len(namesakes))]])

    def beginning(self, text: str, most: int = 50) -> list[Found]:
        """What has a name that begins with *text*, or a word that does, misspellings allowed; the best first."""
        start = fold(text)
        if not start:
            return []
        keys = self._starting(start) | self._nearest(trigrams(start, whole=False))
        near = {number: begins(key, start) - len(key) / (20 * LONGEST) for number, key in keys.items()}
        return _once(self._resolve({number: like for number, like in near.items() if like >= LEAST}, most))

    def words(self, text: str, most: int = 50) -> list[Found]:
        """What has a name with all words of *text*, or words that begin so; the more of the name they are, the better.

        Of very many such names only some are found.
        """
        words = fold(text).split()
        wanted = set().union(*(trigrams(word, whole=False) for word in words))
        keys = self._having_all(wanted) if words else {}
        near = {number: _covered(f" {key}", words) for number, key in keys.items()}
        return _once(self._resolve({number: like for number, like in near.items() if like}, most))

    def told(self, text: str, most: int = 50) -> list[str]:
        """The IRIs of what is described with all words of *text*, the last of which may be only begun."""
        query = words_query(text)
        return [iri for (iri,) in self._rows(TOLD, query, most)] if query else []

    def names(self, iri: str) -> list[tuple[str, int]]:
        """All names of *iri* with their kinds, codes too."""
        query = "SELECT value, kind FROM name WHERE resource = (SELECT number FROM resource WHERE iri = ?)"
        return self._rows(query, iri)

    def _starting(self, start: str) -> dict[int, str]:
        """The first spellings, by number, that begin with *start*."""
        return dict(self._rows(_STARTING, start, start + "\U0010ffff", MOST_COMPARED))

    def _having_all(self, wanted: set[str]) -> dict[int, str]:
        """Spellings, by number, that have all of the rarest of the *wanted* trigrams; none when one is nowhere."""
        known = self._rows(_RARE, json.dumps(sorted(wanted)))
        if len(known) < len(wanted) or not known:
            return {}
        chosen = self._within(known) or [known[0][0]]
        return dict(self._rows(_ALL, " AND ".join(map(_quoted, chosen))))

    def _within(self, trigrams: list[tuple[str, int]]) -> list[str]:
        """The first of *trigrams*, sorted by numbers of rows, that may all be read."""
        chosen: list[str] = []
        rows = 0
        for text, count in trigrams[:MOST_TRIGRAMS]:
            rows += count
            if rows > MOST_ROWS:
                break
            chosen.append(text)
        return chosen

    def _nearest(self, wanted: set[str]) -> dict[int, str]:
        """The spellings, by number, that have most of the rarest of the *wanted* trigrams."""
        chosen = self._within(self._rows(_RARE, json.dumps(sorted(wanted))))
        if not chosen:
            return {}
        having = " UNION ALL ".join([_HAVING] * len(chosen))
        query = _NEAREST.format(having=having, counted=MOST_COUNTED, compared=MOST_COMPARED)
        return dict(self._rows(query, *map(_quoted, chosen), len(wanted)))

    def _resolve(self, spellings: dict[int, float], most: int) -> list[Found]:
        """The first *most* names that are spelt so, by spelling and its likeness; the most alike first."""
        given = json.dumps(sorted(spellings.items()))
        rows = self._rows(_NAMES, given, most)
        return [Found(iri, name, language, kind, like) for like, iri, name, language, kind in rows]

    def _rows(self, query: str, *given: object) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, given).fetchall()


def write_search(connection: sqlite3.Connection) -> None:
    """Fill the tables of SCHEMA from the names' spellings in ``found.spelled``, in little memory."""
    for statement in _WRITE:
        connection.execute(statement)


def _once(found: Iterable[Found]) -> list[Found]:
    """*found*, of each resource the first."""
    first: dict[str, Found] = {}
    for item in found:
        first.setdefault(item.iri, item)
    return list(first.values())


def _covered(name: str, words: list[str]) -> float:
    """How much of a folded *name*, a space before it, its words are that begin with *words*; 0 without one of them."""
    if not all(f" {word}" in name for word in words):
        return 0.0
    return min(1.0, sum(len(word) + 1 for word in set(words)) / len(name))


def _quoted(trigram: str) -> str:
    """The query for one trigram, whatever is in it."""
    return '"{}"'.format(trigram.replace('"', '""'))
