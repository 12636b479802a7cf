"""`new`: a block with all that the shapes want, which validation accepts once it is filled in; `new-site`."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from publisher.config import Config
from publisher.content.dataset import Content, read_content
from publisher.editing.new_site import new_site
from publisher.editing.skeleton import Skeleton, append, skeleton
from publisher.errors import ContentError, SettingError
from publisher.publish.validation import Report, validate

from .conftest import ROOT, TINY, start_server

BASE = "https://w3id.org/urban-security/"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what this repository publishes."""
    for name in ("data", "ontology", "queries"):
        shutil.copytree(ROOT / name, tmp_path / "content" / name)
    return tmp_path / "content"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def content(folder: Path) -> Content:
    return read_content(Config(content=folder))


def make(class_name: str, slug: str, folder: Path = ROOT) -> Skeleton:
    return skeleton(content(folder), class_name, slug)


def report(folder: Path) -> Report:
    config = Config(content=folder)
    return validate(read_content(config), config)


def active(text: str) -> list[str]:
    """The lines that are not commented out."""
    return [
        line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith(("#", "@prefix"))
    ]


FILLED = {
    "Member": {
        "rdfs:label": '"Atlantis"@en, "Atlantide"@fr',
        "dcterms:source": "<id/source/seed-liege>",
        "dcterms:spatial": "<id/place/liege>",
        "org:classification": "<scheme/authority-kind#city>",
        "usec:country": "<http://publications.europa.eu/resource/authority/country/BEL>",
        "usec:nameAsListed": '"Atlantis"',
    },
    "Manifesto": {
        "rdfs:label": '"Atlantis Manifesto"@en, "Manifeste d\'Atlantide"@fr',
        "dcterms:title": '"Atlantis Manifesto"@en, "Manifeste d\'Atlantide"@fr',
        "dcterms:description": '"A text."@en, "Un texte."@fr',
        "dcterms:source": "<id/source/seed-liege>",
    },
    "Membership": {
        "rdfs:label": '"Liège, member of Efus (1991)"@en, "Liège, membre de l\'Efus (1991)"@fr',
        "dcterms:identifier": '"ms-9000"',
        "dcterms:source": "<id/source/seed-liege>",
        "org:member": "<id/member/liege>",
        "org:organization": "<id/organisation/efus>",
        "org:role": "<scheme/role#member>",
    },
    "Claim": {
        "rdfs:label": '"Liège, population: many"@en, "Liège, population : beaucoup"@fr',
        "dcterms:identifier": '"claim-900"',
        "dcterms:source": "<id/source/seed-liege>",
        "rdf:value": '"many"@en',
        "schema:about": "<id/member/liege>",
        "usec:property": "<scheme/claim-property#population>",
    },
}


def test_filled_in_it_is_valid_and_not_before(folder: Path) -> None:
    """One of each class, in files of their own: two validations of the whole serve them all."""
    made = {class_name: make(class_name, "atlantis", folder) for class_name in FILLED}
    for skeleton_ in made.values():
        append(content(folder), skeleton_)
    before = report(folder)

    empty = {(each.file, number) for each in made.values() for number in unfilled(folder / each.file)}
    for class_name, each in made.items():
        fill(folder / each.file, FILLED[class_name])
    after = report(folder)

    assert {file for file, _ in empty} == {each.file for each in made.values()}
    assert len(made) == len({each.file for each in made.values()})
    assert empty <= {(found.file, found.line) for found in before.findings if found.severity == "error"}
    assert after.ok, [str(finding) for finding in after.findings if finding.severity == "error"]


def unfilled(path: Path) -> set[int]:
    """The lines with a value that is still to be given."""
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return {number for number, line in lines if re.search('"…"|…>', line.partition("# ")[0])}


def fill(path: Path, values: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for name, value in values.items():
        text, count = re.subn(rf"^    {name} .*….* ;$", f"    {name} {value} ;", text, flags=re.MULTILINE)
        assert count == 1, f"{name}\n{text[-2000:]}"
    path.write_text(text, encoding="utf-8")


def test_it_belongs_where_its_like_live_and_is_called_as_they_are() -> None:
    made = [make(name, "atlantis") for name in ("Member", "usec:Manifesto", f"{BASE}ns#Claim", "Adoption")]

    assert [(each.file, each.iri.removeprefix(BASE)) for each in made] == [
        ("data/members.ttl", "id/member/atlantis"),
        ("data/manifestos.ttl", "id/manifesto/atlantis"),
        ("data/claims.ttl", "id/claim/atlantis"),
        ("data/manifestos.ttl", "id/manifesto/atlantis#adoption"),
    ]


def test_the_comments_give_the_rule_and_the_choices() -> None:
    lines = [line.strip() for line in make("Member", "atlantis").text.splitlines()]

    kind = lines.index("org:classification <scheme/authority-kind#…> ;")
    above = " ".join(line.removeprefix("# ") for line in lines[kind - 3 : kind])
    assert "a member has exactly one kind, a concept of the scheme authority-kind one of: authority-kind:city" in above
    assert "authority-kind:region" in above
    assert '# usec:listedYear "…"^^xsd:gYear ;' in lines
    assert 'rdfs:label "…"@en, "…"@fr ;' in lines


def test_it_is_turtle_as_it_stands(tiny: Path) -> None:
    made = make("BathingSite", "new-site", tiny)
    append(content(tiny), made)

    quads = list(parse(path=str(tiny / made.file), format=RdfFormat.TURTLE))
    assert NamedNode("https://data.example.org/id/site/new-site") in {quad.subject for quad in quads}
    assert made.file == "data/sites.ttl"


def test_the_first_of_its_class_gets_a_file(tiny: Path) -> None:
    with (tiny / "ontology/ns.ttl").open("a") as ontology:
        ontology.write('\nbw:LifeGuard a owl:Class ; rdfs:label "life guard"@en .\n')
    made = make("LifeGuard", "anna", tiny)
    append(content(tiny), made)

    assert (made.file, made.iri) == ("data/life-guard.ttl", "https://data.example.org/id/life-guard/anna")
    assert list(parse(path=str(tiny / made.file), format=RdfFormat.TURTLE))


@pytest.mark.parametrize(
    ("class_name", "slug", "right"),
    [
        ("Lighthouse", "new", r"no class here; known are .*bw:BathingSite, bw:Beach"),
        ("BathingSite", "rocheray", r"'rocheray' is taken: id/site/rocheray is .*; another slug is right"),
        ("BathingSite", "Le Pont", r"small letters, digits and single hyphens are right"),
        ("BathingSite", "le--pont", r"small letters"),
    ],
)
def test_a_wrong_call_says_what_is_right(class_name: str, slug: str, right: str, tiny: Path) -> None:
    with pytest.raises(SettingError, match=right):
        make(class_name, slug, tiny)


def test_content_that_does_not_parse_is_told_with_its_line(tiny: Path) -> None:
    (tiny / "data/sites.ttl").write_text("nonsense")

    with pytest.raises(ContentError, match=r"data/sites\.ttl:1: error"):
        make("BathingSite", "new", tiny)


def test_the_command_prints_the_block_and_writes_it_when_asked(tiny: Path) -> None:
    command = [sys.executable, "-m", "publisher", "new", "BathingSite", "new", "--content", str(tiny)]
    before = (tiny / "data/sites.ttl").read_text()
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    unchanged = (tiny / "data/sites.ttl").read_text()
    subprocess.run([*command, "--write"], cwd=ROOT, capture_output=True, timeout=60, check=True)

    assert unchanged == before
    assert "data/sites.ttl" in printed.stderr
    assert (tiny / "data/sites.ttl").read_text() == before.rstrip("\n") + "\n\n" + printed.stdout


def test_a_new_site_is_valid_but_for_its_placeholders_and_can_be_served(tmp_path: Path) -> None:
    files = new_site(tmp_path / "site", "https://trees.example.net/")
    found = report(tmp_path / "site")
    server = start_server(tmp_path / "site", tmp_path)
    try:
        page = server.get("/id/thing/example", "text/turtle")
    finally:
        server.stop()

    assert {"data/catalog.ttl", "data/things.ttl", "ontology/ns.ttl", "ontology/shapes.ttl"} <= set(files)
    assert [finding.message for finding in found.findings] == ["mailto:contact@example.org is a placeholder"]
    assert found.ok
    assert {quad.subject.value for quad in parse(page.content, format=RdfFormat.TURTLE)} >= {
        "https://trees.example.net/id/thing/example"
    }


def test_a_new_site_takes_skeletons(tmp_path: Path) -> None:
    new_site(tmp_path / "site")

    made = make("Thing", "oak", tmp_path / "site")

    assert (made.file, made.iri) == ("data/things.ttl", "https://data.example.org/id/thing/oak")
    assert active(made.text) == ["thing:oak a ns:Thing ;", 'rdfs:label "…"@en ;', "."]


def test_a_new_site_leaves_what_is_there_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    for folder in (tmp_path, tmp_path / "notes.txt", tmp_path / "notes.txt" / "site"):
        with pytest.raises(SettingError, match=r"not empty|cannot be made"):
            new_site(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
