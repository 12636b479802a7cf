"""The vocabulary, its schemes, shapes, checks, context and frames: they say what they should, and catch mistakes."""

import json
from pathlib import Path
from typing import Any

import pyoxigraph
import pyshacl
import pytest
from pyld import FrozenDocumentLoader, jsonld
from rdflib import DCAT, DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SDO, SH, SKOS, TIME, VANN, Graph, Namespace, URIRef
from rdflib.namespace import DefinedNamespaceMeta

ROOT = Path(__file__).resolve().parent.parent
ONTOLOGY = ROOT / "ontology"
EXAMPLES = ROOT / "tests" / "data" / "shapes"
BAD_DATA = ROOT / "tests" / "data" / "checks"
CHECKS = sorted((ROOT / "queries" / "checks").glob("*.rq"))
BASE = "https://w3id.org/urban-security/"
USEC = Namespace(BASE + "ns#")
SHAPE = Namespace(BASE + "shapes#")
LANGUAGES = {"en", "fr", "de", "es", "it", "nl", "pt"}


def graph(*files: Path) -> Graph:
    """The statements of Turtle *files* together."""
    found = Graph()
    for file in files:
        found.parse(file)
    return found


def schemes() -> list[Path]:
    return sorted((ONTOLOGY / "scheme").glob("*.ttl"))


@pytest.fixture(scope="module")
def vocabulary() -> Graph:
    return graph(ONTOLOGY / "ns.ttl")


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return graph(ONTOLOGY / "shapes.ttl")


@pytest.fixture(scope="module")
def neighbours() -> Graph:
    return graph(ONTOLOGY / "ns.ttl", *schemes(), EXAMPLES / "neighbours.ttl")


def terms(vocabulary: Graph) -> list[URIRef]:
    """What the vocabulary defines: classes, properties, datatypes."""
    return [term for term in vocabulary.subjects(RDFS.isDefinedBy, URIRef(BASE + "ns")) if isinstance(term, URIRef)]


# --- vocabulary and schemes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [ONTOLOGY / "ns.ttl", ONTOLOGY / "shapes.ttl", *schemes()], ids=lambda file: file.stem)
def test_two_parsers_read_the_same_statements(file: Path) -> None:
    ours = len(graph(file))

    theirs = len(list(pyoxigraph.parse(path=str(file), format=pyoxigraph.RdfFormat.TURTLE)))

    assert ours == theirs > 0


def test_the_header_names_version_prefix_and_licence(vocabulary: Graph) -> None:
    ontology = URIRef(BASE + "ns")

    assert (ontology, RDF.type, OWL.Ontology) in vocabulary
    assert vocabulary.value(ontology, OWL.versionIRI) == URIRef(BASE + "ns/1.0.0")
    assert str(vocabulary.value(ontology, VANN.preferredNamespacePrefix)) == "usec"
    assert str(vocabulary.value(ontology, VANN.preferredNamespaceUri)) == "{BASE_IRI}ns#"  # the build fills it in
    assert vocabulary.value(ontology, DCTERMS.license)


def test_every_term_has_seven_labels_two_definitions_and_an_example(vocabulary: Graph) -> None:
    assert len(terms(vocabulary)) >= 60
    for term in terms(vocabulary):
        assert term.startswith(USEC)
        assert {label.language for label in vocabulary.objects(term, RDFS.label)} == LANGUAGES, term
        assert {text.language for text in vocabulary.objects(term, SKOS.definition)} >= {"en", "fr"}, term
        assert (term, SKOS.example, None) in vocabulary, term


def test_every_concept_has_label_and_definition_and_is_at_the_top_of_its_scheme() -> None:
    for file in schemes():
        found = graph(file)
        scheme = URIRef(BASE + "scheme/" + file.stem)
        assert (scheme, RDF.type, SKOS.ConceptScheme) in found
        for concept in found.subjects(RDF.type, SKOS.Concept):
            assert concept.startswith(scheme + "#")
            assert (concept, SKOS.inScheme, scheme) in found and (concept, SKOS.topConceptOf, scheme) in found
            for property_ in (SKOS.prefLabel, SKOS.definition):
                assert {text.language for text in found.objects(concept, property_)} == {"en", "fr"}, concept


@pytest.mark.parametrize("vocabulary_of", [DCAT, DCTERMS, FOAF, ORG, PROV, SDO, SKOS, TIME, VANN], ids=str)
def test_a_term_of_another_vocabulary_exists_there(
    vocabulary_of: DefinedNamespaceMeta, vocabulary: Graph, shapes: Graph
) -> None:
    """OOPS! pitfall P40: nobody invents names in the namespace of others."""
    namespace = str(vocabulary_of)
    named = {term for statement in (*vocabulary, *shapes) for term in statement if term.startswith(namespace)}

    unknown = {term for term in named - {URIRef(namespace)} if term not in vocabulary_of}

    assert named and not unknown


def test_owl_stays_within_the_constructs_we_rely_on(vocabulary: Graph) -> None:
    """OWL 2 RL: subclasses, subproperties, domains, ranges and disjointness, all of named classes."""
    used = {predicate for predicate in vocabulary.predicates() if predicate.startswith(str(OWL))}

    assert used <= {OWL.members, OWL.versionIRI, OWL.versionInfo}
    for above in (*vocabulary.objects(None, RDFS.subClassOf), *vocabulary.objects(None, RDFS.domain)):
        assert isinstance(above, URIRef) and above != OWL.Thing


# --- shapes -------------------------------------------------------------------------------------------------------


def results(data: Graph, shapes: Graph) -> set[URIRef]:
    """The shapes that a validation of *data* names in its results."""
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    return {report.value(result, SH.sourceShape) for result in report.objects(None, SH.result)}


def test_the_shapes_are_shacl(shapes: Graph) -> None:
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=shapes, meta_shacl=True)

    assert conforms, text


def test_every_property_shape_is_named_used_and_says_what_is_right(shapes: Graph) -> None:
    for shape in shapes.subjects(RDF.type, SH.PropertyShape):
        assert isinstance(shape, URIRef)
        assert {text.language for text in shapes.objects(shape, SH.message)} == {"en", "fr"}, shape
        assert shapes.value(shape, SH.severity), shape
        assert (None, SH.property, shape) in shapes, shape


def test_what_the_examples_point_to_conforms(neighbours: Graph, shapes: Graph) -> None:
    assert results(neighbours, shapes) == set()


def test_the_valid_examples_conform(neighbours: Graph, shapes: Graph) -> None:
    files = sorted((EXAMPLES / "valid").glob("*.ttl"))

    assert {SHAPE[file.stem] for file in files} == targeting(shapes)
    for file in files:
        assert results(neighbours + graph(file), shapes) == set(), file.name


def test_each_property_shape_has_an_invalid_example(shapes: Graph) -> None:
    examples = {SHAPE[file.stem] for file in (EXAMPLES / "invalid").glob("*.ttl")}

    assert examples == set(shapes.subjects(RDF.type, SH.PropertyShape))


@pytest.mark.parametrize("file", sorted((EXAMPLES / "invalid").glob("*.ttl")), ids=lambda file: file.stem)
def test_an_invalid_example_breaks_exactly_its_shape(file: Path, neighbours: Graph, shapes: Graph) -> None:
    assert results(neighbours + graph(file), shapes) == {SHAPE[file.stem]}


def targeting(shapes: Graph) -> set[Any]:
    """The node shapes that choose what they look at."""
    return {s for target in (SH.targetClass, SH.targetNode, SH.targetSubjectsOf) for s in shapes.subjects(target)}


# --- checks -------------------------------------------------------------------------------------------------------


def findings(query: Path, store: pyoxigraph.Store) -> list[tuple[str, str]]:
    rows = store.query(query.read_text(), base_iri=BASE)
    return [(str(row["term"]), row["message"].value) for row in rows]  # type: ignore[union-attr]


def load(store: pyoxigraph.Store, file: Path, graph_name: str, *, default: bool = True) -> None:
    for quad in pyoxigraph.parse(path=str(file), format=pyoxigraph.RdfFormat.TURTLE):
        store.add(pyoxigraph.Quad(*quad.triple, pyoxigraph.NamedNode(BASE + graph_name)))
        if default:
            store.add(pyoxigraph.Quad(*quad.triple))


@pytest.mark.parametrize("query", CHECKS, ids=lambda query: query.stem)
def test_a_check_finds_what_it_is_for(query: Path) -> None:
    store = pyoxigraph.Store()
    load(store, BAD_DATA / f"{query.stem}.ttl", "dataset/bad")
    load(store, BAD_DATA / f"{query.stem}.ttl", "shapes", default=False)

    found = findings(query, store)

    assert found and all(message and not message.endswith(".") for _, message in found)


def test_every_bad_file_has_its_check() -> None:
    assert {file.stem for file in BAD_DATA.glob("*.ttl")} == {query.stem for query in CHECKS}


def test_vocabulary_and_schemes_pass_the_checks() -> None:
    store = pyoxigraph.Store()
    load(store, ONTOLOGY / "ns.ttl", "ns")
    load(store, ONTOLOGY / "shapes.ttl", "shapes", default=False)
    for file in schemes():
        load(store, file, f"scheme/{file.stem}")
    for name in ("catalog", "labels", "sources"):  # what the vocabulary points to
        load(store, ROOT / "data" / f"{name}.ttl", f"dataset/{name}")

    found = {query.stem: findings(query, store) for query in CHECKS if query.stem != "source-unused"}

    ours = BASE + "ns", BASE + "scheme/", BASE + "shapes"
    assert [row for rows in found.values() for row in rows if row[0].strip("<>").startswith(ours)] == []


# --- context and frames -------------------------------------------------------------------------------------------

CONTEXT_URL = BASE + "context.jsonld"


@pytest.fixture(scope="module")
def options() -> dict[str, Any]:
    """Options of the JSON-LD processor: our context from memory, nothing from anywhere else."""
    return {"documentLoader": FrozenDocumentLoader({CONTEXT_URL: context()}), "base": ""}


def context() -> Any:
    return json.loads((ONTOLOGY / "context.jsonld").read_text().replace("{BASE_IRI}", BASE))


def frames() -> list[Path]:
    return sorted((ONTOLOGY / "frames").glob("*.jsonld"))


def test_every_own_class_and_property_has_a_word_in_the_context(vocabulary: Graph) -> None:
    words = context()["@context"]
    named = {entry.get("@id") if isinstance(entry, dict) else entry for entry in words.values()}

    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty):
        for term in set(vocabulary.subjects(RDF.type, kind)) & set(terms(vocabulary)):
            assert term.replace(str(USEC), "usec:") in named, term


def test_every_word_of_the_context_expands(options: dict[str, Any]) -> None:
    for word, entry in context()["@context"].items():
        if isinstance(entry, dict) and "@id" in entry:
            document = {
                "@context": CONTEXT_URL,
                "id": "urn:x",
                word: "urn:y" if entry.get("@type") == "@id" else {"@none": "y"},
            }
            if "@language" not in entry.get("@container", ()) and entry.get("@type") != "@id":
                document[word] = "y"
            (node,) = jsonld.expand(document, options)
            assert [key for key in node if ":" in key], word


@pytest.mark.parametrize("frame", frames(), ids=lambda frame: frame.stem)
def test_a_frame_names_classes_and_words_of_the_context(frame: Path) -> None:
    words = context()["@context"]
    read = json.loads(frame.read_text())
    classes = read["type"] if isinstance(read["type"], list) else [read["type"]]

    assert classes and all(name in words for name in classes)
    assert all(name in words for name in read if not name.startswith("@"))


DESCRIPTIONS = {
    "member": ("id/member/liege", ROOT / "tests" / "data" / "descriptions" / "member.ttl"),
    "manifesto": ("id/manifesto/example", ROOT / "tests" / "data" / "descriptions" / "manifesto.ttl"),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_framing_a_description_loses_no_statement(name: str, options: dict[str, Any]) -> None:
    iri, file = DESCRIPTIONS[name]
    wanted = set(graph(file))
    nodes = jsonld.expand(json.loads(graph(file).serialize(format="json-ld")), options)
    frame = json.loads((ONTOLOGY / "frames" / f"{name}.jsonld").read_text())

    framed = jsonld.frame(nodes, {**frame, "@context": CONTEXT_URL, "id": BASE + iri}, options)

    assert framed["id"] == BASE + iri
    quads = jsonld.to_rdf(framed, {**options, "format": "application/n-quads"})
    assert set(Graph().parse(data=quads, format="nt")) == wanted


def test_a_framed_member_reads_like_plain_json(options: dict[str, Any]) -> None:
    iri, file = DESCRIPTIONS["member"]
    nodes = jsonld.expand(json.loads(graph(file).serialize(format="json-ld")), options)
    frame = json.loads((ONTOLOGY / "frames" / "member.jsonld").read_text())

    member = jsonld.frame(nodes, {**frame, "@context": CONTEXT_URL, "id": BASE + iri}, options)

    assert set(member["type"]) == {"LocalAuthority", "Member"}
    assert member["label"] == {"en": "Liège", "fr": "Liège"}
    assert member["country"]["prefLabel"] == {"en": "Belgium"}
    assert member["memberships"][0]["during"]["start"] == {"type": "gYear", "@value": "1995"}
    assert member["endorsements"][0]["endorses"]["label"] == {"en": "Example Manifesto"}
    assert member["listedYear"] == ["2019", "2021"]
