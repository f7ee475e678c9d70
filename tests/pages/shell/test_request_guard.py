"""The guard before Streamlit: hosts, origins, headers; asked as a web server asks it."""

import asyncio

import pytest
from starlette.datastructures import Headers
from streamlit import config

from pages.shell.request_guard import FRAMES, RequestGuard, content_policy, is_foreign

LOOPBACK = ["localhost", "127.0.0.1", "::1"]


@pytest.fixture(autouse=True)
def loopback_only():
    before = config.get_option("server.allowedHosts")
    config.set_option("server.allowedHosts", LOOPBACK)
    yield
    config.set_option("server.allowedHosts", before)


async def _inner(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"inside"})


def answers(kind: str, path: str, **headers: str) -> list[dict]:
    """What the guard sends to one request."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request", "body": b""}

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "method": "GET", "headers": raw}
    asyncio.run(RequestGuard(_inner)(scope, receive, send))
    return sent


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost", "LOCALHOST:80", "[::1]:8501", "localhost."])
def test_this_machines_own_names_are_answered(host):
    assert answers("http", "/", host=host)[0]["status"] == 200
    assert answers("websocket", "/_stcore/stream", host=host)[0]["type"] == "websocket.accept"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil.example#localhost",
        "127.0.0.1:99999",
        "0.0.0.0:8501",
        "2130706433",
        "",
    ],
)
def test_a_name_that_somebody_points_at_this_machine_gets_nothing(host):
    start, body = answers("http", "/media/secret.png", host=host)
    assert start["status"] == 403
    assert b"allowedHosts" in body["body"]
    assert answers("websocket", "/_stcore/stream", host=host)[0]["type"] == "websocket.close"


def test_a_request_without_a_host_gets_nothing():
    assert answers("http", "/")[0]["status"] == 403


def test_a_health_check_may_name_the_machine_by_its_address():
    assert answers("http", "/_stcore/health", host="10.1.2.3:8501")[0]["status"] == 200
    assert answers("http", "/x/_stcore/health", host="10.1.2.3:8501")[0]["status"] == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://localhost:3000",
        "http://127.0.0.1:8501.evil.example",
        "file://",
        "http://[",
        "x",
    ],
)
def test_a_page_of_another_site_opens_no_connection(origin):
    sent = answers("websocket", "/_stcore/stream", host="127.0.0.1:8501", origin=origin)
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_origins_of_the_dashboard_itself_and_of_the_operator_are_welcome(monkeypatch):
    assert not is_foreign(Headers({"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"}))
    assert not is_foreign(Headers({"host": "x.example", "origin": "https://x.example"}))
    assert not is_foreign(Headers({"host": "x.example"}))
    config.set_option("server.corsAllowedOrigins", ["https://portal.example"])
    try:
        assert not is_foreign(Headers({"host": "x.example", "origin": "https://portal.example"}))
    finally:
        config.set_option("server.corsAllowedOrigins", [])


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
def test_every_answer_says_what_a_browser_may_do_with_it(host):
    headers = Headers(raw=answers("http", "/", host=host)[0]["headers"])
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "object-src 'none'" in headers["content-security-policy"]


def test_the_operator_names_the_sites_that_may_show_the_dashboard_in_a_frame(monkeypatch):
    monkeypatch.setenv(FRAMES, "https://a.example, https://b.example; script-src *")
    policy = content_policy()
    assert policy.endswith("frame-ancestors 'self' https://a.example https://b.example script-src *")
    assert policy.count(";") == content_policy().count(";")
