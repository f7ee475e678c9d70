"""Strokes of a pen on a picture become masks.

A stroke is a mapping, as a canvas in the browser sends it:

    {"tool": "brush", "action": "hide", "points": [[0.2, 0.5], [0.4, 0.5]], "width": 0.1}

Points are [x, y] in shares of the picture's width and height, so that a stroke means the same at every size. The width
of a brush is a share of the picture's longer side. A rectangle and an ellipse are given by two opposite corners.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor

from masking.masks.mask import Mask

Action = Literal["hide", "show"]
Stroke = Mapping[str, Any]
Points = NDArray[np.float64]

TOOLS = ("brush", "lasso", "rectangle", "ellipse", "polygon", "segment")
"""What a stroke may be drawn with; "segment" picks the superpixel under a point."""
OVERSAMPLING = 8
"""Shapes are drawn this many times larger; a pixel belongs to a shape if at least half of it is covered."""
MOST_POINTS = 100_000
"""More points than any hand draws in one stroke; a browser can send anything."""
MOST_INK = 10_000_000_000
"""More than this many pixels under the tip of a brush, point by point, are no stroke either: they take seconds."""
FURTHEST = 1000.0
"""Points this many pictures away are no strokes."""
_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""The errors that strokes cause if they are not as the canvas sends them; browsers may send anything."""


def draw(base: Mask, strokes: Sequence[Stroke], segments: Tensor | None = None) -> Mask:
    """Return the mask after some strokes.

    Args:
        base: the mask before them.
        strokes: oldest first; later ones win. Malformed ones and unknown tools are ignored.
        segments: label map (h, w) for the superpixel tool; without it, its clicks have no effect.
    """
    keep = base.keep[0, 0].clone()
    for stroke in strokes:
        with suppress(*_MALFORMED):
            if stroke["tool"] == "segment":
                _toggle(keep, stroke, segments)
            elif stroke["tool"] in TOOLS:
                _cover(keep, stroke)
    return Mask(keep[None, None])


def clicked_pixel(stroke: Stroke, size: tuple[int, int]) -> tuple[int, int] | None:
    """Return row and column of a click in a picture of `size` (h, w); None beside the picture or if malformed."""
    with suppress(*_MALFORMED):
        x, y = _points(stroke)[0]
        row, column = math.floor(y * size[0]), math.floor(x * size[1])
        if 0 <= row < size[0] and 0 <= column < size[1]:
            return row, column
    return None


def action_of(stroke: Stroke) -> Action:
    """Return what a stroke does: "hide" or "show". Raises ValueError for anything else."""
    action = stroke.get("action")
    if action not in ("hide", "show"):
        raise ValueError(f"a stroke cannot {action}; it can hide and show")
    return action


def _points(stroke: Stroke) -> Points:
    """Return the points (k, 2) of a stroke, x before y, in shares of width and height."""
    points = np.array(stroke["points"], dtype=float).reshape(-1, 2)
    if not 1 <= len(points) <= MOST_POINTS or not (np.abs(points) < FURTHEST).all():
        raise ValueError(f"a stroke has 1 to {MOST_POINTS:,} points, near the picture")
    return points


def _toggle(keep: Tensor, stroke: Stroke, segments: Tensor | None) -> None:
    """Hide the superpixel under a click, or show it again if at least half of it is hidden."""
    if segments is None or (pixel := clicked_pixel(stroke, (segments.shape[0], segments.shape[1]))) is None:
        return
    segment = segments == segments[pixel]
    keep[segment] = bool(keep[segment].double().mean() < 0.5)


def _cover(keep: Tensor, stroke: Stroke) -> None:
    """Hide or show the pixels (h, w) of which a stroke covers at least half."""
    shows = action_of(stroke) == "show"
    size = np.array([keep.shape[1], keep.shape[0]])
    points = _outline(stroke) * size
    radius = _brush_width(stroke) * float(size.max()) / 2 if stroke["tool"] == "brush" else 0.0
    left, top = np.floor(points.min(0) - radius).clip(0, size).astype(int)  # draw this part of the picture only
    right, bottom = np.ceil(points.max(0) + radius).clip(0, size).astype(int)
    if left >= right or top >= bottom:
        return
    width, height = OVERSAMPLING * int(right - left), OVERSAMPLING * int(bottom - top)
    path = (points - (left, top)) * OVERSAMPLING
    if stroke["tool"] == "brush":
        canvas = Image.new("L", (width, height))
        _draw_brush(ImageDraw.Draw(canvas), path, radius * OVERSAMPLING)
    else:
        canvas = Image.fromarray(255 * _inside(path, width, height).astype(np.uint8))
    covered = np.asarray(canvas.resize((int(right - left), int(bottom - top)), Image.Resampling.BOX)) >= 128
    keep[top:bottom, left:right][torch.from_numpy(covered)] = shows


def _brush_width(stroke: Stroke) -> float:
    width = float(stroke["width"])
    if not 0 < width <= 2:
        raise ValueError("a brush is at most twice as wide as the picture")
    return width


def _draw_brush(pen: ImageDraw.ImageDraw, path: Points, radius: float) -> None:
    if len(path) * (2 * radius) ** 2 > MOST_INK:
        raise ValueError("a stroke with so many points has a narrower brush")
    points = [(float(x), float(y)) for x, y in path]
    pen.line(points, fill=255, width=max(1, round(2 * radius)))
    for x, y in points:  # round caps and joints, as the browser draws them
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _inside(path: Points, width: int, height: int) -> NDArray[np.bool_]:
    """Return which cells (h, w) a closed path goes around, however often: so a lasso may overlap its own beginning."""
    turns = np.zeros(
        (height, width + 1), np.int32
    )  # how often more the path goes around a cell than its left neighbour
    for (x0, y0), (x1, y1) in zip(path, np.roll(path, -1, 0), strict=True):
        first, end = np.ceil(np.sort([y0, y1]) - 0.5).clip(0, height).astype(int)
        if first < end:
            rows = np.arange(first, end)
            columns = np.ceil(x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0) - 0.5).clip(0, width).astype(int)
            turns[rows, columns] += 1 if y1 > y0 else -1
    return turns[:, :-1].cumsum(1) != 0


def _outline(stroke: Stroke) -> Points:
    """Return the corners of a shape, or the path of a brush, in shares of width and height."""
    points = _points(stroke)
    if stroke["tool"] not in ("rectangle", "ellipse"):
        return points
    (left, top), (right, bottom) = points
    if stroke["tool"] == "rectangle":
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    angle = np.linspace(0, 2 * math.pi, 90, endpoint=False)
    middle, half = points.mean(0), (points[1] - points[0]) / 2
    return middle + half * np.stack([np.cos(angle), np.sin(angle)], 1)
