"""The tests of FOOPS!, the assessor of ontologies: 24 tests, a point each.

The ontology is the data set of the catalogue to which others conform. FOOPS! asks its IRI; where that does not lead
anywhere, the document is asked at the server's own address, and what the IRI itself would prove is left open.
Source: catalogue of tests of FOOPS!, https://w3id.org/foops/.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from pyoxigraph import NamedNode, RdfFormat, parse

from ..content.queries import Words
from ..formats import HTML, JSONLD, RDFXML, TURTLE
from .catalogue import Catalogue, Dataset, Node, by_subject, name_of
from .checklists import NOT_PERMANENT, UNREGISTERED, Answer, Ask, Check, Checklist, missing, words
from .value_lists import is_known_licence
from .vocabulary import DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SCHEMA, SKOS, Namespace

NAME = "FOOPS!"
MOST = 1_000_000  # statements of its document that are read
BIBO = Namespace("http://purl.org/ontology/bibo/")
DC = Namespace("http://purl.org/dc/elements/1.1/")
VANN = Namespace("http://purl.org/vocab/vann/")
_PERSISTENT = re.compile(
    r"https?://((www\.)?w3id\.org|(www\.)?doi\.org|purl\.[^/]+|linked\.data\.gov\.au|dbpedia\.org|www\.w3\.org|perma\.cc"
    r"|data\.europa\.eu)/.*"
)
_TERMS = (OWL.Class, RDFS.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
_LABELS = (RDFS.label, SKOS.prefLabel)
_DEFINITIONS = (RDFS.comment, SKOS.definition)
_CREATED = (DCTERMS.created, PROV.generatedAtTime, SCHEMA.dateCreated)
_CREATOR = (DCTERMS.creator, DC.creator, PROV.wasAttributedTo, SCHEMA.creator)
_DESCRIPTION = (DCTERMS.abstract, DCTERMS.description, DC.description, RDFS.comment, SCHEMA.description, SKOS.note)
_ISSUED = (DCTERMS.issued, DCTERMS.submitted, SCHEMA.datePublished)
_LICENCE = (DCTERMS.license, SCHEMA.license, NamedNode("http://creativecommons.org/ns#license"))
_PUBLISHER = (DCTERMS.publisher, DC.publisher, SCHEMA.publisher)
_RIGHTS = (DC.rights, DCTERMS.rights, DCTERMS.accessRights)
_TITLE = (DCTERMS.title, DC.title, SCHEMA.name)
_MINIMUM = {
    "title": _TITLE,
    "description": _DESCRIPTION,
    "license": _LICENCE,
    "owl:versionIRI": (OWL.versionIRI,),
    "creator": _CREATOR,
    "vann:preferredNamespaceUri": (VANN.preferredNamespaceUri,),
}
_RECOMMENDED = {
    "vann:preferredNamespacePrefix": (VANN.preferredNamespacePrefix,),
    "owl:versionInfo": (OWL.versionInfo, SCHEMA.schemaVersion),
    "created": _CREATED,
    "dcterms:bibliographicCitation": (DCTERMS.bibliographicCitation, SCHEMA.citation),
}
_DETAILED = {
    "publisher": _PUBLISHER,
    "logo": (FOAF.logo, SCHEMA.logo),
    "status": (BIBO.status,),
    "source": (DCTERMS.source, DC.source, PROV.hadOriginalSource),
    "issued": _ISSUED,
}
_METADATA = (DC, SCHEMA, DCTERMS, VANN, PROV, BIBO, FOAF, OWL, RDFS)

State = tuple[bool | None, Words]  # passed, failed or left open, and why
Test = Callable[["Facts"], State]
ELSEWHERE = words("a registry of others decides", "un registre tiers en décide")
DOI = words("needs a registered DOI", "exige un DOI enregistré")


@dataclass(frozen=True)
class Facts:
    """What is known of one ontology."""

    dataset: Dataset
    ask: Ask

    @property
    def iri(self) -> str:
        return self.dataset.iri

    @cached_property
    def by_name(self) -> Answer:
        """What its IRI answers."""
        return self.ask("GET", self.iri, TURTLE.media_type)

    @cached_property
    def address(self) -> str:
        """Where the server has it: its IRI, or the address of its files without their suffix."""
        if self.by_name.good:
            return self.iri
        files = (found.download_url for found in self.dataset.distributions)
        return next((file.rpartition(".")[0] for file in files if file.endswith(f".{TURTLE.suffix}")), self.iri)

    @cached_property
    def page(self) -> Answer:
        return self.ask("GET", self.address, HTML.media_type)

    @cached_property
    def node(self) -> Node:
        """The ontology as its document describes it; empty when that cannot be read."""
        answer = self.ask("GET", self.address, TURTLE.media_type)
        try:
            quads = parse(answer.body, RdfFormat.TURTLE, base_iri=self.iri)
            triples = [quad.triple for quad in islice(quads, MOST)]
        except SyntaxError:
            triples = []
        return Node(self.iri, by_subject(triples) if answer.good else {})

    @cached_property
    def terms(self) -> list[Node]:
        """The classes and properties of its own namespace."""
        own = (Node(iri, self.node.graph) for iri in self.node.graph if iri.startswith(self.iri))
        return [node for node in own if any(map(node.is_a, _TERMS))]

    def has(self, properties: tuple[NamedNode, ...]) -> bool:
        return any(map(self.node.objects, properties))

    def lacking(self, names: dict[str, tuple[NamedNode, ...]]) -> list[str]:
        return [name for name, properties in names.items() if not self.has(properties)]


def ontology_checklist(catalogue: Catalogue, ask: Ask) -> Checklist | None:
    """Work through the tests for the ontology of *catalogue*; None, when it has none."""
    standards = {iri for dataset in catalogue.datasets for iri in dataset.iris(DCTERMS.conformsTo)}
    ontology = next((dataset for dataset in catalogue.datasets if dataset.iri in standards), None)
    if ontology is None:
        return None
    facts = Facts(ontology, ask)
    return Checklist(NAME, ontology.iri, tuple(_check(name, facts) for name in TESTS))


def _check(name: str, facts: Facts) -> Check:
    what, test = TESTS[name]
    state, note = test(facts)
    return Check(name, what, 1, 1 if state else 0, 1 if state is None else 0, note)


def _when(good: object, *lacking: str) -> State:
    return (True, Words()) if good else (False, missing(*lacking))


def _complete(names: dict[str, tuple[NamedNode, ...]]) -> Test:
    return lambda facts: _when(not facts.lacking(names), *facts.lacking(names))


def _stated(name: str, *properties: NamedNode) -> Test:
    return lambda facts: _when(facts.has(properties), name)


def _registered(facts: Facts) -> State:
    return None, ELSEWHERE


def _by_name(facts: Facts, iri: str, at_home: str) -> State:
    """Does *iri* lead to something? Where it does not yet, the server itself has to have it *at_home*."""
    if facts.ask("GET", iri, TURTLE.media_type).good:
        return True, Words()
    if facts.ask("HEAD", at_home, TURTLE.media_type).good:
        return None, UNREGISTERED
    return False, missing(iri)


def _resolves(facts: Facts) -> State:
    return _by_name(facts, facts.iri, facts.address)


def _version_resolves(facts: Facts) -> State:
    version = facts.node.value(OWL.versionIRI)
    if not version:
        return False, missing("owl:versionIRI")
    return _by_name(facts, version, facts.address + version.removeprefix(facts.iri))


def _version(facts: Facts) -> State:
    return _when(facts.node.value(OWL.versionIRI) not in ("", facts.iri), "owl:versionIRI")


def _persistent(facts: Facts) -> State:
    return (True, Words()) if _PERSISTENT.fullmatch(facts.iri) else (None, NOT_PERMANENT)


def _same_name(facts: Facts) -> State:
    return _when(facts.node.is_a(OWL.Ontology), f"<{facts.iri}> a owl:Ontology")


def _page(facts: Facts) -> State:
    return _when(facts.page.good and facts.page.media_type == HTML.media_type, HTML.media_type)


def _rdf(facts: Facts) -> State:
    return _when(facts.node.graph, TURTLE.media_type)


def _negotiated(facts: Facts) -> State:
    wanted = [format.media_type for format in (HTML, TURTLE, RDFXML, JSONLD)]
    got = [facts.ask("HEAD", facts.address, media_type) for media_type in wanted]
    lacking = [name for name, answer in zip(wanted, got, strict=True) if not answer.good or answer.media_type != name]
    return _when(not lacking, *lacking)


def _preserved(facts: Facts) -> State:
    """A registry would keep the metadata; a catalogue that the ontology names does, too."""
    return (True, Words()) if facts.has((SCHEMA.includedInDataCatalog,)) else (None, ELSEWHERE)


def _detailed(facts: Facts) -> State:
    lacking = facts.lacking(_DETAILED)
    with_doi = facts.has((BIBO.doi,)) or any("doi." in value for value in facts.node.values(DCTERMS.identifier))
    return (None, DOI) if not lacking and not with_doi else _when(not lacking, *lacking)


def _licence_resolves(facts: Facts) -> State:
    licences = [iri for property in _LICENCE for iri in facts.node.iris(property)]
    known = any(is_known_licence(iri) or facts.ask("HEAD", iri, "*/*").good for iri in licences)
    return _when(known, "dcterms:license")


def _metadata_words(facts: Facts) -> State:
    own = facts.node.graph.get(facts.iri, {})
    return _when(any(property in known for property in own for known in _METADATA), "Dublin Core")


def _reuses(facts: Facts) -> State:
    """Does it import another vocabulary, or use classes and properties of one for its own?"""
    related = (
        RDFS.subClassOf,
        RDFS.subPropertyOf,
        RDFS.domain,
        RDFS.range,
        OWL.equivalentClass,
        OWL.equivalentProperty,
    )
    named = {name_of(term) for node in facts.terms for property in related for term in node.objects(property)}
    usual = (facts.iri, OWL.iri, RDF.iri, RDFS.iri, "http://www.w3.org/2001/XMLSchema#", "_:")
    return _when(facts.node.iris(OWL.imports) or [iri for iri in named if not iri.startswith(usual)], "owl:imports")


def _each_term(properties: tuple[NamedNode, ...]) -> Test:
    def test(facts: Facts) -> State:
        bare = [term.iri for term in facts.terms if not any(map(term.objects, properties))]
        return _when(facts.terms and not bare, *(bare[:3] or ["owl:Class"]))

    return test


def _open_protocol(facts: Facts) -> State:
    return _when(facts.iri.startswith(("http://", "https://")), "http(s)")


TESTS: dict[str, tuple[Words, Test]] = {
    "FIND1": (words("a prefix is declared", "un préfixe est déclaré"),
              _stated("vann:preferredNamespacePrefix", VANN.preferredNamespacePrefix)),
    "FIND2": (words("the prefix is in prefix.cc or LOV", "le préfixe est dans prefix.cc ou LOV"), _registered),
    "FIND3": (words("it is in a public registry", "elle est dans un registre public"), _registered),
    "FIND_3_BIS": (words("metadata outlive the ontology", "les métadonnées survivent à l'ontologie"), _preserved),
    "PURL1": (words("a persistent IRI", "un IRI pérenne"), _persistent),
    "URI1": (words("the IRI leads to it", "l'IRI y mène"), _resolves),
    "URI2": (words("it names itself by that IRI", "elle se nomme par cet IRI"), _same_name),
    "VER1": (words("an IRI of the version", "un IRI de la version"), _version),
    "VER2": (words("the version's IRI leads to it", "l'IRI de la version y mène"), _version_resolves),
    "OM1": (words("minimum metadata", "métadonnées minimales"), _complete(_MINIMUM)),
    "CN1": (words("content negotiation", "négociation de contenu"), _negotiated),
    "HTTP1": (words("an open protocol", "un protocole ouvert"), _open_protocol),
    "RDF1": (words("available in RDF", "disponible en RDF"), _rdf),
    "VOC1": (words("metadata in known vocabularies", "métadonnées en vocabulaires connus"), _metadata_words),
    "VOC2": (words("other vocabularies are reused", "d'autres vocabulaires sont réutilisés"), _reuses),
    "DOC1": (words("documentation in HTML", "documentation en HTML"), _page),
    "OM2": (words("recommended metadata", "métadonnées recommandées"), _complete(_RECOMMENDED)),
    "OM3": (words("detailed metadata", "métadonnées détaillées"), _detailed),
    "OM4.1": (words("a licence", "une licence"), _stated("dcterms:license", *_LICENCE, *_RIGHTS)),
    "OM4.2": (words("the licence's address answers", "l'adresse de la licence répond"), _licence_resolves),
    "OM5.1": (words("basic provenance", "provenance de base"), _complete({"creator": _CREATOR, "created": _CREATED})),
    "OM5.2": (words("detailed provenance", "provenance détaillée"),
              _complete({"issued": _ISSUED, "publisher": _PUBLISHER})),
    "VOC3": (words("every term has a label", "chaque terme a un libellé"), _each_term(_LABELS)),
    "VOC4": (words("every term has a definition", "chaque terme a une définition"), _each_term(_DEFINITIONS)),
}  # fmt: skip
