"""Terms of the public vocabularies in which a catalogue is written: ``DCAT.Dataset``, ``DCTERMS.title``."""

from pyoxigraph import NamedNode


class Namespace:
    """The terms of one vocabulary, as attributes, or called with the names that are no Python: ``FREQ("IRREG")``."""

    def __init__(self, iri: str) -> None:
        self.iri = iri

    def __getattr__(self, name: str) -> NamedNode:
        if name.startswith("__"):
            raise AttributeError(name)
        term = self.__dict__[name] = self(name)
        return term

    def __call__(self, name: str) -> NamedNode:
        return NamedNode(self.iri + name)

    def __contains__(self, iri: object) -> bool:
        return str(getattr(iri, "value", iri)).startswith(self.iri)


AUTHORITY = "http://publications.europa.eu/resource/authority/"

ADMS = Namespace("http://www.w3.org/ns/adms#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
DCTERMS = Namespace("http://purl.org/dc/terms/")
DQV = Namespace("http://www.w3.org/ns/dqv#")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
IANA = Namespace("http://www.iana.org/assignments/media-types/")
ODRL = Namespace("http://www.w3.org/ns/odrl/2/")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
PROV = Namespace("http://www.w3.org/ns/prov#")
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SCHEMA = Namespace("https://schema.org/")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
VOID = Namespace("http://rdfs.org/ns/void#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")

# Controlled vocabularies of the Publications Office of the European Union.
ACCESS_RIGHT = Namespace(f"{AUTHORITY}access-right/")
AVAILABILITY = Namespace(f"{AUTHORITY}planned-availability/")
DATASET_TYPE = Namespace(f"{AUTHORITY}dataset-type/")
DATA_THEME = Namespace(f"{AUTHORITY}data-theme/")
FILE_TYPE = Namespace(f"{AUTHORITY}file-type/")
FREQUENCY = Namespace(f"{AUTHORITY}frequency/")
LANGUAGE = Namespace(f"{AUTHORITY}language/")
LICENCE = Namespace(f"{AUTHORITY}licence/")

# Prefixes of documents of the catalogue, whatever those of the content are.
PREFIXES = {
    "adms": ADMS.iri,
    "dcat": DCAT.iri,
    "dcatap": DCATAP.iri,
    "dcterms": DCTERMS.iri,
    "dqv": DQV.iri,
    "foaf": FOAF.iri,
    "hydra": HYDRA.iri,
    "owl": OWL.iri,
    "prov": PROV.iri,
    "rdf": RDF.iri,
    "rdfs": RDFS.iri,
    "skos": SKOS.iri,
    "spdx": SPDX.iri,
    "vcard": VCARD.iri,
    "void": VOID.iri,
    "xsd": XSD.iri,
}
