"""Weights of segments as an SVG drawing: areas and outlines stay sharp at any size, and every area says its weight."""

import base64
from collections.abc import Mapping, Sequence
from itertools import groupby

from torch import Tensor

from masking.attribution.heat_overlay import BLUE, RED, STRONGEST
from masking.image import to_png
from masking.results.markup import markup_text


def draw_segments(
    image: Tensor, segments: Tensor, weights: Sequence[float], titles: Mapping[int, str], caption: str,
    limit: float | None = None,
) -> str:  # fmt: skip
    """Return an SVG: the picture in grey, its segments tinted by weight with outlines, and a caption below.

    Args:
        image: (1, 3, h, w) in [0, 1], on the CPU.
        segments: int64 (h, w), labels 0 … s−1.
        weights: s numbers; positive ones are red, negative ones blue, and 0 has no tint.
        titles: by label, what a viewer says about a segment under the pointer.
        caption: one line of text.
        limit: weight of the strongest tint; default the largest size.
    """
    height, width = segments.shape
    limit = (max(map(abs, weights)) if limit is None else limit) or 1.0
    grey = base64.b64encode(to_png(image.mean(1, keepdim=True).expand_as(image))).decode()
    areas = "".join(
        f"<path d='{path}' fill='{_colour(weights[label])}' fill-opacity='{_opacity(weights[label], limit):.3f}'>"
        f"<title>{markup_text(titles.get(label, f'segment {label}'))}</title></path>"
        for label, path in area_paths(segments).items()
    )
    line = max(height, width) / 400
    size = max(height, width) / 28
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height + 2 * size:.2f}' "
        f"width='{4 * width}' height='{4 * (height + 2 * size):.0f}'><title>{markup_text(caption)}</title>"
        f"<image href='data:image/png;base64,{grey}' width='{width}' height='{height}' "
        f"style='image-rendering:pixelated'/>{areas}"
        f"<path d='{border_path(segments)}' fill='none' stroke='#ffffff' stroke-width='{line:.3f}'/>"
        f"<text x='0' y='{height + 1.3 * size:.2f}' font-family='sans-serif' font-size='{size:.2f}' "
        f"textLength='{min(width, 0.55 * size * len(caption)):.1f}' lengthAdjust='spacingAndGlyphs'>"
        f"{markup_text(caption)}</text></svg>\n"
    )


def area_paths(segments: Tensor) -> dict[int, str]:
    """Return an SVG path for each label (h, w) that covers exactly its pixels, as runs of each row."""
    paths: dict[int, list[str]] = {}
    for row, labels in enumerate(segments.tolist()):
        column = 0
        for label, run in groupby(labels):
            length = len(list(run))
            paths.setdefault(label, []).append(f"M{column} {row}h{length}v1h-{length}z")
            column += length
    return {label: "".join(parts) for label, parts in sorted(paths.items())}


def border_path(segments: Tensor) -> str:
    """Return an SVG path along all edges between pixels of different segments."""
    down = (segments[:, 1:] != segments[:, :-1]).nonzero().tolist()  # to the right of (row, column)
    across = (segments[1:] != segments[:-1]).nonzero().tolist()  # below (row, column)
    return "".join(
        [*(f"M{column + 1} {row}v1" for row, column in down), *(f"M{column} {row + 1}h1" for row, column in across)]
    )


def _colour(weight: float) -> str:
    red, green, blue = (round(255 * part) for part in (RED if weight > 0 else BLUE))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _opacity(weight: float, limit: float) -> float:
    return min(1.0, abs(weight) / limit) * STRONGEST
