"""Whether this machine can reach others. Nothing is sent to find out."""

import socket
from urllib.request import getproxies

_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses that documents use as examples. A datagram socket only looks up the way there."""


def is_offline() -> bool:
    """Return whether this machine knows no way to any other: no proxy, and no route for either kind of address."""
    return not getproxies() and not any(_has_route(family, address) for family, address in _ELSEWHERE)


def _has_route(family: socket.AddressFamily, address: str) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
    except OSError:
        return False
    return True
