"""What a page hands out: a link to what it shows, and files with telling names."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st
from streamlit.components import v2

Download = tuple[str, Callable[[], bytes | str], str, str]
"""The button's label, what makes the file's content, the file's name and its media type."""
LONGEST_PART, LONGEST_NAME = 28, 96
"""Characters of a part of a file's name, and of the whole name without its ending."""
WORDS = {"%": "pct ", "&": " and ", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l"}
"""What stands in a file's name for a character that it cannot hold."""
HERE = Path(__file__)
_copy_link = v2.component(
    "copy_link",
    css=HERE.with_name("copy_link.css").read_text(),
    js=HERE.with_name("copy_link.js").read_text(),
)


def show_link(restores: str) -> None:
    """Draw a button that copies the page's address; `restores` names what it brings back, as "picture and mask".

    The browser reads the address when the button is pressed. So the button may be drawn before the page has written
    everything into it.
    """
    _copy_link(key="copy-link", data={"restores": f"The link restores {restores}."}, width="content")


def show_downloads(downloads: Sequence[Download], helps: Mapping[str, str] | None = None) -> None:
    """Draw one button per file; a file is made when somebody asks for it. `helps` says more about a label."""
    for label, content, name, mime in downloads:
        st.download_button(
            label, content, name, mime, icon=":material/download:", on_click="ignore",
            key=f"download-{label.replace(' ', '-')}", help=(helps or {}).get(label),
        )  # fmt: skip


def file_name(what: str, *parts: str, ending: str) -> str:
    """Return a name that tells what a file shows: `compare-chelsea-the-cat-tiger-cat-50pct.png`.

    Args:
        what: the page or the thing, such as "compare".
        parts: picture, class, method and settings as people read them; empty ones are left out.
        ending: "png" or ".png".
    """
    words = [_slug(part, LONGEST_PART) for part in (what, *parts)]
    stem = _shorten("-".join(word for word in words if word), LONGEST_NAME)
    return f"{stem or 'file'}.{ending.removeprefix('.')}"


def _slug(text: str, longest: int) -> str:
    """Return a text in small Latin letters, digits and hyphens. A dot stays between digits."""
    text = "".join(WORDS.get(character, character) for character in text.lower())
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    ascii_only = re.sub(r"(?<=\d) (?=pct )", "", ascii_only)
    return _shorten(re.sub(r"[^a-z0-9.]+|(?<!\d)\.|\.(?!\d)", "-", ascii_only).strip("-."), longest)


def _shorten(slug: str, longest: int) -> str:
    """Cut a name behind its last whole word that fits, or within a word that is too long alone."""
    slug = re.sub("-+", "-", slug)
    if len(slug) <= longest:
        return slug
    whole_words = slug[: longest + 1].rpartition("-")[0]
    return (whole_words or slug[:longest]).strip("-.")
