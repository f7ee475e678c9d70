"""How PyTorch spells convolutions, pools and interpolation: from a call's arguments to windows."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from masking.layers.maps.keep import Window
from masking.layers.maps.masked import Masked
from masking.layers.rules import Convolution, Joins, Run, padding, windows
from masking.layers.rules.joins import channels_from_cells

POSITIONS = "returns positions, and layer masking knows no masked positions"


def conv_module(joins: Joins, kind: Convolution, conv: nn.Conv2d, x: Masked) -> Any:
    """Apply a convolution layer, with what its `padding_mode` puts around the map."""
    if conv.padding_mode == "zeros":
        if kind == "neighbour":
            window = window_of(conv.kernel_size, conv.stride, conv.padding, conv.dilation)
            return windows.convolution(joins, conv, x, window)
        return conv2d(joins, kind, F.conv2d, x, conv.weight, conv.bias, conv.stride, conv.padding, conv.dilation,
                      conv.groups)  # fmt: skip
    sides: Any = conv._reversed_padding_repeated_twice  # pyright: ignore[reportPrivateUsage]
    around = padding.pad(x, sides, conv.padding_mode)
    settings = conv.weight, conv.bias, conv.stride, 0, conv.dilation, conv.groups
    if not isinstance(around, Masked):
        return F.conv2d(around, *settings)
    return conv2d(joins, kind, F.conv2d, around, *settings)


def conv2d(
    joins: Joins, kind: Convolution, run: Run, x: Masked, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
    padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> Any:  # fmt: skip
    """Apply a convolution by neighbour padding or as a partial convolution."""
    settings = stride, padding, dilation, groups
    window = window_of(tuple(weight.shape[2:]), stride, padding, dilation)
    if kind == "partial" and window.reach:  # a window of a single cell has no hidden rest
        return windows.partial_convolution(lambda v: run(v, weight, None, *settings), x, window, bias)
    return windows.convolution(joins, lambda v: run(v, weight, bias, *settings), x, window)


def conv_transpose_module(
    joins: Joins, kind: Convolution, conv: nn.ConvTranspose2d, x: Masked, output_size: Any = None
) -> Any:
    """Apply a transposed convolution layer."""
    if output_size is not None:
        raise NotImplementedError("is given the size of its result; set output_padding instead")
    return conv_transpose2d(
        joins, kind, F.conv_transpose2d, x, conv.weight, conv.bias, conv.stride, conv.padding, conv.output_padding,
        conv.groups, conv.dilation,
    )  # fmt: skip


def conv_transpose2d(
    joins: Joins, kind: Convolution, run: Run, x: Masked, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
    padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Any:  # fmt: skip
    """Apply a transposed convolution by neighbour padding or as a partial one."""
    rest = stride, padding, output_padding, groups, dilation
    settings = (tuple(weight.shape[2:]), pair(stride), pair(padding), pair(output_padding), pair(dilation))
    if kind == "partial":
        return windows.partial_transposed_convolution(lambda v: run(v, weight, None, *rest), x, settings, bias)
    return windows.transposed_convolution(joins, lambda v: run(v, weight, bias, *rest), x, settings)


def max_pool_module(pool: nn.MaxPool2d, x: Masked) -> Any:
    """Apply a max pool layer."""
    return windows.max_pool(pool, x, window_of(pool.kernel_size, pool.stride, pool.padding, pool.dilation))


def max_pool2d(
    run: Run, x: Masked, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """Apply a max pool."""
    window = window_of(kernel_size, stride or kernel_size, padding, dilation)
    return windows.max_pool(
        lambda v: F.max_pool2d(v, kernel_size, stride or kernel_size, padding, dilation, ceil_mode), x, window
    )


def avg_pool_module(joins: Joins, pool: nn.AvgPool2d, x: Masked) -> Any:
    """Apply an average pool layer."""
    return avg_pool2d(
        joins, F.avg_pool2d, x, pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode, pool.count_include_pad,
        pool.divisor_override,
    )  # fmt: skip


def avg_pool2d(
    joins: Joins, run: Run, x: Masked, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    """Apply an average pool."""
    settings = (pair(kernel_size), pair(stride or kernel_size), pair(padding))
    return windows.average_pool(joins, F.avg_pool2d, x, *settings, ceil_mode, count_include_pad, divisor_override)


def adaptive_average_module(joins: Joins, pool: nn.AdaptiveAvgPool2d, x: Masked) -> Any:
    """Apply an adaptive average pool layer."""
    return adaptive_average(joins, F.adaptive_avg_pool2d, x, pool.output_size)


def adaptive_average(joins: Joins, run: Run, x: Masked, output_size: Any) -> Any:
    """Apply an adaptive average pool."""
    return windows.average_pool(joins, F.adaptive_avg_pool2d, x, pair(output_size))


def adaptive_max_module(pool: nn.AdaptiveMaxPool2d, x: Masked) -> Any:
    """Apply an adaptive max pool layer."""
    return windows.adaptive_max_pool(F.adaptive_max_pool2d, x, pair(pool.output_size))


def adaptive_max(run: Run, x: Masked, output_size: Any, return_indices: bool = False) -> Any:
    """Apply an adaptive max pool."""
    return windows.adaptive_max_pool(F.adaptive_max_pool2d, x, pair(output_size))


def upsample_module(joins: Joins, upsample: nn.Upsample, x: Masked) -> Any:
    """Apply an interpolation layer."""
    return interpolate(
        joins, F.interpolate, x, upsample.size, upsample.scale_factor, upsample.mode, upsample.align_corners,
        upsample.recompute_scale_factor,
    )  # fmt: skip


def interpolate(
    joins: Joins, run: Run, x: Masked, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Any:  # fmt: skip
    """Interpolate between cells: copies of the nearest one, or means of the visible ones around."""
    reason = interpolation_refusal(run, x, size, scale_factor, mode, antialias=antialias)
    if reason is not None:
        raise NotImplementedError(reason)
    size, scale_factor = (tuple(v) if isinstance(v, list | tuple) else v for v in (size, scale_factor))
    return windows.average_pool(
        joins, F.interpolate, x, size, scale_factor, mode, align_corners, recompute_scale_factor
    )


def interpolation_refusal(
    run: Any, x: Any, size: Any = None, scale_factor: Any = None, mode: Any = "nearest", *_: Any,
    antialias: bool = False, **__: Any,
) -> str | None:  # fmt: skip
    """Return why an interpolation is refused, or None."""
    if isinstance(run, nn.Upsample):
        mode = run.mode
    if antialias or mode not in ("nearest", "nearest-exact", "bilinear", "area"):
        return f'interpolates by "{mode}"{" with antialias" if antialias else ""}; use nearest or bilinear'
    return None


def shuffle_module(shuffle: nn.PixelShuffle, x: Masked) -> Any:
    """Apply a pixel shuffle layer."""
    return windows.enlargement(shuffle, x, shuffle.upscale_factor)


def pixel_shuffle(run: Run, x: Masked, upscale_factor: int) -> Any:
    """Make squares of cells of channels."""
    return windows.enlargement(lambda v: run(v, upscale_factor), x, upscale_factor)


def unshuffle_module(joins: Joins, layer: nn.PixelUnshuffle, x: Masked) -> Any:
    """Apply a layer that makes channels of squares of cells."""
    return channels_from_cells(joins, layer, x, layer.downscale_factor)


def pixel_unshuffle(joins: Joins, run: Run, x: Masked, downscale_factor: int) -> Any:
    """Make channels of squares of cells."""
    return channels_from_cells(joins, lambda v: run(v, downscale_factor), x, downscale_factor)


def pad_module(layer: Any, x: Masked) -> Any:
    """Apply a padding layer."""
    mode = next(mode for name, mode in PADDING_LAYERS if isinstance(layer, name))
    return padding.pad(x, list(pair(layer.padding)), mode, getattr(layer, "value", None))


def pad(run: Run, x: Masked, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    """Put cells or channels around a map."""
    return padding.pad(x, list(pad), mode, value)


PADDING_LAYERS: tuple[tuple[type[nn.Module], str], ...] = (
    (nn.ConstantPad2d, "constant"),
    (nn.ZeroPad2d, "constant"),
    (nn.ReflectionPad2d, "reflect"),
    (nn.ReplicationPad2d, "replicate"),
    (nn.CircularPad2d, "circular"),
)


@cache
def window_of(kernel: Any, stride: Any, padding: Any, dilation: Any) -> Window:
    """Return the window of a convolution or pool from its settings as PyTorch takes them."""
    kernel, dilation = pair(kernel), pair(dilation)
    if padding == "same":  # an odd cell too many goes behind the image
        padding = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    return Window(kernel, pair(stride), (0, 0) if padding == "valid" else pair(padding), dilation)


def pair(size: Any) -> Any:
    """Return a setting for rows and columns; PyTorch takes one number for both, a tuple or a list."""
    sizes = (size,) if isinstance(size, int) or size is None else tuple(size)
    return sizes * 2 if len(sizes) == 1 else sizes


def positions_module(pool: Any, _: Any) -> str | None:
    """Return why a max pool layer is refused, or None."""
    return POSITIONS if pool.return_indices else None


def positions(*_: Any, return_indices: bool = False, **__: Any) -> str | None:
    """Return why a max pool is refused, or None."""
    return POSITIONS if return_indices else None


def to_one_cell_module(pool: Any, _: Any) -> bool:
    """Return whether an adaptive pool layer pools to a single cell."""
    return pair(pool.output_size) == (1, 1)


def to_one_cell(run: Any, _: Any, output_size: Any, *__: Any, **___: Any) -> bool:
    """Return whether an adaptive pool pools to a single cell."""
    return output_size in (1, (1, 1), [1, 1], (1,), [1])


def convolutions(joins: Joins, kind: Convolution) -> tuple[Run, Run, Run, Run]:
    """Return the rules of Conv2d, conv2d, ConvTranspose2d and conv_transpose2d."""
    return (
        partial(conv_module, joins, kind), partial(conv2d, joins, kind),
        partial(conv_transpose_module, joins, kind), partial(conv_transpose2d, joins, kind),
    )  # fmt: skip


def averages(joins: Joins) -> tuple[Run, Run, Run, Run, Run, Run]:
    """Return the rules of average pools, adaptive average pools and interpolation, each as a layer and a function."""
    return (
        partial(avg_pool_module, joins), partial(avg_pool2d, joins), partial(adaptive_average_module, joins),
        partial(adaptive_average, joins), partial(upsample_module, joins), partial(interpolate, joins),
    )  # fmt: skip
