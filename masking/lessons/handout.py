"""The lesson as one HTML file that needs no server and no network."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from masking.lessons.drawing import STYLE, widget_script, widget_style
from masking.lessons.handout_idea import FactsOf, IdeaSection, make_section
from masking.lessons.idea import Idea, all_ideas
from masking.lessons.references import Reference, bibtex_entry, references
from masking.lessons.stored import command_of, difference, stored_facts, stored_manifest
from masking.lessons.text import Text
from masking.results.html_page import HtmlPage
from masking.results.manifest import __version__, manifest
from masking.runtime.assets import ASSETS

FILES = ASSETS / "handout"
CHECKS = ("leak", "fit", "controls", "agreement")
PROGRAM = {
    "author": "{The Missingness Explorer maintainers}",
    "title": "{Missingness Explorer}",
    "version": __version__,
    "year": "2026",
    "note": "Apache-2.0",
}
"""The program for BibTeX."""


def make_handout(
    text: Text, ideas: Sequence[Idea] | None = None, facts_of: FactsOf = stored_facts, is_live: bool = False
) -> str:
    """Return the lesson as one HTML file. The same ideas, words and facts give the same bytes.

    Args:
        text: the words; they choose the language.
        ideas: which ideas, in their order; default all.
        facts_of: the facts for a value of an idea's control; default those that are stored with the program.
        is_live: whether these facts were computed anew; then the file says whether they equal the stored ones.

    Raises:
        KeyError: nothing is stored for an idea.
    """
    sections = [make_section(idea, text, facts_of) for idea in (all_ideas() if ideas is None else ideas)]
    page = HtmlPage(text("handout.title"), text("handout.lead"), text.language)
    page.add_style(STYLE)
    page.add_style((FILES / "handout.css").read_text("utf-8").strip())
    for name in dict.fromkeys(name for section in sections for name in section.widgets):
        page.add_style(widget_style(name))
        page.add_script(widget_script(name))
    page.add_script((FILES / "handout.js").read_text("utf-8"))
    page.add_html(_contents(sections, text))
    for section in sections:
        page.add_style(section.style())
        page.add_html(section.to_html())
    page.add_html(_checklist(text))
    _add_references(page, sections, text)
    _add_origin(page, sections, text, is_live)
    return page.to_html()


def _contents(sections: Sequence[IdeaSection], text: Text) -> str:
    """Return links to the ideas."""
    items = "".join(
        f'<li value="{section.idea.number}"><a href="#{section.idea.name}">'
        f"{escape(text(f'{section.idea.name}.title'))}</a></li>"
        for section in sections
    )
    return f'<nav aria-label="{escape(text("handout.contents"))}"><ol>{items}</ol></nav>'


def _checklist(text: Text) -> str:
    """Return what to check before one trusts an explanation, to tick."""
    items = "".join(
        f'<li><label><input type="checkbox"> {escape(text(f"handout.checks.{name}"))}</label></li>' for name in CHECKS
    )
    title = f'<h2 id="checklist">{escape(text("handout.checklist"))}</h2>'
    return f'<section aria-labelledby="checklist">{title}<ul class="checklist">{items}</ul></section>'


def _add_references(page: HtmlPage, sections: Sequence[IdeaSection], text: Text) -> None:
    """Add the papers of the ideas and the program itself, with BibTeX."""
    keys = {key for section in sections for key in section.idea.references}
    papers = [paper for key, paper in references().items() if key in keys]
    page.add_heading(text("handout.references"))
    items = "".join(f"<li>{_paper_html(paper)}</li>" for paper in papers)
    page.add_html(f'<ul class="references">{items}</ul>' if items else "")
    page.add_text(text("handout.cite", version=__version__))
    entries = [paper.bibtex for paper in papers] + [bibtex_entry("software", "missingness_explorer", PROGRAM)]
    bibtex = escape("\n\n".join(entries))
    page.add_html(f"<details class='folded'><summary>BibTeX</summary><pre>{bibtex}</pre></details>")


def _paper_html(paper: Reference) -> str:
    """Return a paper; its link is followed only when somebody opens it."""
    if not paper.address:
        return escape(paper.text)
    return f'<a href="{escape(paper.address)}" rel="noreferrer">{escape(paper.text)}</a>'


def _add_origin(page: HtmlPage, sections: Sequence[IdeaSection], text: Text, is_live: bool) -> None:
    """Add where the numbers come from: the commands, and all that is needed to compute them again."""
    page.add_heading(text("handout.origin"))
    page.add_text(text("handout.live" if is_live else "handout.stored"))
    rows = [
        {text("handout.idea"): text(f"{section.idea.name}.title"), text("handout.command"): command_of(section.idea)}
        | ({text("handout.compared"): _compare(section, text)} if is_live else {})
        for section in sections
    ]
    page.add_table(rows)
    made = {section.idea.name: dict(_manifest_of(section.idea, is_live)) for section in sections}
    values = {section.idea.name: list(section.screens) for section in sections}
    facts = manifest(language=text.language, values=values, computed_with=made)
    page.add_manifest(facts, text("handout.manifest"))


def _manifest_of(idea: Idea, is_live: bool) -> Mapping[str, Any]:
    return manifest() if is_live else stored_manifest(idea)


def _compare(section: IdeaSection, text: Text) -> str:
    """Return whether this machine's facts are those stored with the program."""
    differences = (difference(stored_facts(section.idea, at), facts) for at, facts in section.facts.items())
    other = next(filter(None, differences), "")
    return text("handout.differs", difference=other) if other else text("handout.equal")
