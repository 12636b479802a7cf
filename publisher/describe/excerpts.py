"""Documents of the catalogue, and how they are written: a page of it, a data set, a distribution, a service.

Each stands alone: a reader that has no other finds the class and name of all that is mentioned, as the profile wants
it. But a data set that is only mentioned is no data set there, lest a harvester takes it for one without files; of
what a service serves, though, that is the point.

English comes first among languages, for harvesters take the first text when they find none in their own.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from pyoxigraph import Literal, NamedNode, Triple

from ..formats import JSONLD, NTRIPLES, RDFXML, TURTLE, Format
from .catalogue import Catalogue, Dataset, Distribution, Node, Service, name_of
from .catalogue_jsonld import write_jsonld
from .resource import in_order, rdfxml
from .turtle import Turtle
from .vocabulary import DCAT, DCTERMS, RDF

_DATASET = (DCAT.Dataset, DCAT.Resource)  # classes of a data set, beside those that it has as a standard
_MENTIONED = (DCTERMS.conformsTo, DCAT.servesDataset)  # properties whose values need a class and a name


def excerpt(catalogue: Catalogue, about: Node) -> list[Triple]:
    """The statements about a data set, distribution or service, and those that lead there."""
    found = [*catalogue.about(about), *_leading(catalogue, about)]
    return [*found, *_mentioned(catalogue, found)]


def page(catalogue: Catalogue, number: int, size: int) -> list[Triple]:
    """The catalogue with *size* of its data sets only, those of page *number*, from 1."""
    found = catalogue.page(number, size)
    return [*found, *_mentioned(catalogue, found, served=False)]


def write(triples: Iterable[Triple], format: Format, prefixes: dict[str, str], first: str) -> bytes:
    """A document in one of the formats for graphs; equal input, equal bytes.

    first    what it begins with
    raises   NotAcceptable, when the format cannot say a statement (HTTP 406)
    """
    ordered = english_first(in_order(set(triples), first))
    if format is JSONLD:
        return write_jsonld(ordered)
    if format is TURTLE:
        return Turtle(prefixes).document(ordered).encode()
    if format is RDFXML:
        return rdfxml(ordered, prefixes)
    if format is NTRIPLES:
        return "".join(f"{triple} .\n" for triple in ordered).encode()
    raise ValueError(f"{format.media_type} is no format for a document of the catalogue")


def english_first(triples: Iterable[Triple]) -> list[Triple]:
    """*triples*, sorted; of what one property says of one subject, English comes first."""
    found: list[Triple] = []
    for _, group in groupby(triples, key=lambda triple: (triple.subject, triple.predicate)):
        found += sorted(group, key=lambda triple: not _is_english(triple.object))
    return found


def _is_english(term: object) -> bool:
    return isinstance(term, Literal) and (term.language or "").partition("-")[0] == "en"


def _leading(catalogue: Catalogue, about: Node) -> Iterator[Triple]:
    """The statements that lead to *about* from what it belongs to."""
    if isinstance(about, Dataset):
        yield _triple(catalogue, DCAT.dataset, about)
        yield _triple(catalogue, DCAT.record, about.record)
    elif isinstance(about, Distribution):
        yield _triple(catalogue.dataset_of(about), DCAT.distribution, about)
    elif isinstance(about, Service):
        yield _triple(catalogue, DCAT.service, about)


def _triple(one: Node, property: NamedNode, other: Node) -> Triple:
    return Triple(NamedNode(one.iri), property, NamedNode(other.iri))


def _mentioned(catalogue: Catalogue, triples: list[Triple], *, served: bool = True) -> Iterator[Triple]:
    """Class and name of the data sets that are named as a standard or, if *served*, as served, and not described."""
    described = {name_of(triple.subject) for triple in triples}
    named = {(name_of(triple.object), triple.predicate) for triple in triples if triple.predicate in _MENTIONED}
    for iri, property in sorted(named, key=str):
        if iri in described or (property == DCAT.servesDataset and not served):
            continue
        subject, other = NamedNode(iri), Node(iri, catalogue.graph)
        whole = property == DCAT.servesDataset
        for kind in other.objects(RDF.type):
            if whole or kind not in _DATASET:
                yield Triple(subject, RDF.type, kind)
        for words in (DCTERMS.title, DCTERMS.description, DCTERMS.identifier) if whole else (DCTERMS.title,):
            yield from (Triple(subject, words, text) for text in other.objects(words))
