"""``publisher score``: any catalogue is measured over HTTP, by nothing but HTTP, and told in a table."""

import contextlib
import hashlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from publisher.cli import main
from publisher.config import Config
from publisher.describe.catalogue import Catalogue
from publisher.describe.quality import distributions
from publisher.publish.builds import current_build
from publisher.scoring import PATIENCE, Web

from .conftest import ROOT, TINY, Server

TEXT = (ROOT / "tests" / "data" / "quality" / "catalog.ttl").read_text(encoding="utf-8")
HYDRA = "http://www.w3.org/ns/hydra/core#"


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own."""
    command = [sys.executable, "-m", "publisher", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False)


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Score = Callable[..., Done]


@pytest.fixture
def score(capfd: pytest.CaptureFixture[str]) -> Score:
    """The command ``score`` with its arguments, in this process."""

    def command(*arguments: str) -> Done:
        code = main(["score", *arguments])
        printed = capfd.readouterr()
        return Done(code, printed.out, printed.err)

    return command


class Elsewhere(BaseHTTPRequestHandler):
    """A server of somebody else: what it answers stands in ``pages``, what it was asked in ``asked``."""

    pages: dict[str, tuple[int, str, str]]  # path -> status, media type or where it moved, body
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        status, kind, body = self.pages.get(self.path, (404, "text/plain", ""))
        self.send_response(status)
        self.send_header("Location" if 300 <= status < 400 else "Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body.encode())

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    Elsewhere.pages, Elsewhere.asked = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def publish(url: str, text: str = TEXT, *, path: str = "/catalog") -> None:
    """Have the server elsewhere publish the catalogue *text*, and what it names."""
    text = text.replace("https://server.example.org/", url).replace("https://data.example.org/", url + "name/")
    Elsewhere.pages |= {
        path: (200, "text/turtle; charset=utf-8", text),
        "/catalog/sites": (200, "text/html", "<html></html>"),
        "/sites.ttl": (200, "text/turtle", ""),
    }


def test_the_shipped_catalogue_scores_405_over_http(forum: Server, score: Score) -> None:
    done = score(forum.url, "--least", "405")

    assert done.returncode == 0, done.stderr
    assert "MQA of data.europa.eu                             405 of 405   excellent" in done.stdout
    assert "best distribution of each data set: 405 of 405" in done.stdout
    assert "not:" not in done.stdout and "DCAT-AP:" not in done.stdout
    assert "data sets in https://w3id.org/urban-security/catalog" in done.stderr


def test_over_http_and_in_process_the_same_is_found(tiny: Server, score: Score) -> None:
    over_http = json.loads(score(f"{tiny.url}catalog", "--format", "json").stdout)
    page = tiny.get("catalog/quality", "text/html").text

    assert f"<caption>{over_http['points']:g} of 405 points</caption>" in page
    assert over_http["points"] < 405


def test_a_catalogue_of_others_is_measured_and_told_where_it_fails(score: Score, elsewhere: str) -> None:
    publish(elsewhere, TEXT.replace("sites.ttl>", "gone.ttl>"))

    done = score(elsewhere)

    assert done.returncode == 0, done.stderr
    assert "375 of 405   excellent" in done.stdout
    assert f"not: {elsewhere}name/catalog/sites/ttl" in done.stdout


def test_fewer_points_than_wanted_are_an_exit_code(score: Score, elsewhere: str) -> None:
    publish(elsewhere, TEXT.replace("sites.ttl>", "gone.ttl>"))

    assert score(elsewhere, "--least", "376").returncode == 1
    assert score(elsewhere, "--least", "375").returncode == 0


def test_only_what_the_catalogue_names_is_asked_and_files_only_by_head(score: Score, elsewhere: str) -> None:
    publish(elsewhere)

    score(elsewhere)

    paths = {line.partition(" ")[2] for line in Elsewhere.asked}
    assert paths <= {"/", "/catalog", "/catalog/sites", "/sites.ttl", "/name/catalog/sites", "/name/dataset/sites"}
    assert "GET /sites.ttl" not in Elsewhere.asked
    assert Elsewhere.asked.count("HEAD /sites.ttl") == 1


def test_all_pages_of_a_catalogue_count(score: Score, elsewhere: str) -> None:
    second = f"""
        <{elsewhere}name/catalog> <http://www.w3.org/ns/dcat#dataset> <{elsewhere}two> .
        <{elsewhere}two> a <http://www.w3.org/ns/dcat#Dataset> ; <http://purl.org/dc/terms/title> "Two" .
    """
    publish(elsewhere, f"{TEXT}\n<?page=1> <{HYDRA}next> <?page=2> .".replace("<?", f"<{elsewhere}catalog?"))
    Elsewhere.pages["/catalog?page=2"] = (200, "text/turtle", second)

    assert "2 data sets, 1 distributions" in score(f"{elsewhere}catalog").stdout


LAUGHS = f"""<!DOCTYPE r [<!ENTITY a "{"ha" * 100}"><!ENTITY b "{"&a;" * 100}"><!ENTITY c "{"&b;" * 100}">]>
<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="x:y"><r:value>&c;</r:value>
</r:Description></r:RDF>"""


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ({}, "answered 404"),
        ({"/": (200, "text/html", "<html></html>")}, "text/html is no RDF"),
        ({"/": (200, "text/turtle", "nonsense")}, "/:"),
        ({"/": (200, "text/turtle", "<a:b> <c:d> <e:f> .")}, "no dcat:Catalog is described"),
        ({"/": (302, "file:///etc/passwd", "")}, "answered 302"),
        ({"/": (200, "application/rdf+xml", LAUGHS)}, "entities"),
        ({"/": (200, "text/\x1b[31m", "")}, "\ufffd[31m is no RDF"),
        ({"/": (200, "application/ld+json", '{"@context": "https://data.example.org/c.jsonld"}')}, "/:"),
    ],
)  # fmt: skip
def test_what_is_no_catalogue_is_told(
    score: Score, elsewhere: str, pages: dict[str, tuple[int, str, str]], told: str
) -> None:
    Elsewhere.pages |= pages

    done = score(elsewhere)

    assert done.returncode == 1
    assert "no catalogue can be read" in done.stderr and told in done.stderr
    assert "Traceback" not in done.stderr and not done.stdout


@pytest.mark.parametrize(("limit", "told"), [("MOST", "more than 20 statements"), ("LARGEST", "or more")])
def test_a_catalogue_that_is_too_large_is_not_judged_by_its_beginning(
    score: Score, elsewhere: str, monkeypatch: pytest.MonkeyPatch, limit: str, told: str
) -> None:
    publish(elsewhere)
    monkeypatch.setattr(f"publisher.scoring.{limit}", 20)

    done = score(elsewhere)

    assert done.returncode == 1 and told in done.stderr


def test_prefixes_that_a_catalogue_in_xml_declares_as_entities_are_read(score: Score, elsewhere: str) -> None:
    Elsewhere.pages["/"] = (200, "application/rdf+xml", """<!DOCTYPE r [<!ENTITY d "http://www.w3.org/ns/dcat#">]>
        <r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="x:y">
        <r:type r:resource="&d;Catalog"/></r:Description></r:RDF>""")  # fmt: skip

    assert "x:y: 0 data sets" in score(elsewhere).stdout


def test_what_others_write_moves_no_terminal(score: Score, elsewhere: str) -> None:
    publish(elsewhere, TEXT.replace('"Bathing waters"', r'"\u001B[31mBathing\nwaters"'))

    assert score(elsewhere).stdout.startswith("\ufffd[31mBathing\ufffdwaters: 1 data sets")


def test_a_size_in_decimals_as_the_older_profile_has_it_is_read(score: Score, elsewhere: str) -> None:
    publish(elsewhere, TEXT.replace('"99"^^xsd:nonNegativeInteger', '"99.0"^^xsd:decimal'))

    done = score(elsewhere)

    assert "405 of 405" in done.stdout, done.stderr


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://data.example.org/x", "catalog.ttl"])
def test_only_addresses_of_http_are_asked(score: Score, address: str) -> None:
    done = score(address)

    assert done.returncode == 2
    assert "http:// or https:// is right" in done.stderr


def test_a_server_that_does_not_answer_is_asked_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts, and says nothing
        listener.settimeout(5)
        web = Web(seconds=0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        answers = [web("HEAD", f"{address}{number}") for number in range(3)]
        listener.accept()[0].close()
        listener.settimeout(0.1)

        assert [answer.status for answer in answers] == [0, 0, 0]
        with pytest.raises(TimeoutError):
            listener.accept()


def serve_raw(listener: socket.socket, answers: list[list[bytes]]) -> list[int]:
    """Give each connection what is next of *answers*, piece by piece, then none; returns how many came, as it grows."""
    came: list[int] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                came.append(1)
                with connection, contextlib.suppress(OSError):
                    connection.recv(10_000)
                    for piece in answers.pop(0) if answers else []:
                        connection.sendall(piece)
                        time.sleep(0.05)

    threading.Thread(target=accept, daemon=True).start()
    return came


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-"])
def test_an_answer_that_comes_drop_by_drop_is_not_waited_for(start: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serve_raw(listener, [[start, *[b"x"] * 60, b": x\r\n\r\n"]])

        answer = Web(seconds=5, whole=0.5)("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/")

        assert answer.status == 0


def test_a_server_that_stops_answering_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        came = serve_raw(listener, [[b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]])
        web, address = Web(), f"http://127.0.0.1:{listener.getsockname()[1]}/"

        answers = [web("HEAD", f"{address}{number}") for number in range(20)]

        assert [answer.status for answer in answers] == [200, *[0] * 19]
        assert len(came) == 1 + PATIENCE


def test_a_catalogue_of_the_public_network_leads_into_no_private_one(elsewhere: str) -> None:
    Elsewhere.pages["/moved"] = (302, f"{elsewhere}private", "")

    assert Web(public=True)("GET", f"{elsewhere}private").status == 0
    assert Elsewhere.asked == []
    assert Web()("GET", f"{elsewhere}moved").status == 404


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x", "http://[", "http://127.0.0.1:1/"]
)
def test_an_address_that_cannot_be_asked_has_no_answer(address: str) -> None:
    assert Web()("GET", address).status == 0


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return ["--content", str(TINY), "--build", str(tmp_path_factory.mktemp("score") / "build")]


@pytest.fixture
def built(settings: list[str]) -> Path:
    """The folder of a build whose catalogue is complete."""
    config = Config(build=Path(settings[-1]))
    if not (config.build / "current").exists():
        assert run("build", *settings).returncode == 0
    return current_build(config)


def test_the_catalogue_is_completed_once_and_then_measured_without_an_address(settings: list[str]) -> None:
    missing = run("score", *settings)
    first, again = run("build", *settings), run("dumps", *settings)
    scored = run("score", *settings)

    assert missing.returncode == 1 and "publisher build" in missing.stderr
    assert "the catalogue is complete" in first.stderr
    assert again.returncode == 0 and "the catalogue is complete" not in again.stderr
    assert scored.returncode == 0 and "By the portal's rule" in scored.stdout


@pytest.mark.parametrize("text", ["", "[]", '{"indicators": {}, "violations": []}'])
def test_an_assessment_that_is_damaged_is_made_again(built: Path, settings: list[str], text: str) -> None:
    file = built / "quality.json"
    whole = file.read_bytes()
    file.write_text(text, encoding="utf-8")

    assert main(["dumps", *settings]) == 0
    assert file.read_bytes() == whole


def test_a_catalogue_that_is_damaged_is_told(built: Path, settings: list[str]) -> None:
    described = built / "described.json"
    whole = described.read_bytes()
    described.write_text("{}", encoding="utf-8")
    try:
        done = run("dumps", *settings)
    finally:
        described.write_bytes(whole)

    assert done.returncode == 1
    assert "is damaged: run `python -m publisher build`" in done.stderr and "Traceback" not in done.stderr


def test_sizes_and_checksums_in_the_catalogue_are_those_of_what_is_sent(tiny: Server) -> None:
    text = tiny.get("catalog.nt").content
    found = list(distributions(Catalogue.of(quad.triple for quad in parse(text, RdfFormat.N_TRIPLES))))

    assert len(found) > 10
    for file in found:
        path = file.download_url.removeprefix(tiny.url)
        response = tiny.get(path, headers={"Accept-Encoding": "identity"})
        assert (len(response.content), hashlib.sha256(response.content).hexdigest()) == (file.bytes, file.sha256), path
        sent = response.headers["Content-Type"].partition(";")[0].replace("sparql-results+json", "json")
        assert sent == file.media_type, path


def test_a_build_whose_catalogue_was_not_completed_is_whole(tmp_path: Path) -> None:
    """Stage 2 that was ended early leaves nothing behind that the next one trips over."""
    settings = ["--content", str(TINY), "--build", str(tmp_path / "build")]
    assert run("build", "--without-dumps", *settings).returncode == 0
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", "dumps", *settings], cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stderr
    for line in process.stderr:
        if "all dumps" in line:
            break
    process.terminate()
    process.wait(timeout=20)
    process.stderr.close()

    again = run("build", *settings)

    assert again.returncode == 0 and "is up to date" in again.stderr and "the catalogue is complete" in again.stderr
    directory = current_build(Config(build=tmp_path / "build"))
    assert not [path for path in directory.rglob(".*") if path.is_file()]
