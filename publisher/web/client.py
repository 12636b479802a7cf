"""Who sent a request: the key by which clients are told apart for fairness and in the access log.

Pure functions on the WSGI environment (PEP 3333); whatever is in it, they never raise.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CLIENT = "publisher.client"  # key of the client, in the environment of a request
LONGEST_KEPT = 64  # characters of an address whose key is remembered

_LOCAL = "local"
_HOPS = 16  # entries of X-Forwarded-For that are read, from the right: nobody has more proxies of their own
_IPV6_SITE = 64  # bits; a site has one such network, and each of its machines as many addresses as it likes


class Clients:
    """Finds the client of a request.

    trusted  networks of our own proxies; only what they say of others is believed
    """

    def __init__(self, trusted: Sequence[IPv4Network | IPv6Network]) -> None:
        self.trusted = trusted

    def of(self, environ: "WSGIEnvironment") -> str:
        """The key of the client: an IPv4 address, the /64 network of an IPv6 address, or "local".

        A connection has an address, or none when it came through a Unix socket, which only a proxy of ours can.
        From a trusted proxy, the client is the rightmost address of X-Forwarded-For that is not one of ours:
        what is left of it, anyone could have written. Where that entry is no address, the proxy itself is the client.

        >>> Clients([]).of({"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "198.51.100.1"})
        '192.0.2.7'
        """
        connected = environ.get("REMOTE_ADDR") or ""
        if not self.trusted and len(connected) <= LONGEST_KEPT:
            return _key_of(connected)
        address = read_address(connected)
        if not self.trusted or (address and not self._is_ours(address)):
            return key(address)
        for entry in reversed(str(environ.get("HTTP_X_FORWARDED_FOR") or "").split(",")[-_HOPS:]):
            sender = read_address(entry)
            if sender is None:
                break
            address = sender
            if not self._is_ours(sender):
                break
        return key(address)

    def _is_ours(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.trusted)


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address in *text*, which may have a port, brackets and a zone; None for anything else.

    >>> read_address(" [::ffff:192.0.2.7]:443 ")
    IPv4Address('192.0.2.7')
    """
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def key(address: IPv4Address | IPv6Address | None) -> str:
    """What all addresses of one client share."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), _IPV6_SITE), strict=False))
    return str(address) if address else _LOCAL


@lru_cache(maxsize=4096)
def _key_of(text: str) -> str:
    return key(read_address(text))
