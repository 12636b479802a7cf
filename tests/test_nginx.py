"""Behind nginx: a real one with ``deploy/nginx.conf`` in front of a real server, at the root and below a path.

The file is used as it is, but for ports, certificate and, where a test needs it, limits.
"""

import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from .conftest import ROOT, TINY, Server, free_port, start_server

SITE = ROOT / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
MAIN = """
daemon off;
user {user};
pid nginx.pid;
error_log nginx.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path body; proxy_temp_path proxy;
    fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    {site}
}}
"""
NO_LIMITS = {"rate=100r/s": "rate=100000r/s", "publisher_connections 50": "publisher_connections 500"}
HALF = 24  # bodies that are sent by half; more than the publisher would read at once

pytestmark = pytest.mark.skipif(
    not (NGINX and shutil.which("openssl")),
    reason="nginx and openssl are not installed (Debian: apt-get install nginx openssl)",
)


@dataclass
class Front:
    """An nginx, and the server behind it; *url* is the PUBLIC_URL of the server."""

    url: str
    plain: str
    certificate: str
    behind: Server
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, accept: str = "*/*", **options: Any) -> requests.Response:
        headers = {"Accept": accept, "Accept-Encoding": "identity", **options.pop("headers", {})}
        address = urljoin(self.url, path)
        session = options.pop("session", self.session)
        return session.get(address, headers=headers, verify=self.certificate, timeout=30, **options)

    def connect(self, source: str = "127.0.0.1") -> ssl.SSLSocket:
        """A connection from the address *source*, any one of this machine."""
        context = ssl.create_default_context(cafile=self.certificate)
        parts = urlsplit(self.url)
        plain = socket.create_connection((parts.hostname or "", parts.port or 0), 30, (source, 0))
        return context.wrap_socket(plain, server_hostname=parts.hostname)

    def raw(self, request: str, source: str = "127.0.0.1") -> tuple[str, str]:
        """Head and body of the answer to *request*, a request line and headers."""
        with self.connect(source) as connection:
            connection.sendall(f"{request}\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin-1"))
            received = b"".join(iter(lambda: connection.recv(65536), b""))
        head, _, body = received.partition(b"\r\n\r\n")
        return head.decode("latin-1"), body.decode()


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a certificate for 127.0.0.1, its key beside it."""
    folder = tmp_path_factory.mktemp("certificate")
    command = [
        "openssl", "req", "-x509", "-nodes", "-days", "2", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder / "fullchain.pem"


class Fronts:
    """Starts servers and nginxes, and ends them."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        self.folder = folder
        self.certificate = certificate
        self.started: list[subprocess.Popen[bytes]] = []
        self.servers: list[Server] = []
        self.fronts: list[Front] = []

    def server(self, public_url: str, content: Path = TINY, **settings: object) -> Server:
        folder = self.folder / f"server{len(self.servers)}"
        folder.mkdir()
        server = start_server(content, folder, public_url=public_url, trusted_proxies="127.0.0.1", **settings)
        self.servers.append(server)
        return server

    def nginx(self, port: int, behind: Server, path: str = "", **replaced: str) -> Front:
        """nginx with TLS at *port*; *replaced*: further texts of the file and what stands there instead."""
        folder = self.folder / f"nginx{len(self.started)}"
        folder.mkdir()
        plain = free_port()
        site = SITE.read_text(encoding="utf-8")
        texts = {
            "127.0.0.1:8000": urlsplit(behind.url).netloc,
            "listen [::]:80;": "",
            "listen [::]:443 ssl http2;": "",
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/letsencrypt/live/data.example.org": str(self.certificate.parent),
            **replaced,
        }
        for old, new in texts.items():
            assert old in site, f"{SITE} has no {old!r}"
            site = site.replace(old, new)
        (folder / "nginx.conf").write_text(
            MAIN.format(site=site, user=pwd.getpwuid(os.getuid()).pw_name), encoding="utf-8"
        )
        command = [str(NGINX), "-p", f"{folder}/", "-c", "nginx.conf", "-e", "nginx.log"]
        self.started.append(subprocess.Popen(command, cwd=folder))
        self._wait_for(port, folder / "nginx.log")
        front = Front(f"https://127.0.0.1:{port}/{path}", f"http://127.0.0.1:{plain}/", str(self.certificate), behind)
        self.fronts.append(front)
        return front

    def _wait_for(self, port: int, log: Path) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.started[-1].poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
            except ConnectionRefusedError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(f"nginx did not start:\n{log.read_text()}")

    def stop(self) -> None:
        for front in self.fronts:
            front.session.close()
        for process in self.started:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
        for server in self.servers:
            server.stop()


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Fronts]:
    fronts = Fronts(tmp_path_factory.mktemp("fronts"), certificate)
    yield fronts
    fronts.stop()


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(TINY, tmp_path_factory.mktemp("content") / "content"))


@pytest.fixture(scope="module")
def root(fronts: Fronts, content: Path) -> Front:
    """At the root of a host, without limits."""
    port = free_port()
    server = fronts.server(f"https://127.0.0.1:{port}/", content)
    return fronts.nginx(port, server, **NO_LIMITS, **{"client_body_timeout 10s": "client_body_timeout 2s"})


@pytest.fixture(scope="module")
def below(fronts: Fronts) -> dict[str, Front]:
    """Below a path, which nginx passes on or takes off: both lead to the same server."""
    port, other = free_port(), free_port()
    server = fronts.server(f"https://127.0.0.1:{port}/waters/")
    location = {
        "location / {\n        proxy_pass": "location /waters/ {\n        proxy_pass",
        "location = /metrics": "location = /waters/metrics",
        **NO_LIMITS,
    }
    taken_off = {"http://publisher;": "http://publisher/;"}
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    [root_too] = re.findall(r"^```nginx\n(location ~ .*)\n```$", page, re.MULTILINE)
    with_root = {"location = /waters/metrics {": f"{root_too}\n    location = /waters/metrics {{"}
    return {
        "below": fronts.nginx(port, server, "waters/", **location, **with_root),
        "taken off": fronts.nginx(other, server, "waters/", **location, **taken_off),
    }


@pytest.fixture(params=["root", "below", "taken off"])
def front(request: pytest.FixtureRequest, root: Front, below: dict[str, Front]) -> Front:
    return root if request.param == "root" else below[request.param]


# Addresses


@pytest.mark.parametrize(
    "path", ["", "doc/site/le-pont", "ns", "sparql", "api", "api/named", "list/bw:BathingSite", "nowhere"]
)
def test_every_link_of_a_page_stays_below_the_public_address(front: Front, path: str) -> None:
    page = front.get(path, "text/html")
    mount = urlsplit(front.url).path

    links = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
    inside = [link for link in links if link.startswith("/") or "127.0.0.1" in link]
    assert len(inside) >= 3
    assert [link for link in inside if not urlsplit(link).path.startswith(mount)] == []
    assert front.behind.url not in page.text + str(page.headers)


def test_redirects_and_locations_lead_where_they_say(front: Front) -> None:
    page = front.get("id/site/le-pont", "text/turtle")
    mount = urlsplit(front.url).path

    assert [step.status_code for step in page.history] == [303]
    assert page.history[0].headers["Location"] == f"{mount}doc/site/le-pont"
    assert page.headers["Content-Location"] == f"{mount}doc/site/le-pont.ttl"
    assert front.get(page.headers["Content-Location"]).content == page.content
    assert front.get("describe?iri=https%3A%2F%2Fdata.example.org%2Fns%23Beach").history[0].status_code == 303


def test_addresses_for_machines_are_the_public_ones(front: Front, below: dict[str, Front]) -> None:
    public = below["below"].url if front.url.endswith("/waters/") else front.url
    sitemap = re.findall("<loc>([^<]*)", front.get("sitemap.xml").text)
    document = front.get("doc/site/le-pont.jsonld").json()
    links = re.findall(
        r'<([^>]*)>; rel="(?:describedby|alternate|collection)"', front.get("doc/site/le-pont").headers["Link"]
    )

    assert sitemap[0] == public
    for address in [*sitemap, document["@context"], *links, front.get("nowhere").json()["type"]]:
        assert address.startswith(public)
    for address in [*sitemap, document["@context"], *links]:
        assert front.get(front.url + address.removeprefix(public)).status_code == 200, address
    assert f"<{public}sparql>" in front.get("sparql", "text/turtle").text


@pytest.mark.parametrize("path", [".well-known/void", ".well-known/api-catalog", "robots.txt", "llms.txt"])
def test_what_machines_look_for_at_the_root_of_the_host_is_there_too(below: dict[str, Front], path: str) -> None:
    front = below["below"]
    at_root = front.get(front.url.removesuffix("waters/") + path)

    assert at_root.status_code == 200
    assert at_root.content == front.get(path).content
    assert front.url in at_root.text


@pytest.mark.parametrize(
    "path", ["", "doc/site/le-pont", "doc/site/le-pont.jsonld", "sparql", "sitemap.xml", "nowhere"]
)
def test_nothing_that_a_client_says_of_the_address_is_repeated(front: Front, path: str) -> None:
    lies = {
        "Host": "evil.example",
        "Forwarded": "host=evil.example;proto=gopher",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-For": "evil.example",
        "X-Original-URL": "/evil",
        "X-Rewrite-URL": "/evil",
    }
    plain, told = front.get(path), front.get(path, headers=lies)

    assert (told.status_code, told.content) == (plain.status_code, plain.content)
    assert "evil" not in str(told.headers) and "gopher" not in str(told.headers)


def test_the_plain_port_leads_to_the_configured_name(root: Front) -> None:
    answer = requests.get(
        root.plain + "sparql?query=x", headers={"Host": "evil.example"}, allow_redirects=False, timeout=30
    )

    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://data.example.org/sparql?query=x"


@pytest.mark.parametrize("path", ["id/site%2Fle-pont", "id%2Fsite/le-pont", "id/site/le%2Dpont"])
def test_an_encoded_path_arrives_as_it_was_sent(front: Front, path: str) -> None:
    head, _ = front.raw(f"GET {urlsplit(front.url).path}{path} HTTP/1.1")

    assert head.startswith("HTTP/1.1 303 ")
    assert f"location: {urlsplit(front.url).path}doc/site/le-pont" in head.lower()


# What passes through unchanged


@pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
def test_tags_and_codings_are_the_publishers_own(front: Front, coding: str) -> None:
    through = front.get("ns.ttl", headers={"Accept-Encoding": coding})
    direct = front.behind.get("ns.ttl", headers={"Accept-Encoding": coding})

    assert through.headers["ETag"] == direct.headers["ETag"]
    assert not through.headers["ETag"].startswith("W/")
    for name in ("Content-Encoding", "Content-Length", "Vary", "Cache-Control", "Last-Modified", "Snapshot-Version"):
        assert through.headers.get(name) == direct.headers.get(name)
    again = front.get("ns.ttl", headers={"Accept-Encoding": coding, "If-None-Match": through.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == through.headers["ETag"]


def test_parts_of_dumps_pass(front: Front) -> None:
    whole = front.get("dump/latest/dataset.nt")
    part = front.get("dump/latest/dataset.nt", headers={"Range": "bytes=10-19"})
    none = front.get("dump/latest/dataset.nt", headers={"Range": f"bytes={len(whole.content)}-"})

    assert whole.headers["Content-Length"] == str(len(whole.content))
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.content)}"
    assert none.status_code == 416


def test_head_has_the_length_and_no_body(front: Front) -> None:
    address = urljoin(front.url, "doc/site/le-pont.ttl")
    head = requests.head(address, headers={"Accept-Encoding": "identity"}, verify=front.certificate, timeout=30)

    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(front.get("doc/site/le-pont.ttl").content))


def test_a_large_answer_comes_whole(root: Front) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    through = root.get("sparql", params={"query": query})
    direct = root.behind.sparql(query)

    assert len(through.content) > 2**21
    assert through.content == direct.content


def test_a_large_query_passes_and_a_too_large_one_is_the_publishers_to_refuse(root: Front) -> None:
    address = urljoin(root.url, "sparql")
    filler = "# " + "x" * 900_000
    form = requests.post(address, {"query": f"ASK {{}} {filler}"}, verify=root.certificate, timeout=30)
    refused = requests.post(address, {"query": f"ASK {{}} {filler * 2}"}, verify=root.certificate, timeout=30)
    long = root.get("sparql", params={"query": "ASK {} # " + "x" * 40_000})
    flood = requests.post(address, b"x" * 6_000_000, verify=root.certificate, timeout=30)

    assert (form.status_code, long.status_code) == (200, 200)
    assert refused.status_code == flood.status_code == 413
    assert refused.json()["type"].endswith("#payload-too-large")
    assert flood.json()["status"] == 413
    assert flood.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_http_2_is_spoken_and_asked_for_to_stay(root: Front) -> None:
    command = [
        "curl",
        "-s",
        "--http2",
        "--cacert",
        root.certificate,
        "-o",
        os.devnull,
        "-w",
        "%{http_version} %{http_code}",
    ]
    run = subprocess.run([*command, root.url + "ns.ttl"], capture_output=True, text=True, check=False)

    assert run.stdout == "2 200"
    assert "max-age=" in root.get("ns.ttl").headers["Strict-Transport-Security"]


# Protection


def test_bodies_that_are_sent_by_half_never_reach_the_publisher(root: Front) -> None:
    mount = urlsplit(root.url).path
    headers = "Host: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 999\r\n"
    start = f"POST {mount}sparql HTTP/1.1\r\n{headers}\r\nASK"
    halves = [root.connect() for _ in range(HALF)]
    try:
        for half in halves:
            half.sendall(start.encode())
        query = {"query": "ASK { ?half ?sent ?body }"}
        answer = requests.post(urljoin(root.url, "sparql"), query, verify=root.certificate, timeout=30)
        direct = requests.post(root.behind.url + "sparql", query, timeout=30)

        assert (answer.status_code, direct.status_code) == (200, 200)
        ends = [b"".join(iter(lambda: half.recv(65536), b"")) for half in halves]  # noqa: B023
        assert {end.split(b"\r\n")[0] for end in ends} <= {b"", b"HTTP/1.1 408 Request Time-out"}
    finally:
        for half in halves:
            half.close()


def test_the_client_is_the_one_that_nginx_sees(root: Front) -> None:
    """Each client is told apart, and none can pass for another."""
    request = f"GET {urlsplit(root.url).path}nowhere/from-{{}} HTTP/1.1\r\nX-Forwarded-For: 198.51.100.7"
    for source in ("127.0.1.1", "127.0.2.1"):
        root.raw(request.format(source), source)

    def seen(source: str) -> list[str]:
        lines = root.behind.log.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if f"from-{source}" in line]

    wait_for(lambda: bool(seen("127.0.1.1") and seen("127.0.2.1")))
    assert '"client":"127.0.1.0/24"' in seen("127.0.1.1")[0]
    assert '"client":"127.0.2.0/24"' in seen("127.0.2.1")[0]


def test_counters_are_not_for_strangers(front: Front) -> None:
    for path in ("metrics", "%6detrics", "x/../metrics", "/metrics", "metrics?x"):
        head, _ = front.raw(f"GET {urlsplit(front.url).path}{path} HTTP/1.1")
        assert head.startswith("HTTP/1.1 403 "), path
    assert front.behind.get("metrics").status_code == 200


def test_a_flood_from_one_client_is_refused_so_that_a_browser_can_read_why(fronts: Fronts, root: Front) -> None:
    limits = {"burst=500": "burst=5", "rate=100r/s": "rate=1r/s"}
    limited = fronts.nginx(free_port(), root.behind, **limits)
    answers = [limited.get("robots.txt") for _ in range(9)]

    assert [answer.status_code for answer in answers[:6]] == [200] * 6
    refused = answers[-1]
    assert refused.status_code == 429
    assert refused.json()["status"] == 429
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert int(refused.headers["Retry-After"]) > 0


def test_while_the_publisher_is_away_nginx_says_so_in_the_same_form(fronts: Fronts, root: Front) -> None:
    nobody = Server(f"http://127.0.0.1:{free_port()}/", root.behind.process, root.behind.log)
    answer = fronts.nginx(free_port(), nobody).get("sparql")

    assert answer.status_code == 503
    assert answer.json()["status"] == 503
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "no-store" in answer.headers["Cache-Control"]
    assert int(answer.headers["Retry-After"]) > 0


# Content that changes


def test_several_machines_answer_as_one_and_one_may_go_away(fronts: Fronts) -> None:
    port = free_port()
    public_url = f"https://127.0.0.1:{port}/"
    machines = [fronts.server(public_url), fronts.server(public_url)]
    second = f"server {urlsplit(machines[1].url).netloc};"
    front = fronts.nginx(port, machines[0], **NO_LIMITS, **{"keepalive 32;": f"{second} keepalive 32;"})

    for path in (
        "",
        "ns.ttl",
        "dump/latest/dataset.nt",
        "doc/site/le-pont.jsonld",
        "sparql?query=ASK{}",
        "sitemap.xml",
    ):
        assert len({front.get(path).headers["ETag"] for _ in range(4)}) == 1
    wait_for(lambda: all("/sitemap.xml" in machine.log.read_text(encoding="utf-8") for machine in machines))
    machines[0].stop()
    for number in range(9):
        query = {"query": f"ASK {{}} # {number}"}
        assert requests.post(public_url + "sparql", query, verify=front.certificate, timeout=30).status_code == 200


DEPTH = "SELECT ?d { <https://data.example.org/id/site/rocheray> <https://data.example.org/ns#maximumDepth> ?d }"


def test_new_content_is_swapped_in_under_load_without_a_failed_request(root: Front, content: Path) -> None:
    failures: list[str] = []
    seen: set[str] = set()
    done = threading.Event()

    def ask(client: int) -> None:
        session, number = requests.Session(), 0
        while not done.is_set():
            number += 1
            try:
                query = {"query": f"{DEPTH} # {client} {number}"}
                depth = root.get("sparql", "text/csv", params=query, session=session)
                page = root.get("doc/site/rocheray", session=session)
            except requests.RequestException as error:
                failures.append(repr(error))
                continue
            seen.update(depth.text.split()[1:2] if depth.ok else [])
            failures.extend(answer.text for answer in (depth, page) if not answer.ok)
        session.close()

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(4)]
    for thread in threads:
        thread.start()
    try:
        path = content / "data" / "sites.ttl"
        path.write_text(path.read_text().replace("bw:maximumDepth 4.0", "bw:maximumDepth 5.5"))
        root.behind.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "5.5" in seen or bool(failures))
        time.sleep(0.5)
    finally:
        done.set()
        for thread in threads:
            thread.join()

    assert failures == []
    assert seen == {"4", "5.5"}
