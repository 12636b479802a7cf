"""The servers that are compared: ours and those of the package registries, each started on the same N-Triples file.

Oxigraph, rdflib-endpoint and SHMARQL come from PyPI (``bench/requirements*.txt``, in environments of their own),
Virtuoso from Debian. One that is not installed is left out, and told.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from .market import BASE

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 600
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
ServerPort = {sql_port}
DirsAllowed = {folder}
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
ThreadsPerQuery = 2
MaxClientConnections = 20
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 20
MaxKeepAlives = 20
KeepAliveTimeout = 30
[SPARQL]
ResultSetMaxRows = 100000
DefaultGraph = {graph}
"""


@dataclass
class Running:
    """A server that answers: its name and version, address of its endpoint, process, and what the start took."""

    name: str
    version: str
    url: str
    path: str
    process: "subprocess.Popen[bytes]"
    load_seconds: float
    disk_bytes: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def memory_bytes(self) -> int:
        """Proportional set size of all its processes: shared pages are counted once."""
        return sum(proportional_set_size(pid) for pid in family(self.process.pid))


@contextmanager
def ours(content: Path, folder: Path, name: str = "publisher", **settings: object) -> Iterator[Running]:
    """This project, on the folder *content*. The build is counted as loading."""
    port = free_port()
    given = {"content": content, "build": folder / "build", "port": port, **settings}
    environment = {**os.environ, **{f"PUBLISHER_{key.upper()}": str(value) for key, value in given.items()}}
    command = [sys.executable, str(ROOT / "server.py")]
    with running(command, folder, port, "/sparql", name, program_version(), environment) as server:
        yield server


@contextmanager
def oxigraph(data: Path, folder: Path) -> Iterator[Running]:
    """Oxigraph's own server, read-only, on a store that its loader wrote."""
    program = peer("oxigraph")
    begun = time.monotonic()
    subprocess.run([program, "load", "--location", folder / "store", "--file", data], check=True, capture_output=True)
    subprocess.run([program, "optimize", "--location", folder / "store"], check=True, capture_output=True)
    port = free_port()
    command = [program, "serve-read-only", "--location", str(folder / "store"), "--bind", f"127.0.0.1:{port}"]
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]
    with running(command, folder, port, "/query", "Oxigraph", version) as server:
        server.load_seconds = time.monotonic() - begun
        yield server


@contextmanager
def rdflib_endpoint(data: Path, folder: Path) -> Iterator[Running]:
    """rdflib's engine behind FastAPI."""
    port = free_port()
    command = [peer("rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(port), str(data)]
    version = pinned("rdflib-endpoint")
    with running(command, folder, port, "/", "rdflib-endpoint", version) as server:
        yield server


@contextmanager
def shmarql(data: Path, folder: Path) -> Iterator[Running]:
    """SHMARQL: FastAPI around the same engine as ours, in one process."""
    port = free_port()
    command = [peer("uvicorn", "shmarql"), "shmarql:app", "--port", str(port), "--log-level", "warning"]
    environment = {**os.environ, "DATA_LOAD_PATHS": str(data)}
    with running(command, folder, port, "/sparql", "SHMARQL", pinned("shmarql"), environment) as server:
        yield server


@contextmanager
def virtuoso(data: Path, folder: Path) -> Iterator[Running]:
    """Virtuoso of Debian, with buffers of 1.4 GB, loaded by its bulk loader."""
    port, sql_port = free_port(), free_port()
    graph = BASE + "graph"
    folder.joinpath("virtuoso.ini").write_text(
        VIRTUOSO_INI.format(folder=folder, port=port, sql_port=sql_port, graph=graph)
    )
    copy = folder / "data.nt"
    copy.unlink(missing_ok=True)
    os.link(data, copy)
    begun = time.monotonic()
    command = ["virtuoso-t", "+foreground", "+configfile", str(folder / "virtuoso.ini")]
    told = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True, check=False)
    version = next((word for word in (told.stdout + told.stderr).split() if word.startswith("07.")), "7.2")
    with running(command, folder, port, "/sparql", "Virtuoso", version) as server:
        load = f"ld_dir('{folder}', 'data.nt', '{graph}'); rdf_loader_run(); checkpoint;"
        subprocess.run(["isql-vt", str(sql_port), "dba", "dba", f"EXEC={load}"], check=True, capture_output=True)
        server.load_seconds = time.monotonic() - begun
        server.disk_bytes = sum(file.stat().st_size for file in folder.glob("virtuoso.*"))
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
                sys.exit(f"{name} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield Running(name, version, url, path, process, time.monotonic() - begun, disk_usage(folder))
    finally:
        members = family(process.pid)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
        for pid in members:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)


def answers(address: str) -> bool:
    """Does the endpoint answer a query?"""
    request = Request(address + "?query=ASK%7B%7D", headers={"Accept": "application/sparql-results+json"})
    try:
        with urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except (HTTPError, URLError, OSError):
        return False


def peer(name: str, environment: str = "servers") -> str:
    """Path of an installed peer's program. Raises FileNotFoundError, when it is not installed."""
    path = ROOT / ".peers" / environment / "bin" / name
    if not path.exists():
        raise FileNotFoundError(f"{name} is not installed: make bench installs it")
    return str(path)


def pinned(name: str) -> str:
    """The version of a peer in ``bench/requirements*.txt``."""
    files = Path(__file__).parent.glob("requirements*.txt")
    lines = (line for file in files for line in file.read_text().splitlines())
    return next(line.partition("==")[2] for line in lines if line.startswith(name + "=="))


def program_version() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return described.stdout.strip()


def installed(name: str) -> bool:
    """Can *name* (virtuoso-t and so on) be started?"""
    return shutil.which(name) is not None


def content_of(data: Path, folder: Path) -> Path:
    """A content folder in *folder* that holds the file *data* alone."""
    content = folder / "content"
    (content / "data").mkdir(parents=True)
    os.link(data, content / "data" / data.name)
    return content


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def family(pid: int) -> list[int]:
    """*pid* and all processes that descend from it."""
    children = [
        int(child) for tasks in Path(f"/proc/{pid}/task").glob("*/children") for child in tasks.read_text().split()
    ]
    return [pid, *(found for child in children for found in family(child))]


def proportional_set_size(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def disk_usage(folder: Path) -> int:
    """Bytes of the files below *folder*, each once however many links it has."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            status = path.stat()
            found[status.st_ino] = status.st_size
    return sum(found.values())
