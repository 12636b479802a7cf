"""A class as a table for spreadsheets: a row for each resource, and metadata by which the table is the same RDF again.

A column holds the values of one property in one kind: links, texts in one language, values of one datatype. Several
values of a resource share a cell, with a separator between them. By the metadata, the minimal mode of csv2rdf gives
each statement that the row was made of.

A cell that a spreadsheet would take for a formula begins with the separator of its column: an empty first value,
of which RDF is made none. CSVW makes one IRI of a cell, never several, so links of which some resource has several are
said again in a table of their own, one a row.

Sources: W3C Model for Tabular Data (6.4, parsing cells), Metadata Vocabulary for Tabular Data, Generating RDF from
Tabular Data; OWASP, CSV injection.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .labels import LABEL_PROPERTIES, local_name, short_form, split
from .literals import is_listable, is_number, is_sayable
from .namespaces import METAMODEL
from .turtle import TYPE

LARGEST = 1_048_575  # rows that a spreadsheet has room for below the header
MOST_TABLES = 1_000  # of a content with more classes, the largest have tables
MOST_COLUMNS = 1_000  # of which a spreadsheet takes 1,024 or more; the fullest are kept
LONGEST_NAME = 100  # characters of a table's name, of which a name of a file is made
SEPARATORS = "|¦‖␟"  # best first; a column has the first one that none of its values holds
LINK = "<"  # kind of a column of links; of other columns, what follows the quotes in N-Triples: "", "@fr", "^^<…>"

_KINDS_SEEN = 10 * MOST_COLUMNS  # of a class, kinds of values that are counted
_NAMES_TRIED = 1_000  # rows in which none of the linked things has a name, until no name is expected
_FORMULA = re.compile(r"[\s\u200b\ufeff]*[-=+@\uff0d\uff1d\uff0b\uff20]")
_TYPE = str(TYPE)
_LABELS = {str(term): place for place, term in enumerate(LABEL_PROPERTIES)}

Key = tuple[str, str]  # predicate in N-Triples, kind
Values = dict[Key, list[str]]


def of_the_world(classes: Mapping[str, int]) -> dict[str, int]:
    """Those of *classes* (class -> number of resources) that are no words of ontologies; all, without others."""
    found = {iri: size for iri, size in classes.items() if not iri.startswith(METAMODEL)}
    return found or dict(classes)


def table_names(classes: Mapping[str, int], prefixes: Mapping[str, str]) -> dict[str, str]:
    """The classes that have tables, largest first, each with the name of its table.

    >>> table_names({"http://example.org/ns#Site": 3}, {"ex": "http://example.org/ns#"})
    {'http://example.org/ns#Site': 'ex-Site'}
    """
    sizes = sorted((-size, iri) for iri, size in of_the_world(classes).items() if 0 < size <= LARGEST)
    return {iri: _table_name(iri, prefixes) for _, iri in sizes[:MOST_TABLES]}


def _table_name(iri: str, prefixes: Mapping[str, str]) -> str:
    prefix, local = split(iri, prefixes)
    plain = re.fullmatch(r"\w+", prefix, re.ASCII) and re.fullmatch(r"[\w-]+", local, re.ASCII)
    if plain and len(prefix + local) < LONGEST_NAME:
        return f"{prefix}-{local}"
    word = re.sub(r"[^A-Za-z0-9]+", "-", local_name(iri)[:LONGEST_NAME]).strip("-") or "class"
    return f"{word}-{hashlib.sha256(iri.encode()).hexdigest()[:8]}"


def values_of(statements: Mapping[str, Iterable[str]]) -> tuple[Values, int]:
    """The values of a resource by property and kind, from *statements* (predicate -> objects) in N-Triples syntax.

    And the number of those that no table can say: blank nodes, triple terms, empty texts, which mean "no value" in
    CSVW, texts with a base direction, and what is no value of its datatype.
    """
    values: Values = {}
    left_out = 0
    for predicate, objects in statements.items():
        for object in objects:
            kind, value = _read(object)
            if value:
                values.setdefault((predicate, kind), []).append(value)
            else:
                left_out += 1
    return values, left_out


def _read(term: str) -> tuple[str, str]:
    """Kind and value of an object; no value when a table cannot say it."""
    if term[0] == "<":
        return LINK, "" if term[1] == "<" else term[1:-1]
    if term[0] != '"':
        return "", ""
    end = term.rindex('"') + 1
    text, kind = term[:end], term[end:]
    value = json.loads(text, strict=False) if "\\" in text else text[1:-1]
    return kind, value if is_sayable(kind, value) else ""


@dataclass
class _Seen:
    """What a column has to hold: rows with a value; more than one in a row, a formula, a named link among them.

    free  the separators that no value holds
    """

    rows: int = 0
    several: bool = False
    formula: bool = False
    named: bool = False
    free: str = SEPARATORS


class Survey:
    """The first reading of the resources of one class: which columns its table needs.

    name  name of an IRI, "" when it has none
    """

    def __init__(self, iri: str, name: Callable[[str], str]) -> None:
        self.iri = iri
        self._name = name
        self._seen: dict[Key, _Seen] = {}

    def add(self, values: Values) -> None:
        """Take notice of one resource."""
        for key, found in in_row(values, self.iri).items():
            seen = self._seen.get(key)
            if seen is None:
                if len(self._seen) >= _KINDS_SEEN:
                    continue
                seen = self._seen[key] = _Seen()
            seen.rows += 1
            seen.several |= len(found) > 1
            if key[1] == LINK:
                seen.named = seen.named or (seen.rows <= _NAMES_TRIED and any(map(self._name, found)))
            else:
                for value in found:
                    seen.formula = seen.formula or is_formula(value, key[1])
                    if any(separator in value for separator in seen.free):
                        seen.free = "".join(separator for separator in seen.free if separator not in value)

    def columns(self, prefixes: Mapping[str, str]) -> list["Column"]:
        """The columns behind the first one, which has the IRI.

        Labels come first, then the properties by their names; the fullest column of a property comes first.
        """
        keys = sorted(self._seen, key=lambda key: (-self._seen[key].rows, key))[:MOST_COLUMNS]
        words = _words({predicate for predicate, _ in keys}, prefixes)
        plain = Counter(predicate for predicate, kind in keys if kind[:1] != "@")
        keys.sort(key=lambda key: (_LABELS.get(key[0], len(_LABELS)), words[key[0]].casefold(), key[0]))
        header, columns = _Header(), []
        for key in keys:
            word, seen = words[key[0]], self._seen[key]
            if key[1][:1] == "@" or plain[key[0]] > 1:
                word += _suffix(key[1])
            separator = (seen.free or SEPARATORS[-1])[0] if seen.several or seen.formula else ""
            columns.append(Column(key, *header.add(word), separator, seen.several))
            if seen.named:
                columns.append(Column(key, *header.add(f"{word} (name)"), SEPARATORS[0], of_names=True))
        return columns


class _Header:
    """The names of a table's columns, each there once."""

    def __init__(self) -> None:
        self._titles = {"iri"}
        self._names = {"iri", "class"}

    def add(self, word: str) -> tuple[str, str]:
        """Title, and name in templates, of one more column."""
        title = _unique(word, " ", self._titles)
        name = re.sub(r"[^A-Za-z0-9]+", "_", title).strip("_") or "column"
        return title, _unique(name, "_", self._names)


@dataclass(frozen=True)
class Column:
    """One column: the values of one property that are of one kind, or the names of what these link to.

    key        the property, in N-Triples, and the kind
    title      what stands above it
    name       what the metadata's templates call it
    separator  between several values of a row; "" when no row has several
    """

    key: Key
    title: str
    name: str
    separator: str
    several: bool = False
    of_names: bool = False

    @property
    def is_link(self) -> bool:
        return self.key[1] == LINK and not self.of_names

    @property
    def is_apart(self) -> bool:
        """Are its links said one by one, in the table of links?"""
        return self.is_link and self.several

    def cell(self, values: Iterable[str], name: Callable[[str], str]) -> str:
        """The cell of a row with *values*; "" without any. *name* gives the name of an IRI, "" when it has none."""
        text = self.separator.join(filter(None, map(name, values)) if self.of_names else self.sayable(values))
        return self.separator + text if text and not self.is_link and is_formula(text, self.key[1]) else text

    def sayable(self, values: Iterable[str]) -> list[str]:
        """Those of *values* that come back from the cell; where it may hold several, not those with the separator."""
        if not self.separator:
            return list(values)
        return [value for value in values if self.separator not in value and is_listable(self.key[1], value)]


def in_row(values: Values, iri: str) -> Values:
    """*values* of a resource of class *iri* without that class, which the whole table says."""
    others = [type for type in values.get((_TYPE, LINK), ()) if type != iri]
    rest = {key: found for key, found in values.items() if key != (_TYPE, LINK)}
    return rest | {(_TYPE, LINK): others} if others else rest


def is_formula(value: str, kind: str) -> bool:
    """Would a spreadsheet compute *value*, were it a cell? Numbers are numbers, whatever their sign."""
    return not is_number(kind) and bool(_FORMULA.match(value))


def _words(predicates: Iterable[str], prefixes: Mapping[str, str]) -> dict[str, str]:
    """A word for each property: its local name; with prefix, or the whole IRI, where two have the same."""
    locals = {predicate: re.sub(r"^\W+", "", local_name(predicate[1:-1])) or "property" for predicate in predicates}
    counts = Counter(map(str.casefold, locals.values()))
    return {
        predicate: word if counts[word.casefold()] == 1 else short_form(predicate[1:-1], prefixes, "")
        for predicate, word in locals.items()
    }


def _suffix(kind: str) -> str:
    if kind == LINK:
        return " (IRI)"
    return f" ({local_name(kind[3:-1]) if kind[:1] == '^' else kind[1:] or 'text'})"


def _unique(text: str, joint: str, taken: set[str]) -> str:
    """*text*, with a number when its like is *taken* already; it is taken then."""
    found, number = text, 1
    while found.casefold() in taken:
        number += 1
        found = f"{text}{joint}{number}"
    taken.add(found.casefold())
    return found
