"""The catalogue of a real server, as its own N-Triples say it: what harvesters and readers are compared with."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Graph

from ..conftest import TINY, Server, start_server

collect_ignore = ["gather.py", "signposts.py"]  # programs of another environment, that of CKAN
BASE = "https://w3id.org/urban-security/"
MANY = 101  # data sets in one catalogue, beside the whole: more than a page holds


@pytest.fixture(scope="session")
def catalogue(forum: Server) -> Graph:
    """What the catalogue of the shipped content says."""
    return Graph().parse(data=forum.get("catalog.nt").text, format="nt")


@pytest.fixture(scope="session")
def next_tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the tiny content's next version: a depth was measured again, and a date of change says so."""
    folder = tmp_path_factory.mktemp("next")
    shutil.copytree(TINY, folder / "content")
    change(folder / "content" / "data" / "sites.ttl", "bw:maximumDepth 31.5", "bw:maximumDepth 30.0")
    change(folder / "content" / "data" / "catalog.ttl", "2026-02-03", "2026-03-04")
    server = start_server(folder / "content", folder)
    yield server
    server.stop()


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a catalogue in pages: 101 files, each a data set, with accents in their titles."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "data").mkdir()
    for number in range(MANY):
        text = re.sub(r"(?m)^ +", "", FILE).replace("NUMBER", f"{number:03}")
        (folder / "data" / f"part-{number:03}.ttl").write_text(text)
    server = start_server(folder, folder, base_iri="https://data.example.org/")
    yield server
    server.stop()


FILE = """
    @base <https://data.example.org/> .
    @prefix dcat: <http://www.w3.org/ns/dcat#> .
    @prefix dcterms: <http://purl.org/dc/terms/> .
    <dataset/part-NUMBER> a dcat:Dataset ;
    dcterms:title "Part NUMBER"@en, "Été NUMBER : œuvre"@fr ;
    dcterms:description "One of many."@en ;
    dcterms:modified "2026-01-01"^^<http://www.w3.org/2001/XMLSchema#date> .
    <id/thing/NUMBER> dcterms:title "Thing NUMBER"@en .
"""
