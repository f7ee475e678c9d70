"""Curves and bars with intervals as SVG text: for reports that need nothing to be looked at."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 560, 320, 64, 48, 16, 16
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#999999")
"""Okabe and Ito's, which colour-blind readers tell apart."""


@dataclass(frozen=True)
class Point:
    """A value over x with its interval; an end that is not known is None."""

    x: Any
    value: float
    low: float | None
    high: float | None


Series = dict[str, list[Point]]


def _spread(series: Series) -> tuple[float, float]:
    values = [end for points in series.values() for p in points for end in (p.value, p.low, p.high) if end is not None]
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return (0.0 if 0 <= low < 0.3 * high else low - margin), high + margin


def _steps(low: float, high: float) -> list[float]:
    """Round numbers between two ends, about five."""
    raw = (high - low) / 5
    size = 10 ** math.floor(math.log10(raw))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= raw)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


def draw_chart(series: Series, x_title: str, y_title: str) -> str:
    """One figure as SVG: lines where x holds numbers, else points side by side.

    Raises:
        ValueError: there is nothing to draw.
    """
    places = list(dict.fromkeys(point.x for points in series.values() for point in points))
    if not places:
        raise ValueError("there is nothing to draw yet; wait for the first shard")
    numeric = all(isinstance(place, int | float) for place in places)
    bottom, top = _spread(series)
    ends = (min(places), max(places)) if numeric else (-0.5, len(places) - 0.5)
    span = (ends[1] - ends[0]) or 1.0

    def across(x: Any, number: int) -> float:
        aside = 0.0 if numeric else (number - (len(series) - 1) / 2) * 0.5 / len(series)
        return LEFT + (WIDTH - LEFT - RIGHT) * ((x if numeric else places.index(x) + aside) - ends[0]) / span

    def down(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (top - value) / (top - bottom)

    parts = [_axes(_steps(bottom, top), down, x_title, y_title)]
    parts += [
        f'<text x="{across(place, 0) if numeric else LEFT + (WIDTH - LEFT - RIGHT) * (at + 0.5) / len(places):.1f}" '
        f'y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{_text(place)}</text>'
        for at, place in enumerate(places)
    ]
    for number, points in enumerate(series.values()):
        parts.append(_drawn(points, number, across, down, lines=numeric))
    legend = "".join(
        f'<span style="color:{COLOURS[number % len(COLOURS)]}">●</span> {_text(name)} &nbsp; '
        for number, name in enumerate(series)
    )
    picture = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{_text(y_title)}">{"".join(parts)}</svg>'
    return f"<figure>{picture}<figcaption>{legend}</figcaption></figure>"


def _text(value: Any) -> str:
    return html.escape(f"{value:g}" if isinstance(value, float) else str(value))


def _axes(steps: Sequence[float], down: Any, x_title: str, y_title: str) -> str:
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


def _drawn(points: Sequence[Point], number: int, across: Any, down: Any, lines: bool) -> str:
    colour = COLOURS[number % len(COLOURS)]
    at = [(across(point.x, number), down(point.value)) for point in points]
    parts = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in at]
    if lines:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    for (x, _), point in zip(at, points, strict=True):
        if point.low is not None and point.high is not None:
            ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{down(point.low):.1f}" y2="{down(point.high):.1f}"'
            parts.append(f'<line {ends} stroke="{colour}"/>')
    return "".join(parts)
