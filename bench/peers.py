"""The servers that are compared: ours and those of the package registries, each started on the same N-Triples file.

Oxigraph, rdflib-endpoint and SHMARQL come from PyPI (``bench/requirements*.txt``, in environments of their own),
Virtuoso from Debian. One that is not installed raises FileNotFoundError. Each runs as its manual says, in the way
that makes it fastest here: Oxigraph both in memory and from an optimised store, SHMARQL with a process for each core.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from .market import BASE
from .processes import disk_usage, family, free_port, memory_of, peak_of_children, proportional_set_size

__all__ = [
    "ROOT", "Peer", "Running", "content_of", "family", "free_port", "ours", "oxigraph", "oxigraph_in_memory",
    "proportional_set_size", "publisher", "rdflib_endpoint", "running", "shmarql", "started", "virtuoso",
]  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 1800
DUMP_SECONDS = 1200
GRAPH = BASE + "graph"
VIRTUOSO_INI = """[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DirsAllowed = {folder}
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
MaxQueryMem = 1G
ThreadsPerQuery = 2
MaxClientConnections = 20
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 20
MaxKeepAlives = 20
KeepAliveTimeout = 30
[SPARQL]
ResultSetMaxRows = 100000
DefaultGraph = {graph}
"""


def _nothing(*_: object) -> None:
    """Needs no loading, filling or waiting."""


@dataclass(frozen=True)
class Peer:
    """How a server is loaded and started; it gets a folder of its own.

    path         of its endpoint
    command      (data, folder, port) -> command line
    load         (data, folder): write its store, before it is started; what it returns is not used
    fill         (data, address): load it after the start, for a store that is only in memory
    settle       (address): wait until work in the background is done
    environment  (data, folder, port) -> variables
    kept         files and folders in its folder that are its store; none: it loads at each start
    """

    name: str
    version: str
    path: str
    command: Callable[[Path, Path, int], list[str]]
    load: Callable[[Path, Path], object] = _nothing
    fill: Callable[[Path, str], None] = _nothing
    settle: Callable[[str], None] = _nothing
    environment: Callable[[Path, Path, int], Mapping[str, str]] = lambda *_: {}
    kept: tuple[str, ...] = ()


@dataclass
class Running:
    """A server that answers.

    load_seconds      from nothing to the first answer
    complete_seconds  from nothing until work in the background was done as well
    start_seconds     from its start on what it had loaded before to the first answer
    peak_bytes        the most memory until then, of all its processes and its loader
    disk_bytes        of its store
    """

    name: str
    version: str
    url: str
    path: str
    process: "subprocess.Popen[bytes]"
    load_seconds: float
    complete_seconds: float = 0
    start_seconds: float = 0
    peak_bytes: int = 0
    disk_bytes: int = 0
    details: dict[str, float] = field(default_factory=dict)

    @property
    def memory_bytes(self) -> int:
        """Proportional set size of all its processes: shared pages are counted once."""
        return memory_of(self.process.pid)

    def told(self) -> dict[str, object]:
        """What it took until now, for the results."""
        return {
            "server": self.name, "version": self.version, "load_seconds": self.load_seconds,
            "complete_seconds": self.complete_seconds, "start_seconds": self.start_seconds,
            "peak_bytes": self.peak_bytes, "disk_bytes": self.disk_bytes, "memory_bytes": self.memory_bytes,
            **self.details,
        }  # fmt: skip


def publisher(name: str = "publisher", content: Path | None = None, **settings: object) -> Peer:
    """This project with *settings*, on the folder *content*, or one that holds the made-up data alone."""

    def environment(data: Path, folder: Path, port: int) -> Mapping[str, str]:
        given = {"content": content or folder / "content", "build": folder / "build", "port": port, **settings}
        return {f"PUBLISHER_{key.upper()}": str(value) for key, value in given.items()}

    return Peer(
        name,
        program_version(),
        "/sparql",
        lambda data, folder, port: [sys.executable, str(ROOT / "server.py")],
        load=_nothing if content else content_of,
        settle=await_dumps,
        environment=environment,
        kept=("build",),
    )


def oxigraph() -> Peer:
    """Oxigraph's own server, read-only, on a store that its loader wrote and optimised."""
    program = installed("oxigraph")

    def load(data: Path, folder: Path) -> None:
        for command in (["load", "--file", data], ["optimize"]):
            subprocess.run([program, *command, "--location", folder / "store"], check=True, capture_output=True)

    return Peer(
        "Oxigraph",
        oxigraph_version(program),
        "/query",
        lambda data, folder, port: [
            program, "serve-read-only", "--location", str(folder / "store"), "--bind", f"127.0.0.1:{port}",
        ],
        load=load,
        kept=("store",),
    )  # fmt: skip


def oxigraph_in_memory() -> Peer:
    """Oxigraph's own server with its store in memory, filled by the Graph Store Protocol."""
    program = installed("oxigraph")

    def fill(data: Path, address: str) -> None:
        with data.open("rb") as file:
            headers = {"Content-Type": "application/n-triples", "Content-Length": str(data.stat().st_size)}
            request = Request(address + "/store?default", file, headers, method="POST")
            urlopen(request, timeout=START_SECONDS).close()

    return Peer(
        "Oxigraph in memory",
        oxigraph_version(program),
        "/query",
        lambda data, folder, port: [program, "serve", "--bind", f"127.0.0.1:{port}"],
        fill=fill,
    )


def rdflib_endpoint() -> Peer:
    """rdflib's engine behind FastAPI, in one process: it has no other way."""
    program = installed("rdflib-endpoint")
    return Peer(
        "rdflib-endpoint",
        pinned("rdflib-endpoint"),
        "/",
        lambda data, folder, port: [program, "serve", "--host", "127.0.0.1", "--port", str(port), str(data)],
    )


def shmarql(site: str = "") -> Peer:
    """SHMARQL: FastAPI around the same engine as ours, a process for each core. Resources below *site* have pages."""
    program = installed("uvicorn", "shmarql")
    workers = str(os.cpu_count())
    return Peer(
        "SHMARQL",
        pinned("shmarql"),
        "/sparql",
        lambda data, folder, port: [
            program, "shmarql:app", "--port", str(port), "--log-level", "warning", "--workers", workers,
        ],
        environment=lambda data, folder, port: {"DATA_LOAD_PATHS": str(data), "SITE_URI": site},
    )  # fmt: skip


def virtuoso() -> Peer:
    """Virtuoso of Debian, with buffers of 1.4 GB, loaded by its bulk loader and started anew."""
    if not shutil.which("virtuoso-t"):
        raise FileNotFoundError("virtuoso-t is not installed (Debian: apt-get install virtuoso-opensource)")
    told = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True, check=False)
    version = next((word for word in (told.stdout + told.stderr).split() if word[:2] in ("7.", "07")), "7")

    def command(data: Path, folder: Path, port: int) -> list[str]:
        settings = {"folder": folder, "port": port, "sql_port": free_port(), "graph": GRAPH}
        (folder / "virtuoso.ini").write_text(VIRTUOSO_INI.format(**settings))
        return ["virtuoso-t", "+foreground", "+configfile", str(folder / "virtuoso.ini")]

    def load(data: Path, folder: Path) -> None:
        copy = folder / "data.nt"
        os.link(data, copy)
        with running(command(data, folder, port := free_port()), folder, port, "/sparql", "Virtuoso", version):
            lines = (folder / "virtuoso.ini").read_text().splitlines()
            sql_port = next(line.rpartition(":")[2] for line in lines if line.startswith("ServerPort"))
            text = f"ld_dir('{folder}', 'data.nt', '{GRAPH}'); rdf_loader_run(); checkpoint;"
            subprocess.run(["isql-vt", sql_port, "dba", "dba", f"EXEC={text}"], check=True, capture_output=True)
        copy.unlink()

    kept = ("virtuoso.db", "virtuoso.trx", "virtuoso.pxa")
    return Peer("Virtuoso", version.lstrip("0"), "/sparql", command, load=load, kept=kept)


@contextmanager
def started(peer: Peer, data: Path, folder: Path, beside: Sequence[Running] = ()) -> Iterator[Running]:
    """Load *data* in *peer* and start it; start it anew when it keeps a store, to see how long that takes.

    beside  what runs already: its memory is not counted
    """
    folder.mkdir(exist_ok=True)
    port = free_port()  # the same at both starts: a build of ours belongs to an address
    begun = time.monotonic()
    with ExitStack() as stack:
        with peak_of_children(other.process.pid for other in beside) as peak:
            peer.load(data, folder)
            server = stack.enter_context(_run(peer, data, folder, port))
            peer.fill(data, server.url)
            first_answer = time.monotonic() - begun
            peer.settle(server.url)
            complete = time.monotonic() - begun
        if peer.kept:
            stack.close()
            server = stack.enter_context(_run(peer, data, folder, port))
        server.start_seconds = server.load_seconds if peer.kept else first_answer
        server.load_seconds, server.complete_seconds, server.peak_bytes = first_answer, complete, peak[0]
        server.disk_bytes = disk_usage(path for path in (folder / name for name in peer.kept) if path.exists())
        yield server


@contextmanager
def _run(peer: Peer, data: Path, folder: Path, port: int) -> Iterator[Running]:
    environment = {**os.environ, **peer.environment(data, folder, port)}
    command = peer.command(data, folder, port)
    with running(command, folder, port, peer.path, peer.name, peer.version, environment) as server:
        yield server


@contextmanager
def ours(content: Path, folder: Path, name: str = "publisher", **settings: object) -> Iterator[Running]:
    """This project on the folder *content*, once its dumps are complete."""
    with started(publisher(name, content, **settings), content, folder) as server:
        yield server


@contextmanager
def running(
    command: list[str],
    folder: Path,
    port: int,
    path: str,
    name: str,
    version: str,
    environment: dict[str, str] | None = None,
) -> Iterator[Running]:
    """Start *command*, wait until its endpoint at *path* answers, and end it and all its children afterwards."""
    begun = time.monotonic()
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=output, env=environment, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        while not answers(url + path):
            if process.poll() is not None or time.monotonic() - begun > START_SECONDS:
                raise RuntimeError(f"{name} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.02)
        yield Running(name, version, url, path, process, time.monotonic() - begun)
    finally:
        members = family(process.pid)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pid in members:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)


def answers(address: str) -> bool:
    """Does the endpoint answer a query?"""
    query = urlencode({"query": "SELECT * { ?s ?p ?o } LIMIT 1"})
    request = Request(f"{address}?{query}", headers={"Accept": "application/sparql-results+json"})
    try:
        with urlopen(request, timeout=60) as answer:
            return bool(answer.status == 200)
    except (HTTPError, URLError, OSError):
        return False


def await_dumps(address: str) -> None:
    """Wait until the publisher at *address* has written its dumps."""
    deadline = time.monotonic() + DUMP_SECONDS
    while json.load(urlopen(address + "/healthz", timeout=60)).get("dumps", "complete") != "complete":
        if time.monotonic() > deadline:
            raise RuntimeError("the dumps were not complete in time")
        time.sleep(0.1)


def installed(name: str, environment: str = "servers") -> str:
    """Path of a peer's program. Raises FileNotFoundError, when it is not installed."""
    path = ROOT / ".peers" / environment / "bin" / name
    if not path.exists():
        raise FileNotFoundError(f"{name} is not installed: make bench installs it")
    return str(path)


def pinned(name: str) -> str:
    """The version of a peer in ``bench/requirements*.txt``."""
    files = Path(__file__).parent.glob("requirements*.txt")
    lines = (line for file in files for line in file.read_text().splitlines())
    return next(line.partition("==")[2] for line in lines if line.startswith(name + "=="))


def oxigraph_version(program: str) -> str:
    told = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return told.stdout.split()[-1]


def program_version() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return described.stdout.strip()


def content_of(data: Path, folder: Path) -> Path:
    """A content folder in *folder* that holds the file *data* alone."""
    content = folder / "content"
    (content / "data").mkdir(parents=True)
    os.link(data, content / "data" / data.name)
    return content
