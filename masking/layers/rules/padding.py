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
        x: activations.
        sides: as for `F.pad`: two numbers for each dimension, from the last one on.
        mode: as for `F.pad`.
        value: what constant cells hold, 0 by default.
    """
    ndim = x.values.ndim
    numbers = [*sides, *[0] * (2 * ndim - len(sides))]
    require(not any(numbers[2 * ndim - 2 :]), "puts new images beside those of a batch")
    require(not x.is_sequence, "puts cells behind others that stand in one dimension")
    rows, columns = (-2 * dim - 2 for dim in x.grid)
    left, right, above, below = *numbers[columns : columns + 2], *numbers[rows : rows + 2]
    channels = [0 if index // 2 in (rows // 2, columns // 2) else side for index, side in enumerate(numbers)]
    if mode != "constant":
        only_cells = not any(channels) and ndim == 4 and x.grid == IMAGE_GRID
        require(only_cells, f"pads other dimensions than rows and columns by {mode}")
        return _with_copies(x, (left, right, above, below), mode)
    constant, around = 0.0 if value is None else value, (left, right, above, below)
    if isinstance(x, Padded) and (constant != x.value or min(around) < 0):
        x = Masked(x.surrounded(x.values), x.keep.padded(x.pad), x.grid)
    if any(channels):
        x = replace(x, values=F.pad(x.values, channels, value=constant))
    return _with_constants(x, around, constant) if any(around) else x


def _with_constants(x: Masked, sides: Around, constant: float) -> Masked | Tensor:
    left, right, above, below = sides
    cropped = _without_edges(x, sides) if min(sides) < 0 else x
    outside = (max(left, 0), max(right, 0), max(above, 0), max(below, 0))
    if not any(outside):
        return cropped
    if not isinstance(cropped, Masked):
        return Padded(cropped, x.keep, x.grid, outside, constant).surrounded(cropped)
    before = cropped.pad if isinstance(cropped, Padded) else (0, 0, 0, 0)
    left, right, above, below = (old + new for old, new in zip(before, outside, strict=True))
    return Padded(cropped.values, cropped.keep, cropped.grid, (left, right, above, below), constant)


def _without_edges(x: Masked, sides: Around) -> Masked | Tensor:
    left, right, above, below = (max(-side, 0) for side in sides)
    rows = slice(above, x.keep.size[0] - below)
    columns = slice(left, x.keep.size[1] - right)
    index = [slice(None)] * x.values.ndim
    index[x.grid[0]], index[x.grid[1]] = rows, columns
    return masked(x.values[tuple(index)], x.keep.selected(rows, columns), x.grid)


def _with_copies(x: Masked, sides: Around, mode: str) -> Masked | Tensor:
    settled = x.settled()
    if not isinstance(settled, Masked):
        return F.pad(settled, sides, mode=mode)
    return masked(F.pad(settled.values, sides, mode=mode), settled.keep.padded(sides, mode))
