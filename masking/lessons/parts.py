"""What a screen of the lesson is made of: plain data, which the dashboard and the handouts draw each in their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from masking.results.series_style import NEUTRAL, Style


@dataclass(frozen=True)
class ShareBar:
    """A share (0 … 1) as a bar: its name, and the number as text. `is_marked` highlights it."""

    name: str
    share: float
    text: str
    is_marked: bool = False


@dataclass(frozen=True)
class PictureCard:
    """A picture and what belongs to it.

    Attributes:
        title: such as a method's.
        png: the picture, bytes of a PNG; without it the card holds words only.
        alt: what the picture shows, for screen readers.
        answer: what the network says, in bold type.
        bars: shares below the answer.
        word: the verdict in a word, with `kind` of `masking.results.verdict.Kind` for its sign and colour.
        kind: see `word`.
        colour: #rrggbb of the method.
        caption: a sentence below.
    """

    title: str
    png: bytes = field(default=b"", repr=False)
    alt: str = ""
    answer: str = ""
    bars: tuple[ShareBar, ...] = ()
    word: str = ""
    kind: str = ""
    colour: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Cards:
    """Cards side by side; `label` says what they show, for screen readers."""

    cards: tuple[PictureCard, ...]
    label: str


@dataclass(frozen=True)
class Series:
    """A line or a group of bars: its name, places, values, the ends of intervals if there are any, and its style."""

    name: str
    x: tuple[float | str, ...]
    y: tuple[float, ...]
    style: Style = NEUTRAL
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A chart of one or more series.

    Attributes:
        kind: lines over numbers, or bars.
        series: what it shows.
        x_title: title of the horizontal axis, with the unit.
        y_title: title of the vertical axis, with the unit.
        alt: what the chart shows, for screen readers.
        marks: places on the horizontal axis with a label each, drawn as vertical lines.
        is_share: the values are shares, 0 … 1, shown in percent.
    """

    kind: Literal["lines", "bars"]
    series: tuple[Series, ...]
    x_title: str
    y_title: str
    alt: str
    marks: tuple[tuple[float, str], ...] = ()
    is_share: bool = False


@dataclass(frozen=True)
class RowsTable:
    """A table with one column for each key of the first row."""

    rows: Sequence[Mapping[str, str]]
    caption: str = ""


@dataclass(frozen=True)
class Widget:
    """A figure that the browser draws and answers for: `assets/widgets/NAME.js`, with a style sheet beside it.

    Attributes:
        name: of the file.
        data: all that it shows, as JSON; nothing else is asked for, so it works in a file without a server.
        alt: what it shows, for screen readers and where no script runs.
        reports: whether it reports a result, which counts as the reader's guess.
    """

    name: str
    data: Mapping[str, Any] = field(repr=False)
    alt: str
    reports: bool = False


@dataclass(frozen=True)
class Note:
    """A paragraph, smaller than the verdict."""

    text: str


Part = Cards | Chart | RowsTable | Widget | Note


@dataclass(frozen=True)
class Screen:
    """What an idea shows for one value of its control.

    Attributes:
        parts: the figure, from top to bottom.
        verdict: what the figure says, in one to three sentences.
        answer: the guess that turned out right, by its name; empty where none can.
    """

    parts: tuple[Part, ...]
    verdict: str
    answer: str = ""
