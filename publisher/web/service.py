"""What this endpoint is and can do, in RDF.

Source: SPARQL 1.1 Service Description. It says nothing that is only nearly true: the default graph is the union
of all named graphs but the shapes and the graphs computed at build, so ``sd:UnionDefaultGraph`` is left out and a
comment tells what is in it.
"""

from collections.abc import Iterator
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from ..formats import OF_FORM
from .site import Site
from .vocabulary import COMMENT, SD, SEE_ALSO, TYPE

MOST_GRAPHS = 1000  # described; data of many small graphs has a hundred thousand
GEOSPARQL_FUNCTIONS = "http://www.opengis.net/def/function/geosparql/"
PREFIXES = {
    "ent": "http://www.w3.org/ns/entailment/",
    "format": "http://www.w3.org/ns/formats/",
    "geof": GEOSPARQL_FUNCTIONS,
    "sd": SD,
    "void": "http://rdfs.org/ns/void#",
}
FORMATS = {
    "Turtle": "Turtle", "JSON-LD": "JSON-LD", "N-Triples": "N-Triples", "RDF/XML": "RDF_XML", "TriG": "TriG",
    "N-Quads": "N-Quads", "SPARQL JSON": "SPARQL_Results_JSON", "SPARQL XML": "SPARQL_Results_XML",
    "CSV": "SPARQL_Results_CSV", "TSV": "SPARQL_Results_TSV",
}  # fmt: skip  # our name -> W3C's; GeoJSON has none there

# What the engine computes beyond the standard's functions (GeoSPARQL 1.1); a test calls each.
FUNCTIONS = (
    "area", "asGeoJSON", "centroid", "convexHull", "coordinateDimension", "difference", "dimension", "distance",
    "ehContains", "ehCoveredBy", "ehCovers", "ehDisjoint", "ehEquals", "ehInside", "ehMeet", "ehOverlap", "envelope",
    "getSRID", "intersection", "isEmpty", "isSimple", "length", "perimeter", "rcc8dc", "rcc8ec", "rcc8eq",
    "rcc8ntpp", "rcc8ntppi", "rcc8po", "rcc8tpp", "rcc8tppi", "relate", "sfContains", "sfCrosses", "sfDisjoint",
    "sfEquals", "sfIntersects", "sfOverlaps", "sfTouches", "sfWithin", "spatialDimension", "symDifference", "union",
)  # fmt: skip

_DEFAULT_GRAPH = (
    "The union of the named graphs, without the shapes and the graphs that are computed from the data: these are "
    "named graphs only."
)


def service_description(site: Site) -> Iterator[Triple]:
    """The statements about the endpoint of *site*. Graphs that no query can name, for they have blank nodes for
    names, are left out."""
    service, dataset = NamedNode(site.address("sparql")), NamedNode(site.address("sparql#dataset"))
    yield Triple(service, TYPE, _sd("Service"))
    yield Triple(service, _sd("endpoint"), service)
    yield Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    yield Triple(service, _sd("defaultEntailmentRegime"), NamedNode(PREFIXES["ent"] + "Simple"))
    for format in {*OF_FORM["SELECT"], *OF_FORM["CONSTRUCT"]}:
        if format.name in FORMATS:
            yield Triple(service, _sd("resultFormat"), NamedNode(PREFIXES["format"] + FORMATS[format.name]))
    for name in FUNCTIONS:
        function = NamedNode(GEOSPARQL_FUNCTIONS + name)
        yield Triple(service, _sd("extensionFunction"), function)
        yield Triple(function, TYPE, _sd("Function"))
    yield Triple(service, _sd("defaultDataset"), dataset)
    yield Triple(service, _sd("availableGraphs"), dataset)
    yield from _dataset(site, dataset)
    for graph in site.derived_graphs:
        yield Triple(service, SEE_ALSO, NamedNode(graph["iri"]))
    yield Triple(service, SEE_ALSO, NamedNode(site.address(".well-known/api-catalog")))


def _dataset(site: Site, dataset: NamedNode) -> Iterator[Triple]:
    """The default graph and the named ones. A graph is where the graph store has it."""
    manifest = site.snapshot.manifest
    default = NamedNode(site.address("rdf-graph-store?default"))
    yield Triple(dataset, TYPE, _sd("Dataset"))
    yield Triple(dataset, _sd("defaultGraph"), default)
    yield Triple(default, COMMENT, Literal(_DEFAULT_GRAPH, language="en"))
    yield from _graph(default, manifest["triples"])
    by_name = {graph["iri"]: graph for graph in (*manifest["graphs"], *site.derived_graphs)}  # computed ones win
    graphs = [graph for iri, graph in by_name.items() if not iri.startswith("_:")]
    if len(graphs) > MOST_GRAPHS:
        some = f"{MOST_GRAPHS:,} of {len(graphs):,} named graphs are described; a query for GRAPH ?g {{}} lists all."
        yield Triple(dataset, COMMENT, Literal(some, language="en"))
    for told in graphs[:MOST_GRAPHS]:
        encoded = quote(told["iri"], safe="")
        named = NamedNode(site.address(f"sparql#{encoded}"))
        graph = NamedNode(site.address(f"rdf-graph-store?graph={encoded}"))
        yield Triple(dataset, _sd("namedGraph"), named)
        yield Triple(named, TYPE, _sd("NamedGraph"))
        yield Triple(named, _sd("name"), NamedNode(told["iri"]))
        yield Triple(named, _sd("graph"), graph)
        yield from _graph(graph, told["triples"])


def _graph(graph: NamedNode, triples: int) -> Iterator[Triple]:
    yield Triple(graph, TYPE, _sd("Graph"))
    yield Triple(graph, NamedNode(PREFIXES["void"] + "triples"), Literal(triples))


def _sd(name: str) -> NamedNode:
    return NamedNode(SD + name)
