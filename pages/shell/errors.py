"""Errors as sentences: the page goes on whatever a user gave it."""

import re
from collections.abc import Generator
from contextlib import contextmanager

import streamlit as st

from pages.shell.server_paths import without_server_paths

_MARKDOWN = str.maketrans({character: "\\" + character for character in "\\`*[]$<~"})
_MARKS = re.compile(r"([!-/:-@\[-`{-~])")


def escape_markdown(text: str) -> str:
    """Return text from outside (a link, a file's name) so that Markdown shows it unchanged: no links, no formulas."""
    return text.translate(_MARKDOWN)


def escape_label(text: str) -> str:
    """Return text that somebody typed for a label: Markdown then shows every punctuation mark unchanged."""
    return _MARKS.sub(r"\\\1", text)


def as_sentence(text: str) -> str:
    """Return a message as a sentence: a capital first (unless it begins with a file's name), a full stop last.

    On a public server, it names files without the folders of this machine.
    """
    text = without_server_paths(text)
    if text.partition(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    return escape_markdown(text) + ("" if text.endswith((".", "!", "?")) else ".")


def error_sentence(error: BaseException) -> str:
    """Return the message of an error as a sentence."""
    from masking.runtime.door import one_line, reason_of  # the library is slow to import, and Start shows no error

    if isinstance(error, MemoryError | RecursionError):
        return as_sentence(f"this cannot be computed ({reason_of(error)}); choose something smaller")
    return as_sentence(one_line(str(error.args[-1] if error.args else error)))


@contextmanager
def show_errors() -> Generator[None, None, None]:
    """Show bad input as one sentence instead of a traceback; the page goes on after the block."""
    try:
        yield
    except (ValueError, KeyError, OSError, MemoryError, RecursionError) as error:
        st.error(error_sentence(error), icon=":material/error:")
