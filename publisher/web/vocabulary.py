"""Terms of public vocabularies that pages read, whatever the content is about."""

from pyoxigraph import NamedNode

from ..describe.labels import LABEL_PROPERTIES
from .languages import N_

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_OWL = "http://www.w3.org/2002/07/owl#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_DCTERMS = "http://purl.org/dc/terms/"
_FOAF = "http://xmlns.com/foaf/0.1/"
_SCHEMA = "https://schema.org/"
PROGRAM = "https://w3id.org/linked-data-publisher/ns#"
SD = "http://www.w3.org/ns/sparql-service-description#"
_DCAT = "http://www.w3.org/ns/dcat#"

TYPE = NamedNode(_RDF + "type")
LABEL = NamedNode(_RDFS + "label")
SEE_ALSO = NamedNode(_RDFS + "seeAlso")
COMMENT = NamedNode(_RDFS + "comment")
SUBCLASS = NamedNode(_RDFS + "subClassOf")
DOMAIN = NamedNode(_RDFS + "domain")
RANGE = NamedNode(_RDFS + "range")
TITLE = NamedNode(_DCTERMS + "title")
ABSTRACT = NamedNode(_DCTERMS + "abstract")
HEADLINE = NamedNode(_SCHEMA + "headline")
DESCRIPTION = NamedNode(_DCTERMS + "description")
LICENSE = NamedNode(_DCTERMS + "license")
PUBLISHER = NamedNode(_DCTERMS + "publisher")
SOURCE = NamedNode(_DCTERMS + "source")
REPLACED_BY = NamedNode(_DCTERMS + "isReplacedBy")
MODIFIED = NamedNode(_DCTERMS + "modified")
ISSUED = NamedNode(_DCTERMS + "issued")
FOAF_NAME = NamedNode(_FOAF + "name")
CATALOG = NamedNode(_DCAT + "Catalog")
DEPRECATED = NamedNode(_OWL + "deprecated")
ONTOLOGY = NamedNode(_OWL + "Ontology")
VERSION_IRI = NamedNode(_OWL + "versionIRI")
SCHEME = NamedNode(_SKOS + "ConceptScheme")
IN_SCHEME = NamedNode(_SKOS + "inScheme")
TOP_CONCEPT_OF = NamedNode(_SKOS + "topConceptOf")
BROADER = NamedNode(_SKOS + "broader")
PREF_LABEL = NamedNode(_SKOS + "prefLabel")
DEFINITION = NamedNode(_SKOS + "definition")
SCOPE_NOTE = NamedNode(_SKOS + "scopeNote")

VALUE = NamedNode(_RDF + "value")
# Nodes that state something stand side by side on a page when they have the same value of a property of this type.
COMPARISON_PROPERTY = NamedNode(PROGRAM + "ComparisonProperty")

LABELS = frozenset(LABEL_PROPERTIES)
_GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#"
_GSP = "http://www.opengis.net/ont/geosparql#"
# Properties of a position: latitude and longitude in degrees; well-known text.
COORDINATES = (
    (NamedNode(_GEO + "lat"), NamedNode(_GEO + "long")),
    (NamedNode(_SCHEMA + "latitude"), NamedNode(_SCHEMA + "longitude")),
)
WKT = (NamedNode(_GSP + "asWKT"), NamedNode(_DCAT + "centroid"))
PUBLISHERS = (PUBLISHER, NamedNode("http://purl.org/dc/elements/1.1/publisher"))
DEFINITIONS = (DESCRIPTION, DEFINITION, COMMENT)

# Kinds of terms in the order an ontology page shows them: heading key, classes.
TERM_KINDS = (
    (N_("Classes"), (_OWL + "Class", _RDFS + "Class")),
    (N_("Properties between things"), (_OWL + "ObjectProperty",)),
    (N_("Properties with plain values"), (_OWL + "DatatypeProperty",)),
    (N_("Other properties"), (_OWL + "AnnotationProperty", _RDF + "Property")),
    (N_("Kinds of values"), (_RDFS + "Datatype",)),
    (N_("Named things"), (_OWL + "NamedIndividual",)),
)
