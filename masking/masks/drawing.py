"""Drawings on a canvas, as Fabric.js JSON, become masks.

The stroke colour of an object says which tool drew it and whether it hides or shows. No other information of ours
survives the browser.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor

from masking.masks.mask import Mask

Action = Literal["hide", "show"]
Points = NDArray[np.float64]
OVERSAMPLING = 4
"""Shapes are drawn this many times larger; a pixel belongs to a shape if at least half of it is covered."""
_INK = {"hide": "#d6285a", "show": "#1f9d6f"}


@dataclass(frozen=True)
class Tool:
    """A drawing tool: its canvas mode, and the look of its strokes (hexadecimal opacities)."""

    title: str
    mode: str
    opacity: str
    fill_opacity: str = "00"

    def ink(self, action: Action) -> str:
        """Return the stroke colour that stands for this tool and this action."""
        return _INK[action] + self.opacity

    def fill(self, action: Action) -> str:
        """Return the fill colour of its shapes."""
        return _INK[action] + self.fill_opacity


TOOLS: dict[str, Tool] = {
    "brush": Tool("Brush", "freedraw", "8c"),
    "rectangle": Tool("Rectangle", "rect", "81", "66"),
    "ellipse": Tool("Ellipse", "rect", "82", "1f"),
    "polygon": Tool("Polygon", "polygon", "83", "66"),
    "lasso": Tool("Lasso", "freedraw", "e6"),
    "segment": Tool("Superpixel", "point", "84", "66"),
}
LASSO_WIDTH = 2
FURTHEST = 1e6
"""Coordinates of this size, in pixels of the canvas, lie outside every canvas."""
_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""The errors that objects cause if they are not as Fabric.js writes them; browsers send them."""
_MEANING: dict[str, tuple[str, Action]] = {
    tool.ink(action): (name, action) for name, tool in TOOLS.items() for action in ("hide", "show")
}


def draw(
    base: Mask,
    objects: Sequence[Mapping[str, Any]],
    canvas_size: tuple[int, int],
    segments: Tensor | None = None,
) -> Mask:
    """Return the mask after a drawing.

    Args:
        base: the mask before the drawing.
        objects: the objects on the canvas, oldest first; later ones win. Malformed ones and unknown inks are ignored.
        canvas_size: (h, w) of the canvas in its own pixels; shapes are scaled to the mask.
        segments: label map (h, w) for the superpixel tool; without it, its clicks have no effect.
    """
    keep = base.keep[0, 0].clone()
    scale = base.size[1] / canvas_size[1], base.size[0] / canvas_size[0]
    for item in objects:
        with suppress(*_MALFORMED), np.errstate(over="raise", invalid="raise"):
            tool, action = _MEANING[str(item.get("stroke"))]
            if tool == "segment":
                _toggle(keep, item, scale, segments)
            else:
                keep[_covered_pixels(tool, item, base.size, scale)] = action == "show"
    return Mask(keep[None, None])


def clicks(
    objects: Sequence[Mapping[str, Any]], canvas_size: tuple[int, int], size: tuple[int, int]
) -> list[tuple[int, int, Action]]:
    """Return row, column and action of each click of the superpixel tool, in pixels of a mask of `size` (h, w)."""
    positions: list[tuple[int, int, Action]] = []
    for item in objects:
        with suppress(*_MALFORMED), np.errstate(over="raise", invalid="raise"):
            tool, action = _MEANING[str(item.get("stroke"))]
            row, column = _click_position(item, (size[1] / canvas_size[1], size[0] / canvas_size[0]))
            if tool == "segment" and 0 <= row < size[0] and 0 <= column < size[1]:
                positions.append((row, column, action))
    return positions


def _click_position(item: Mapping[str, Any], scale: tuple[float, float]) -> tuple[int, int]:
    x, y = _transform(np.array([[float(item.get("radius", 0)), 0.0]]), item)[0] * np.array(scale)
    return int(y), int(x)


def _toggle(keep: Tensor, item: Mapping[str, Any], scale: tuple[float, float], segments: Tensor | None) -> None:
    """Hide the superpixel under a click, or show it again if at least half of it is hidden."""
    if segments is None:
        return
    row, column = _click_position(item, scale)
    if 0 <= row < segments.shape[0] and 0 <= column < segments.shape[1]:
        segment = segments == segments[row, column]
        keep[segment] = bool(keep[segment].double().mean() < 0.5)


def _covered_pixels(tool: str, item: Mapping[str, Any], size: tuple[int, int], scale: tuple[float, float]) -> Tensor:
    """Return the pixels (h, w) of which a shape covers at least half."""
    height, width = size[0] * OVERSAMPLING, size[1] * OVERSAMPLING
    canvas = Image.new("L", (width, height))
    pen = ImageDraw.Draw(canvas)
    points = _outline(tool, item) * np.array(scale) * OVERSAMPLING
    if tool == "brush":
        zoom = (abs(float(item.get("scaleX", 1))) + abs(float(item.get("scaleY", 1)))) / 2
        _draw_stroke(pen, points, float(item.get("strokeWidth", 1)) * zoom * scale[0] * OVERSAMPLING)
    elif len(points) > 2:
        pen.polygon([(x - 0.5, y - 0.5) for x, y in points], fill=255)
    covered = np.asarray(canvas.resize((size[1], size[0]), Image.Resampling.BOX))
    return torch.from_numpy(covered >= 128)


def _draw_stroke(pen: ImageDraw.ImageDraw, points: Points, width: float) -> None:
    radius = width / 2
    path = [(float(x), float(y)) for x, y in points]
    pen.line(path, fill=255, width=max(1, round(width)))
    for x, y in path:  # round caps and joints, as the browser draws them
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _outline(tool: str, item: Mapping[str, Any]) -> Points:
    """Return the points (k, 2) of an object in canvas pixels, x before y."""
    if "path" in item:
        points = _flatten_path(item["path"])
        return _transform(points - _middle(points), item)
    if "points" in item:
        points = np.array([[p["x"], p["y"]] for p in item["points"]], dtype=float).reshape(-1, 2)
        return _transform(points - _middle(points), item)
    width, height = float(item.get("width", 0)), float(item.get("height", 0))
    if tool == "ellipse":
        angle = np.linspace(0, 2 * math.pi, 90, endpoint=False)
        return _transform(np.stack([(1 + np.cos(angle)) * width / 2, (1 + np.sin(angle)) * height / 2], 1), item)
    return _transform(np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=float), item)


def _middle(points: Points) -> Points:
    return (points.min(0) + points.max(0)) / 2 if len(points) else np.zeros(2)


def _transform(local: Points, item: Mapping[str, Any]) -> Points:
    """Move, scale, flip and turn local points as the object on the canvas was."""
    sx = float(item.get("scaleX", 1)) * (-1 if item.get("flipX") else 1)
    sy = float(item.get("scaleY", 1)) * (-1 if item.get("flipY") else 1)
    angle = math.radians(float(item.get("angle", 0)))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    anchor = np.array([float(item.get("left", 0)), float(item.get("top", 0))])
    placed = (local * np.array([sx, sy])) @ turn.T + anchor
    if not (np.abs(placed) < FURTHEST).all():
        raise ValueError(f"{item.get('type')} lies outside every canvas")
    return placed


def _flatten_path(path: Sequence[Sequence[Any]], steps: int = 4) -> Points:
    """Turn an SVG path of M, L and Q commands into a polyline (k, 2)."""
    points: list[tuple[float, float]] = []
    for command, *numbers in path:
        if command in {"M", "L"}:
            points.append((float(numbers[0]), float(numbers[1])))
        elif command == "Q" and points:
            (x0, y0), (x1, y1, x2, y2) = points[-1], map(float, numbers)
            for t in (step / steps for step in range(1, steps + 1)):
                a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
                points.append((a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2))
    return np.array(points, dtype=float).reshape(-1, 2)
