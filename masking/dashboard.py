"""`explore`: the dashboard on a classifier of this Python session, from a notebook or a script.

The dashboard is not part of the library: it is looked for and imported when somebody asks for it.
"""

import html
import importlib
import sys
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

from masking.models.classifier import Classifier
from masking.runtime.assets import DASHBOARD

PACKAGES = ("streamlit", "plotly")
"""What the dashboard needs beside the library."""

FRAME_HEIGHT = 900
_server: Any = None


class Dashboard:
    """A dashboard that shows a classifier; in Jupyter, it shows itself.

    Attributes:
        name: the name of the classifier in the dashboard's list.
        url: the address of the page Compare with that classifier.
    """

    def __init__(self, server: Any, name: str):
        self._server = server
        self.name = name
        self.url = f"{server.url}/Compare?model={quote(name, safe='')}"

    @property
    def is_running(self) -> bool:
        """Whether the dashboard answers."""
        return self._server.is_running

    def stop(self) -> None:
        """Stop the dashboard, with all classifiers that it shows."""
        if self.is_running:
            self._server.stop()
            _import("pages.pickers.live").forget_live_classifiers()

    def wait(self) -> None:
        """Wait until the dashboard is stopped, at the end of a script; Ctrl-C stops it."""
        try:
            self._server.wait()
        except KeyboardInterrupt:
            self.stop()

    def __repr__(self) -> str:
        state = self.url if self.is_running else "stopped"
        return f"<Dashboard of {self.name}: {state}>"

    def _repr_html_(self) -> str:
        if not self.is_running:
            return html.escape(repr(self))
        url = html.escape(self.url, quote=True)
        link = f'<a href="{url}" target="_blank" rel="noopener">Open {html.escape(self.name)} in a tab of its own</a>'
        return f'{link}<br><iframe src="{url}" width="100%" height="{FRAME_HEIGHT}" style="border:0"></iframe>'


def explore(classifier: Classifier, *, port: int | None = None) -> Dashboard:
    """Open the dashboard on a classifier, in a thread of this process; nothing is copied to a file.

    The dashboard listens on 127.0.0.1 only. A second call adds its classifier to the same dashboard. Every page shows
    the object itself, as long as its device is the one that the page has chosen. Runs of benchmarks have processes of
    their own and cannot use it; for them, name the function that makes the network in `masking.toml`.

    Args:
        classifier: from `Classifier.from_network` or `load_classifier`.
        port: where the dashboard listens; default the first free port from 8501.

    Returns:
        The dashboard, with its `url`, `stop()` and `wait()`.

    Raises:
        ValueError: the dashboard is not installed, or it cannot start; one sentence.
    """
    global _server  # noqa: PLW0603, a process can have one server
    if not isinstance(classifier, Classifier):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError("explore shows a Classifier; make one with Classifier.from_network(network, categories)")  # noqa: TRY004
    if _server is None or not _server.is_running:
        server_module = _import("pages.shell.server")
        _server = server_module.ThreadedServer(server_module.find_port(port))
        _server.start()
    elif port not in {None, _server.port}:
        raise ValueError(f"the dashboard runs on port {_server.port} already; leave the port out, or stop it first")
    _import("pages.pickers.live").add_live_classifier(classifier)
    return Dashboard(_server, classifier.name)


def _import(name: str) -> Any:
    """Import a module of the dashboard. Raises ValueError if it is not installed, or if another package hides it."""
    if missing := [package for package in PACKAGES if find_spec(package) is None]:
        raise ValueError(
            f'the dashboard needs {" and ".join(missing)}; run pip install "missingness-explorer[dashboard]"'
        )
    if str(DASHBOARD) not in sys.path:
        sys.path.insert(0, str(DASHBOARD))
    importlib.invalidate_caches()
    pages = importlib.import_module("pages")
    if str(DASHBOARD) not in str(getattr(pages, "__file__", None)):
        raise ValueError("another package called pages is loaded; call explore in a Python session without it")
    return importlib.import_module(name)
