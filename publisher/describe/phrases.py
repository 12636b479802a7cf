"""What the catalogue says in words, in English and French, where the content has no words of its own.

It names and counts what is there, and judges nothing. A title that a machine made up ends with what it is of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

from ..content.queries import Words
from ..content.terms import IRI
from .authorities import language_term
from .labels import choose, local_name
from .published import Part

LANGUAGES = ("en", "fr")


@dataclass(frozen=True)
class ServiceWords:
    """What is said of a data service; its address and the description of it below the server's."""

    title: Words
    description: Words
    endpoint: str
    described: str
    standards: tuple[str, ...]
    keywords: Words


SERVICES = {
    "sparql-endpoint": ServiceWords(
        Words({"en": "SPARQL endpoint", "fr": "Point d'accès SPARQL"}),
        Words({
            "en": "Answers queries in SPARQL 1.1 on all data at once, and on each named graph.",
            "fr": "Répond aux requêtes SPARQL 1.1 sur toutes les données à la fois et sur chaque graphe nommé.",
        }),
        "sparql", "sparql", ("https://www.w3.org/TR/sparql11-protocol/",),
        Words({"en": "SPARQL", "fr": "SPARQL"}),
    ),
    "query-api": ServiceWords(
        Words({"en": "Query API", "fr": "API de requêtes"}),
        Words({
            "en": "Answers frequent questions by plain addresses, as CSV, JSON and other formats, by pages if wanted.",
            "fr": "Répond aux questions fréquentes à de simples adresses, en CSV, JSON ou autre, par pages au besoin.",
        }),
        "api", "api/openapi.json", ("https://spec.openapis.org/oas/v3.1.0",),
        Words({"en": "API", "fr": "API"}),
    ),
    "reconciliation": ServiceWords(
        Words({"en": "Reconciliation service", "fr": "Service de réconciliation"}),
        Words({
            "en": "Finds the IRIs that stand for names in a table, for OpenRefine and programs like it.",
            "fr": "Trouve les IRI qui correspondent aux noms d'un tableau, pour OpenRefine et ses semblables.",
        }),
        "reconcile", "reconcile",
        ("https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/",),
        Words({"en": "reconciliation", "fr": "réconciliation"}),
    ),
}  # fmt: skip

_WHOLE = Words({"en": "{title}: all data", "fr": "{title} : toutes les données"})
_TABLE = Words({"en": "{title} (table)", "fr": "{title} (tableau)"})
_GRAPH = Words({"en": "Named graph {name}", "fr": "Graphe nommé {name}"})
_CATALOGUE = Words({
    "en": "Data published as {title}: data sets, their files, and the services that answer questions about them.",
    "fr": "Données publiées sous le nom {title} : jeux de données, fichiers et services qui répondent aux questions.",
})  # fmt: skip
_DESCRIPTIONS = {
    "whole": Words({
        "en": "All data that is published here, {triples} statements: the union of the named graphs, without shapes.",
        "fr": "Toutes les données publiées, {triples} affirmations : la réunion des graphes nommés, sans les formes.",
    }),
    "graph": Words({
        "en": "The {triples} statements of the named graph {iri}.",
        "fr": "Les {triples} affirmations du graphe nommé {iri}.",
    }),
    "query": Words({
        "en": "The result of the query {name}, one row per line.",
        "fr": "Le résultat de la requête {name}, une ligne par rangée.",
    }),
}  # fmt: skip
_DEFAULTS = Words({"en": "Asked with {values}.", "fr": "Posée avec {values}."})
_RECORD = Words({"en": "Catalogue record: {title}", "fr": "Notice du catalogue : {title}"})
_DISTRIBUTION = Words({"en": "{title} ({format})", "fr": "{title} ({format})"})
_FILES = {
    "whole": Words({
        "en": "The whole data set in one file, as {format}.",
        "fr": "L'ensemble du jeu de données en un seul fichier, en {format}.",
    }),
    "graph": Words({
        "en": "The statements of the graph in one file, as {format}.",
        "fr": "Les affirmations du graphe en un seul fichier, en {format}.",
    }),
    "query": Words({
        "en": "All rows of the result in one file, as {format}.",
        "fr": "Toutes les lignes du résultat en un seul fichier, en {format}.",
    }),
}  # fmt: skip
_ANSWERED = Words(
    {
        "en": "The same by queries: the SPARQL endpoint answers each with what it asks for.",
        "fr": "La même chose par requêtes : le point d'accès SPARQL répond à chacune par ce qu'elle demande.",
    }
)
_SERVICE = Words({"en": "{service}: {title}", "fr": "{service} : {title}"})


def catalogue_description(title: Words) -> Words:
    return _with_title(_CATALOGUE, title)


def part_title(part: Part, catalogue: Words) -> Words:
    """What a part is called that the content gives no title."""
    if part.query:
        return _with_title(_TABLE, _tagged(part.query.heading))
    if part.kind == "whole":
        return _with_title(_WHOLE, catalogue)
    return _filled(_GRAPH, {"name": local_name(part.iri)})


def part_description(part: Part) -> Words:
    """What a part is, for one that the content does not describe."""
    values = {"triples": f"{part.triples or 0:,}", "iri": part.iri, "name": local_name(part.iri)}
    words = _filled(_DESCRIPTIONS[part.kind], values)
    if "fr" in words and part.triples is not None:
        words["fr"] = words["fr"].replace(values["triples"], values["triples"].replace(",", "\u202f"), 1)
    if part.query:
        own = _tagged(part.query.description or part.query.summary)
        words = Words({**words, **own})
        defaults = _defaults(part)
        return Words({
            tag: f"{_ended(text)} {defaults[tag]}" if tag in defaults else text for tag, text in words.items()
        })  # fmt: skip
    return words


def _ended(text: str) -> str:
    """*text* with a full stop, unless it ends with some stop."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def record_title(title: Words) -> Words:
    return _with_title(_RECORD, title)


def distribution_title(title: Words, format: str) -> Words:
    return _with_title(_DISTRIBUTION, title, {"format": format})


def distribution_description(kind: str, format: str) -> Words:
    """What a distribution is; *format* is "" for the one that the endpoint answers."""
    return _filled(_FILES[kind], {"format": format}) if format else _ANSWERED


def service_title(service: ServiceWords, catalogue: Words) -> Words:
    """What a service is called, in the languages that we have words for."""
    titles = {tag: catalogue[choose(catalogue, tag)] for tag in LANGUAGES}
    return Words({tag: _SERVICE[tag].format(service=service.title[tag], title=titles[tag]) for tag in LANGUAGES})


def host(base_iri: str) -> str:
    """Name of the host that the base IRI is on; the IRI itself without one."""
    return urlsplit(base_iri).hostname or base_iri


def language(tag: str) -> NamedNode | None:
    return language_term(tag) if tag else None


def _defaults(part: Part) -> Words:
    """With which values of its parameters a query is asked at its plain address."""
    params = part.query.params if part.query else ()
    given = [(param.name, param.default.value, param.datatype) for param in params if param.default is not None]
    values = ", ".join(f"{name} = {local_name(value) if datatype == IRI else value}" for name, value, datatype in given)
    return _filled(_DEFAULTS, {"values": values}) if given else Words()


def _filled(words: Words, values: Mapping[str, str]) -> Words:
    return Words({tag: text.format(**values) for tag, text in words.items()})


def _with_title(words: Words, title: Words, values: Mapping[str, str] | None = None) -> Words:
    """*words* with *title* in each of our languages, in its own words or those a reader of that language gets."""
    return Words({tag: text.format(title=title[choose(title, tag)], **(values or {})) for tag, text in words.items()})


def _tagged(words: Words) -> Words:
    """*words*, of which a text without language counts as English: that is what queries are written in."""
    return Words({tag or "en": text for tag, text in words.items()})
