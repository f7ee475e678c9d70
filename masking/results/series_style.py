"""How charts draw a series: colour belongs to masking methods, and everything else is grey.

A method looks the same in every chart. Series that are no methods, such as classifiers and runs, differ by marker, dash
and pattern only, so no chart uses the colour of a method for something else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

MARKERS = {
    "circle": "●", "square": "■", "triangle-up": "▲", "diamond": "◆", "triangle-down": "▼", "cross": "✚", "x": "✖",
    "star": "★", "pentagon": "⬟", "hexagon": "⬢", "hourglass": "⧗", "bowtie": "⧓",
}  # fmt: skip
"""The names of markers, as plotly spells them, with a sign for legends in plain text."""
DASHES = {
    "solid": (), "dash": (9, 6), "dot": (3, 3), "longdash": (15, 6), "dashdot": (9, 4, 3, 4),
    "longdashdot": (15, 4, 3, 4),
}  # fmt: skip
"""The names of dashes, as plotly spells them, with the lengths of strokes and gaps in pixels."""
PATTERNS = ("", "/", "x", "\\", "-", "+", ".", "|")
"""The patterns of bars of one colour, as plotly spells them."""


@dataclass(frozen=True)
class Style:
    """The colour, marker and dash of a series; the default is neutral.

    Attributes:
        colour: #rrggbb, with a contrast of at least 3:1 against white and against the dark background.
        marker: a key of `MARKERS`.
        dash: a key of `DASHES`.
        pattern: one of `PATTERNS`; it distinguishes bars of one colour.
    """

    colour: str = "#6b7078"
    marker: str = "circle"
    dash: str = "solid"
    pattern: str = ""

    def __post_init__(self):
        for kind, value, choices in (("marker", self.marker, MARKERS), ("dash", self.dash, DASHES)):
            if value not in choices:
                raise ValueError(f"there is no {kind} {value!r}; choose from {', '.join(choices)}")


NEUTRAL = Style()


def series_styles(words: Iterable[str], entries: Mapping[str, Any] | None = None) -> dict[str, Style]:
    """Return a style for each series of one chart.

    A word such as `blur:sigma=5` gets the style of the entry that it names, and the neutral one if there is none. Where
    several words would look the same, the later ones get other markers, dashes and patterns. An entry around another,
    such as `calibrated:of=blur`, has the colour of that one and the next dash.
    """
    styles: dict[str, Style] = {}
    plain: list[Style] = []
    for word in dict.fromkeys(words):
        own = _style_of(word, entries or {})
        styles[word] = _variant(own, plain.count(own))
        plain.append(own)
    return styles


def _style_of(word: str, entries: Mapping[str, Any]) -> Style:
    """Return the style of the entry that a word names; see `Wrapper.colour_of`."""
    name, _, assignments = word.partition(":")
    entry = entries.get(name)
    own = getattr(entry, "style", NEUTRAL)
    around = getattr(entry, "colour_of", "")
    if not around:
        return own
    assigned = assignments.removeprefix(f"{around}=") if assignments.startswith(f"{around}=") else ""
    base = _style_of(assigned or getattr(entry, around), entries)
    return replace(own, colour=base.colour, dash=_shift(list(DASHES), base.dash, 1))


def _variant(style: Style, number: int) -> Style:
    """Return the style of the same colour with this number; 0 is the style itself."""
    if not number:
        return style
    marker, dash = (
        _shift(list(names), name, number) for names, name in ((MARKERS, style.marker), (DASHES, style.dash))
    )
    return replace(style, marker=marker, dash=dash, pattern=PATTERNS[number % len(PATTERNS)])


def _shift(names: list[str], name: str, steps: int) -> str:
    return names[(names.index(name) + steps) % len(names)]
