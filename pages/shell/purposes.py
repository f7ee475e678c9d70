"""What each page is for, and the sentence to keep of it: on Start's doors, at a page's head and at its end."""

import ast
import html
from pathlib import Path

from pages.shell.language import ENGLISH, frame_text, page_name


def purpose(label: str, script: Path, language: str = ENGLISH) -> str:
    """Return what a page is for: its sentence in the table, or the first line of its file without the page's name."""
    if sentence := frame_text(f"purpose.{label}", language):
        return sentence
    first = (ast.get_docstring(ast.parse(script.read_text("utf-8"))) or "").partition("\n")[0]
    text = first.partition(": ")[2] or first
    return text[:1].upper() + text[1:]


def head_html(label: str, script: Path, language: str = ENGLISH) -> str:
    """Return a page's heading and its purpose, in one line where there is room.

    A heading that only screen readers know stands between these and the smaller headings of cards.
    """
    name, sentence = page_name(label, language), purpose(label, script, language)
    return (
        f"<div class='mx-purpose'><h1>{html.escape(name)}</h1><p>{html.escape(sentence)}</p></div>"
        f"<h2 class='mx-unseen'>{html.escape(frame_text('choices', language))}</h2>"
    )


def lesson_html(label: str, language: str = ENGLISH) -> str:
    """Return the sentence to keep of a page; nothing where there is none."""
    sentence = frame_text(f"lesson.{label}", language)
    return f"<p class='mx-keep'>{html.escape(sentence)}</p>" if sentence else ""
