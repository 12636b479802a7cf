"""Files that cannot be published: each is a finding with its name and line, and nothing else happens."""

import bz2
import errno
import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import zstandard

from publisher.config import Config
from publisher.content.dataset import Content, read_content
from publisher.errors import ContentError
from publisher.publish.validation import validate

from .conftest import ROOT, start_server
from .processes import wait_for
from .test_foreign import COMPRESS

GOOD = b'<https://data.example.org/id/a> <https://data.example.org/ns#p> "1" .\n'
RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'


def content_of(folder: Path, **files: bytes) -> Content:
    """A content folder whose data/ holds *files*."""
    for name, text in files.items():
        write(folder, name, text)
    return read_content(Config(content=folder))


def write(folder: Path, name: str, text: bytes) -> Path:
    path = folder / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return path


def findings(folder: Path, **files: bytes) -> list[str]:
    return [str(finding) for finding in content_of(folder, **files).load()[1]]


def refused(folder: Path) -> list[str]:
    with pytest.raises(ContentError) as raised:
        read_content(Config(content=folder))
    return [str(finding) for finding in raised.value.extensions["findings"]]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.ttl", GOOD + b"<a> <b> .", "2: error: syntax: . is not a valid RDF object"),
        ("a.trig", GOOD + b"<g> { <a> <b> <c> }\n}", "3: error: syntax: "),
        ("a.nt", GOOD + b"<a> <b> <c> .", "2: error: relative IRI without a base"),
        ("a.nq", GOOD + b"<urn:a> <urn:b> <urn:c> 4 .", "2: error: syntax: "),
        ("a.rdf", RDF + b"<rdf:Description>\n</rdf:Other></rdf:RDF>", "3: error: syntax: mismatched tag"),
        ("a.rdf", RDF + b'<rdf:Description rdf:about="urn:a">\n<rdf:value', "3: error: syntax: unclosed token"),
        ("a.rdf", RDF + b"<rdf:Description>\n\n", "4: error: ends before its last element does"),
        ("a.rdf", RDF + b'<rdf:Description rdf:about="http://a b"/>\n</rdf:RDF>', "2: error: syntax: error while"),
        ("a.rdf", b'<?xml version="1.0" encoding="ISO-8859-1"?>' + RDF + b"</rdf:RDF>", "1: error: is in the encoding"),
        ("a.rdf", RDF + b"<!-- \xe9 --></rdf:RDF>", "2: error: is not well-formed XML"),
        ("a.owl", b'<Ontology xmlns="http://www.w3.org/2002/07/owl#"/>', "1: error: is OWL/XML, which is not RDF"),
        ("a.jsonld", b'{"@id": "urn:a",\n "urn:b": ]}', "2: error: syntax: unexpected closing square bracket"),
        ("a.jsonld", b'[{"@id": "urn:a"},\n{"@id": "urn:b",\n"@type": 1}]', "3: error: syntax: @type value must be"),
        ("a.jsonld", b'{"@id": "urn:a",\n "urn:b": ' + b"[" * 70_000, "2: error: syntax: max stack size"),
        ("a.ttl", GOOD + '<a> <b> "é" .'.encode("latin-1"), "2: error: is not UTF-8 text (save the file as UTF-8)"),
        ("a.ttl", GOOD.decode().encode("utf-16"), "1: error: is in the encoding UTF-16 (save the file as UTF-8)"),
        ("a.nt", b"\xef\xbb\xbf" + GOOD, "1: error: starts with a byte order mark (UTF-8 without it)"),
        ("a.jsonld", '{"@id": "urn:a"}'.encode("utf-16"), "1: error: is in the encoding UTF-16"),
        ("a.ttl", GOOD + b"<a> <b> '%s' ." % bytes(17 * 2**20), "2: error: syntax: a single value is longer"),
        ("a.ttl", b"", "1: warning: is empty (statements, or no file)"),
        ("a.json", b"{}", "1: warning: is not published (JSON-LD ends in .jsonld)"),
        ("a.nt.gz", b"no gzip", "1: error: cannot be read: the compressed data is damaged"),
        ("a.nt.bz2", b"no bzip2", "1: error: cannot be read: the compressed data is damaged"),
        ("a.nt.zst", b"no zstandard", "1: error: cannot be read: the compressed data is damaged"),
        ("a.nt.gz", gzip.compress(GOOD * 9)[:-9], "1: error: cannot be read: the compressed data is cut off"),
        ("a.nt.bz2", bz2.compress(GOOD * 9)[:-9], "1: error: cannot be read: the compressed data is cut off"),
        ("a.nt.zst", zstandard.compress(GOOD * 9)[:-9], "1: error: cannot be read: the compressed data is cut off"),
        ("a.ttl.gz", gzip.compress(GOOD + b"<a> x:b 1 ."), "2: error: the prefix x: is not declared (@prefix x: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_and_line(tmp_path: Path, name: str, text: bytes, told: str) -> None:
    found = findings(tmp_path, **{name: text, "good.ttl": GOOD})

    assert len(found) == 1
    assert found[0].startswith(f"data/{name}:{told}")


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".zst"])
def test_a_small_file_that_expands_without_end_is_stopped_at_the_limit(tmp_path: Path, suffix: str) -> None:
    compress = COMPRESS[suffix]
    write(tmp_path, f"bomb.nt{suffix}", compress(b"# \n" * 2**20))

    content = read_content(Config(content=tmp_path, max_expanded_mb=1))

    told = "cannot be read: it expands to more than 1 MiB, the limit of PUBLISHER_MAX_EXPANDED_MB"
    assert [str(finding) for finding in content.load()[1]] == [f"data/bomb.nt{suffix}:1: error: {told}"]


def test_entities_that_expand_without_end_are_refused(tmp_path: Path) -> None:
    names = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 9)]
    doctype = f'<!DOCTYPE rdf:RDF [<!ENTITY e0 "{"x" * 50}">{"".join(names)}]>\n'
    value = b'<rdf:Description rdf:about="urn:a"><rdf:value>&e8;</rdf:value></rdf:Description></rdf:RDF>'

    found = findings(tmp_path, **{"bomb.rdf": doctype.encode() + RDF + value})

    assert len(found) == 1 and "data/bomb.rdf:3: error: syntax: limit on input amplification" in found[0]


@pytest.mark.parametrize(
    "text",
    [
        '{{"@context": "{url}", "@id": "urn:a", "name": "b"}}',
        '{{"@context": [{{}},\n"{url}"], "@id": "urn:a", "name": "b"}}',
        '{{"@context": {{"@version": 1.1, "@import": "{url}"}}, "@id": "urn:a", "name": "b"}}',
        '{{"@id": "urn:a", "urn:b": {{\n"@context": ["{url}"], "name": "b"}}}}',
        '{{"\\u0040context": "{url}", "@id": "urn:a", "name": "b"}}',
    ],
)
def test_a_context_on_the_network_is_a_finding_and_is_not_asked_for(tmp_path: Path, text: str) -> None:
    asked: list[str] = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

    with HTTPServer(("127.0.0.1", 0), Canary) as canary:
        threading.Thread(target=canary.serve_forever, daemon=True).start()
        filled = text.format(url=f"http://127.0.0.1:{canary.server_port}/context")
        found = findings(tmp_path, **{"a.jsonld": filled.encode()})
        canary.shutdown()

    assert asked == []
    assert len(found) == 1 and "error: names " in found[0]
    assert found[0].startswith(f"data/a.jsonld:{1 + text.count(chr(10))}:") or "[{{}}" in text


def test_two_files_that_fill_one_graph_are_a_finding_that_names_both(tmp_path: Path) -> None:
    found = findings(tmp_path, **{"a.nt.gz": gzip.compress(GOOD), "a.ttl": GOOD})

    graph = "<http://127.0.0.1:8000/dataset/a>"
    assert found == [
        f"data/a.ttl:1: error: fills the graph {graph}, which data/a.nt.gz fills "
        "(one file a graph: another name, or one of the two)"
    ]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda data: (data / "x.ttl").symlink_to("x.ttl"), "x.ttl:1: error: cannot be read: Too many levels"),
        (lambda data: (data / "x.ttl").symlink_to("none.ttl"), "x.ttl:1: error: cannot be read: a symbolic link to"),
        (lambda data: (data / "x").symlink_to(".."), "x/data:1: error: cannot be read: a symbolic link leads back"),
        (lambda data: (data / "x.ttl").mkdir(), "x.ttl:1: error: cannot be read: it is a folder (a file)"),
        (lambda data: os.mkfifo(data / "x.ttl"), "x.ttl:1: error: cannot be read: it is a named pipe (a file)"),
        (lambda data: (data / "x.ttl").symlink_to("/dev/zero"), "x.ttl:1: error: cannot be read: it is a device"),
        (lambda data: (data / "a\nb.ttl").touch(), r"a\nb.ttl:1: error: the name has characters that cannot be shown"),
        (lambda data: (data / os.fsdecode(b"\xe9.ttl")).touch(), r"\udce9.ttl:1: error: the name has characters"),
    ],
)  # fmt: skip
def test_what_is_no_file_is_a_finding_and_nothing_waits_for_it(
    tmp_path: Path, make: Callable[[Path], object], told: str
) -> None:
    make(write(tmp_path, "good.ttl", GOOD).parent)

    found = refused(tmp_path)

    assert len(found) == 1
    assert found[0].startswith(f"data/{told}")


def test_a_socket_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, "good.ttl", GOOD).parent)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("x.ttl")

        assert refused(tmp_path) == ["data/x.ttl:1: error: cannot be read: it is a socket (a file)"]


def test_files_that_may_not_be_read_are_findings(tmp_path: Path) -> None:
    write(tmp_path, "good.ttl", GOOD)
    write(tmp_path, "secret.ttl", GOOD).chmod(0)
    (tmp_path / "data" / "closed").mkdir(mode=0)
    told = []

    def look() -> None:
        told.extend(refused(tmp_path))

    if os.geteuid() == 0:
        for folder in (tmp_path, *tmp_path.parents):
            if folder.stat().st_mode & 0o005 != 0o005:  # pytest keeps its folders to the user who runs it
                folder.chmod(0o755)
        os.seteuid(65534)
        try:
            look()
        finally:
            os.seteuid(0)
    else:
        look()

    reason = os.strerror(errno.EACCES)
    assert told == [f"data/{name}:1: error: cannot be read: {reason}" for name in ("closed", "secret.ttl")]


def test_a_file_that_vanishes_before_it_is_read_is_a_finding(tmp_path: Path) -> None:
    content = content_of(tmp_path, **{"a.ttl": GOOD, "good.ttl": GOOD})
    (tmp_path / "data" / "a.ttl").unlink()

    report = validate(content, Config(content=tmp_path))

    assert [str(finding) for finding in report.findings if finding.severity == "error"] == [
        f"data/a.ttl:1: error: cannot be read: {os.strerror(errno.ENOENT)}"
    ]


def test_odd_names_of_files_make_iris_that_can_be_written(tmp_path: Path) -> None:
    names = ["my cafés.ttl", "50%.ttl", "a#b?.ttl", "x<y>.ttl", "sub folder/ü.nt"]
    content = content_of(tmp_path, **dict.fromkeys(names, GOOD))

    store, found = content.load()

    assert found == []
    assert sorted(graph.value.partition("dataset/")[2] for graph in store.named_graphs()) == [
        "50%25", "a%23b%3F", "my%20cafés", "sub%20folder/ü", "x%3Cy%3E",
    ]  # fmt: skip


def test_a_large_file_of_one_line_is_read(tmp_path: Path) -> None:
    line = b" ".join(f"<urn:{number}> <urn:p> {number} .".encode() for number in range(100_000))

    store, found = content_of(tmp_path, **{"a.ttl": line}).load()

    assert found == [] and len(store) == 200_000


def test_a_running_server_is_not_disturbed(tmp_path: Path) -> None:
    path = write(tmp_path / "content", "a.ttl", GOOD)
    server = start_server(tmp_path / "content", tmp_path)

    def hang_up_and_wait(told: str) -> None:
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: told in server.log.read_text())
        wait_for(lambda: server.get("/healthz").json()["status"] == "stale")

    try:
        version = server.get("/healthz").json()["version"]
        path.write_bytes(b'<urn:a> <urn:b> "\xe9" .')
        hang_up_and_wait("data/a.ttl:1: error: is not UTF-8 text")
        path.unlink()
        os.mkfifo(path)
        hang_up_and_wait("data/a.ttl:1: error: cannot be read: it is a named pipe")
        builds = {entry.name for entry in (tmp_path / "build").iterdir()}

        assert server.get("/healthz").json()["version"] == version
        assert server.get("/").ok
        assert builds - {".lock", "contexts", "versions.ttl"} == {version, "current", "stale"}

        path.unlink()
        path.write_bytes(GOOD)
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: server.get("/healthz").json()["status"] == "ok")
    finally:
        server.stop()


def test_the_command_ends_with_1_and_prints_the_finding(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonld", b'{"@context": "https://example.org/context"}')
    command = [sys.executable, "-m", "publisher", "build", "--content", str(tmp_path), "--build", str(tmp_path / "b")]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "data/a.jsonld:1: error: names the remote JSON-LD context https://example.org/context" in ended.stdout
    assert not list((tmp_path / "b").glob("*/"))
