"""Settings: one table of name, default and meaning, read from the environment.

Every field is set by ``PUBLISHER_<NAME>`` (``PUBLISHER_PORT=8080``). A wrong value raises
SettingError naming the variable, its value and what would be right.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .errors import SettingError

PREFIX = "PUBLISHER_"


class Networks(tuple[IPv4Network | IPv6Network, ...]):
    """IP networks; as text in CIDR form with commas between."""

    def __str__(self) -> str:
        return ",".join(map(str, self))

    @classmethod
    def read(cls, text: str) -> "Networks":
        """Raises ValueError for what is no network."""
        return cls(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _setting(default: Any, help: str, least: int | None = None) -> Any:
    return field(default=default, metadata={"help": help, "least": least})


@dataclass(frozen=True)
class Config:
    """All settings. Sizes in the unit of their name, times in seconds, paths relative to the working folder."""

    content: Path = _setting(Path(), "folder that holds data/ and, if wanted, ontology/ and queries/")
    build: Path = _setting(Path("build"), "folder for the builds; `current` in it links to the one served")
    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(8000, "port to listen on; 0 takes a free one", 0)
    base_iri: str = _setting("", "what resources are called; default: @base of data/catalog.ttl, else PUBLIC_URL")
    public_url: str = _setting("", "where this server is reached; default: http://HOST:PORT/")
    query_workers: int = _setting(0, "queries that run at once, each in its process; 0: two for each core", 0)
    query_seconds: int = _setting(10, "longest time a query may take, in seconds", 1)
    queue_seconds: int = _setting(5, "longest time a query may wait for a worker, in seconds", 1)
    worker_memory_mb: int = _setting(1024, "memory a query may use beside the data, in MiB", 64)
    max_result_bytes: int = _setting(64 * 2**20, "largest result of a query, in bytes", 1024)
    max_query_bytes: int = _setting(2**20, "largest query text, in bytes", 16)
    cache_bytes: int = _setting(64 * 2**20, "memory for repeated answers, in bytes; 0 switches it off", 0)
    web_threads: int = _setting(16, "requests answered at once", 1)
    transfers: int = _setting(48, "large answers that are on their way at once", 1)
    connections: int = _setting(8192, "connections held at once", 16)
    header_seconds: int = _setting(10, "longest time a connection may take to send a request's headers, in seconds", 1)
    trusted_proxies: Networks = _setting(Networks(), "networks whose X-Forwarded-For is believed, with commas between")
    memory_store_max_triples: int = _setting(1_000_000, "statements held in memory; more are in a store on disk", 0)
    max_expanded_mb: int = _setting(2048, "largest size that a compressed file may expand to, in MiB", 1)
    validate_max_triples: int = _setting(1_000_000, "up to this size all checks are run, SHACL among them", 0)
    access_log: str = _setting("on", "a line for each request on standard output: on or off")
    keep_builds: int = _setting(3, "builds kept on disk, the current one included", 1)

    @property
    def location(self) -> str:
        """Address of this server as links name it, with a final slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}/"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Config":
        """Read ``PUBLISHER_*`` variables, by default those of the process.

        raises   SettingError for a wrong value or an unknown ``PUBLISHER_`` name
        """
        environment = os.environ if environment is None else environment
        known = {PREFIX + entry.name.upper(): entry for entry in fields(cls)}
        given: dict[str, Any] = {}
        for name, text in environment.items():
            if not name.startswith(PREFIX):
                continue
            if name not in known:
                raise SettingError(f"{name} is not a setting; known are {', '.join(sorted(known))}")
            given[known[name].name] = _parse(name, text, known[name].type, known[name].metadata["least"])
        return cls(**given)


def _parse(name: str, text: str, kind: Any, least: int | None) -> Any:
    if kind is int:
        if not (text.isascii() and text.isdigit()) or int(text) < (least or 0):
            raise SettingError(f"{name}={text!r}: a whole number of at least {least or 0} is right")
        return int(text)
    if kind is Networks:
        try:
            return Networks.read(text)
        except ValueError as error:
            raise SettingError(f"{name}={text!r}: networks such as 127.0.0.1,10.0.0.0/8 are right; {error}") from None
    if kind is Path:
        return Path(text)
    if name == PREFIX + "ACCESS_LOG" and text not in ("on", "off"):
        raise SettingError(f"{name}={text!r}: on or off is right")
    if name in (PREFIX + "BASE_IRI", PREFIX + "PUBLIC_URL") and text:
        return _address(name, text)
    return text


def _address(name: str, text: str) -> str:
    parts = urlsplit(text)
    odd = re.search(r'[\s<>"{}|\\^`]', text)
    if odd or parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise SettingError(f"{name}={text!r}: an http or https address without ?, #, spaces and quotes is right")
    if name == PREFIX + "PUBLIC_URL" and not text.isascii():
        raise SettingError(
            f"{name}={text!r}: an address in ASCII is right, as in https://xn--bder-loa.example/%C3%A9t%C3%A9/"
        )
    return text if text.endswith("/") else text + "/"
