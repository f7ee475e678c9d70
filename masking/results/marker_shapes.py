"""The markers of charts as SVG paths."""

import math
from collections.abc import Sequence

Corners = Sequence[tuple[float, float]]
_CROSS = (
    (-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3), (1, 0.3), (0.3, 0.3), (0.3, 1), (-0.3, 1), (-0.3, 0.3), (-1, 0.3),
    (-1, -0.3), (-0.3, -0.3),
)  # fmt: skip


def _polygon(corners: int, first: float = -90.0, inner: float = 1.0) -> Corners:
    """Return corners on a circle of radius 1, the first one at an angle in degrees; every second one at `inner`."""
    angles = [math.radians(first + 360 * number / corners) for number in range(corners)]
    radii = [inner if number % 2 else 1.0 for number in range(corners)]
    return [(radius * math.cos(angle), radius * math.sin(angle)) for angle, radius in zip(angles, radii, strict=True)]


def _turned(corners: Corners) -> Corners:
    """Return corners turned by 45 degrees."""
    half = math.sqrt(0.5)
    return [(half * (x - y), half * (x + y)) for x, y in corners]


SHAPES: dict[str, Corners] = {
    "circle": _polygon(24),
    "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    "triangle-up": _polygon(3),
    "diamond": _polygon(4),
    "triangle-down": _polygon(3, 90),
    "cross": _CROSS,
    "x": _turned(_CROSS),
    "star": _polygon(10, inner=0.45),
    "pentagon": _polygon(5),
    "hexagon": _polygon(6),
    "hourglass": ((-0.85, -0.9), (0.85, -0.9), (-0.85, 0.9), (0.85, 0.9)),
    "bowtie": ((-0.9, -0.85), (-0.9, 0.85), (0.9, -0.85), (0.9, 0.85)),
}
"""The corners of each of `masking.results.series_style.MARKERS`, around 0, within about 1."""


def marker_path(name: str, x: float, y: float, radius: float) -> str:
    """Return the `d` of an SVG path that draws a marker around a place."""
    corners = " ".join(f"{x + radius * across:.1f},{y + radius * down:.1f}" for across, down in SHAPES[name])
    return f"M{corners}Z"
