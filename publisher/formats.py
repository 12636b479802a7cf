"""The one table of formats; negotiation, dumps, catalogue and OpenAPI read it.

Sources: IANA media types, the EU Publications Office file-type table, W3C recommendations of each format.
"""

from dataclasses import dataclass
from typing import Literal

from pyoxigraph import QueryResultsFormat, RdfFormat

Kind = Literal["graph", "dataset", "result", "page"]

EU_FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
IANA_MEDIA_TYPE = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True, eq=False)
class Format:
    """One serialisation; each is there once, and equal to itself alone.

    media_type  what Content-Type says, without parameters
    suffix      file and URL suffix, without the dot
    kind        graph (triples), dataset (quads), result (SELECT/ASK) or page
    name        name for people
    eu          name in the EU file-type table, "" when it has none
    engine      the engine's format, None when our own code writes it
    aliases     other media types and words of ``format=`` that mean the same
    """

    media_type: str
    suffix: str
    kind: Kind
    name: str
    eu: str
    engine: RdfFormat | QueryResultsFormat | None = None
    aliases: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """Value of the Content-Type header: text formats say that they are UTF-8."""
        text = self.media_type.startswith("text/") or self.suffix in ("nt", "nq", "trig")
        return f"{self.media_type}; charset=utf-8" if text else self.media_type

    @property
    def registered_type(self) -> str:
        """The media type as IANA lists it: of results in JSON that of JSON, for their own is in no registry."""
        return "application/json" if self.media_type == "application/sparql-results+json" else self.media_type


HTML = Format("text/html", "html", "page", "HTML", "HTML", aliases=("application/xhtml+xml",))

TURTLE = Format(
    "text/turtle", "ttl", "graph", "Turtle", "RDF_TURTLE", RdfFormat.TURTLE,
    ("application/turtle", "application/x-turtle", "text/rdf+n3", "text/n3", "application/n3", "turtle", "n3", "text"),
)  # fmt: skip
JSONLD = Format(
    "application/ld+json", "jsonld", "graph", "JSON-LD", "JSON_LD", RdfFormat.JSON_LD,
    ("application/json", "application/x-json+ld", "json-ld", "ld+json", "json"),
)  # fmt: skip
NTRIPLES = Format(
    "application/n-triples", "nt", "graph", "N-Triples", "RDF_N_TRIPLES", RdfFormat.N_TRIPLES,
    ("text/plain", "text/ntriples", "ntriples", "n-triples"),
)  # fmt: skip
RDFXML = Format(
    "application/rdf+xml", "rdf", "graph", "RDF/XML", "RDF_XML", RdfFormat.RDF_XML,
    ("application/xml", "text/xml", "rdf+xml", "rdfxml", "rdf-xml", "rdf/xml", "xml"),
)  # fmt: skip
TRIG = Format("application/trig", "trig", "dataset", "TriG", "RDF_TRIG", RdfFormat.TRIG, ("application/x-trig",))
NQUADS = Format(
    "application/n-quads", "nq", "dataset", "N-Quads", "RDF_N_QUADS", RdfFormat.N_QUADS,
    ("text/x-nquads", "text/nquads", "nquads", "n-quads"),
)  # fmt: skip

JSON = Format(
    "application/sparql-results+json", "srj", "result", "SPARQL JSON", "JSON", QueryResultsFormat.JSON,
    ("application/json", "json", "sparql-results+json", "sparql-json"),
)  # fmt: skip
XML = Format(
    "application/sparql-results+xml", "srx", "result", "SPARQL XML", "XML", QueryResultsFormat.XML,
    ("application/xml", "text/xml", "xml", "sparql-results+xml", "sparql-xml", "sparql"),
)  # fmt: skip
CSV = Format("text/csv", "csv", "result", "CSV", "CSV", QueryResultsFormat.CSV)
TSV = Format("text/tab-separated-values", "tsv", "result", "TSV", "TSV", QueryResultsFormat.TSV)
GEOJSON = Format(
    "application/geo+json", "geojson", "result", "GeoJSON", "GEOJSON",
    aliases=("application/vnd.geo+json", "geo+json"),
)  # fmt: skip

# Documents that are no result of a query: lists and descriptions, and the text of a query.
PLAIN_JSON = Format("application/json", "json", "page", "JSON", "JSON")
SPARQL = Format("application/sparql-query", "rq", "page", "SPARQL", "SPARQLQ")
LINKSET_JSON = Format(
    "application/linkset+json", "json", "page", "Link set in JSON", "JSON", aliases=("application/json", "linkset+json")
)
LINKSET = Format("application/linkset", "linkset", "page", "Link set", "", aliases=("text/plain",))

GRAPH = (TURTLE, JSONLD, NTRIPLES, RDFXML)
DATASET = (TRIG, NQUADS)
RESULT = (JSON, XML, CSV, TSV)
OF_FORM = {
    "SELECT": (*RESULT, GEOJSON),
    "ASK": RESULT,
    "CONSTRUCT": (*GRAPH, *DATASET),
    "DESCRIBE": (*GRAPH, *DATASET),
}  # query form -> what its result can be written as
ALL = (HTML, *GRAPH, *DATASET, *RESULT, GEOJSON)
BY_SUFFIX = {format.suffix: format for format in ALL} | {"xml": RDFXML}
