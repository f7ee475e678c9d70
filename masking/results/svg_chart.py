"""Lines, points and bars with intervals as SVG text: any browser shows them without other files.

Every value says its number when the pointer rests on it.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from masking.results.marker_shapes import marker_path
from masking.results.markup import markup_text
from masking.results.series_style import DASHES, NEUTRAL, Style

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 560, 320, 64, 48, 16, 16
RADIUS, RING = 4.0, 2.5
"""The radius of a marker, and how much larger each marker below another one is, so that both are seen."""
LETTER = 6.6
"""How wide a letter of an axis is, about."""
MOST_LABELS = 12
"""So many numbers of a horizontal axis are all named; more are named by round ones."""


@dataclass(frozen=True)
class Point:
    """A value over x with its interval, and the range of the values that it is the mean of; None is unknown."""

    x: Any
    value: float
    low: float | None = None
    high: float | None = None
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True)
class SvgChart:
    """What a chart shows and how it is written.

    Attributes:
        series: the points by name.
        x_title: title of the horizontal axis.
        y_title: title of the vertical axis.
        styles: by name; series without one are grey.
        kind: lines (over names they are points side by side), or bars.
        alt: what the chart shows, for screen readers; default the title of the vertical axis.
        marks: places on the horizontal axis with a label each, drawn as vertical lines.
        number: how numbers are written.
        highest: the vertical axis reaches at least so far.
    """

    series: Mapping[str, Sequence[Point]]
    x_title: str
    y_title: str
    styles: Mapping[str, Style] = field(default_factory=dict[str, Style])
    kind: Literal["lines", "bars"] = "lines"
    alt: str = ""
    marks: Sequence[tuple[float, str]] = ()
    number: Callable[[float], str] = "{:g}".format
    highest: float | None = None

    def __post_init__(self):
        if not any(self.series.values()):
            raise ValueError("there is nothing to draw in a chart without points")

    @property
    def x_values(self) -> list[Any]:
        """All places on the horizontal axis, in the order in which they first come."""
        return list(dict.fromkeys(point.x for points in self.series.values() for point in points))

    @property
    def is_numeric(self) -> bool:
        """Whether the horizontal axis holds numbers."""
        return all(isinstance(x, int | float) for x in self.x_values)

    def to_svg(self) -> str:
        """Return the chart without its legend."""
        return _Drawing(self).to_svg()

    def legend(self) -> str:
        """Return the names of the series as HTML, each after a sample of its line."""
        has_lines = self.is_numeric and self.kind == "lines"
        return " ".join(
            f'<span style="white-space:nowrap;margin-right:1rem">{self._sample(name, has_lines)} {_text(name)}</span>'
            for name in self.series
        )

    def _sample(self, name: str, has_lines: bool) -> str:
        style = self.styles.get(name, NEUTRAL)
        line = f'<line x1="0" x2="40" y1="7" y2="7" {_stroke(style)} stroke-width="2"/>' if has_lines else ""
        sign = f'<path d="{marker_path(style.marker, 20, 7, RADIUS)}" fill="{style.colour}"/>'
        if self.kind == "bars":
            sign = f'<rect x="12" y="1" width="16" height="12" {_bar_paint(style)}/>'
        return f'<svg width="40" height="14" aria-hidden="true">{line}{sign}</svg>'


class _Drawing:
    """Where everything in a chart stands."""

    def __init__(self, chart: SvgChart):
        self.chart = chart
        self.x_values = chart.x_values
        self.is_numeric = chart.is_numeric
        self.bottom, self.top = _value_range(chart)
        numbers = [*self.x_values, *(at for at, _ in chart.marks)] if self.is_numeric else [0]
        self.gap = _least_gap(self.x_values) if self.is_numeric else 1.0
        beside = self.gap / 2 if chart.kind == "bars" else 0.0
        self.ends = (
            (min(numbers) - beside, max(numbers) + beside) if self.is_numeric else (-0.5, len(self.x_values) - 0.5)
        )
        self.is_slanted = not self.is_numeric and any(
            len(str(x)) * LETTER > (WIDTH - LEFT - RIGHT) / len(self.x_values) for x in self.x_values
        )
        longest = max(len(str(x)) for x in self.x_values)
        self.margin = BOTTOM + (longest * LETTER * 0.5 if self.is_slanted else 0)
        self.height = HEIGHT + self.margin - BOTTOM

    def to_svg(self) -> str:
        """Return the whole picture."""
        parts = [self._axes(), self._x_labels(), *self._marks(), *self._series()]
        content = f'<g font-size="12" fill="currentColor">{"".join(parts)}</g>'
        name = _text(self.chart.alt or self.chart.y_title)
        return f'<svg viewBox="0 0 {WIDTH} {self.height:.0f}" role="img" aria-label="{name}">{content}</svg>'

    def across(self, x: float) -> float:
        """Return where a place of the horizontal axis stands."""
        span = (self.ends[1] - self.ends[0]) or 1.0
        return LEFT + (WIDTH - LEFT - RIGHT) * (x - self.ends[0]) / span

    def down(self, value: float) -> float:
        """Return where a value stands."""
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.top - value) / (self.top - self.bottom)

    def _position(self, x: Any, number: int) -> float:
        """Return where a point of the series with this number stands; neighbours do not cover each other."""
        if self.is_numeric and self.chart.kind == "lines":
            return self.across(x)
        offset = (number - (len(self.chart.series) - 1) / 2) * self._share
        return self.across((x if self.is_numeric else self.x_values.index(x)) + offset * self.gap)

    @property
    def _share(self) -> float:
        """The room of one series between two places, as a share of it."""
        return (0.8 if self.chart.kind == "bars" else 0.5) / len(self.chart.series)

    def _axes(self) -> str:
        """Return the grid and the titles."""
        labels = [(step, _text(self.chart.number(step))) for step in _ticks(self.bottom, self.top)]
        lines = [
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.down(step):.1f}" y2="{self.down(step):.1f}" '
            f'stroke="currentColor" stroke-opacity="{0.18 if step else 0.5}"/>'
            f'<text x="{LEFT - 6}" y="{self.down(step) + 4:.1f}" text-anchor="end">{label}</text>'
            for step, label in labels
        ]
        middle = (TOP + HEIGHT - BOTTOM) / 2
        x_title, y_title = _text(self.chart.x_title), _text(self.chart.y_title)
        titles = (
            f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{self.height - 8:.0f}" text-anchor="middle">{x_title}</text>'
            f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{y_title}</text>'
        )
        return f"{''.join(lines)}{titles}"

    def _x_labels(self) -> str:
        height = HEIGHT - BOTTOM + 20
        if self.is_numeric:
            places = self.x_values if len(self.x_values) <= MOST_LABELS else _ticks(*self.ends)
            labels = [(self.across(x), _text(x if isinstance(x, int) else f"{x:g}".replace("-", "−"))) for x in places]
        else:
            labels = [(self.across(index), _text(x)) for index, x in enumerate(self.x_values)]
        if self.is_slanted:
            return "".join(
                f'<text transform="translate({x:.1f} {height - 4}) rotate(-30)" text-anchor="end">{label}</text>'
                for x, label in labels
            )
        return "".join(f'<text x="{x:.1f}" y="{height}" text-anchor="middle">{label}</text>' for x, label in labels)

    def _marks(self) -> list[str]:
        parts: list[str] = []
        for at, label in self.chart.marks:
            x = self.across(at)
            side = "end" if x > (LEFT + WIDTH - RIGHT) / 2 else "start"
            shift = -4 if side == "end" else 4
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="currentColor" '
                f'stroke-opacity="0.6" stroke-width="2"/>'
                f'<text x="{x + shift:.1f}" y="{TOP - 4}" text-anchor="{side}">{_text(label)}</text>'
            )
        return parts

    def _series(self) -> list[str]:
        """Return the series, the first on top; a marker below another one is larger."""
        above: Counter[tuple[int, int]] = Counter()
        layers: list[str] = []
        for number, (name, points) in reversed(list(enumerate(self.chart.series.items()))):
            places = [(self._position(point.x, number), self.down(point.value)) for point in points]
            sizes = [RADIUS + RING * above[round(x), round(y)] for x, y in places]
            above.update((round(x), round(y)) for x, y in places)
            layers.append(self._one_series(name, points, places, sizes))
        return layers[::-1]

    def _one_series(
        self, name: str, points: Sequence[Point], places: Sequence[tuple[float, float]], sizes: Sequence[float]
    ) -> str:
        """Return the intervals, the line and the markers or bars of one series."""
        style, has_bars = self.chart.styles.get(name, NEUTRAL), self.chart.kind == "bars"
        intervals: list[str] = []
        for (x, _), point in zip(places, points, strict=True):
            if point.low is not None and point.high is not None:
                ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{self.down(point.low):.1f}" y2="{self.down(point.high):.1f}"'
                paint = 'stroke="currentColor" stroke-width="2"' if has_bars else f'stroke="{style.colour}"'
                intervals.append(f"<line {ends} {paint}/>")
        titles = [f"<title>{self._says(name, point)}</title>" for point in points]
        if has_bars:
            bars = [self._bar(x, y, style, title) for (x, y), title in zip(places, titles, strict=True)]
            return "".join([*bars, *intervals])
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        line = f'<polyline points="{path}" fill="none" {_stroke(style)} stroke-width="2"/>' if self.is_numeric else ""
        markers = [
            f'<path class="point" d="{marker_path(style.marker, x, y, size)}" fill="{style.colour}">{title}</path>'
            for (x, y), size, title in zip(places, sizes, titles, strict=True)
        ]
        return "".join([*intervals, line, *markers])

    def _bar(self, x: float, y: float, style: Style, title: str) -> str:
        width = abs(self.across(self.gap * self._share) - self.across(0)) * 0.92
        zero = self.down(0.0)
        return (
            f'<rect class="point" x="{x - width / 2:.1f}" y="{min(y, zero):.1f}" width="{width:.1f}" '
            f'height="{max(abs(zero - y), 1):.1f}" {_bar_paint(style)}>{title}</rect>'
        )

    def _says(self, name: str, point: Point) -> str:
        """Return a point in words."""
        number = self.chart.number
        between = (
            f" ({number(point.low)} – {number(point.high)})" if point.low is not None and point.high is not None else ""
        )
        x = f"{point.x:g}" if isinstance(point.x, float) else point.x
        return _text(f"{name}, {x}: {number(point.value)}{between}")


def _value_range(chart: SvgChart) -> tuple[float, float]:
    """Return the ends of the vertical axis."""
    points = [point for points in chart.series.values() for point in points]
    ends = [end for point in points for end in (point.value, point.low, point.high)]
    values = [end for end in (*ends, chart.highest) if end is not None]
    low, high = min(values), max(values)
    if chart.kind == "bars":
        low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return (0.0 if low >= 0 else low - margin), high + margin


def _least_gap(numbers: Sequence[float]) -> float:
    """Return the least distance of two numbers; 1 if there is one number only."""
    ordered = sorted(numbers)
    return min((b - a for a, b in pairwise(ordered)), default=1.0)


def _ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers between two ends."""
    raw = ((high - low) or 1.0) / 5
    size = 10 ** math.floor(math.log10(raw))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= raw)
    first = math.ceil(low / step)
    return [round(number * step, 12) for number in range(first, math.floor(high / step) + 1)]


def _stroke(style: Style) -> str:
    dashes = " ".join(map(str, DASHES[style.dash]))
    return f'stroke="{style.colour}"' + (f' stroke-dasharray="{dashes}"' if dashes else "")


def _bar_paint(style: Style) -> str:
    """Return the paint of a bar; a pattern is drawn as a paler bar with an edge."""
    pale = f' fill-opacity="0.35" stroke="{style.colour}"' if style.pattern else ""
    return f'fill="{style.colour}"{pale}'


def _text(value: Any) -> str:
    """Return a value as escaped text."""
    return markup_text(f"{value:g}" if isinstance(value, float) else str(value))
