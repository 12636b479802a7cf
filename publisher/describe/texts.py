"""Descriptions found by their words: a full-text index of SQLite beside that of names.

It is filled from the store by the properties that describe things, up to a bound, so that a build of large data takes
no longer for it. Words are compared without case and accents, as SQLite's ``unicode61`` takes them away.
"""

import re
import sqlite3
from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode

from ..store.store import Store, name_of

DESCRIPTIONS = tuple(
    NamedNode(iri)
    for iri in (
        "http://purl.org/dc/terms/description",
        "http://purl.org/dc/terms/abstract",
        "http://www.w3.org/2004/02/skos/core#definition",
        "http://www.w3.org/2000/01/rdf-schema#comment",
        "https://schema.org/description",
        "http://schema.org/description",
        "http://www.w3.org/2004/02/skos/core#scopeNote",
        "http://www.w3.org/2004/02/skos/core#note",
        "http://www.w3.org/2004/02/skos/core#example",
    )
)  # best first
MOST_TEXTS, MOST_LETTERS = 200_000, 50_000_000  # of all descriptions together; the rest is not found by its words
LONGEST_TEXT = 2_000  # characters of one that are read
MOST_WORDS, LEAST_BEGUN = 10, 3  # words of a search; letters of a word from which it may be only begun

SCHEMA = """
CREATE TABLE text (number INTEGER PRIMARY KEY, resource INTEGER NOT NULL);
CREATE VIRTUAL TABLE told USING fts5(words, content = '', columnsize = 0,
                                     tokenize = "unicode61 remove_diacritics 2");
"""
TOLD = """
SELECT DISTINCT iri FROM (SELECT rowid AS found FROM told WHERE told MATCH ? LIMIT 2000)
CROSS JOIN text ON text.number = found JOIN resource ON resource.number = text.resource LIMIT ?
"""
_WORD = re.compile(r"[^\W_]+")


def write_texts(connection: sqlite3.Connection, store: Store) -> None:
    """Fill the tables of SCHEMA from the descriptions in *store*, once the resources are there."""
    find = "SELECT number FROM resource WHERE iri = ?"
    for number, (iri, text) in enumerate(_texts(store), 1):
        resource = connection.execute(find, (iri,)).fetchone()
        if resource:
            connection.execute("INSERT INTO text VALUES (?, ?)", (number, resource[0]))
            connection.execute("INSERT INTO told (rowid, words) VALUES (?, ?)", (number, text))


def words_query(text: str) -> str:
    """The full-text query for the words of *text*; "" without any.

    >>> words_query("Ville d'Europe"), words_query(" * ")
    ('"Ville" AND "d" AND "Europe"*', '')
    """
    words = _WORD.findall(text)[:MOST_WORDS]
    quoted = [f'"{word}"' for word in words]
    if words and len(words[-1]) >= LEAST_BEGUN:
        quoted[-1] += "*"
    return " AND ".join(quoted)


def _texts(store: Store) -> Iterator[tuple[str, str]]:
    """IRIs, and what describes each."""
    texts = letters = 0
    for property_ in DESCRIPTIONS:
        for triple in store.triples(None, property_):
            if texts >= MOST_TEXTS or letters >= MOST_LETTERS:
                return
            if isinstance(triple.object, Literal) and isinstance(triple.subject, NamedNode):
                text = triple.object.value[:LONGEST_TEXT]
                texts += 1
                letters += len(text)
                yield name_of(triple.subject), text
