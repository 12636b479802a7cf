"""Each kind of mistake in a content folder is found at its file and line, with what would be right."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Triple

from publisher.config import Config
from publisher.content.dataset import read_content
from publisher.describe.jsonld import JsonLd
from publisher.publish.validation import Report, validate

from .conftest import ROOT, TINY

SITES, SHAPES, CONTEXT, FRAME = (
    "data/sites.ttl",
    "ontology/shapes.ttl",
    "ontology/context.jsonld",
    "ontology/frames/site.jsonld",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A valid content folder of which a test may break a file."""
    return Path(shutil.copytree(TINY, tmp_path / "content"))


def report(folder: Path, deep: bool = False, **settings: Any) -> Report:
    config = Config(content=folder, **settings)
    return validate(read_content(config), config, deep=deep)


def new_findings(folder: Path, deep: bool = False, **settings: Any) -> list[str]:
    """What is found that is not found in the folder as it comes, without regard to lines that moved."""
    known = {finding.message for finding in report(TINY, **settings).findings}
    return [str(finding) for finding in report(folder, deep, **settings).findings if finding.message not in known]


def replace(folder: Path, name: str, before: str, after: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(before) == 1, before
    (folder / name).write_text(text.replace(before, after), encoding="utf-8")


def line_of(folder: Path, name: str, text: str) -> int:
    lines = (folder / name).read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if text in line)


def append(folder: Path, name: str, text: str) -> int:
    """Add *text* to a file; returns its first line."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(old + text, encoding="utf-8")
    return old.count("\n") + 1


def test_the_content_of_this_repository_is_valid() -> None:
    found = report(ROOT)

    assert found.ok, str(found)
    assert found.triples > 1000


def test_the_tiny_content_is_valid_to_its_last_document() -> None:
    found = report(TINY, deep=True)

    assert found.ok, str(found)
    assert found.count("error") == 0
    assert str(found).splitlines()[-1].startswith("valid: 0 errors, ")


def test_a_syntax_error_has_its_line_and_what_depends_on_the_file_is_not_looked_at(folder: Path) -> None:
    line = append(folder, SITES, '<id/site/new> a bw:BathingSite ;\n  foo:bar "x" .\n') + 1

    found = report(folder)

    assert [str(finding) for finding in found.findings] == [
        f"{SITES}:{line}: error: the prefix foo: is not declared (@prefix foo: <…> . above it)",
        f"{SITES}:{line}: info: links, names, values, shapes and checks were not looked at (every file parses)",
    ]
    assert not found.ok
    assert str(found).splitlines()[-1].startswith("not valid: 1 error, 0 warnings; ")


def test_a_shacl_result_stands_at_the_line_of_the_value(folder: Path) -> None:
    line = append(
        folder,
        SITES,
        '<id/site/new> a bw:BathingSite ;\n  rdfs:label "New"@en ;\n  bw:maximumDepth\n    1.5,\n    "deep" .\n',
    )

    right = "(maximum depth is one decimal number of metres, 0 or more)"
    assert [finding for finding in new_findings(folder) if "maximum depth" in finding] == [
        f"{SITES}:{line + 3}: error: New (id/site/new) maximum depth: too many values {right}",
        f'{SITES}:{line + 4}: error: New (id/site/new) maximum depth: "deep" {right}',
    ]


def test_a_missing_value_stands_at_the_first_line_of_the_resource(folder: Path) -> None:
    replace(folder, SHAPES, "sh:maxCount 1 ;", "sh:minCount 1 ; sh:severity sh:Warning ;")
    line = append(folder, SITES, '\n<id/site/new> a bw:BathingSite ;\n  rdfs:label "New"@en .\n') + 1

    assert new_findings(folder)[0] == (
        f"{SITES}:{line}: warning: New (id/site/new) has no maximum depth (Every bathing site says how deep it is)"
    )
    assert new_findings(folder)[1] == (
        f"{SITES}:{line}: warning: New (id/site/new) maximum depth: no value"
        " (maximum depth is one decimal number of metres, 0 or more)"
    )


@pytest.mark.parametrize(
    ("constraint", "line", "reason"),
    [
        ('sh:minLength "one"', 1, "sh:minLength value must be"),
        ('sh:pattern "("', 16, 'sh:pattern "(": missing )'),
        ('sh:sparql [ sh:select "SELEC" ]', 1, "Expected {SelectQuery"),
    ],
)
def test_shapes_that_cannot_be_used_are_a_finding(
    folder: Path, capfd: pytest.CaptureFixture[str], constraint: str, line: int, reason: str
) -> None:
    replace(folder, SHAPES, "sh:maxCount 1", constraint)

    (found,) = new_findings(folder)

    assert found.startswith(f"{SHAPES}:{line}: error: the shapes cannot be used: {reason}")
    assert capfd.readouterr() == ("", "")


def test_what_needs_queries_over_everything_is_left_out_above_a_limit_and_that_is_told(folder: Path) -> None:
    append(folder, SITES, '<id/site/new> a bw:BathingSite ; rdfs:label "New"@en ; bw:maximumDepth "deep" .\n')
    known = report(folder).triples

    found = report(folder, validate_max_triples=5)

    assert found.ok
    told = (
        f"and SHACL were left out: {known} statements are more than 5 (PUBLISHER_VALIDATE_MAX_TRIPLES sets the limit)"
    )
    assert told in str(found)


def test_a_graph_called_as_a_computed_one_is_found(folder: Path) -> None:
    append(folder, "data/others.nq", "<urn:x:s> <urn:x:p> 'o' <https://data.example.org/void> .\n".replace("'", '"'))

    assert any("data/others.nq:1: error: the graph" in found and "void" in found for found in new_findings(folder))


def test_a_row_of_a_check_is_a_finding_at_its_term(folder: Path) -> None:
    append(
        folder,
        "queries/checks/note.rq",
        "#+ summary: No path is steep\n#+ severity: error\nPREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
        'SELECT ?term ("is steep: level it" AS ?message) WHERE { ?term skos:note ?note }\n',
    )

    line = line_of(folder, SITES, "site:rocheray a")
    assert new_findings(folder) == [f"{SITES}:{line}: error: Rocheray (id/site/rocheray) is steep (level it)"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#+ summry: x\nSELECT ?term ?message {}\n", ":1: error: unknown header key summry (one of summary, "),
        ("SELECT ?term {}\n", ":1: error: a check returns rows that say where and why (SELECT ?term ?message)"),
        ("SELECT ?term ?message {\n ?term a foo:x }\n", ":2: error: column 15: prefix not found"),
        (
            "SELECT ?term ?message {\n SERVICE <http://a/> { ?term ?p ?message } }\n",
            ":2: error: SERVICE",
        ),
    ],
)
def test_a_check_that_cannot_run_is_a_finding(folder: Path, text: str, found: str) -> None:
    append(folder, "queries/checks/broken.rq", text)

    (finding,) = new_findings(folder)

    assert finding.startswith("queries/checks/broken.rq" + found)


def test_every_query_file_is_parsed(folder: Path) -> None:
    append(folder, "queries/pages/Site/map.rq", "#+ title: Map\n#+ view: map\nSELECT * {\n")

    assert [finding.partition(" error:")[0] for finding in new_findings(folder)] == ["queries/pages/Site/map.rq:4:"]


def test_a_link_to_nothing_stands_at_its_line(folder: Path) -> None:
    replace(folder, SITES, "bw:neighbour    site:rocheray", "bw:neighbour\n        site:rocherai")
    line = line_of(folder, SITES, "site:rocherai")

    assert new_findings(folder) == [
        f"{SITES}:{line}: error: Le Pont (id/site/le-pont) names <id/site/rocherai>, of which nothing is said"
        " (an IRI that some file describes)"
    ]


def test_predicates_datatypes_and_hash_iris_are_links_too(folder: Path) -> None:
    line = append(
        folder,
        SITES,
        '<id/site/le-pont> bw:depth 3 ;\n  skos:notation "3"^^bw:code ;\n  bw:neighbour <id/site/le-pont#pier> .\n',
    )

    assert [
        finding.split(" ")[0] + finding.partition("names")[2].split(",")[0] for finding in new_findings(folder)
    ] == [
        f"{SITES}:{line}: <ns#depth>",
        f"{SITES}:{line + 1}: <ns#code>",
        f"{SITES}:{line + 2}: <id/site/le-pont#pier>",
    ]


@pytest.mark.parametrize(
    "path", ["", "sparql", "catalog", "dump/latest/all.ttl", "ns/1.0.0", "dataset/sites", "shapes"]
)
def test_addresses_that_the_program_serves_are_no_links_to_nothing(folder: Path, path: str) -> None:
    append(folder, SITES, f"site:le-pont rdfs:seeAlso <{path or 'https://data.example.org/'}> .\n")

    assert new_findings(folder) == []


def test_a_resource_without_a_name_is_a_warning_but_foreign_data_is_not(folder: Path) -> None:
    line = append(folder, SITES, "<id/site/new> dcterms:source <id/source/office> ; a bw:Beach .\n")
    foreign = "<https://data.example.org/x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://c> .\n"
    append(folder, "data/foreign.nt", foreign)

    assert new_findings(folder) == [f"{SITES}:{line}: warning: id/site/new has no name (rdfs:label in each language)"]


def test_values_that_the_engine_rewrites_are_warnings_at_their_lines(folder: Path) -> None:
    line = append(
        folder,
        SITES,
        'site:le-pont bw:count 007,\n  1.50 ,\n  "3"^^xsd:nonNegativeInteger ,\n  "1"^^xsd:boolean ;\n'
        '  skos:note """two\nlines"""@en-GB, "2026-01-01"^^xsd:date, 12, true, "x" .\n',
    )

    assert new_findings(folder) == [
        f'{SITES}:{line}: warning: "007"^^xsd:integer will be published as "7"^^xsd:integer (write it in that form)',
        f'{SITES}:{line + 1}: warning: "1.50"^^xsd:decimal will be published as "1.5"^^xsd:decimal'
        " (write it in that form)",
        f'{SITES}:{line + 2}: warning: "3"^^xsd:nonNegativeInteger will be published as "3"^^xsd:integer'
        " (write it in that form)",
        f'{SITES}:{line + 3}: warning: "1"^^xsd:boolean will be published as "true"^^xsd:boolean'
        " (write it in that form)",
        f"{SITES}:{line + 5}: warning: language tag en-GB will be published as en-gb (write it in that form)",
    ]


def test_foreign_data_has_one_warning_for_each_kind_of_rewritten_value(folder: Path) -> None:
    integer = "^^<http://www.w3.org/2001/XMLSchema#integer>"
    text = "".join(f'<http://a> <http://b> "0{number}"{integer} .\n' for number in range(5))
    append(folder, "data/foreign.nt", text + '<http://a> <http://b> "x"@de-CH .\n<http://a> <http://b> "y"@de-CH .\n')

    assert new_findings(folder) == [
        'data/foreign.nt:1: warning: "00"^^xsd:integer will be published as "0"^^xsd:integer, and 4 more of this kind'
        " (write it in that form)",
        "data/foreign.nt:6: warning: language tag de-CH will be published as de-ch (write it in that form)",
    ]


def test_a_contact_left_over_from_an_example_is_a_warning(folder: Path) -> None:
    line = append(folder, SITES, "<id/source/office> <http://xmlns.com/foaf/0.1/mbox> <mailto:me@example.org> .\n")

    assert new_findings(folder) == [
        f"{SITES}:{line}: warning: mailto:me@example.org is a placeholder (an address that somebody reads)"
    ]


@pytest.mark.parametrize(
    ("name", "before", "after", "found"),
    [
        (CONTEXT, '"id": "@id",', '"id": "@id"', ":5: error: column 5: not JSON: expecting ',' delimiter"),
        (FRAME, '"BathingSite",', '"BathingSite"', ":3: error: column 3: not JSON: expecting ',' delimiter"),
        (CONTEXT, '"dcterms:source", "@type": "@id"', '"dcterms:source", "@type": "no iri"', ":1: error: "),
        (
            FRAME,
            '"type": "BathingSite",',
            '"@context":\n  "https://schema.org/", "type": "BathingSite",',
            ":3: error: names the context https://schema.org/ (no context: ontology/context.jsonld is used)",
        ),
        (
            FRAME,
            '"type": "BathingSite",',
            "",
            ':1: error: the frame names no type (the class it is for, as "type": "…")',
        ),
        (
            FRAME,
            '"BathingSite"',
            '"BathingSiet"',
            ":2: error: type BathingSiet is no term of ontology/context.jsonld (a term or an IRI)",
        ),
    ],
)
def test_contexts_and_frames_that_mean_nothing_are_findings(
    folder: Path, name: str, before: str, after: str, found: str
) -> None:
    replace(folder, name, before, after)

    (finding,) = new_findings(folder, deep=True)

    assert finding.startswith(name + found)


def test_a_document_that_loses_a_statement_is_found_by_the_round_trip(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lossy(jsonld: JsonLd, iri: str, types: Iterable[str], triples: Sequence[Triple]) -> dict[str, object]:
        return jsonld.compact(triples[:-1] if iri.endswith("rocheray") else triples)

    monkeypatch.setattr(JsonLd, "document", lossy)

    (finding,) = new_findings(folder, deep=True)

    place = f"{SITES}:{line_of(folder, SITES, 'site:rocheray a')}"
    assert finding.startswith(f"{place}: error: Rocheray (id/site/rocheray): JSON-LD leaves out 1 statement, first ")
