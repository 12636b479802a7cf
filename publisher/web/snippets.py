"""Programs that fetch an answer, to paste: what a shell, Python, JavaScript and R need without anything installed."""

from dataclasses import dataclass
from urllib.parse import quote, urljoin

from ..content.queries import Form
from ..formats import CSV, JSON, JSONLD, TURTLE, Format

# What each program fetches, by the form of the query.
TABLE, GRAPH = ("SELECT",), ("CONSTRUCT", "DESCRIBE")
_CURL = "curl '{address}'"
_PYTHON_TABLE = """\
import csv, io, urllib.request

with urllib.request.urlopen("{address}") as answer:
    rows = list(csv.DictReader(io.TextIOWrapper(answer, encoding="utf-8")))
for row in rows[:10]:
    print(row)"""
_PYTHON_JSON = """\
import json, urllib.request

with urllib.request.urlopen("{address}") as answer:
    document = json.load(answer)
print(json.dumps(document, indent=2, ensure_ascii=False)[:1000])"""
_JAVASCRIPT_TABLE = """\
fetch("{address}")
  .then((answer) => answer.json())
  .then(({{ head, results }}) => results.bindings.map((row) =>
    Object.fromEntries(head.vars.map((name) => [name, row[name]?.value ?? ""]))))
  .then((rows) => console.table(rows.slice(0, 10)));"""
_JAVASCRIPT_JSON = """\
fetch("{address}")
  .then((answer) => answer.json())
  .then((document) => console.log(document));"""
_R_TABLE = """\
answer <- read.csv("{address}", encoding = "UTF-8")
head(answer, 10)"""
_R_LINES = """\
answer <- readLines("{address}", encoding = "UTF-8", warn = FALSE)
writeLines(head(answer, 20))"""


@dataclass(frozen=True)
class Snippet:
    """A program in *language* that fetches an answer in *format*."""

    language: str
    format: Format
    text: str


def programs(form: Form) -> tuple[Snippet, ...]:
    """The programs for a query of *form*, with ``{address}`` where the answer's stands."""
    if form in TABLE:
        return (
            Snippet("curl", CSV, _CURL),
            Snippet("Python", CSV, _PYTHON_TABLE),
            Snippet("JavaScript", JSON, _JAVASCRIPT_TABLE),
            Snippet("R", CSV, _R_TABLE),
        )
    document, lines = (JSONLD, TURTLE) if form in GRAPH else (JSON, CSV)
    return (
        Snippet("curl", lines, _CURL),
        Snippet("Python", document, _PYTHON_JSON),
        Snippet("JavaScript", document, _JAVASCRIPT_JSON),
        Snippet("R", lines, _R_LINES),
    )


def snippets(form: Form, location: str, paths: dict[Format, str]) -> list[Snippet]:
    """The programs that fetch an answer of a query of *form*.

    location  address of this server
    paths     where it answers in each format
    """
    return [
        Snippet(program.language, program.format, program.text.format(address=written(location, paths[program.format])))
        for program in programs(form)
    ]


def written(location: str, path: str) -> str:
    """The address of *path*, without a character that ends or escapes a text in any of the languages.

    >>> written("https://example.org/data/", "/data/api/sites.csv?name=l'eau&unit=$")
    'https://example.org/data/api/sites.csv?name=l%27eau&unit=%24'
    """
    return quote(urljoin(location, path), safe="%/:?#[]@!&()*+,;=~")
