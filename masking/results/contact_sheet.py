"""A contact sheet: pictures side by side, each with the answer to it, as PNG, SVG or HTML."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from masking.image import to_png
from masking.results.html_controls import flip_all, flip_style, follow_control, follow_kinds, follow_style
from masking.results.html_page import HtmlPage, html_figure
from masking.results.sheet import FAINT, GAP, HEADING, SMALL, TITLE, Layout, TextStyle
from masking.results.verdict import Kind, Verdict

SIDE = 256
"""The longer side of a picture, in units of the layout."""
WIDEST = 5
"""Panels in one row at most."""
BARS = 5
ORIGINAL_BAR, OTHER_BAR = "#9dbcf0", "#d5d9de"
"""Bars of the class that the network names for the whole picture and of its group, and bars of other classes."""
VERDICT_COLOURS = {Kind.LEAK: "#a33b10", Kind.HARM: "#a33b10", Kind.KEPT: "#0f6b60", Kind.GUESS: "#0f6b60"}
"""Colours of the words of verdicts; the others are grey."""


@dataclass(frozen=True)
class Bar:
    """A class with its probability, 0 … 1, and whether it is the object that the network names in the whole picture."""

    name: str
    share: float
    is_original: bool = False


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture and the answer to it.

    Attributes:
        title: what stands above it, such as the method.
        image: (1, 3, h, w) in [0, 1].
        answer: the class named.
        bars: the most probable classes, best first.
        facts: further numbers by name.
        verdict: what the answer means; None for the whole picture.
        remark: a sentence below the verdict.
        colour: of the method, as in all charts.
        others: the bars of classes that other panels name, for the HTML page: they are shown when one follows a class.
        is_whole: whether it shows the whole picture.
    """

    title: str
    image: Tensor
    answer: str
    bars: Sequence[Bar]
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    verdict: Verdict | None = None
    remark: str = ""
    colour: str = ""
    others: Sequence[Bar] = ()
    is_whole: bool = False

    @property
    def text(self) -> str:
        """What the picture shows, for screen readers."""
        return f"{self.title}: {self.answer}"


@dataclass(frozen=True, eq=False)
class Section:
    """Panels that belong together, under a heading and a sentence."""

    heading: str
    text: str
    panels: Sequence[Panel]


@dataclass(frozen=True, eq=False)
class ContactSheet:
    """Everything that a result shows and says.

    Attributes:
        heading: names the result.
        sentence: what it means.
        sections: its pictures.
        legend: what signs and numbers mean.
        facts: how it was made, by name.
        tables: numbers for the HTML page, by caption.
        manifest: all that is needed to compute it again, for the HTML page.
        followed: names of classes that the HTML page can show in every panel.
    """

    heading: str
    sentence: str
    sections: Sequence[Section]
    legend: str
    facts: Mapping[str, str]
    tables: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict[str, Any])
    manifest: Mapping[str, Any] = field(default_factory=dict[str, Any])
    followed: Sequence[str] = ()

    def layout(self) -> Layout:
        """Return where everything stands; all bars share one scale, 0 … 1."""
        columns = max(2, *(columns_for(len(section.panels)) for section in self.sections))
        layout = Layout(GAP + columns * (SIDE + GAP))
        width = layout.width - 2 * GAP
        top = layout.write(self.heading, GAP, GAP, width, HEADING)
        top = layout.write(self.sentence, GAP, top + 2, width, TextStyle(14)) + GAP / 2
        for section in self.sections:
            top = layout.rule(top)
            top = layout.write(section.heading, GAP, top, width, TextStyle(15, bold=True))
            top = layout.write(section.text, GAP, top, width, SMALL) + GAP / 2
            top = _draw_panels(layout, section.panels, top)
        top = layout.rule(top)
        top = layout.write(self.legend, GAP, top, width, SMALL) + GAP / 4
        layout.write(" · ".join(f"{name}: {value}" for name, value in self.facts.items()), GAP, top, width, SMALL)
        return layout

    def to_png(self) -> bytes:
        """Return the sheet as the bytes of a PNG."""
        return self.layout().to_png()

    def to_svg(self) -> str:
        """Return the sheet as SVG."""
        return self.layout().to_svg(f"{self.heading}. {self.sentence}")

    def to_html(self) -> str:
        """Return a page that needs no other file, with tables and manifest too.

        Each picture turns into the whole one at a touch, and a class can be followed through all panels.
        """
        page = HtmlPage(self.heading, self.sentence)
        self._add_controls(page)
        has_whole = self._whole is not None
        for section in self.sections:
            page.add_heading(section.heading or "What the network was shown, and what it said")
            if section.text:
                page.add_text(section.text)
            page.add_figures(_to_figure(panel, self.followed, has_whole) for panel in section.panels)
        page.add_text(self.legend)
        for caption, rows in self.tables.items():
            page.add_heading(caption)
            page.add_table(rows)
        page.add_heading("How it was made")
        page.add_facts(self.facts)
        page.add_manifest(self.manifest)
        return page.to_html()

    @property
    def _whole(self) -> Panel | None:
        """The panel of the whole picture, if there are others to compare with it."""
        panels = [panel for section in self.sections for panel in section.panels]
        return next((panel for panel in panels if panel.is_whole and len(panels) > 1), None)

    def _add_controls(self, page: HtmlPage) -> None:
        """Add what a reader can choose."""
        if self._whole is not None:
            page.add_style(flip_style(base64.b64encode(to_png(self._whole.image)).decode()))
            hint = "Point at a picture, or tap it, to see the whole one in its place."
            page.add_html(f'<fieldset class="choices"><legend>Pictures</legend><p>{hint}</p>{flip_all()}</fieldset>')
        if self.followed:
            page.add_style(follow_style(self.followed))
            page.add_html(follow_control(self.followed, "Follow a class under every method", "none"))


def columns_for(panels: int) -> int:
    """Return how many panels stand in a row, so that the rows are as equal as they can be."""
    rows = math.ceil(panels / WIDEST)
    return math.ceil(panels / rows) if rows else 0


def _draw_panels(layout: Layout, panels: Sequence[Panel], top: float) -> float:
    """Draw panels in rows; return where to go on below them."""
    columns = columns_for(len(panels))
    for first in range(0, len(panels), columns or 1):
        row = panels[first : first + columns]
        bottoms = [_draw_panel(layout, panel, GAP + at * (SIDE + GAP), top) for at, panel in enumerate(row)]
        top = max(bottoms) + GAP
    return top


def _draw_panel(layout: Layout, panel: Panel, left: float, top: float) -> float:
    """Draw a panel; return its lower edge."""
    swatch = 18 if panel.colour else 0
    if panel.colour:
        layout.fill(left, top + 3, 12, 12, panel.colour)
    top = layout.write(panel.title, left + swatch, top, SIDE - swatch, TITLE, lines=2)
    top = layout.paste(panel.image, left, top + 4, SIDE, SIDE, panel.text) + 6
    top = layout.write(panel.answer, left, top, SIDE, TITLE, lines=2) + 2
    for bar in panel.bars[:BARS]:
        colour = ORIGINAL_BAR if bar.is_original else OTHER_BAR
        top = layout.bar(bar.name, bar.share, left, top, SIDE, colour)
    top += 2
    for name, value in panel.facts.items():
        room = SIDE - layout.write_right(value, left + SIDE, top, TextStyle(12)) - 8
        top = layout.write(name, left, top, room, SMALL, lines=1)
    if panel.verdict is not None:
        colour = VERDICT_COLOURS.get(panel.verdict.kind, FAINT)
        top = layout.write(panel.verdict.word, left, top + 4, SIDE, TITLE.in_colour(colour))
        top = layout.write(panel.verdict.text, left, top, SIDE, TextStyle(12))
    return layout.write(panel.remark, left, top, SIDE, TextStyle(12))


def _to_figure(panel: Panel, followed: Sequence[str], is_flip: bool) -> str:
    word, sentence = (panel.verdict.word, panel.verdict.text) if panel.verdict else ("", "")
    return html_figure(
        panel.title,
        to_png(panel.image),
        panel.text,
        captions=[sentence, panel.remark],
        answer=panel.answer,
        bars=[(bar.name, bar.share, bar.is_original) for bar in [*panel.bars[:BARS], *panel.others]],
        facts=panel.facts,
        word=word,
        colour=panel.colour,
        kinds=follow_kinds(followed, [bar.name for bar in panel.others]),
        is_flip=is_flip and not panel.is_whole,
    )
