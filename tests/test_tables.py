"""Tables for spreadsheets: what they show, that they are the same RDF again, and that nothing in them is computed."""

import csv
import json
import re
import shutil
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import quote, urljoin

import html5lib
import pandas
import pytest
import requests
from csvw import CSVW
from pyoxigraph import BaseDirection, Literal, NamedNode, RdfFormat, Triple, parse

from publisher.config import Config
from publisher.describe.literals import datatype_of
from publisher.describe.tables import table_names
from publisher.errors import BuildError
from publisher.publish import lines
from publisher.publish.checksums import damage
from publisher.publish.snapshot import Snapshot
from publisher.publish.tables import read_tables, write_tables
from publisher.web.app import create_app

from .conftest import TINY, Server, build_snapshot
from .csv2rdf import File, Get, to_rdf

TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
ODD = "https://odd.example/"
FORMULAS = ("=1+1", "+32 4 221 84 29", "-cmd|' /C calc'!A0", "@SUM(A1)", " =1+1", "\t=1+1", "\r\n=1+1", "＝1+1", "=a|b")
TEXTS = (
    "Liège, Köln, Łódź, Ωμέγα, 東京", "a|b", "a|b¦c‖d", 'say "hello", twice', "two\nlines", "two\r\nlines", "a\rb",
    " spaces ", "#hash", "'quote", "tab\there", "0032", "1e5", "TRUE", "2026-01-31", "{curly}", "\\n", "\u00a0", "😀",
)  # fmt: skip
VALUES = (
    '"1.5"^^xsd:decimal', '"-0.25"^^xsd:decimal', '"-7"^^xsd:integer', '"1.0E5"^^xsd:double', '"INF"^^xsd:double',
    '"true"^^xsd:boolean', '"2026-01-31"^^xsd:date', '"2026-01-31T10:00:00Z"^^xsd:dateTime',
    '"2026-01"^^xsd:gYearMonth',
    '"2026"^^xsd:gYear', '"-0044"^^xsd:gYear', '"P1Y"^^xsd:duration', '"http://example.org/"^^xsd:anyURI',
    '"0aff"^^xsd:hexBinary', '"<b>x</b>"^^rdf:XMLLiteral', '"<b>x</b>"^^rdf:HTML', '"BE_62063"^^ex:lau', '"=1"^^ex:lau',
)  # fmt: skip
SPACED = Literal(" <i> </i> ", datatype=NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML"))
SINISTER = Literal("sinister", language="en", direction=BaseDirection.RTL)
UNSAYABLE = ('""', '""@en', "_:somewhere", '"1.5.2"^^xsd:decimal', '"soon"^^xsd:date', '"=1+1"^^xsd:integer')


def spelled(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A build, with tables, of all that a table could stumble over."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "content" / "data").mkdir(parents=True)
    things = [
        *(f"ex:text {spelled(text)}, {spelled(text)}@fr" for text in (*TEXTS, *FORMULAS)),
        *(f"ex:value {value}" for value in VALUES),
        *(f"ex:unsayable {value} ; ex:sayable true" for value in UNSAYABLE),
        f"ex:text {', '.join(map(spelled, (*TEXTS, *FORMULAS)))}",
        f"ex:value {', '.join(VALUES)} ; other:value 1, 2 ; ex:p <c>, <a%20b>, <c?d=e&f=g#h> ; ex:q <c>",
        f"ex:markup {SPACED}",
        f'ex:markups {SPACED}, "<b>x</b>"^^rdf:HTML',
        'ex:p <c> ; ex:note "zh"@zh-hant, "en"@en ; a ex:Other, ex:Third',
    ]
    text = "".join(f"<id/{number}> a ex:Thing ; {thing} .\n" for number, thing in enumerate(things))
    (folder / "content" / "data" / "things.ttl").write_text(
        f"@base <{ODD}> .\n@prefix ex: <http://example.org/ns#> .\n@prefix other: <http://example.org/other#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
        f'{text}<c> rdfs:label "=C()"@en .\nex:Thing rdfs:label "thing"@en, "chose"@fr .\n'
        'ex:text rdfs:label "texte"@fr .\n'
        "<id/plain> a <http://plain.example/no/prefix> ; ex:p <id/plain> . <id/plain#part> a ex:Thing ; ex:p <c> .\n",
        encoding="utf-8",
    )
    (folder / "content" / "data" / "new.nt").write_text(
        f"<{ODD}id/new> <{TYPE.value}> <http://example.org/ns#Thing> .\n"
        f'<{ODD}id/new> <http://example.org/ns#q> "sinister"@en--rtl .\n'
        f'<{ODD}id/new> <http://example.org/ns#q> <<( <{ODD}a> <{ODD}b> "c" )>> .\n',
        encoding="utf-8",
    )
    snapshot = build_snapshot(folder / "content", folder, base_iri=ODD)
    write_tables(snapshot.directory)
    return snapshot


def from_folder(snapshot: Snapshot) -> Get:
    """Reads ``x:<file>`` from the tables of a build."""
    return lambda url: File((snapshot.directory / "tables" / url.removeprefix("http://x/")).read_bytes())


def from_server(url: str) -> File:
    response = requests.get(url, timeout=30)
    assert response.status_code == 200, url
    links = requests.utils.parse_header_links(response.headers.get("Link", ""))
    return File(response.content, tuple(link["url"] for link in links if link["rel"] == "describedby"))


def stated(triples: set[Triple], class_: str, base_iri: str) -> set[Triple]:
    """What a table of *class_* has to say: all that is said of its resources, but what no cell can say."""
    members = {
        triple.subject for triple in triples if triple.predicate == TYPE and triple.object == NamedNode(class_)
    }  # fmt: skip
    return {
        triple
        for triple in triples
        if triple.subject in members
        and isinstance(triple.subject, NamedNode)
        and not ("#" in triple.subject.value and triple.subject.value.startswith(base_iri))
        and (isinstance(triple.object, NamedNode) or (isinstance(triple.object, Literal) and triple.object.value))
    }


def all_triples(snapshot: Snapshot) -> set[Triple]:
    return {quad.triple for quad in parse(path=str(snapshot.directory / "union.nt"), format=RdfFormat.N_TRIPLES)}


# The same RDF again


def test_a_table_is_the_same_statements_again(odd: Snapshot) -> None:
    ill_typed = {
        Literal(value[1 : value.index("^") - 1], datatype=NamedNode(datatype(value))) for value in UNSAYABLE[3:]
    }
    expected = stated(all_triples(odd), "http://example.org/ns#Thing", ODD)
    found = to_rdf("http://x/ex-Thing.csv", from_folder(odd))

    assert found <= expected
    assert {triple.object for triple in expected - found} == ill_typed | {SINISTER, SPACED}


def datatype(value: str) -> str:
    return value.partition("^^")[2].replace("xsd:", "http://www.w3.org/2001/XMLSchema#")


def test_the_metadata_say_how_many_statements_are_left_out(odd: Snapshot) -> None:
    told = json.loads((odd.directory / "tables" / "ex-Thing.csv-metadata.json").read_bytes())
    other = json.loads((odd.directory / "tables" / "ex-Other.csv-metadata.json").read_bytes())

    assert told["dc:description"]["@value"].startswith(f"{len(UNSAYABLE) + 3} statements ")
    assert "dc:description" not in other


def test_each_class_has_its_own_table(odd: Snapshot) -> None:
    tables = {table.iri: table.table.file for table in read_tables(odd.directory) or ()}
    largest = tables.pop("http://example.org/ns#Thing")

    assert largest == "ex-Thing.csv"
    assert tables.keys() == {
        "http://example.org/ns#Other",
        "http://example.org/ns#Third",
        "http://plain.example/no/prefix",
    }
    for iri, file in tables.items():
        assert to_rdf(f"http://x/{file}", from_folder(odd)) == stated(all_triples(odd), iri, ODD)


def test_all_tables_of_the_content_are_its_statements(forum: Server) -> None:
    everything = requests.get(forum.url + "dump/latest/urban-security.nt", timeout=60).content
    triples = {quad.triple for quad in parse(everything, RdfFormat.N_TRIPLES)}
    names = re.findall(r'href="/table/([\w-]+\.csv)-metadata', forum.get("table").text)

    assert len(names) == len(set(names)) > 10
    for name in names:
        url = forum.url + "table/" + name
        [*_, class_] = json.loads(from_server(url + "-metadata.json").content)["tables"][0]["tableSchema"]["columns"]
        assert to_rdf(url, from_server) == stated(triples, class_["valueUrl"], "https://w3id.org/urban-security/"), name


def test_an_iri_with_other_letters_comes_back_as_a_uri(tmp_path: Path) -> None:
    """Templates percent-encode what a URI cannot hold (RFC 6570, section 3.2.3; RFC 3987, section 3.1)."""
    (tmp_path / "content" / "data").mkdir(parents=True)
    (tmp_path / "content" / "data" / "x.nt").write_text(
        "<http://e.example/東京> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e.example/City> .\n",
        encoding="utf-8",
    )
    snapshot = build_snapshot(tmp_path / "content", tmp_path)
    write_tables(snapshot.directory)
    [table] = read_tables(snapshot.directory) or ()

    [triple] = to_rdf(f"http://x/{table.table.file}", from_folder(snapshot))
    assert triple.subject == NamedNode("http://e.example/" + quote("東京"))
    assert "http://e.example/東京" in (snapshot.directory / "tables" / table.table.file).read_text(encoding="utf-8")


def hub(folder: Path) -> tuple[Snapshot, set[Triple]]:
    """A build of one resource of two classes with fifty values, and its statements."""
    things = ", ".join(f'"{number:02}"' for number in range(50))
    (folder / "content" / "data").mkdir(parents=True)
    (folder / "content" / "data" / "x.ttl").write_text(
        f"@prefix e: <http://e.example/> . e:hub a e:Hub, e:Other ; e:before {things} ; <http://x.example/after> 1 ."
    )
    snapshot = build_snapshot(folder / "content", folder)
    return snapshot, all_triples(snapshot)


def test_a_resource_that_comes_in_parts_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot, expected = hub(tmp_path)
    monkeypatch.setattr(lines, "LARGEST_PART", 1_000)
    write_tables(snapshot.directory)
    tables = read_tables(snapshot.directory) or ()

    assert [table.rows for table in tables] == [1, 1]
    for table in tables:
        assert to_rdf(f"http://x/{table.table.file}", from_folder(snapshot)) == expected


def test_what_is_beyond_the_room_of_a_row_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot, expected = hub(tmp_path)
    monkeypatch.setattr(lines, "LARGEST_PART", 200)
    write_tables(snapshot.directory)
    tables = read_tables(snapshot.directory) or ()

    assert [table.rows for table in tables] == [1, 1]
    for table in tables:
        found = to_rdf(f"http://x/{table.table.file}", from_folder(snapshot))
        told = json.loads((snapshot.directory / "tables" / table.metadata.file).read_bytes())["dc:description"]
        assert {triple for triple in expected if triple.predicate == TYPE} < found < expected
        assert told["@value"].startswith(f"{len(expected - found)} statements ")


# What spreadsheets make of them


def cells(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Header and text of every cell of every table."""
    for path in sorted((snapshot.directory / "tables").glob("*.csv")):
        header, *rows = csv.reader(StringIO(path.read_bytes().decode(), newline=""), strict=True)
        for row in rows:
            yield from zip(header, row, strict=True)


def test_no_cell_is_a_formula(odd: Snapshot) -> None:
    """What begins with one of these signs is computed by Excel, LibreOffice or Google Sheets (OWASP)."""
    numbers = {"ex:value (decimal)", "ex:value (integer)", "ex:value (gYear)"}

    found = [(header, text) for header, text in cells(odd) if re.match(r"\s*[-=+@\uff0d\uff1d\uff0b\uff20]", text)]
    assert {header for header, _ in found} == numbers
    assert all(re.fullmatch(r"-[0-9.]+(\|[-0-9.]+)*", text) for _, text in found)
    assert ("p (name)", "|=C()") in set(cells(odd))


def test_the_bytes_are_those_of_the_standard(odd: Snapshot) -> None:
    content = (odd.directory / "tables" / "ex-Thing.csv").read_bytes()
    text = content.decode("utf-8")

    assert text.startswith("IRI,")
    outside = "".join(text.split('"')[::2])  # what is not between quotes
    assert outside.count("\r\n") == outside.count("\n") == outside.count("\r") == content_rows(odd) + 1


def content_rows(odd: Snapshot) -> int:
    return next(table.rows for table in read_tables(odd.directory) or () if table.table.file == "ex-Thing.csv")


def test_columns_are_named_for_people_and_stay(odd: Snapshot) -> None:
    text = (odd.directory / "tables" / "ex-Thing.csv").read_text(encoding="utf-8")
    header = next(csv.reader(StringIO(text)))
    [table, _] = json.loads((odd.directory / "tables" / "ex-Thing.csv-metadata.json").read_bytes())["tables"]
    told = {column["name"]: column for column in table["tableSchema"]["columns"]}

    assert header[0] == "IRI"
    assert [name for name in header if name.startswith("note")] == ["note (en)", "note (zh-hant)"]
    assert {"text", "text (fr)", "ex:value (date)", "other:value", "p", "p (name)", "q"} <= set(header)
    assert told["text_fr"]["titles"] == "text (fr)"
    assert told["text_fr"]["dc:title"] == [{"@value": "texte", "@language": "fr"}]
    assert told["p_name"]["suppressOutput"] and "propertyUrl" not in told["p_name"]


def test_pandas_reads_numbers_dates_and_names(forum: Server) -> None:
    response = forum.get("table/usec-Member.csv")
    members = pandas.read_csv(BytesIO(response.content))
    places = pandas.read_csv(forum.url + "table/dcterms-Location.csv", index_col="IRI")

    assert len(members) > 200
    assert members["IRI"].is_unique
    liege = members.set_index("IRI").loc["https://w3id.org/urban-security/id/member/liege"]
    assert "Liège" in str(liege["label (fr)"])
    assert places.dtypes["lat"] == places.dtypes["long"] == "float64"
    assert (places["long"].dropna() < 0).any()


# Over HTTP


def test_a_table_leads_to_its_metadata_and_back(tiny: Server) -> None:
    url = tiny.url + "table/bw-BathingSite.csv"
    table = requests.get(url, timeout=10)
    [described_by] = from_server(url).described_by
    metadata = requests.get(described_by, timeout=10)

    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert table.headers["Content-Disposition"] == 'inline; filename="bw-BathingSite.csv"'
    assert requests.head(url, timeout=10).headers["Content-Length"] == str(len(table.content))
    assert described_by == url + "-metadata.json"
    assert metadata.headers["Content-Type"] == "application/csvm+json"
    assert metadata.links["describes"] == {"url": url, "rel": "describes", "type": "text/csv"}
    assert urljoin(described_by, metadata.json()["tables"][0]["url"]) == url
    assert metadata.json()["dc:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
    assert tiny.get(".well-known/csvm").text == "{+url}-metadata.json\n"


def test_the_list_of_a_class_leads_to_its_table(tiny: Server) -> None:
    response = tiny.get("list/bw:BathingSite")

    assert '<a href="/table/bw-BathingSite.bom.csv"' in response.text
    assert response.links["alternate"]["url"] == tiny.url + "table/bw-BathingSite.csv"
    assert 'href="/table"' in tiny.get("").text


def test_people_are_led_to_the_same_file_behind_a_byte_order_mark(tiny: Server) -> None:
    """Without it, Excel takes the file for one in the system's own encoding."""
    plain, marked = tiny.get("table/bw-BathingSite.csv"), tiny.get("table/bw-BathingSite.bom.csv")

    for language in ("en", "fr"):
        page = tiny.get(f"table?lang={language}").text
        html5lib.HTMLParser(strict=True).parse(page)
        assert 'href="/table/bw-BathingSite.bom.csv"' in page
    assert marked.content == b"\xef\xbb\xbf" + plain.content
    assert marked.headers["Content-Length"] == str(len(marked.content))
    assert marked.headers["Content-Disposition"] == plain.headers["Content-Disposition"]
    assert marked.links["canonical"]["url"] == plain.url
    assert "describedby" not in marked.links, "the metadata are of the other address"
    assert marked.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.parametrize("name", ["bw-BathingSite.csv", "bw-BathingSite.bom.csv"])
def test_any_part_of_a_table_can_be_asked_for(tiny: Server, name: str) -> None:
    whole = tiny.get(f"table/{name}").content

    for start, end in [(0, 1), (0, 3), (1, 2), (2, 9), (3, 9), (4, len(whole)), (0, len(whole))]:
        part = tiny.get(f"table/{name}", headers={"Range": f"bytes={start}-{end - 1}"})
        assert (part.status_code, part.content) == (206, whole[start:end])
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(whole)}"


def test_another_library_finds_the_metadata_and_no_fault(tiny: Server, odd: Snapshot) -> None:
    """``csvw`` from PyPI: by Link header, values against datatypes, unique keys, titles as the metadata say."""
    for name in re.findall(r'href="/table/([\w-]+\.csv)-metadata', tiny.get("table").text):
        table = CSVW(f"{tiny.url}table/{name}", validate=True)
        assert table.is_valid and not table.no_metadata, name
        assert table.warnings == []
    sites = {row["@id"]: row for row in CSVW(f"{tiny.url}table/bw-BathingSite.csv").to_json(minimal=True)}
    assert sites["https://data.example.org/id/site/le-pont"]["https://data.example.org/ns#maximumDepth"] == 31.5
    for path in (odd.directory / "tables").glob("*-metadata.json"):
        table = CSVW(str(path), validate=True)
        assert table.is_valid, [str(warning.message) for warning in table.warnings]


def test_search_engines_are_kept_from_tables_of_persons(forum: Server) -> None:
    assert forum.get("table/foaf-Person.csv").headers["X-Robots-Tag"] == "noindex"
    assert forum.get("table/foaf-Person.csv-metadata.json").headers["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in forum.get("table/usec-Member.csv").headers


@pytest.mark.parametrize(
    "name", ["nothing.csv", "tables.json", "..%2Fmanifest.json", "bw-BathingSite", "bw-BathingSite.links.csv.x"]
)
def test_an_unknown_table_is_answered_by_those_there_are(tiny: Server, name: str) -> None:
    response = tiny.get(f"table/{name}", "application/json")

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    if name != "..%2Fmanifest.json":
        assert "bw-BathingSite.csv" in response.json()["detail"]


def test_tables_that_are_being_written_are_asked_for_later(tmp_path: Path) -> None:
    snapshot = build_snapshot(TINY, tmp_path)
    client = create_app(snapshot, Config(), None).test_client()  # type: ignore[arg-type]
    early, page = client.get("/table/bw-BathingSite.csv"), client.get("/table")
    write_tables(snapshot.directory)

    assert (early.status_code, early.headers["Retry-After"], early.headers["Cache-Control"]) == (503, "10", "no-store")
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    with client.get("/table/bw-BathingSite.csv") as later:
        assert later.status_code == 200
    assert "bw-BathingSite.csv" in client.get("/table").text
    assert "Tableaux pour tableurs" in client.get("/table?lang=fr").text


# In the build


def test_what_is_there_is_not_written_again_and_what_is_damaged_is(odd: Snapshot) -> None:
    folder = odd.directory / "tables"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    made = folder.stat().st_ino

    write_tables(odd.directory)
    assert folder.stat().st_ino == made
    (folder / "ex-Other.csv").write_bytes(b"IRI\r\n")
    (odd.directory / ".tables").mkdir()  # left by one that was interrupted
    (odd.directory / ".tables" / "ex-Other.csv").write_bytes(b"IRI\r\n")
    assert damage(odd.directory) == "", "they are no part of what is checked before a build is served"
    write_tables(odd.directory)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (folder / "tables.json").unlink()
    write_tables(odd.directory)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not (odd.directory / ".tables").exists()


def test_a_build_without_its_lines_is_told_of_and_nothing_is_left_behind(odd: Snapshot, tmp_path: Path) -> None:
    build = Path(
        shutil.copytree(odd.directory, tmp_path / "build", ignore=shutil.ignore_patterns("union.nt", "tables"))
    )

    with pytest.raises(BuildError, match="the tables cannot be written: No such file"):
        write_tables(build)
    assert read_tables(build) is None
    assert not (build / ".tables").exists()


def test_a_build_that_was_deleted_meanwhile_needs_no_tables(tmp_path: Path) -> None:
    write_tables(tmp_path / "gone")

    assert not (tmp_path / "gone").exists()


def test_classes_too_large_for_a_spreadsheet_have_no_table() -> None:
    sizes = {"http://e.example/Small": 1, "http://e.example/Large": 1_048_576, "http://e.example/Full": 1_048_575}

    assert list(table_names(sizes, {"e": "http://e.example/"}).values()) == ["e-Full", "e-Small"]


def test_a_class_without_a_plain_prefix_has_a_name_of_its_own() -> None:
    iris = ("http://e.example/a b/", "http://e.example/é", "http://f.example/é", "http://f.example/-x", "urn:")
    names = table_names(dict.fromkeys(iris, 1), {"a-b": "http://f.example/"})

    assert len(set(names.values())) == len(iris)
    assert all(re.fullmatch(r"[\w-]+-[0-9a-f]{8}", name, re.ASCII) for name in names.values())


def test_a_class_with_a_very_long_name_has_a_table_too() -> None:
    """The name of a file has 255 bytes at most; one that is longer would stop all tables."""
    names = table_names({f"http://e.example/{letter * 300}": 1 for letter in "ab"}, {"e": "http://e.example/"})

    assert all(len(f"{name}.csv-metadata.json") <= 255 for name in names.values())
    assert len(set(names.values())) == 2


def test_words_of_ontologies_have_tables_only_when_there_is_nothing_else() -> None:
    ontology = {"http://www.w3.org/2002/07/owl#Class": 7}

    assert table_names(ontology, {"owl": "http://www.w3.org/2002/07/owl#"}) == {next(iter(ontology)): "owl-Class"}
    assert list(table_names(ontology | {"http://e.example/A": 1}, {"e": "http://e.example/"}).values()) == ["e-A"]


def test_a_datatype_that_csvw_does_not_know_is_named_by_its_iri() -> None:
    assert datatype_of("^^<http://www.w3.org/2001/XMLSchema#gYear>") == "gYear"
    assert datatype_of("^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral>") == "xml"
    assert datatype_of("^^<http://e.example/lau>") == {"base": "string", "@id": "http://e.example/lau"}
