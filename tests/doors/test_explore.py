"""`masking.explore`: the dashboard on an object of this process, over HTTP and on its pages."""

import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from streamlit import net_util
from torch import nn
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import masking
from masking import Classifier, dashboard
from pages.pickers.live import live_classifiers

NAMES = ["ash", "elm", "oak"]


def network():
    return nn.Sequential(nn.Conv2d(3, 3, 5, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


@pytest.fixture
def classifier():
    return Classifier.from_network(network(), NAMES, input_size=(32, 32), name="my <b>network</b> & more")


def get(url):
    with urllib.request.urlopen(url, timeout=20) as reply:
        return reply.read().decode()


def test_the_dashboard_listens_here_and_stops(classifier):
    shown = masking.explore(classifier)
    try:
        assert shown.url.startswith("http://127.0.0.1:")
        address = shown.url.partition("/Compare")[0]
        assert get(f"{address}/_stcore/health") == "ok"
        assert "streamlit" in get(shown.url).lower()
        again = masking.explore(Classifier.from_network(network(), NAMES, input_size=(32, 32), name="second"))
        assert again.url.startswith(address)
        with pytest.raises(ValueError, match=r"the dashboard runs on port \d+ already"):
            masking.explore(classifier, port=1)
        assert "<iframe" in shown._repr_html_()
        assert "<b>" not in shown._repr_html_()
    finally:
        shown.stop()
    assert not shown.is_running
    with pytest.raises(urllib.error.URLError):
        get(f"{address}/_stcore/health")
    assert "stopped" in repr(shown)
    assert live_classifiers() == {}


def opens(address, host, origin):
    port = int(address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as sock:
        try:
            with connect(f"ws://{host}:{port}/_stcore/stream", sock=sock, origin=origin, proxy=None):
                return True
        except InvalidStatus as refusal:
            return refusal.response.status_code != 403


def test_foreign_hosts_and_origins_are_refused_and_the_server_asks_nobody(classifier, monkeypatch):
    questions = []
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **_: questions.append(url))
    shown = masking.explore(classifier)
    try:
        address = shown.url.partition("/Compare")[0]
        assert not opens(address, "127.0.0.1", "http://evil.example")
        assert not opens(address, "evil.example", "http://evil.example")
        assert opens(address, "127.0.0.1", address)
    finally:
        shown.stop()
    assert questions == []


def test_a_taken_port_is_refused(classifier):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ValueError, match="is not free; leave it out for any other"):
            masking.explore(classifier, port=taken.getsockname()[1])


def test_a_bare_network_is_refused():
    with pytest.raises(ValueError, match=r"make one with Classifier\.from_network"):
        masking.explore(network())


def test_without_its_packages_one_sentence_says_how_to_get_them(classifier, monkeypatch):
    monkeypatch.setattr(dashboard, "find_spec", lambda name: None if name == "streamlit" else object())
    with pytest.raises(ValueError, match=r'needs streamlit; run pip install "missingness-explorer\[dashboard\]"'):
        masking.explore(classifier)


def test_another_package_called_pages_is_named(classifier, monkeypatch):
    monkeypatch.setitem(sys.modules, "pages", type(sys)("pages"))
    with pytest.raises(ValueError, match="another package called pages is loaded"):
        masking.explore(classifier)
    assert Path(dashboard.DASHBOARD, "app.py").is_file()
