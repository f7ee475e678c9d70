"""Charts of runs as SVG."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from masking import METHODS
from masking.benchmarks.analysis.chart import draw_chart
from masking.benchmarks.analysis.series import Point
from masking.results.marker_shapes import SHAPES
from masking.results.series_style import MARKERS


def corners(path: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, corner.split(","))) for corner in path[1:-1].split()]


def test_every_marker_has_its_shape_around_the_point():
    assert set(SHAPES) == set(MARKERS)
    for shape in SHAPES.values():
        assert np.abs(np.mean(shape, 0)).max() < 0.05
        assert 0.7 <= np.abs(shape).max() <= 1.1


@pytest.mark.parametrize(
    "series",
    [
        {"a": [Point(0.0, 0.5, 0.4, 0.6), Point(0.5, 0.2, None, None)], "b<": [Point(0.5, 0.1, 0.1, 0.1)]},
        {"a": [Point("exact", 3.0, 2.0, 4.0)], "b": [Point("box", -3.0, -4.0, -2.0)]},
        {"one": [Point(1, 0.0, 0.0, 0.0)]},
    ],
)
def test_figures_are_well_formed_and_hold_every_point(series):
    picture = re.search("<svg viewBox.*?</svg>", draw_chart(series, "x & y", "z"))[0]
    root = ElementTree.fromstring(picture)
    points = [point for points in series.values() for point in points]
    markers = [path.get("d") for path in root.findall("g/path[@class='point']")]
    assert len(markers) == len(points)
    places = [np.mean(corners(path), 0) for path in markers]
    assert all(0 <= x <= 560 and 0 <= y <= 320 for x, y in places)
    for (_, y), point in zip(places, points, strict=True):
        assert all(
            abs(y - other) < 1 or (y < other) == (point.value > p.value)
            for (_, other), p in zip(places, points, strict=True)
        )


def test_points_on_each_other_are_drawn_as_rings_in_the_methods_colours():
    series = {"Blackout": [Point(0.5, 0.0, None, None)], "Greyout": [Point(0.5, 0.0, None, None)]}
    styles = {name: METHODS[name.lower()].style for name in series}
    figure = draw_chart(series, "x", "y", styles)
    svg = ElementTree.fromstring(re.search("<svg viewBox.*?</svg>", figure)[0])
    below, above = svg.findall("g/path[@class='point']")
    assert (below.get("fill"), above.get("fill")) == tuple(style.colour for style in styles.values())
    widths = [
        np.ptp([float(corner.split(",")[0]) for corner in each.get("d")[1:-1].split()]) for each in (below, above)
    ]
    assert widths[0] > 1.5 * widths[1]
    assert all(f'stroke="{style.colour}"' in figure and name in figure for name, style in styles.items())


def test_an_empty_chart_is_refused():
    with pytest.raises(ValueError, match="nothing to draw"):
        draw_chart({}, "x", "y")
