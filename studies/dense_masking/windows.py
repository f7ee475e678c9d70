"""Convolutions, pools, interpolation, and cells that a network puts around a map."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .cells import Cells, as_map, cells, defines, mask_of, plain, settled, varies


def pair(size: Any) -> tuple[int, int]:
    sizes = (size,) if isinstance(size, int) else tuple(size)
    return sizes * 2 if len(sizes) == 1 else sizes


def box(x: Tensor) -> Tensor:
    """Return the sums of 3x3 cells, nothing outside the image."""
    channels = x.shape[1]
    return F.conv2d(x, torch.ones(channels, 1, 3, 3, dtype=x.dtype), padding=1, groups=channels)


def filled(x: Cells, rounds: int) -> Tensor:
    """Give hidden cells the mean of their known neighbours, ring by ring; cells around the map take no part."""
    mask = mask_of(x)
    inside = torch.ones_like(mask) if x.outside is None else ~x.outside[:, :1]
    around = torch.where(inside, torch.zeros_like(plain(x)), plain(x))
    known = mask.to(plain(x).dtype)
    values = plain(x) * known
    for _ in range(rounds):
        total, number = box(values), box(known)
        new = (known == 0) & (number > 0) & inside
        values = torch.where(new, total / number.clamp(min=1), values)
        known = torch.where(new, torch.ones_like(known), known)
    return torch.where(inside, values, around)


def any_in_window(mask: Tensor, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Tensor:
    """Return whether a window of a convolution contains a visible cell."""
    ones = torch.ones(1, 1, *kernel, dtype=torch.float64)
    return F.conv2d(mask.double(), ones, None, stride, padding, dilation) > 0.5


@defines("conv2d")
def convolve(
    name: str, x: Any, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Cells:  # fmt: skip
    """Convolve the filled map; a cell is visible if its window contains a visible cell."""
    if not isinstance(x, Cells):
        raise NotImplementedError("a convolution whose filters are masked")
    kernel, dilation = pair(weight.shape[2:]), pair(dilation)
    rounds = max((k - 1) * d for k, d in zip(kernel, dilation, strict=True))
    values = F.conv2d(filled(x, rounds), weight, bias, stride, padding, dilation, groups)
    return as_map(values, any_in_window(mask_of(x), kernel, stride, padding, dilation))


@defines("max_pool2d")
def largest(
    name: str, x: Cells, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Cells:  # fmt: skip
    """Return the largest visible number of each window; cells around the map compete."""
    settings = (kernel_size, stride or kernel_size, padding, dilation, ceil_mode)
    seen = mask_of(x) if x.outside is None else mask_of(x) | x.outside[:, :1]
    values = F.max_pool2d(torch.where(seen, plain(x), torch.full_like(plain(x), -torch.inf)), *settings)
    return as_map(values, F.max_pool2d(mask_of(x).double(), *settings) > 0)


def mean_of_visible(x: Cells, pool: Any) -> Cells:
    """Return the mean of the visible cells of each window, on the scale of the pool with all cells visible."""
    mask = mask_of(x).to(plain(x).dtype)
    inside = torch.ones_like(mask) if x.outside is None else (~x.outside[:, :1]).to(mask.dtype)
    share = pool(mask) / pool(inside)
    visible = share > 0
    values = pool(plain(x) * mask) / torch.where(visible, share, torch.ones_like(share))
    return as_map(values + pool(plain(x) * (1 - inside)), visible)


@defines("avg_pool2d")
def average(
    name: str, x: Cells, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: Any = None,
) -> Any:  # fmt: skip
    """Return the mean of the visible cells of each window."""
    settings = (kernel_size, stride or kernel_size, padding, ceil_mode, count_include_pad, divisor_override)
    return one_cell_is_plain(mean_of_visible(x, lambda v: F.avg_pool2d(v, *settings)))


@defines("adaptive_avg_pool2d")
def adaptive_average(name: str, x: Cells, output_size: Any) -> Any:
    """Return the mean of the visible cells of each window of an adaptive pool."""
    return one_cell_is_plain(mean_of_visible(settled(x), lambda v: F.adaptive_avg_pool2d(v, output_size)))


@defines("adaptive_max_pool2d")
def adaptive_largest(name: str, x: Cells, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest visible number of each window of an adaptive pool, zero where there is none."""
    x = settled(x)
    lowest = torch.full_like(plain(x), -torch.inf)
    values = F.adaptive_max_pool2d(torch.where(x.visible, plain(x), lowest), output_size)
    return one_cell_is_plain(as_map(values, F.adaptive_max_pool2d(mask_of(x).double(), output_size) > 0))


def one_cell_is_plain(x: Cells) -> Any:
    return plain(x) if x.shape[-2:] == (1, 1) else x


@defines("interpolate")
def interpolate(name: str, x: Cells, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                align_corners: Any = None, **kwargs: Any) -> Any:  # fmt: skip
    """Repeat cells, or take the weighted mean of the visible ones among four."""
    x = settled(x)
    size = size if size is None or isinstance(size, int) else tuple(map(int, size))
    settings = {"size": size, "scale_factor": scale_factor, "mode": mode, "align_corners": align_corners, **kwargs}
    if mode == "nearest":
        return as_map(F.interpolate(plain(x), **settings), F.interpolate(mask_of(x).double(), **settings) > 0)
    if mode == "bilinear":
        return mean_of_visible(x, lambda v: F.interpolate(v, **settings))
    raise NotImplementedError(f"interpolation {mode}")


@defines("pad")
def put_around(name: str, x: Cells, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """Put constant cells around a map, copies of its cells, or channels behind it; or crop it."""
    sides = [*pad, *[0] * (2 * x.ndim - len(pad))]
    if not any(sides):
        return x
    if mode != "constant":
        x = settled(x)
        return as_map(F.pad(plain(x), pad, mode=mode), F.pad(mask_of(x).double(), pad, mode=mode) > 0)
    if min(sides) < 0:
        x, crop = settled(x), [min(side, 0) for side in pad]
        rest = cells(*(F.pad(tensor, crop) for tensor in (plain(x), x.visible, x.cell)))
        return put_around(name, rest, [max(side, 0) for side in pad], mode, value)
    if not varies(x.cell, [-2, -1]) or any(sides[4:]):
        x = settled(x)
        if any(sides[:4]):
            raise NotImplementedError("a pad of cells and channels")
        return cells(F.pad(plain(x), pad, value=value or 0), x.visible[:, :1], x.cell[:, :1])
    before = torch.zeros_like(x.visible) if x.outside is None else x.outside
    outside = F.pad(before, pad, value=True)
    visible = F.pad(x.visible, pad, value=False)
    values = F.pad(plain(x), pad, value=value or 0)
    return as_map(values, visible, outside)
