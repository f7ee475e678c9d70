"""Whether others can be reached is asked of this machine only."""

import socket

import pytest

from masking.runtime import network


class Probe:
    """A socket that knows the way to some addresses."""

    ways: tuple[str, ...] = ()

    def __init__(self, family, kind):
        assert kind == socket.SOCK_DGRAM  # connecting it sends nothing

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def connect(self, address):
        if address[0] not in self.ways:
            raise OSError(101, "Network is unreachable")


@pytest.mark.parametrize(
    ("ways", "proxies", "offline"),
    [((), {}, True), (("192.0.2.1",), {}, False), (("2001:db8::1",), {}, False), ((), {"https": "proxy:3128"}, False)],
)
def test_a_machine_is_offline_without_a_route_and_a_proxy(monkeypatch, ways, proxies, offline):
    monkeypatch.setattr(Probe, "ways", ways)
    monkeypatch.setattr(socket, "socket", Probe)
    monkeypatch.setattr(network, "getproxies", lambda: proxies)
    assert network.is_offline() is offline
