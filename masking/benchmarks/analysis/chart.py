"""Curves and points with intervals as SVG text, for reports that any browser shows without other files."""

import html
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from masking.benchmarks.analysis.marker_shapes import marker_path
from masking.benchmarks.analysis.series import Point, Series
from masking.results.series_style import DASHES, Style, series_styles

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 560, 320, 64, 48, 16, 16
RADIUS, RING = 4.0, 3.0
"""The radius of a marker, and how much larger each marker below another one is, so that both are seen."""


def _value_range(series: Series) -> tuple[float, float]:
    """Return the ends of the y axis."""
    values = [end for points in series.values() for p in points for end in (p.value, p.low, p.high) if end is not None]
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return (0.0 if low >= 0 else low - margin), high + margin


def _ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers between two ends."""
    raw = (high - low) / 5
    size = 10 ** math.floor(math.log10(raw))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= raw)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


def draw_chart(series: Series, x_title: str, y_title: str, styles: Mapping[str, Style] | None = None) -> str:
    """Return one figure as HTML with SVG: lines if x holds numbers, otherwise points side by side; a legend below.

    Args:
        series: the points by name.
        x_title: title of the x axis.
        y_title: title of the y axis, and of the figure.
        styles: by name; without it the series are grey.

    Raises:
        ValueError: there is nothing to draw.
    """
    x_values = list(dict.fromkeys(point.x for points in series.values() for point in points))
    if not x_values:
        raise ValueError("there is nothing to draw yet; wait for the first shard")
    styles = series_styles(series) if styles is None else styles
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
    above: Counter[tuple[int, int]] = Counter()
    layers: list[str] = []
    for number, (name, points) in reversed(list(enumerate(series.items()))):
        places = [(across(point.x, number), down(point.value)) for point in points]
        sizes = [RADIUS + RING * above[round(x), round(y)] for x, y in places]
        above.update((round(x), round(y)) for x, y in places)
        layers.append(_draw_series(points, places, sizes, down, styles[name], lines=numeric))
    parts += reversed(layers)
    content = f'<g font-size="12" fill="currentColor">{"".join(parts)}</g>'
    picture = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{_text(y_title)}">{content}</svg>'
    legend = _legend(styles, list(series), numeric)
    return f"<figure><h3>{_text(y_title)}</h3>{picture}<figcaption>{legend}</figcaption></figure>"


def _legend(styles: Mapping[str, Style], names: Sequence[str], lines: bool) -> str:
    """Return the names of the series, each after a sample of its line."""
    samples: list[str] = []
    for name in names:
        line = f'<line x1="0" x2="40" y1="7" y2="7" {_stroke(styles[name])} stroke-width="2"/>' if lines else ""
        marker = f'<path d="{marker_path(styles[name].marker, 20, 7, RADIUS)}" fill="{styles[name].colour}"/>'
        sample = f'<svg width="40" height="14" aria-hidden="true">{line}{marker}</svg>'
        samples.append(f'<span style="white-space:nowrap;margin-right:1rem">{sample} {_text(name)}</span>')
    return " ".join(samples)


def _text(value: Any) -> str:
    """Return a value as escaped text."""
    return html.escape(f"{value:g}" if isinstance(value, float) else str(value))


def _axes(steps: Sequence[float], down: Callable[[float], float], x_title: str, y_title: str) -> str:
    """Return the SVG elements of the grid and the titles."""
    lines = [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{down(step):.1f}" y2="{down(step):.1f}" stroke="currentColor" '
        'stroke-opacity="0.18"/>'
        f'<text x="{LEFT - 6}" y="{down(step) + 4:.1f}" text-anchor="end">{step:g}</text>'
        for step in steps
    ]
    middle = (TOP + HEIGHT - BOTTOM) / 2
    titles = (
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{_text(x_title)}</text>'
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{_text(y_title)}</text>'
    )
    return f"{''.join(lines)}{titles}"


def _stroke(style: Style) -> str:
    dashes = " ".join(map(str, DASHES[style.dash]))
    return f'stroke="{style.colour}"' + (f' stroke-dasharray="{dashes}"' if dashes else "")


def _draw_series(
    points: Sequence[Point],
    places: Sequence[tuple[float, float]],
    sizes: Sequence[float],
    down: Callable[[float], float],
    style: Style,
    lines: bool,
) -> str:
    """Return the SVG elements of one series: its intervals, its line and its markers."""
    parts: list[str] = []
    for (x, _), point in zip(places, points, strict=True):
        if point.low is not None and point.high is not None:
            ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{down(point.low):.1f}" y2="{down(point.high):.1f}"'
            parts.append(f'<line {ends} stroke="{style.colour}"/>')
    if lines:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" {_stroke(style)} stroke-width="2"/>')
    parts += [
        f'<path class="point" d="{marker_path(style.marker, x, y, size)}" fill="{style.colour}"/>'
        for (x, y), size in zip(places, sizes, strict=True)
    ]
    return "".join(parts)
