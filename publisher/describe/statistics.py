"""What a data set consists of, in numbers: statements, resources, classes, properties, links into other data.

One pass over the statements, subject after subject, as text: memory grows with the number of classes and properties,
not with the data. Source: Describing Linked Datasets with the VoID Vocabulary, sections 4.5, 4.6 and 5.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from struct import Struct
from tempfile import SpooledTemporaryFile

from .labels import split
from .namespaces import namespaces_of
from .turtle import TYPE
from .vocabulary import OWL, RDFS, SCHEMA, SKOS

Statements = Mapping[str, Sequence[str]]  # predicate -> objects, all in N-Triples syntax

# Properties whose targets are links into other data wherever these are; of others, where a prefix stands for them.
LINKING = frozenset({
    OWL.sameAs.value, RDFS.seeAlso.value, SCHEMA.sameAs.value, "http://schema.org/sameAs",
    *(SKOS(f"{kind}Match").value for kind in ("exact", "close", "broad", "narrow", "related")),
})  # fmt: skip
_TYPE = str(TYPE)
_DATATYPES = "http://www.w3.org/2001/XMLSchema#"
_KEPT = 65536  # IRIs whose place is remembered
_PARTS = 64  # in which different objects are counted, one after the other
_HELD = 2**18  # bytes of a part in memory; more are in a temporary file
_PAIR = Struct("<qi")


@dataclass
class PropertyCount:
    """Statements with a property, and how many different subjects and objects these have."""

    triples: int = 0
    subjects: int = 0
    objects: int = 0


@dataclass
class ClassCount:
    """Instances of a class, and the statements about them, by property.

    example  the first of them by IRI that has a document of its own under the base; "" when none has
    """

    entities: int = 0
    triples: int = 0
    properties: Counter[str] = field(default_factory=Counter)
    example: str = ""


@dataclass(frozen=True)
class Statistics:
    """Counts of the default graph.

    uri_space     what the IRIs of the entities begin with; "" when they have nothing in common
    entities      subjects in that space, else all subjects that are IRIs
    vocabularies  namespaces of the properties and classes, sorted
    links         (property, namespace of the targets) -> statements that lead there from another place; without those
                  into vocabularies
    """

    uri_space: str
    triples: int
    entities: int
    subjects: int
    objects: int
    classes: dict[str, ClassCount]
    properties: dict[str, PropertyCount]
    vocabularies: tuple[str, ...]
    links: dict[tuple[str, str], int]


def statistics(
    subjects: Iterable[tuple[str, Statements]], base_iri: str, prefixes: Mapping[str, str], folder: Path | None = None
) -> Statistics:
    """Count what *subjects* hold.

    subjects  each subject with its statements, in N-Triples syntax; one with very many in several parts, together
    prefixes  name -> namespace: where links lead, and which vocabularies there are
    folder    where temporary files without a name may grow to 12 bytes a statement; None for the usual place
    """
    with closing(_Counting(base_iri, prefixes, folder)) as counting:
        for subject, parts in groupby(subjects, itemgetter(0)):
            counting.add(subject, (statements for _, statements in parts))
        return counting.result()


class _Counting:
    def __init__(self, base_iri: str, prefixes: Mapping[str, str], folder: Path | None) -> None:
        self._base_iri = base_iri
        self._prefixes = prefixes
        self._target = lru_cache(_KEPT)(_targets(prefixes))
        self._objects = _Different(folder)
        self.close = self._objects.close
        self._subjects = self._named = self._own = 0
        self._properties: dict[str, PropertyCount] = {}
        self._numbers: dict[str, int] = {}  # of the properties
        self._classes: dict[str, ClassCount] = {}
        self._links: Counter[tuple[str, str]] = Counter()

    def add(self, subject: str, parts: Iterable[Statements]) -> None:
        """Count one subject, given in one or several parts."""
        iri = subject[1:-1] if subject[0] == "<" else ""
        own = iri.startswith(self._base_iri)
        home = self._base_iri if own else _host(iri)
        classes: set[str] = set()
        counts: Counter[str] = Counter()
        for statements in parts:
            for predicate, objects in statements.items():
                counts[predicate] += len(objects)
                self._objects.add(self._numbers.setdefault(predicate, len(self._numbers)), objects)
                if predicate == _TYPE:
                    classes.update(object[1:-1] for object in objects if object[0] == "<")
                else:
                    self._link(home, predicate[1:-1], objects)
        self._subjects += 1
        self._named += bool(iri)
        self._own += own
        for predicate, number in counts.items():
            counted = self._properties.setdefault(predicate, PropertyCount())
            counted.triples += number
            counted.subjects += 1
        for name in classes:
            self._classify(name, counts, iri if own and "#" not in iri else "")

    def _classify(self, name: str, counts: Counter[str], iri: str) -> None:
        counted = self._classes.setdefault(name, ClassCount())
        counted.entities += 1
        counted.triples += counts.total()
        counted.properties.update(counts)
        counted.example = min(filter(None, (counted.example, iri)), default="")

    def _link(self, home: str, property_: str, objects: Sequence[str]) -> None:
        for object in objects:
            if object[0] == "<" and not object.startswith((self._base_iri, home or self._base_iri), 1):
                target, declared = self._target(object[1:-1])
                if target and (declared or property_ in LINKING):
                    self._links[property_, target] += 1

    def result(self) -> Statistics:
        different, of_property = self._objects.count()
        for predicate, counted in self._properties.items():
            counted.objects = of_property[self._numbers[predicate]]
        for kind in self._classes.values():
            kind.properties = Counter({name[1:-1]: number for name, number in kind.properties.items()})
        properties = {name[1:-1]: counted for name, counted in sorted(self._properties.items())}
        used = {*properties, *self._classes}
        vocabularies = {vocabulary_of(iri, self._prefixes) for iri in used} - {""}
        return Statistics(
            uri_space=self._base_iri if self._own else "",
            triples=sum(counted.triples for counted in properties.values()),
            entities=self._own or self._named,
            subjects=self._subjects,
            objects=different,
            classes=dict(sorted(self._classes.items())),
            properties=properties,
            vocabularies=tuple(sorted(vocabularies)),
            links={
                (property_, target): number
                for (property_, target), number in sorted(self._links.items())
                if property_ in LINKING or (target not in vocabularies and target != _DATATYPES)
            },
        )


class _Different:
    """Counts different objects, of each property and in all, by their hashes.

    Of 64 bits each: among 10 million objects the chance that two share one is about one in 400,000.
    """

    def __init__(self, folder: Path | None) -> None:
        self._files = ExitStack()
        place = str(folder) if folder else None
        parts = (SpooledTemporaryFile(_HELD, dir=place) for _ in range(_PARTS))  # noqa: SIM115
        self._parts = list(map(self._files.enter_context, parts))
        self.close = self._files.close

    def add(self, property_: int, objects: Sequence[str]) -> None:
        for object in objects:
            number = hash(object)
            self._parts[number % _PARTS].write(_PAIR.pack(number, property_))

    def count(self) -> tuple[int, Counter[int]]:
        """The number of all, and of each property."""
        different, of_property = 0, Counter[int]()
        for part in self._parts:
            part.seek(0)
            pairs = set(_PAIR.iter_unpack(part.read()))
            different += len({number for number, _ in pairs})
            of_property.update(property_ for _, property_ in pairs)
        return different, of_property


def vocabulary_of(iri: str, prefixes: Mapping[str, str]) -> str:
    """The namespace of a class or property: that of a prefix, else the IRI up to its last ``#`` or ``/``, else "".

    >>> vocabulary_of("http://a.example/ns/b", {})
    'http://a.example/ns/'
    """
    prefix, _ = split(iri, prefixes)
    return prefixes[prefix] if prefix else iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]


def _targets(prefixes: Mapping[str, str]) -> Callable[[str], tuple[str, bool]]:
    """A function from an IRI to the place of the web that it is in, and whether a prefix stands for that."""
    of = namespaces_of(prefixes.values())

    def target(iri: str) -> tuple[str, bool]:
        declared = of(iri)
        return (declared[0], True) if declared else (_host(iri), False)

    return target


def _host(iri: str) -> str:
    """The address of the server of an IRI of http or https; "" for others."""
    return iri[: iri.find("/", 8) + 1] if iri.startswith(("http://", "https://")) else ""
