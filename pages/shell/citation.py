"""How to cite the program, and the papers that it uses; CITATION.cff says the same to other programs."""

import html
from collections.abc import Mapping
from functools import cache
from typing import Any

from pages.shell.bundled import ASSETS, load_alone
from pages.shell.language import ENGLISH, frame_text

VERSION, YEAR = "0.2.0", "2026"
AUTHORS = "The Missingness Explorer maintainers"
PROGRAM = f"{AUTHORS} ({YEAR}). Missingness Explorer, version {VERSION}. Apache-2.0."


@cache
def papers() -> Mapping[str, Any]:
    """Return the papers (`masking.lessons.references.Reference`) by their keys."""
    return load_alone("lessons/references").read_references(ASSETS)


def program_bibtex() -> str:
    """Return the program's entry for BibTeX."""
    fields = {
        "author": f"{{{AUTHORS}}}",  # braces within keep the name in one piece
        "title": "{Missingness Explorer}",
        "version": VERSION,
        "year": YEAR,
        "note": "Apache-2.0",
    }
    return load_alone("lessons/references").bibtex_entry("software", "missingness_explorer", fields)


def citation_html(language: str = ENGLISH) -> str:
    """Return the program and the papers with their BibTeX; links are followed only when somebody opens them."""
    items = "".join(f"<li>{_paper_html(paper, language)}</li>" for paper in papers().values())
    return (
        f"<p>{html.escape(frame_text('cite_program', language))}</p><p>{html.escape(PROGRAM)}</p>"
        f"<pre>{html.escape(program_bibtex())}</pre>"
        f"{_copy_button(program_bibtex(), 'Missingness Explorer', language)}<ul>{items}</ul>"
    )


def _paper_html(paper: Any, language: str) -> str:
    text = html.escape(paper.text)
    if paper.address:
        text = f"<a href='{html.escape(paper.address)}' target='_blank' rel='noopener'>{text}</a>"
    return f"{text} {_copy_button(paper.bibtex, paper.short, language)}"


def _copy_button(content: str, name: str, language: str) -> str:
    """Return a button that copies; glossary.js answers it."""
    attributes = {
        "data-copy": content,
        "data-copied": frame_text("copied", language),
        "data-refused": frame_text("not_copied", language),
        "aria-label": frame_text("copy_bibtex_of", language, paper=name),
    }
    given = " ".join(f"{key}='{html.escape(value, quote=True)}'" for key, value in attributes.items())
    return f"<button type='button' class='mx-copy' {given}>{html.escape(frame_text('copy_bibtex', language))}</button>"
