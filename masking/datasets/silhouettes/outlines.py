"""The outlines of objects as signed distances: negative inside, positive outside.

Every outline consists of a few parts on a drawing board of about [-1, 1] x [-1, 1]; x grows to the right, y grows
down. To add an outline, add one entry to `OUTLINES`.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from masking.runtime.byte_cache import cached_by_bytes

Shape = Callable[[Tensor, Tensor], Tensor]
"""A function of x and y that returns the signed distance; all have the same shape."""

Point = tuple[float, float]

KEPT_BYTES = 2**28
"""Of the finished fields that are kept, for different names and sides."""


# --- parts -----------------------------------------------------------------------------------------


def polygon(*corners: Point) -> Shape:
    """Return a filled polygon with straight sides."""

    def distance(x: Tensor, y: Tensor) -> Tensor:
        nearest, inside = torch.full_like(x, math.inf), torch.zeros_like(x, dtype=torch.bool)
        for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
            dx, dy = x1 - x0, y1 - y0
            along = (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)).clamp(0, 1)
            nearest = torch.minimum(nearest, (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2)
            if dy != 0:  # the side is crossed by a ray that runs to the right
                inside ^= ((y0 <= y) != (y1 <= y)) & (x < x0 + (y - y0) * (dx / dy))
        return nearest.sqrt() * torch.where(inside, -1.0, 1.0)

    return distance


def curve(*points: Point, steps: int = 8) -> Shape:
    """Return a filled shape with a smooth boundary: the closed Catmull-Rom spline through `points`."""
    p1 = np.asarray(points)
    p0, p2, p3 = np.roll(p1, 1, 0), np.roll(p1, -1, 0), np.roll(p1, -2, 0)
    t = (np.arange(steps) / steps)[None, :, None]
    a, b, c, d = (p[:, None, :] for p in (p0, p1, p2, p3))
    path = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return polygon(*((float(x), float(y)) for x, y in path.reshape(-1, 2)))


def disc(cx: float, cy: float, radius: float) -> Shape:
    """Return a filled circle."""
    return lambda x, y: torch.hypot(x - cx, y - cy) - radius


def box(left: float, top: float, right: float, bottom: float) -> Shape:
    """Return a filled rectangle."""
    return polygon((left, top), (right, top), (right, bottom), (left, bottom))


def bar(x0: float, y0: float, x1: float, y1: float, radius: float) -> Shape:
    """Return a stroke with round ends."""
    dx, dy = x1 - x0, y1 - y0

    def distance(x: Tensor, y: Tensor) -> Tensor:
        along = (((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)).clamp(0, 1)
        return torch.hypot(x - x0 - along * dx, y - y0 - along * dy) - radius

    return distance


def rounded(shape: Shape, radius: float) -> Shape:
    """Return the shape grown by `radius`, with round corners."""
    return lambda x, y: shape(x, y) - radius


def mirrored(shape: Shape) -> Shape:
    """Return the right half of the shape on both sides of the vertical axis."""
    return lambda x, y: shape(x.abs(), y)


def union(*shapes: Shape) -> Shape:
    """Return the area that any of the shapes covers."""
    return lambda x, y: torch.stack([shape(x, y) for shape in shapes]).amin(0)


def overlap(*shapes: Shape) -> Shape:
    """Return the area that all of the shapes cover."""
    return lambda x, y: torch.stack([shape(x, y) for shape in shapes]).amax(0)


def subtract(shape: Shape, *holes: Shape) -> Shape:
    """Return the shape without its holes."""
    hole = union(*holes)
    return lambda x, y: torch.maximum(shape(x, y), -hole(x, y))


def ring(cx: float, cy: float, outer: float, inner: float) -> Shape:
    """Return the area between two circles."""
    return subtract(disc(cx, cy, outer), disc(cx, cy, inner))


def _star_corners(points: int, outer: float, inner: float) -> list[Point]:
    radii = (outer, inner) * points
    angles = (math.pi * i / points - math.pi / 2 for i in range(2 * points))
    return [(r * math.cos(a), r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]


# --- outlines --------------------------------------------------------------------------------------

OUTLINES: dict[str, Shape] = {
    "airplane": mirrored(
        union(
            bar(0, -0.86, 0, 0.86, 0.14),
            rounded(polygon((0, -0.3), (0.97, 0.2), (0.97, 0.32), (0, 0.12)), 0.03),
            rounded(polygon((0, 0.6), (0.38, 0.84), (0.38, 0.92), (0, 0.84)), 0.03),
        )
    ),
    "bird": union(
        curve((-0.3, -0.5), (0.05, -0.3), (0.4, 0), (0.6, 0.35), (0.25, 0.52), (-0.15, 0.52), (-0.5, 0.3),
              (-0.62, -0.1)),
        disc(-0.42, -0.46, 0.3),
        polygon((-0.62, -0.64), (-1, -0.44), (-0.64, -0.34)),
        rounded(polygon((0.3, 0.2), (1.05, 0.5), (0.98, 0.66), (0.2, 0.45)), 0.03),
        bar(-0.12, 0.5, -0.16, 0.88, 0.035),
        bar(0.08, 0.5, 0.08, 0.88, 0.035),
        bar(-0.3, 0.88, -0.12, 0.88, 0.035),
        bar(-0.06, 0.88, 0.1, 0.88, 0.035),
    ),
    "boat": union(
        curve((-0.9, 0.36), (0, 0.42), (0.92, 0.36), (0.62, 0.76), (0, 0.82), (-0.6, 0.76)),
        bar(0, -0.98, 0, 0.45, 0.04),
        polygon((0.1, -0.95), (0.42, -0.4), (0.78, 0.24), (0.1, 0.24)),
        polygon((-0.1, -0.74), (-0.1, 0.24), (-0.68, 0.24)),
    ),
    "bottle": mirrored(
        rounded(
            polygon((-0.1, -0.98), (0.1, -0.98), (0.1, -0.42), (0.2, -0.3), (0.29, -0.1), (0.3, 0.95), (-0.1, 0.95)),
            0.05,
        )
    ),
    "butterfly": mirrored(
        union(
            curve((0.03, -0.12), (0.34, -0.66), (0.8, -0.86), (1.02, -0.62), (0.84, -0.12), (0.34, 0.1)),
            curve((0.03, 0.0), (0.5, 0.08), (0.78, 0.34), (0.64, 0.74), (0.36, 0.82), (0.12, 0.42)),
            bar(0, -0.4, 0, 0.58, 0.09),
            bar(0.02, -0.4, 0.24, -0.86, 0.03),
            disc(0.25, -0.88, 0.055),
        )
    ),
    "fish": union(
        curve((-0.95, 0.02), (-0.6, -0.3), (-0.1, -0.42), (0.35, -0.22), (0.66, 0), (0.35, 0.22), (-0.1, 0.42),
              (-0.6, 0.3)),
        rounded(polygon((0.5, 0), (0.98, -0.44), (0.86, 0), (0.98, 0.44)), 0.03),
        curve((-0.42, -0.34), (-0.12, -0.58), (0.26, -0.6), (0.2, -0.24)),
        curve((-0.2, 0.34), (0.06, 0.62), (0.22, 0.58), (0.16, 0.28)),
    ),
    "guitar": subtract(
        mirrored(
            union(
                curve((0, -0.14), (0.24, -0.1), (0.31, 0.08), (0.25, 0.25), (0.39, 0.46), (0.43, 0.72), (0.28, 0.92),
                      (0, 0.98), (-0.2, 0.96), (-0.2, 0)),
                box(-0.07, -0.8, 0.07, 0.1),
                rounded(polygon((0, -1.02), (0.1, -1.02), (0.07, -0.74), (0, -0.74)), 0.04),
            )
        ),
        disc(0, 0.3, 0.12),
    ),
    "hammer": union(
        rounded(polygon((-0.06, -0.5), (0.06, -0.5), (0.1, 1), (-0.1, 1)), 0.04),
        rounded(box(-0.62, -0.82, -0.4, -0.4), 0.05),
        box(-0.42, -0.74, 0.22, -0.46),
        curve((0.1, -0.76), (0.5, -0.76), (0.86, -0.5), (0.95, -0.2), (0.72, -0.4), (0.44, -0.48), (0.1, -0.44)),
    ),
    "house": subtract(
        union(
            box(-0.62, -0.1, 0.62, 0.8),
            rounded(polygon((-0.86, -0.02), (0, -0.78), (0.86, -0.02)), 0.04),
            box(0.38, -0.86, 0.6, -0.2),
        ),
        box(-0.16, 0.3, 0.16, 0.82),
        disc(0, -0.26, 0.14),
    ),
    "key": union(
        subtract(disc(0, -0.6, 0.4), disc(0, -0.64, 0.2)),
        bar(0, -0.25, 0, 0.95, 0.085),
        box(0, 0.48, 0.32, 0.62),
        box(0, 0.74, 0.38, 0.9),
    ),
    "leaf": mirrored(
        union(
            rounded(
                polygon((0, -0.98), (0.13, -0.74), (0.3, -0.8), (0.25, -0.38), (0.46, -0.6), (0.54, -0.48),
                        (0.84, -0.5), (0.76, -0.26), (0.93, -0.14), (0.54, 0.2), (0.6, 0.36),
                        (0.1, 0.3), (-0.3, 0.3), (-0.3, -0.5)),
                0.025,
            ),
            bar(0, 0.2, 0, 0.95, 0.04),
        )
    ),
    "mug": union(
        rounded(box(-0.62, -0.62, 0.32, 0.66), 0.08),
        subtract(ring(0.42, 0.02, 0.46, 0.29), box(-0.6, -0.6, 0.3, 0.6)),
    ),
    "mushroom": mirrored(
        union(
            curve((-0.3, -0.78), (0, -0.8), (0.5, -0.64), (0.86, -0.16), (0.78, 0.1), (0.4, 0.08), (-0.3, 0.06)),
            curve((-0.2, 0), (0.2, 0), (0.2, 0.34), (0.3, 0.74), (0.16, 0.86), (-0.2, 0.86)),
        )
    ),
    "star": rounded(polygon(*_star_corners(5, 0.95, 0.4)), 0.03),
    "tree": mirrored(
        rounded(
            polygon((-0.1, -0.97), (0, -0.97), (0.38, -0.46), (0.2, -0.46), (0.58, 0.08), (0.3, 0.08), (0.76, 0.64),
                    (0.11, 0.64), (0.11, 0.96), (-0.1, 0.96)),
            0.03,
        )
    ),
    "umbrella": union(
        subtract(
            overlap(disc(0, 0, 0.95), box(-1, -1, 1, 0.06)),
            *(disc(x, 0.1, 0.25) for x in (-0.72, -0.24, 0.24, 0.72)),
        ),
        bar(0, -1.02, 0, 0.74, 0.045),
        overlap(ring(0.18, 0.74, 0.225, 0.135), box(-0.2, 0.74, 0.6, 1.2)),
    ),
}  # fmt: skip

BOARD = 1.15
"""Half the side of a baked outline, in units of its longest radius; this leaves a margin of 15 % all around."""

_WIDEST_AREA = 1.35
"""Wide shapes shrink to this area (a disc has 3.14), so that no class fills its frame far more than others."""


_ON_EDGE = 1e-9
"""Points on a straight edge are inside, whichever way a processor rounds their distance."""


_FRAMES: dict[str, tuple[float, float, float]] = {
    "bird": (0.045, 0.075, 1.1560492515563965),
    "butterfly": (0.0, -0.045, 1.3234914541244507),
    "house": (0.0, -0.03, 1.1154470443725586),
    "mug": (0.09, 0.02, 1.1564953327178955),
    "mushroom": (0.0, 0.055, 1.0875047445297241),
    "tree": (0.0, -0.005, 1.0551460981369019),
}
"""Middle (x, y) and radius of outlines as the bundled networks know them; all others are measured.

These were measured in float32, which put some points on their straight edges outside. Measured again, they would move
by up to a quarter of a pixel.
"""


def _measure_frame(shape: Shape) -> tuple[float, float, float]:
    """Return the middle (x, y) of a shape and its radius, which is larger where the shape would fill its frame."""
    grid = (torch.arange(261, dtype=torch.float64) - 130) / 100
    y, x = torch.meshgrid(grid, grid, indexing="ij")
    inside = shape(x, y) <= _ON_EDGE
    xs, ys = x[inside], y[inside]
    cx, cy = (float(values.min() + values.max()) / 2 for values in (xs, ys))
    radius = float(torch.hypot(xs - cx, ys - cy).max())
    area = len(xs) * 0.01**2
    return cx, cy, max(radius, (area / _WIDEST_AREA) ** 0.5)


def _centre_and_scale(name: str) -> Shape:
    """Return an outline moved to the middle and scaled, so that it fits the unit disc."""
    shape = OUTLINES[name]
    cx, cy, unit = _FRAMES.get(name) or _measure_frame(shape)
    return lambda x, y: shape(x * unit + cx, y * unit + cy) / unit


def _blur(field: Tensor, sigma: float) -> Tensor:
    reach = math.ceil(3 * sigma)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=torch.float64) / sigma) ** 2)
    kernel = kernel / kernel.sum()
    padded = F.pad(field[:, None], [reach] * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel[None, None, :, None]), kernel[None, None, None, :])[:, 0]


@cached_by_bytes(KEPT_BYTES)
def baked_outlines(names: tuple[str, ...], side: int = 192) -> Tensor:
    """Return signed distance and relief of each outline, float64 (names, 3, side, side), for sampling at any pose.

    Channel 0 is the signed distance in units of the outline's radius. Channels 1 and 2 are the slope (x, y) of a
    pillow-like relief for shading. The tile spans [-BOARD, BOARD]; pixels are cell centres. Do not modify the result.
    """
    grid = (torch.arange(side, dtype=torch.float64) + 0.5) / side * 2 * BOARD - BOARD
    y, x = torch.meshgrid(grid, grid, indexing="ij")
    distance = torch.stack([_centre_and_scale(name)(x, y) for name in names])
    depth = (-distance / 0.16).clamp(0, 1)
    height = _blur((1 - (1 - depth) ** 2).clamp(min=0).sqrt(), sigma=side * 0.012)
    slope_y, slope_x = torch.gradient(height, dim=(1, 2))
    return torch.stack([distance, slope_x * (side / 16), slope_y * (side / 16)], dim=1)
