"""A page opened from a link, by nothing but its address, its buttons' keys and the files it offers."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

from masking import Mask
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
PAGES = {path.stem: f"pages/{path.name}" for path in (ROOT / "pages").glob("[0-9]_*.py")}
"""The pages by the names of their files, such as `1_Compare`."""
File = bytes | str


class OpenedPage:
    """A page of the dashboard after a visit to an address; use it inside `watched_downloads`."""

    def __init__(self, page: str, query: dict[str, str], files: dict[str, File | Callable[[], File]]):
        self._files = files
        self.at = AppTest.from_file(ROOT / "app.py", default_timeout=120)
        for key, value in query.items():
            self.at.query_params[key] = value
        self.at.switch_page(PAGES[page])
        self.run()

    def run(self) -> None:
        """Run the page until no job is running; a traceback fails."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            self.at.run()
            assert not self.at.exception, [error.message for error in self.at.exception]
            if not self.at.get("progress"):
                return
            time.sleep(0.1)
        raise AssertionError("still under way")

    def press(self, key: str) -> None:
        """Press the button with this key."""
        self.at.button(key=key).click()
        self.run()

    @property
    def address(self) -> dict[str, str]:
        """The query string as the page left it, by name; lists have one entry each."""
        values = dict(self.at.query_params)
        return {key: value[0] if isinstance(value, list) else value for key, value in values.items()}

    @property
    def messages(self) -> list[str]:
        """Errors and warnings on the page."""
        return [message.value for message in (*self.at.error, *self.at.warning)]

    def file(self, name: str) -> File:
        """The content of a download that the page offers."""
        data = self._files[name]
        return data() if callable(data) else data

    @property
    def tables(self) -> dict[str, str]:
        """The CSV files that the page offers."""
        return {name: str(self.text(name)) for name in sorted(self._files) if name.endswith(".csv")}

    def text(self, name: str) -> str:
        """A download as text."""
        content = self.file(name)
        return content.decode() if isinstance(content, bytes) else content

    @property
    def mask(self) -> str | None:
        """Digest of the mask that the page offers as a file, if it offers one."""
        names = [name for name in self._files if name.startswith("mask") and name.endswith(".png")]
        if not names:
            return None
        content = self.file(names[0])
        assert isinstance(content, bytes)
        return Mask.from_png(io.BytesIO(content).getvalue()).digest


def watch_downloads() -> tuple[dict[str, File | Callable[[], File]], Callable[..., bool]]:
    """Return a dict that fills with the files a page offers, and what has to stand in for `st.download_button`."""
    files: dict[str, File | Callable[[], File]] = {}
    draw = st.download_button

    def watched(label: str, data: File | Callable[[], File], name: str, mime: str, **options: object) -> bool:
        files[name] = data
        return draw(label, data, name, mime, **options)

    return files, watched
