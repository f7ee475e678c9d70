"""What every request passes before Streamlit sees it: allowed hosts, origins of live connections, headers of answers.

Streamlit checks the host of a live connection only, and for a foreign origin it asks a server on the Internet for this
machine's own address. Both end here: an unknown host gets no answer at all, and a foreign origin is refused at once.
"""

import os
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.url_util import make_url_path
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

HEALTH = "_stcore/health"
"""The address of health checks, which name the machine by whatever address they reach it under."""

FRAMES = "MASKING_FRAMES"
"""The environment variable that names the sites, separated by spaces, that may show the dashboard in a frame."""

POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "frame-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
"""The content policy without the frames. Streamlit's own pages need inline scripts and styles, and plotly evaluates."""

REFUSED_HOST = (
    "This dashboard does not answer to that host name; use http://127.0.0.1, or let the operator add the name to "
    "server.allowedHosts (STREAMLIT_SERVER_ALLOWED_HOSTS)."
)


class RequestGuard:
    """Middleware that refuses foreign hosts and origins, and adds the headers that a browser protects a page by."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with status 403."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not is_host_allowed(headers.get("host")) and scope["path"] != make_url_path(base_path(), HEALTH):
            await _refuse(REFUSED_HOST, scope, receive, send)
        elif scope["type"] == "websocket":
            if is_foreign(headers):
                await _refuse("", scope, receive, send)
            else:
                await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send))


def base_path() -> str:
    """Return the path that the dashboard is served below, see `server.baseUrlPath`; empty if there is none."""
    return str(config.get_option("server.baseUrlPath") or "")


def is_foreign(headers: Headers) -> bool:
    """Return whether a page of another site opens this connection; programs without an origin are none."""
    origin = headers.get("origin")
    if origin is None or origin in config.get_option("server.corsAllowedOrigins"):
        return False
    try:
        return urlsplit(origin).netloc != headers.get("host")
    except ValueError:  # such as http://[
        return True


def content_policy() -> str:
    """Return the content security policy, with the sites that MASKING_FRAMES names as possible frames."""
    frames = " ".join(["'self'", *os.environ.get(FRAMES, "").replace(";", " ").replace(",", " ").split()])
    return "; ".join(f"{name} {sources}" for name, sources in (POLICY | {"frame-ancestors": frames}).items())


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=_as_scope(message))
            headers["Content-Security-Policy"] = content_policy()
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "same-origin"
            headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        await send(message)

    return send_with_headers


def _as_scope(message: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    message.setdefault("headers", [])
    return message


async def _refuse(reason: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()  # the request to connect, which the protocol wants read before it is refused
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    await PlainTextResponse(reason, 403)(scope, receive, _with_headers(send))
