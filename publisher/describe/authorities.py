"""Terms of lists that others keep, with what a reader or checker of the catalogue would have to look up elsewhere.

A portal that checks a value against a list needs the value's class and list; it fetches neither, so both stand in
the catalogue itself, with the names that the list gives. Sources: the authority tables of the Publications Office of
the European Union, ADMS 1.0 of the European Commission, SPDX 2.3, IANA's registry of media types.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from pyoxigraph import Literal, NamedNode, Triple

from .labels import local_name
from .vocabulary import (
    ACCESS_RIGHT,
    AUTHORITY,
    AVAILABILITY,
    DATA_THEME,
    DATASET_TYPE,
    DCTERMS,
    FILE_TYPE,
    FREQUENCY,
    IANA,
    LANGUAGE,
    RDF,
    RDFS,
    SKOS,
    SPDX,
    Namespace,
)

Names = Mapping[str, str]  # language -> name; "" for a name that is the same in all

CONTINENT, COUNTRY, PLACE = (Namespace(f"{AUTHORITY}{name}/") for name in ("continent", "country", "place"))
CHANGE = Namespace("http://purl.org/adms/changetype/")  # what became of a catalogue record last
LICENCE_TYPE = Namespace("http://purl.org/adms/licencetype/")
PUBLISHER_TYPE = Namespace("http://purl.org/adms/publishertype/")
CREATIVE_COMMONS = "https://creativecommons.org/"

# The checksum's algorithm under https, as the shapes of DCAT-AP 3.0.1 want it; SPDX itself writes http.
SHA256 = NamedNode("https://spdx.org/rdf/terms#checksumAlgorithm_sha256")

# List -> its IRI, its names, and the class of its terms beside skos:Concept.
_LISTS: dict[Namespace, tuple[str, Names, NamedNode | None]] = {
    ACCESS_RIGHT: ("access-right", {"en": "Access right", "fr": "Droit d'accès"}, DCTERMS.RightsStatement),
    AVAILABILITY: ("planned-availability", {"en": "Planned availability", "fr": "Disponibilité prévue"}, None),
    CONTINENT: ("continent", {"en": "Continent", "fr": "Continent"}, DCTERMS.Location),
    COUNTRY: ("country", {"en": "Country", "fr": "Pays"}, DCTERMS.Location),
    DATASET_TYPE: ("dataset-type", {"en": "Dataset type", "fr": "Type de jeu de données"}, None),
    DATA_THEME: ("data-theme", {"en": "Data theme", "fr": "Thème de données"}, None),
    FILE_TYPE: ("file-type", {"en": "File type", "fr": "Type de fichier"}, DCTERMS.MediaTypeOrExtent),
    FREQUENCY: ("frequency", {"en": "Frequency", "fr": "Fréquence"}, DCTERMS.Frequency),
    LANGUAGE: ("language", {"en": "Language", "fr": "Langue"}, DCTERMS.LinguisticSystem),
    PLACE: ("place", {"en": "Place", "fr": "Lieu"}, DCTERMS.Location),
}

# Names of the terms that catalogues need most; others are named by the content, or not at all.
_NAMES: dict[NamedNode, Names] = {
    ACCESS_RIGHT.PUBLIC: {"en": "public", "fr": "public"},
    ACCESS_RIGHT.RESTRICTED: {"en": "restricted", "fr": "restreint"},
    ACCESS_RIGHT.NON_PUBLIC: {"en": "non-public", "fr": "non public"},
    AVAILABILITY.AVAILABLE: {"en": "available", "fr": "disponible"},
    AVAILABILITY.EXPERIMENTAL: {"en": "experimental", "fr": "expérimental"},
    AVAILABILITY.STABLE: {"en": "stable", "fr": "stable"},
    AVAILABILITY.TEMPORARY: {"en": "temporary", "fr": "temporaire"},
    CONTINENT.EUROPE: {"en": "Europe", "fr": "Europe"},
    DATASET_TYPE.CODE_LIST: {"en": "Code list", "fr": "Liste de codes"},
    DATASET_TYPE.ONTOLOGY: {"en": "Ontology", "fr": "Ontologie"},
    DATASET_TYPE.SCHEMA: {"en": "Schema", "fr": "Schéma"},
    DATASET_TYPE.TAXONOMY: {"en": "Taxonomy", "fr": "Taxonomie"},
    DATA_THEME.AGRI: {"en": "Agriculture, fisheries, forestry and food"},
    DATA_THEME.ECON: {"en": "Economy and finance", "fr": "Économie et finances"},
    DATA_THEME.EDUC: {"en": "Education, culture and sport", "fr": "Éducation, culture et sport"},
    DATA_THEME.ENER: {"en": "Energy", "fr": "Énergie"},
    DATA_THEME.ENVI: {"en": "Environment", "fr": "Environnement"},
    DATA_THEME.GOVE: {"en": "Government and public sector", "fr": "Gouvernement et secteur public"},
    DATA_THEME.HEAL: {"en": "Health", "fr": "Santé"},
    DATA_THEME.INTR: {"en": "International issues", "fr": "Questions internationales"},
    DATA_THEME.JUST: {
        "en": "Justice, legal system and public safety",
        "fr": "Justice, système juridique et sécurité publique",
    },
    DATA_THEME.OP_DATPRO: {"en": "Provisional data", "fr": "Données provisoires"},
    DATA_THEME.REGI: {"en": "Regions and cities", "fr": "Régions et villes"},
    DATA_THEME.SOCI: {"en": "Population and society", "fr": "Population et société"},
    DATA_THEME.TECH: {"en": "Science and technology", "fr": "Science et technologie"},
    DATA_THEME.TRAN: {"en": "Transport", "fr": "Transports"},
    FILE_TYPE.CSV: {"": "CSV"},
    FILE_TYPE.JSON: {"": "JSON"},
    FILE_TYPE.JSON_LD: {"": "JSON-LD"},
    FILE_TYPE.RDF_N_QUADS: {"": "RDF N-Quads"},
    FILE_TYPE.RDF_N_TRIPLES: {"": "RDF N-Triples"},
    FILE_TYPE.RDF_TRIG: {"": "RDF TriG"},
    FILE_TYPE.RDF_TURTLE: {"": "RDF Turtle"},
    FILE_TYPE.RDF_XML: {"": "RDF/XML"},
    FREQUENCY.ANNUAL: {"en": "annual", "fr": "annuel"},
    FREQUENCY.IRREG: {"en": "irregular", "fr": "irrégulier"},
    CHANGE.created: {"en": "Created"},
    CHANGE.updated: {"en": "Updated"},
    LICENCE_TYPE("Attribution"): {"en": "Attribution"},
    LICENCE_TYPE("NonCommercialUseOnly-CostRecovery"): {"en": "Non-commercial use only"},
    LICENCE_TYPE("NoDerivativeWork"): {"en": "No derivative work"},
    LICENCE_TYPE("PublicDomain"): {"en": "Public domain"},
    LICENCE_TYPE("ViralEffect-ShareAlike"): {"en": "Share alike"},
}
_ADMS = {
    CHANGE: {"en": "Change type", "fr": "Type de changement"},
    LICENCE_TYPE: {"en": "Licence type", "fr": "Type de licence"},
    PUBLISHER_TYPE: {"en": "Publisher type", "fr": "Type d'éditeur"},
}  # lists of ADMS, whose own IRI is that of its terms and a version

# Tag of a language -> its code in the list of the Union.
LANGUAGES = {
    "bg": "BUL", "cs": "CES", "da": "DAN", "de": "DEU", "el": "ELL", "en": "ENG", "es": "SPA", "et": "EST",
    "fi": "FIN", "fr": "FRA", "ga": "GLE", "hr": "HRV", "hu": "HUN", "it": "ITA", "lt": "LIT", "lv": "LAV",
    "mt": "MLT", "nl": "NLD", "pl": "POL", "pt": "POR", "ro": "RON", "sk": "SLK", "sl": "SLV", "sv": "SWE",
    "ar": "ARA", "ca": "CAT", "is": "ISL", "ja": "JPN", "nb": "NOB", "no": "NOR", "ru": "RUS", "tr": "TUR",
    "uk": "UKR", "zh": "ZHO",
}  # fmt: skip

# Specifications by the IRI that names them.
STANDARDS: dict[str, Names] = {
    "https://semiceu.github.io/DCAT-AP/releases/3.0.1/": {"": "DCAT-AP 3.0.1"},
    "https://www.w3.org/TR/sparql11-protocol/": {"en": "SPARQL 1.1 Protocol"},
    "https://spec.openapis.org/oas/v3.1.0": {"en": "OpenAPI Specification 3.1.0"},
    "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/": {
        "en": "Reconciliation Service API 0.2"
    },
    "http://www.w3.org/2002/07/owl#": {"en": "OWL 2 Web Ontology Language"},
    "http://www.w3.org/2004/02/skos/core#": {"en": "SKOS Simple Knowledge Organization System"},
    "http://www.w3.org/ns/shacl#": {"en": "Shapes Constraint Language (SHACL)"},
}
_LICENCE_TYPES = {
    "by": ("Attribution",),
    "sa": ("ViralEffect-ShareAlike",),
    "nc": ("NonCommercialUseOnly-CostRecovery",),
    "nd": ("NoDerivativeWork",),
    "zero": ("PublicDomain",),
    "mark": ("PublicDomain",),
}  # word in the address of a Creative Commons licence -> terms of ADMS


@lru_cache(1000)
def about_term(term: NamedNode) -> tuple[Triple, ...]:
    """Class, list and names of a term of one of the lists; nothing for an IRI of nobody's list."""
    return tuple(_about_term(term))


def _about_term(term: NamedNode) -> Iterator[Triple]:
    for space, (name, names, kind) in _LISTS.items():
        if term in space:
            yield from _about(term, NamedNode(AUTHORITY + name), names, kind)
    for space, names in _ADMS.items():
        if term in space:
            yield from _about(term, NamedNode(f"{space.iri}1.0"), names, None)
    if term in IANA:
        media_type = term.value.removeprefix(IANA.iri)
        yield Triple(term, RDF.type, DCTERMS.MediaType)
        yield Triple(term, RDFS.label, Literal(media_type))
    if term == SHA256:
        yield Triple(term, RDF.type, SPDX.ChecksumAlgorithm)
        yield Triple(term, SKOS.exactMatch, SPDX.checksumAlgorithm_sha256)
    if term.value in STANDARDS:
        yield Triple(term, RDF.type, DCTERMS.Standard)
        yield from named(term, DCTERMS.title, STANDARDS[term.value])


def about_list(scheme: NamedNode) -> Iterator[Triple]:
    """Class and title of one of the lists."""
    known = {AUTHORITY + name: names for name, names, _ in _LISTS.values()}
    known |= {f"{space.iri}1.0": names for space, names in _ADMS.items()}
    if scheme.value in known:
        yield Triple(scheme, RDF.type, SKOS.ConceptScheme)
        yield from named(scheme, DCTERMS.title, known[scheme.value])


def _about(term: NamedNode, scheme: NamedNode, names: Names, kind: NamedNode | None) -> Iterator[Triple]:
    yield Triple(term, SKOS.inScheme, scheme)
    yield from about_list(scheme)
    if kind:
        yield Triple(term, RDF.type, kind)
    known = _NAMES.get(term) or ({"en": _spelt(term)} if term in PUBLISHER_TYPE else {})
    if known:
        yield Triple(term, RDF.type, SKOS.Concept)
        yield from named(term, SKOS.prefLabel, known)


def _spelt(term: NamedNode) -> str:
    """The name that a term of ADMS is made of: "Regional authority" of ``RegionalAuthority``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local_name(term.value))
    return words[:1] + words[1:].lower()


def named(subject: NamedNode, property: NamedNode, names: Names) -> Iterator[Triple]:
    """*names* as literals of *subject*."""
    for language, name in names.items():
        yield Triple(subject, property, Literal(name, language=language) if language else Literal(name))


def licence_types(licence: str) -> list[NamedNode]:
    """What kind of licence it is, by ADMS; nothing of one that is not from Creative Commons."""
    if not licence.startswith(CREATIVE_COMMONS):
        return []
    words = licence.removeprefix(CREATIVE_COMMONS).replace("/", "-").split("-")
    return [LICENCE_TYPE(kind) for word in words for kind in _LICENCE_TYPES.get(word, ())]


def language_term(value: str) -> NamedNode | None:
    """The Union's term for a language, by its term or tag (``fr``, ``fr-be``); None when it is not known."""
    if value.startswith(LANGUAGE.iri):
        return NamedNode(value)
    code = LANGUAGES.get(value.lower().partition("-")[0])
    return LANGUAGE(code) if code else None
