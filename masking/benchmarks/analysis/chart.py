"""Curves and points with intervals as SVG text, for reports that any browser shows without other files."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 560, 320, 64, 48, 16, 16
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")
"""The colours of Okabe and Ito, which colour-blind readers can distinguish."""


@dataclass(frozen=True)
class Point:
    """A value over x with its interval; an unknown end is None."""

    x: Any
    value: float
    low: float | None
    high: float | None


Series = dict[str, list[Point]]


def _value_range(series: Series) -> tuple[float, float]:
    """Return the ends of the y axis."""
    values = [end for points in series.values() for p in points for end in (p.value, p.low, p.high) if end is not None]
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return (0.0 if 0 <= low < 0.3 * high else low - margin), high + margin


def _ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers between two ends."""
    raw = (high - low) / 5
    size = 10 ** math.floor(math.log10(raw))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= raw)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


def draw_chart(series: Series, x_title: str, y_title: str) -> str:
    """Return one figure as SVG: lines if x holds numbers, otherwise points side by side.

    Raises:
        ValueError: there is nothing to draw.
    """
    x_values = list(dict.fromkeys(point.x for points in series.values() for point in points))
    if not x_values:
        raise ValueError("there is nothing to draw yet; wait for the first shard")
    numeric = all(isinstance(x, int | float) for x in x_values)
    bottom, top = _value_range(series)
    ends = (min(x_values), max(x_values)) if numeric else (-0.5, len(x_values) - 0.5)
    span = (ends[1] - ends[0]) or 1.0

    def across(x: Any, number: int) -> float:
        offset = 0.0 if numeric else (number - (len(series) - 1) / 2) * 0.5 / len(series)
        return LEFT + (WIDTH - LEFT - RIGHT) * ((x if numeric else x_values.index(x) + offset) - ends[0]) / span

    def down(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (top - value) / (top - bottom)

    parts = [_axes(_ticks(bottom, top), down, x_title, y_title)]
    parts += [
        f'<text x="{across(x, 0) if numeric else LEFT + (WIDTH - LEFT - RIGHT) * (index + 0.5) / len(x_values):.1f}" '
        f'y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{_text(x)}</text>'
        for index, x in enumerate(x_values)
    ]
    for number, points in enumerate(series.values()):
        parts.append(_draw_series(points, number, across, down, lines=numeric))
    legend = "".join(
        f'<span style="color:{COLOURS[number % len(COLOURS)]}">●</span> {_text(name)} &nbsp; '
        for number, name in enumerate(series)
    )
    picture = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{_text(y_title)}">{"".join(parts)}</svg>'
    return f"<figure>{picture}<figcaption>{legend}</figcaption></figure>"


def _text(value: Any) -> str:
    """Return a value as escaped text."""
    return html.escape(f"{value:g}" if isinstance(value, float) else str(value))


def _axes(steps: Sequence[float], down: Any, x_title: str, y_title: str) -> str:
    """Return the SVG elements of the grid and the titles."""
    lines = [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{down(step):.1f}" y2="{down(step):.1f}" stroke="#ddd"/>'
        f'<text x="{LEFT - 6}" y="{down(step) + 4:.1f}" text-anchor="end">{step:g}</text>'
        for step in steps
    ]
    middle = (TOP + HEIGHT - BOTTOM) / 2
    titles = (
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{_text(x_title)}</text>'
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{_text(y_title)}</text>'
    )
    return "".join(lines) + titles


def _draw_series(points: Sequence[Point], number: int, across: Any, down: Any, lines: bool) -> str:
    """Return the SVG elements of one series."""
    colour = COLOURS[number % len(COLOURS)]
    positions = [(across(point.x, number), down(point.value)) for point in points]
    parts = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in positions]
    if lines:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in positions)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    for (x, _), point in zip(positions, points, strict=True):
        if point.low is not None and point.high is not None:
            ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{down(point.low):.1f}" y2="{down(point.high):.1f}"'
            parts.append(f'<line {ends} stroke="{colour}"/>')
    return "".join(parts)
