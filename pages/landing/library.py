"""The library, imported in the background: torch and its relatives take seconds, and the page is drawn before them."""

import itertools
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from importlib import import_module
from types import ModuleType

import streamlit as st

from pages.shell.server_wide import server_wide

COMPUTATION = "pages.landing.computation"
"""The module that computes the exhibits, and imports all that it needs."""
PATIENCE_SECONDS = 0.8
FIRST_QUESTION_SECONDS, LONGEST_WAIT_SECONDS = 0.4, 60


class LibraryImport:
    """The import of the module that computes, once per server."""

    def __init__(self):
        self._future: Future[ModuleType] | None = None
        self._lock = threading.Lock()

    def start(self) -> Future[ModuleType]:
        """Start the import if nobody has; return the module as a future."""
        with self._lock:
            if self._future is None:
                self._future = ThreadPoolExecutor(1, "import").submit(import_module, COMPUTATION)
            return self._future

    @property
    def module(self) -> ModuleType | None:
        """The module; None while it is imported, and before a browser has the page."""
        if self._future is None and "torch" in sys.modules:  # another page has imported nearly all of it
            wait([self.start()], PATIENCE_SECONDS)
        return self._future.result() if self._future is not None and self._future.done() else None


@server_wide
def library() -> LibraryImport:
    """Return the server's import of the library."""
    return LibraryImport()


def import_when_drawn() -> None:
    """Import the library once a browser has drawn the page, and run the page again when that is done.

    The browser asks once and is answered at the end. If it asked again and again, Streamlit would collect garbage
    after each answer, which makes the import ten times slower.
    """
    passes = itertools.count()

    @st.fragment(run_every=FIRST_QUESTION_SECONDS)
    def watch() -> None:
        if next(passes):
            wait([library().start()], LONGEST_WAIT_SECONDS)
            st.rerun()

    if library().module is None:
        watch()
