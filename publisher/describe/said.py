"""What statements say that the index keeps: rows of names, codes, classes and parts, in the order they come.

Looked at once, one after the other, so that little of them is in memory.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, Triple

from ..store.store import Store, name_of
from .facet_index import MOST_PROPERTIES, MOST_VALUES, STEP, facet_value
from .labels import CODE_PROPERTIES, LABEL_PROPERTIES, other_name_properties
from .links import SAME, space_of
from .namespaces import METAMODEL
from .turtle import TYPE

# A statement with a property of this type belongs to the description of its object too.
DESCRIPTION_PROPERTY = NamedNode("https://w3id.org/linked-data-publisher/ns#DescriptionProperty")
MOST_SPACES = 1000  # namespaces into which links are counted
# Kinds of what is said of a resource; below them, the places of the properties that name it.
OTHER_NAME, CODE, CLASS, PART, STATES, LINK, VALUES = range(100, 107)

Row = tuple[str, int, str, str]  # resource, kind, language, value (VALUES: numbers with spaces between)


@dataclass(slots=True)
class _Property:
    """What a property says of its subject for the index, as a kind, if anything; how often it is used.

    number  of the property
    values  that it has, with their numbers, as long as it may be a facet; else None
    """

    kind: int | None = None
    uses: int = 0
    number: int = 0
    values: dict[str, str] | None = None


class Said:
    """Looks at statements, and counts.

    spaces  namespace -> links into it by which two IRIs are the same; no new ones after the first MOST_SPACES
    """

    def __init__(self, store: Store) -> None:
        kinds = {TYPE: CLASS} | dict.fromkeys(CODE_PROPERTIES, CODE) | dict.fromkeys(SAME, LINK)
        kinds |= dict.fromkeys(other_name_properties(store), OTHER_NAME)
        kinds |= {property_: rank for rank, property_ in enumerate(LABEL_PROPERTIES)}
        self._properties = {property_: _Property(kind) for property_, kind in kinds.items()}
        self.spaces: Counter[str] = Counter()
        self._considered_so_far = 0

    def rows(self, statements: Iterable[Triple | Quad]) -> Iterator[Row]:
        """Names, codes, classes, values of facets, and that a hash IRI is a subject."""
        last, iri, properties = None, "", self._properties
        numbers: list[str] = []  # of the values of the last subject
        for statement in statements:
            subject, predicate = statement.subject, statement.predicate
            property_ = properties.get(predicate)
            if property_ is None:
                property_ = properties[predicate] = self._considered(predicate)
            property_.uses += 1
            if subject != last:
                if numbers:
                    yield iri, VALUES, "", " ".join(numbers)
                    numbers.clear()
                last, iri = subject, name_of(subject)
                if "#" in iri:
                    yield iri, PART, "", ""
            kind, values = property_.kind, property_.values
            if kind is None:
                if values is not None:
                    value = facet_value(statement.object)
                    number = values.get(value) or self._numbered(property_, values, value)
                    if number:
                        numbers.append(number)
                continue
            object = statement.object
            if kind == CLASS:
                yield iri, kind, "", object.value if isinstance(object, NamedNode) else ""
            elif kind == LINK:
                self._link(object)
            elif isinstance(object, Literal):
                yield iri, kind, (object.language or "").lower(), object.value
        if numbers:
            yield iri, VALUES, "", " ".join(numbers)

    def uses(self) -> Iterator[tuple[str, int]]:
        """Each property that occurred, and how often, statements that came twice counted twice."""
        return ((node.value, found.uses) for node, found in self._properties.items() if found.uses)

    def facets(self) -> dict[int, tuple[str, str]]:
        """Number -> property and value, of each property that has few values, as facets have."""
        return {
            int(number): (node.value, value)
            for node, property_ in self._properties.items()
            for value, number in (property_.values or {}).items()
        }

    def _considered(self, predicate: NamedNode) -> _Property:
        """A property that comes for the first time; it may be a facet."""
        number = len(self._properties) + 1
        if self._considered_so_far >= MOST_PROPERTIES or predicate.value.startswith(METAMODEL):
            return _Property()
        self._considered_so_far += 1
        return _Property(number=number, values={})

    def _numbered(self, property_: _Property, values: dict[str, str], value: str) -> str:
        """The number of a new value of a property; "" with one that is none, or with too many, for it is no facet."""
        if not value or len(values) >= MOST_VALUES:
            property_.values = None
            return ""
        values[value] = str(property_.number * STEP + len(values))
        return values[value]

    def _link(self, object: object) -> None:
        space = space_of(object.value) if isinstance(object, NamedNode) else ""
        if space and (space in self.spaces or len(self.spaces) < MOST_SPACES):
            self.spaces[space] += 1


def stated(store: Store) -> Iterator[Row]:
    """What nodes state something about."""
    for property_ in description_properties(store):
        for triple in store.triples(None, property_):
            if not isinstance(triple.object, Literal):
                yield name_of(triple.subject), STATES, "", name_of(triple.object)


def description_properties(store: Store) -> list[NamedNode]:
    """The properties by which a node states something about its object, as the ontology marks them; sorted."""
    marked = (triple.subject for triple in store.triples(None, TYPE, DESCRIPTION_PROPERTY))
    return sorted((term for term in marked if isinstance(term, NamedNode)), key=lambda term: term.value)
