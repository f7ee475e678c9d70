"""The language of a page, and the words around it.

`?lang=de` asks for a language; the session remembers it. A page is in that language if all of its own words are in a
table of `assets/texts`, otherwise all of it is English: a page in two languages is hard to read, above all for screen
readers. The address names the language of a page that has it.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st

from pages.shell.bundled import ASSETS
from pages.shell.link_warnings import add_link_warning, quote

TEXTS = ASSETS / "texts"
ENGLISH = "en"
PARAMETER = "lang"
TRANSLATED = ("Learn",)
"""Labels of the pages whose own words are in tables."""
_LANGUAGE = "language"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have tables, English first."""
    return ENGLISH, *sorted(folder.name for folder in TEXTS.iterdir() if folder.is_dir() and folder.name != ENGLISH)


def follow_address() -> None:
    """Remember the language that the address asks for; say so if there is no such language."""
    linked = st.query_params.get(PARAMETER)
    if linked in languages():
        st.session_state[_LANGUAGE] = linked
    elif linked is not None:
        offered = ", ".join(languages())
        sentence = frame_text("unknown_language", ENGLISH, wanted=quote(linked), offered=offered)
        add_link_warning(PARAMETER, sentence)
        del st.query_params[PARAMETER]


def page_language(label: str) -> str:
    """Return the language of a page."""
    return st.session_state.get(_LANGUAGE, ENGLISH) if label in TRANSLATED else ENGLISH


def write_language_to_url(label: str) -> None:
    """Write the language of a page into its address; English stays out of it."""
    language = page_language(label)
    if language not in (ENGLISH, st.query_params.get(PARAMETER)):
        st.query_params[PARAMETER] = language


def frame_text(key: str, language: str, **values: object) -> str:
    """Return an entry of `frame.toml` in a language, or in English, with its placeholders filled in; "" if none is."""
    entry = _table(language).get(key) or _table(ENGLISH).get(key, "")
    return entry.format(**values)


def page_name(label: str, language: str) -> str:
    """Return the name of a page in a language, by its label."""
    return frame_text(f"page.{label}", language) or label


@cache
def _table(language: str) -> Mapping[str, str]:
    """Return the words of the frame by their whole names, such as `page.Learn`."""
    table: dict[str, Any] = tomllib.loads((TEXTS / language / "frame.toml").read_text("utf-8"))
    flat = {key: entry for key, entry in table.items() if isinstance(entry, str)}
    for part, entries in table.items():
        if isinstance(entries, dict):
            flat |= {f"{part}.{key}": str(entry) for key, entry in entries.items()}
    return flat
