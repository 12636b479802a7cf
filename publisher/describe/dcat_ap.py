"""What the application profile DCAT-AP asks of a catalogue: how often a property occurs, and with what kind of value.

These are the constraints of the profile's class tables, which portals check first. Recommended properties and the
controlled vocabularies are no part of them. Source: DCAT-AP 3.0.1, sections 6 and 7; for ``dcat:byteSize`` the
datatype of DCAT-AP 2.1.1 is right, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from .catalogue import Graph, Node, Object, name_of
from .vocabulary import PREFIXES, RDF

_PREFIXES = PREFIXES | {
    "eli": "http://data.europa.eu/eli/ontology#",
    "locn": "http://www.w3.org/ns/locn#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "time": "http://www.w3.org/2006/time#",
}
_RESOURCE = (
    "dcatap:applicableLegislation dcat:contactPoint dcterms:description+ dcterms:publisher? dcterms:title+"
    " dcterms:accrualPeriodicity? dcterms:issued? dcterms:modified? dcterms:spatial dcterms:temporal"
)

# Class -> its properties, each with how often it occurs: + at least once, ? at most once, ! once.
_CLASSES = {
    "adms:Identifier": "skos:notation!",
    "dcat:Catalog": (
        "dcat:catalog dcat:dataset dcat:record dcat:service dcat:themeTaxonomy dcatap:applicableLegislation"
        " dcterms:creator? dcterms:description+ dcterms:hasPart dcterms:issued? dcterms:language dcterms:license?"
        " dcterms:modified? dcterms:publisher! dcterms:rights dcterms:spatial dcterms:temporal dcterms:title+"
        " foaf:homepage?"
    ),
    "dcat:CatalogRecord": (
        "adms:status? dcterms:conformsTo dcterms:description dcterms:issued? dcterms:language dcterms:modified!"
        " dcterms:source? dcterms:title foaf:primaryTopic!"
    ),
    "dcat:DataService": (
        "dcat:contactPoint dcat:endpointDescription dcat:endpointURL+ dcat:keyword dcat:landingPage dcat:servesDataset"
        " dcat:theme dcatap:applicableLegislation dcterms:accessRights? dcterms:conformsTo dcterms:description"
        " dcterms:format dcterms:license? dcterms:publisher? dcterms:title+ foaf:page"
    ),
    "dcat:Dataset": (
        f"{_RESOURCE} adms:identifier adms:sample adms:versionNotes dcat:distribution dcat:hasVersion dcat:inSeries"
        " dcat:keyword dcat:landingPage dcat:qualifiedRelation dcat:spatialResolutionInMeters dcat:temporalResolution?"
        " dcat:theme dcat:version? dcterms:accessRights? dcterms:conformsTo dcterms:creator dcterms:identifier"
        " dcterms:isReferencedBy dcterms:language dcterms:provenance dcterms:relation dcterms:source dcterms:type"
        " foaf:page prov:qualifiedAttribution prov:wasGeneratedBy"
    ),
    "dcat:DatasetSeries": _RESOURCE,
    "dcat:Distribution": (
        "adms:status? dcat:accessService dcat:accessURL+ dcat:byteSize? dcat:compressFormat? dcat:downloadURL"
        " dcat:mediaType? dcat:packageFormat? dcat:spatialResolutionInMeters? dcat:temporalResolution?"
        " dcatap:applicableLegislation dcatap:availability? dcterms:conformsTo dcterms:description dcterms:format?"
        " dcterms:issued? dcterms:language dcterms:license? dcterms:modified? dcterms:rights dcterms:title foaf:page"
        " odrl:hasPolicy? spdx:checksum?"
    ),
    "dcat:Relationship": "dcat:hadRole+ dcterms:relation+",
    "dcterms:LicenseDocument": "dcterms:type",
    "dcterms:Location": "dcat:bbox? dcat:centroid? locn:geometry?",
    "dcterms:PeriodOfTime": "dcat:endDate? dcat:startDate? time:hasBeginning? time:hasEnd?",
    "foaf:Agent": "dcterms:type? foaf:name+",
    "skos:Concept": "skos:prefLabel+",
    "skos:ConceptScheme": "dcterms:title+",
    "spdx:Checksum": "spdx:algorithm! spdx:checksumValue!",
}

# Kind of value -> the properties that have it: a class, a datatype, any literal, or any node.
_VALUES = {
    "literal": (
        "adms:versionNotes dcat:bbox dcat:centroid dcat:endDate dcat:keyword dcat:startDate dcat:version"
        " dcterms:description dcterms:identifier dcterms:issued dcterms:modified dcterms:title foaf:name"
        " skos:notation skos:prefLabel"
    ),
    "node": (
        "dcat:accessURL dcat:downloadURL dcat:endpointDescription dcat:endpointURL dcterms:isReferencedBy"
        " dcterms:relation"
    ),
    "xsd:decimal": "dcat:spatialResolutionInMeters",
    "xsd:duration": "dcat:temporalResolution",
    "xsd:hexBinary": "spdx:checksumValue",
    "xsd:nonNegativeInteger": "dcat:byteSize",
    "adms:Identifier": "adms:identifier",
    "dcat:Catalog": "dcat:catalog dcterms:hasPart",
    "dcat:CatalogRecord": "dcat:record dcat:CatalogRecord/dcterms:source",
    "dcat:DataService": "dcat:accessService dcat:service",
    "dcat:Dataset": "dcat:dataset dcat:hasVersion dcat:servesDataset dcterms:source",
    "dcat:DatasetSeries": "dcat:inSeries",
    "dcat:Distribution": "adms:sample dcat:distribution",
    "dcat:Relationship": "dcat:qualifiedRelation",
    "dcat:Resource": "foaf:primaryTopic",
    "dcat:Role": "dcat:hadRole",
    "dcterms:Frequency": "dcterms:accrualPeriodicity",
    "dcterms:LicenseDocument": "dcterms:license",
    "dcterms:LinguisticSystem": "dcterms:language",
    "dcterms:Location": "dcterms:spatial",
    "dcterms:MediaType": "dcat:compressFormat dcat:mediaType dcat:packageFormat",
    "dcterms:MediaTypeOrExtent": "dcterms:format",
    "dcterms:PeriodOfTime": "dcterms:temporal",
    "dcterms:ProvenanceStatement": "dcterms:provenance",
    "dcterms:RightsStatement": "dcterms:accessRights dcterms:rights",
    "dcterms:Standard": "dcterms:conformsTo",
    "eli:LegalResource": "dcatap:applicableLegislation",
    "foaf:Agent": "dcterms:creator dcterms:publisher",
    "foaf:Document": "dcat:landingPage foaf:homepage foaf:page",
    "locn:Geometry": "locn:geometry",
    "odrl:Policy": "odrl:hasPolicy",
    "prov:Activity": "prov:wasGeneratedBy",
    "prov:Attribution": "prov:qualifiedAttribution",
    "skos:Concept": "adms:status dcat:theme dcatap:availability dcterms:type",
    "skos:ConceptScheme": "dcat:themeTaxonomy",
    "spdx:Checksum": "spdx:checksum",
    "spdx:ChecksumAlgorithm": "spdx:algorithm",
    "time:Instant": "time:hasBeginning time:hasEnd",
    "vcard:Kind": "dcat:contactPoint",
}
_SUBCLASSES = {  # class -> others whose members belong to it
    "dcat:Resource": ("dcat:Dataset", "dcat:DataService", "dcat:Catalog", "dcat:DatasetSeries"),
    "dcterms:MediaTypeOrExtent": ("dcterms:MediaType",),
    "vcard:Kind": ("vcard:Organization", "vcard:Individual", "vcard:Group", "vcard:Location"),
    "foaf:Agent": ("foaf:Organization", "foaf:Person", "foaf:Group"),
}  # fmt: skip
_ALSO = {"xsd:nonNegativeInteger": "xsd:decimal"}  # datatypes that an earlier version of the profile says


@dataclass(frozen=True)
class Rule:
    """One property of a class: its name for people, how often it occurs (None: as often as wanted), its values."""

    name: str
    property: NamedNode
    least: int
    most: int | None
    values: str


def _expand(short: str) -> NamedNode:
    prefix, _, local = short.partition(":")
    return NamedNode(_PREFIXES[prefix] + local)


def _rule(kind: str, word: str) -> Rule:
    name = word.rstrip("+?!")
    values = _KIND_OF.get(f"{kind}/{name}") or _KIND_OF[name]
    return Rule(name, _expand(name), int(word[-1] in "+!"), 1 if word[-1] in "?!" else None, values)


_KIND_OF = {name: values for values, names in _VALUES.items() for name in names.split()}
RULES = {_expand(kind): tuple(_rule(kind, word) for word in words.split()) for kind, words in _CLASSES.items()}


def violations(node: Node) -> Iterator[str]:
    """What DCAT-AP finds wrong with *node*, as far as its own statements go; each with what would be right."""
    for kind in node.objects(RDF.type):
        for rule in RULES.get(kind, ()) if isinstance(kind, NamedNode) else ():
            values = node.objects(rule.property)
            if len(values) < rule.least:
                yield f"{rule.name} is missing"
            if rule.most is not None and len(values) > rule.most:
                yield f"{rule.name} occurs {len(values)} times, once is right"
            if not all(_fits(value, rule.values, node.graph) for value in values):
                yield f"{rule.name} has a value that is no {rule.values}"


def _fits(value: Object, kind: str, graph: Graph) -> bool:
    if kind == "literal" or kind.startswith("xsd:"):
        datatypes = {_expand(name) for name in (kind, _ALSO.get(kind, kind))} if kind != "literal" else set()
        return isinstance(value, Literal) and (not datatypes or value.datatype in datatypes)
    if isinstance(value, Literal):
        return False
    types = graph.get(name_of(value), {}).get(RDF.type, ())
    return kind == "node" or any(_expand(name) in types for name in (kind, *_SUBCLASSES.get(kind, ())))
