"""The order of our Turtle: of subjects in a file, of predicates in a block, of objects behind a predicate.

It follows from the statements alone, so that a file that was exported, corrected and converted back has its
lines where they were. The vocabularies named here are the common ones; every other property stands where the
star is, sorted by IRI.
"""

from collections.abc import Mapping
from typing import Any

from pyoxigraph import Literal, NamedNode

from ..describe.turtle import PLAIN

LANGUAGES = ("en", "fr")  # first; the others follow by tag

_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "time": "http://www.w3.org/2006/time#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
}
_PREDICATES = """
    rdf:type
    rdfs:label skos:prefLabel foaf:name schema:name vcard:fn dcterms:title dc:title skos:altLabel skos:hiddenLabel
    skos:definition dcterms:description dc:description schema:description rdfs:comment skos:example skos:scopeNote
    dcterms:identifier skos:notation
    sh:targetClass sh:targetNode sh:targetSubjectsOf sh:targetObjectsOf sh:path sh:name sh:description sh:order sh:group
    sh:minCount sh:maxCount sh:nodeKind sh:class sh:datatype sh:uniqueLang sh:node sh:property sh:in sh:pattern sh:flags
    sh:minInclusive sh:maxInclusive sh:or sh:and sh:not sh:xone sh:severity sh:message
    rdfs:subClassOf rdfs:subPropertyOf rdfs:domain schema:domainIncludes rdfs:range schema:rangeIncludes
    skos:inScheme skos:topConceptOf skos:hasTopConcept skos:broader skos:narrower skos:related
    schema:about rdf:subject rdf:predicate rdf:object rdf:value rdf:first rdf:rest
    org:member org:organization org:role org:memberDuring org:classification org:memberOf
    dcterms:type dcterms:subject
    dcat:startDate dcat:endDate time:hasBeginning time:hasEnd schema:startDate schema:endDate schema:location
    *
    dcterms:spatial dcterms:temporal geo:lat geo:long dcat:centroid
    owl:sameAs skos:exactMatch skos:closeMatch skos:broadMatch skos:narrowMatch skos:relatedMatch schema:sameAs
    foaf:homepage dc:publisher dcterms:publisher dcterms:creator dcterms:contributor dcterms:created dcterms:issued
    dcterms:modified dcterms:language foaf:page rdfs:seeAlso skos:note skos:editorialNote skos:historyNote
    skos:changeNote dcterms:license dcterms:accessRights dcterms:rights
    owl:versionInfo owl:versionIRI owl:deprecated dcterms:replaces dcterms:isReplacedBy
    prov:wasDerivedFrom prov:generatedAtTime dcterms:provenance dcterms:source rdfs:isDefinedBy
"""
_FIRST = "dcat:Dataset void:Dataset dcat:Catalog owl:Ontology skos:ConceptScheme"  # what a file says of itself


def _iris(names: str) -> dict[str, int]:
    parts = (name.partition(":") for name in names.split())
    return {_NAMESPACES.get(prefix, prefix) + local: place for place, (prefix, _, local) in enumerate(parts)}


_PLACES = _iris(_PREDICATES)
_OTHERS = _PLACES.pop("*")
_RANKS = _iris(_FIRST)
_LAST = len(_RANKS)


def subject_key(iri: str, ranks: Mapping[str, int]) -> tuple[int, str, str]:
    """Sorts subjects: data set and scheme first, then by IRI; a hash IRI right after the IRI before its ``#``.

    ranks   IRI -> what ``rank`` says of its types, for those that are not the last
    """
    owner, _, fragment = iri.partition("#")
    return ranks.get(owner, _LAST), owner, fragment


def rank(type_iri: str) -> int | None:
    """Place of a subject of this type before others; None for the many."""
    return _RANKS.get(type_iri)


def predicate_key(iri: str) -> tuple[int, str]:
    """Sorts predicates: ``a``, names, texts, what a thing is; then the others; dates, rights and sources last."""
    return _PLACES.get(iri, _OTHERS), iri


def object_key(term: Any, text: str) -> tuple[int, int, str, float, str, str]:
    """Sorts objects: IRIs, texts by language, other literals (numbers by value), blank nodes by their *text*."""
    if isinstance(term, NamedNode):
        return 0, 0, "", 0.0, term.value, ""
    if isinstance(term, Literal):
        language, datatype = term.language or "", term.datatype.value
        place = LANGUAGES.index(language) if language in LANGUAGES else len(LANGUAGES) + (not language)
        number = float(term.value) if datatype in PLAIN and _is_number(datatype, term.value) else 0.0
        return 1, place, language, number, term.value, datatype
    return 2, 0, "", 0.0, text, ""


def _is_number(datatype: str, value: str) -> bool:
    return not datatype.endswith("boolean") and PLAIN[datatype].fullmatch(value) is not None
