"""
Which addresses the hub posts to at a platform's wish: those of the Internet, and nothing inside.

A platform could name an address in the operator's own network and have the hub knock there. A name is
judged by what it stands for at the moment of each connection: it may stand for something else later.
"""

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import urlsplit

from aiohttp import AddrInfoType

Network: TypeAlias = IPv4Network | IPv6Network

_GIVEN_OUT = ip_network("2000::/3")
"""The Internet's IPv6 addresses. Those that lead to an IPv4 address lie elsewhere, but for 6to4."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The Internet, and the networks inside that the operator has opened."""

    opened: Sequence[Network] = ()

    def has(self, address: str) -> bool:
        """Whether an IP address may be connected to."""
        at = ip_address(address)
        if any(at in network for network in self.opened):
            return True
        if isinstance(at, IPv6Address):
            return at in _GIVEN_OUT and at.is_global and at.sixtofour is None
        return at.is_global and not at.is_multicast

    def may_have(self, url: str) -> bool:
        """Whether the address in a URL may be outside; of a name only the connection tells."""
        host = urlsplit(url).hostname or ""
        try:
            return self.has("127.0.0.1" if host == "localhost" else host)
        except ValueError:
            return True

    def make_socket(self, to: AddrInfoType) -> socket.socket:
        """Make a socket for a connection, as aiohttp asks for one; raises `PermissionError` for inside."""
        family, kind, protocol, _, place = to
        if not self.has(str(place[0])):
            raise PermissionError(errno.EACCES, "this address is not outside")
        return socket.socket(family, kind, protocol)


def neighbourhood(address: str) -> str | None:
    """
    Say as whose an address counts: its own, and in IPv6 its network's of 64 bits, which is one home's.

    `None` for what is not the Internet's: a proxy that does not say for whom it asks stands for everyone.
    """
    try:
        at = ip_address(address)
    except ValueError:
        return None
    if isinstance(at, IPv6Address) and at.ipv4_mapped is not None:
        at = at.ipv4_mapped
    if not at.is_global:
        return None
    return str(ip_network((at, 64), strict=False)) if isinstance(at, IPv6Address) else str(at)
