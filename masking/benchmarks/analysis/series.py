"""Numbers of a run as the series of a chart: points with intervals, and their styles."""

from collections.abc import Sequence
from typing import Any

from masking.benchmarks.protocol.experiment import Curve, Experiment, Row
from masking.benchmarks.protocol.repetitions import HIGHEST, LOWEST
from masking.results.series_style import Style, series_styles
from masking.results.svg_chart import Point

__all__ = ["Point", "Series", "group_styles", "panels_of", "point_of", "series_of"]


Series = dict[str, list[Point]]


def point_of(experiment: Experiment, curve: Curve, row: Row) -> Point:
    """Return one aggregate as a point over a curve's x; numbers stay numbers, names become titles."""
    x = row[curve.x]
    position = x if isinstance(x, int | float) else experiment.key(curve.x).display_value(x)
    return Point(position, row["value"], row["low"], row["high"], row.get(LOWEST), row.get(HIGHEST))


def series_of(experiment: Experiment, curve: Curve, outcome: str, panel: Any, aggregates: Sequence[Row]) -> Series:
    """Return the points of one figure, an outcome over a curve's x; each value of its group, in words, is a series."""
    series: Series = {}
    group = experiment.key(curve.group)
    for row in aggregates:
        if row["outcome"] == outcome and (curve.split is None or row[curve.split] == panel):
            series.setdefault(group.display_value(row[curve.group]), []).append(point_of(experiment, curve, row))
    return series


def group_styles(experiment: Experiment, curve: Curve, aggregates: Sequence[Row]) -> dict[str, Style]:
    """Return the style of every series of a curve, by its name in words, the same in all panels."""
    group = experiment.key(curve.group)
    values = {str(row[curve.group]): row[curve.group] for row in aggregates}
    return {group.display_value(values[word]): style for word, style in series_styles(values, group.of).items()}


def panels_of(curve: Curve, aggregates: Sequence[Row]) -> list[Any]:
    """Return the values of a curve's split, one per panel; [None] if it has no split."""
    return list(dict.fromkeys(row[curve.split] for row in aggregates)) if curve.split else [None]
