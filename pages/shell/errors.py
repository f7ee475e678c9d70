"""Errors as sentences: whatever a user gave, the page goes on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

_MARKDOWN = str.maketrans({character: "\\" + character for character in "\\`*[]$<~"})
_MARKS = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """Text from outside (a link, a file's name) so that Markdown shows it as it is: no links, pictures, formulas."""
    return text.translate(_MARKDOWN)


def typed(text: str) -> str:
    """Text that somebody typed, for labels, which know Markdown only: every mark of punctuation stands for itself."""
    return _MARKS.sub(r"\\\1", text)


def sentence(error: BaseException) -> str:
    """What the library said, as one sentence that begins with a capital (unless it begins with a file's name)."""
    text = str(error.args[-1] if error.args else error)
    if text.partition(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    return plain(text) + ("" if text.endswith((".", "!", "?")) else ".")


@contextmanager
def show_errors() -> Iterator[None]:
    """Show bad input as one sentence instead of a traceback; what follows the block goes on."""
    try:
        yield
    except (ValueError, KeyError, OSError) as error:
        st.error(sentence(error), icon=":material/error:")
