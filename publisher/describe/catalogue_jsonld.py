"""JSON-LD of the catalogue, by a context of its own that stands in the document.

Harvesters fetch a context that is given by its address, each time, and fail with it. The words are those of DCAT;
languages are the names of an object, and what belongs to one thing stands inside it: a tree, from the catalogue or
data set that the document is about. Source: JSON-LD 1.1, W3C Recommendation.
"""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from pyoxigraph import Triple

from .compaction import Compactor, Misread, Node
from .expansion import expanded
from .jsonld import dumps, place
from .vocabulary import PREFIXES

ENGLISH = "en"
_KEYWORDS = {"id": "@id", "type": "@type"}
_CLASSES = (
    "dcat:Catalog", "dcat:CatalogRecord", "dcat:DataService", "dcat:Dataset", "dcat:Distribution", "dcterms:Frequency",
    "dcterms:LicenseDocument", "dcterms:LinguisticSystem", "dcterms:Location", "dcterms:MediaType",
    "dcterms:MediaTypeOrExtent", "dcterms:PeriodOfTime", "dcterms:ProvenanceStatement", "dcterms:RightsStatement",
    "dcterms:Standard", "foaf:Agent", "foaf:Document", "prov:Entity", "skos:Concept", "skos:ConceptScheme",
    "spdx:Checksum", "vcard:Kind",
)  # fmt: skip
_BY_LANGUAGE = (
    "dcterms:bibliographicCitation", "dcterms:description", "dcterms:title", "dcat:keyword", "foaf:name", "rdfs:label",
    "skos:prefLabel", "vcard:fn",
)  # fmt: skip
_OF_TYPE = {
    "dcat:byteSize": "xsd:nonNegativeInteger", "dcterms:issued": "xsd:date", "dcterms:modified": "xsd:date",
    "spdx:checksumValue": "xsd:hexBinary",
}  # fmt: skip
_PLAIN = ("dcat:endDate", "dcat:startDate", "dcat:version", "dcterms:identifier", "void:triples")
_REFERENCES = (
    "adms:status", "dcat:accessURL", "dcat:downloadURL", "dcat:endpointDescription", "dcat:endpointURL",
    "dcat:hasCurrentVersion", "dcat:isVersionOf", "dcat:landingPage", "dcat:mediaType", "dcat:previousVersion",
    "dcat:prev", "dcatap:availability", "dcterms:accessRights", "dcterms:accrualPeriodicity", "dcterms:format",
    "dcterms:isPartOf", "dcterms:license", "dcterms:provenance", "dcterms:publisher", "dcterms:rights",
    "dcterms:temporal", "foaf:homepage", "foaf:primaryTopic", "hydra:first", "hydra:last", "hydra:next",
    "hydra:previous", "hydra:view", "prov:specializationOf", "spdx:algorithm", "spdx:checksum", "vcard:hasEmail",
)  # fmt: skip
_SEVERAL = (
    "dcat:accessService", "dcat:contactPoint", "dcat:dataset", "dcat:distribution", "dcat:hasVersion", "dcat:record",
    "dcat:servesDataset", "dcat:service", "dcat:theme", "dcat:themeTaxonomy", "dcterms:conformsTo", "dcterms:creator",
    "dcterms:hasPart", "dcterms:language", "dcterms:relation", "dcterms:source", "dcterms:spatial", "foaf:page",
    "prov:wasDerivedFrom",
)  # fmt: skip


def _word(name: str) -> str:
    return name.partition(":")[2]


TERMS: dict[str, Any] = (
    _KEYWORDS
    | {_word(name): name for name in (*_CLASSES, *_PLAIN)}
    | {_word(name): {"@id": name, "@container": "@language"} for name in _BY_LANGUAGE}
    | {_word(name): {"@id": name, "@type": datatype} for name, datatype in _OF_TYPE.items()}
    | {_word(name): {"@id": name, "@type": "@id"} for name in _REFERENCES}
    | {_word(name): {"@id": name, "@type": "@id", "@container": "@set"} for name in _SEVERAL}
)
_REFERRING = {_word(name) for name in (*_REFERENCES, *_SEVERAL)}
_COMPACTOR = Compactor(PREFIXES | TERMS)


def write_jsonld(triples: Sequence[Triple]) -> bytes:
    """The document of *triples*, which begins with their first subject; its context has the words that it uses.

    A document with an IRI that the context would misread (its scheme is one of our prefixes) is written without one.
    """
    try:
        nodes = [_COMPACTOR.node(node) for node in expanded(triples, _COMPACTOR.native)]
    except Misread:
        return dumps(expanded(triples))
    top = _trees(nodes)
    context = {"@context": _context(top)}
    document = context | (top[0] if len(top) == 1 else {"@graph": top})
    return json.dumps(_ordered(document), ensure_ascii=False, indent=2).encode() + b"\n"


def _trees(nodes: list[Node]) -> list[Node]:
    """*nodes* inside each other: each where it is named first, counted level by level from the first node.

    returns  those that stand in no other, the first one first
    """
    by_name = {node["id"]: node for node in nodes}
    placed: set[str] = set()
    top = []
    for node in nodes:
        if node["id"] in placed:
            continue
        placed.add(node["id"])
        top.append(node)
        pending = deque([node])
        while pending:
            for container, key, name in list(_references(pending.popleft())):
                if name in by_name and name not in placed:
                    placed.add(name)
                    container[key] = by_name[name]
                    pending.append(by_name[name])
    return top


def _references(node: Node) -> Iterator[tuple[Any, Any, str]]:
    """The references of *node*, by the names of its properties: where each stands, and what it names."""
    for key in sorted(node):
        values = node[key] if isinstance(node[key], list) else [node[key]]
        for number, value in enumerate(values):
            container, where = (values, number) if values is node[key] else (node, key)
            if isinstance(value, str) and key in _REFERRING:
                yield container, where, value
            elif isinstance(value, dict) and set(value) == {"id"}:
                yield container, where, value["id"]


def _ordered(value: Any) -> Any:
    """*value* with the names of every object in their order of writing, English before other languages."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (place(name)[0], name != ENGLISH, name))
        return {name: _ordered(value[name]) for name in names}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _context(top: list[Node]) -> dict[str, Any]:
    """The part of the context that *top* makes use of."""
    used = set(_names(top))
    terms = {name: TERMS[name] for name in sorted(TERMS) if name in used}
    meant = {text for term in terms.values() for text in (term.values() if isinstance(term, dict) else [term])}
    prefixes = {name.partition(":")[0] for name in used | meant}
    return {name: PREFIXES[name] for name in sorted(prefixes & PREFIXES.keys())} | terms


def _names(value: Any) -> Iterator[str]:
    """All words in *value*, names and texts: whatever of the context may be used."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _names(item)
