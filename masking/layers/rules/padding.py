"""Cells and channels that a network puts around a map, or takes from its edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor

from masking.layers.maps.masked import Masked, Padded, masked

from .basics import IMAGE_GRID, require

Around = tuple[int, int, int, int]


def pad(x: Masked, sides: Sequence[int], mode: str = "constant", value: float | None = None) -> Masked | Tensor:
    """Put cells or channels around a map.

    Constant cells wait beside the map (`Padded`) for a convolution or pool. Copies of the map's own cells (modes
    "reflect", "replicate" and "circular") are hidden where the original is. New channels are visible with their cell.
    A negative number takes cells or channels away.

    Args:
        x: activations; rows and columns last, unless only channels are added.
        sides: as for `F.pad`: two numbers for each dimension, from the last one on.
        mode: as for `F.pad`.
        value: what constant cells hold, 0 by default.
    """
    require(x.grid == IMAGE_GRID, "puts new cells around a map whose rows and columns are not its last dimensions")
    numbers = [*sides, *[0] * (4 - len(sides))]
    left, right, above, below = numbers[:4]
    require(not any(numbers[2 * x.values.ndim - 2 :]), "puts new images beside those of a batch")
    if mode != "constant":
        require(not any(numbers[4:]) and x.values.ndim == 4, f"pads other dimensions than rows and columns by {mode}")
        return _with_copies(x, (left, right, above, below), mode)
    constant = 0.0 if value is None else value
    if any(numbers[4:]):
        channels = [0, 0, 0, 0, *numbers[4:]]
        x = replace(x, values=F.pad(x.values, channels, value=constant))
    if isinstance(x, Padded) and (constant != x.value or min(left, right, above, below) < 0):
        settled = x.settled()
        return pad(settled, numbers[:4], value=value) if isinstance(settled, Masked) else F.pad(settled, numbers[:4])
    if not any(numbers[:4]):
        return x
    return _with_constants(x, (left, right, above, below), constant)


def _with_constants(x: Masked, sides: Around, constant: float) -> Masked | Tensor:
    left, right, above, below = sides
    cropped = _without_edges(x, sides) if min(sides) < 0 else x
    outside = (max(left, 0), max(right, 0), max(above, 0), max(below, 0))
    if not any(outside):
        return cropped
    if not isinstance(cropped, Masked):
        return F.pad(cropped, outside, value=constant)
    before = cropped.pad if isinstance(cropped, Padded) else (0, 0, 0, 0)
    left, right, above, below = (old + new for old, new in zip(before, outside, strict=True))
    return Padded(cropped.values, cropped.keep, cropped.grid, (left, right, above, below), constant)


def _without_edges(x: Masked, sides: Around) -> Masked | Tensor:
    left, right, above, below = (max(-side, 0) for side in sides)
    rows = slice(above, x.keep.size[0] - below)
    columns = slice(left, x.keep.size[1] - right)
    return masked(x.values[..., rows, columns], x.keep.selected(rows, columns))


def _with_copies(x: Masked, sides: Around, mode: str) -> Masked | Tensor:
    settled = x.settled()
    if not isinstance(settled, Masked):
        return F.pad(settled, sides, mode=mode)
    return masked(F.pad(settled.values, sides, mode=mode), settled.keep.padded(sides, mode))
