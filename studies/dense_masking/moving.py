"""Operations that move numbers, those that treat each number by itself, and those that mix the channels of a cell."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .cells import Cells, as_map, cells, defines, plain, settled, varies

MOVES = (
    "reshape", "view", "flatten", "unflatten", "permute", "transpose", "swapaxes", "movedim", "unsqueeze", "squeeze",
    "getitem", "chunk", "split", "unbind", "expand", "repeat", "flip", "contiguous", "narrow", "view_as",
    "channel_shuffle", "native_channel_shuffle", "repeat_interleave", "select", "tensor_split",
)  # fmt: skip
UNCHANGED = ("to", "float", "double", "clone", "detach", "type_as", "dropout", "dropout2d", "requires_grad", "alias")
BY_NUMBER = (
    "relu", "relu6", "gelu", "silu", "mish", "elu", "celu", "selu", "leaky_relu", "sigmoid", "hardsigmoid", "hardtanh",
    "hardswish", "tanh", "softplus", "abs", "neg", "clamp", "clamp_min", "clamp_max", "exp", "log", "sqrt", "rsqrt",
    "square", "pow", "erf", "sin", "cos", "reciprocal", "logsigmoid", "softsign", "clip",
)  # fmt: skip
OF_SEVERAL = (
    "add", "sub", "mul", "div", "rsub", "rdiv", "maximum", "minimum", "addcmul", "lerp", "prelu", "where", "fmax",
)  # fmt: skip


def function(name: str) -> Any:
    """Return an operation of torch by its name."""
    sources = (F, torch, Tensor)
    by_hand = {
        "rsub": lambda a, b: b - a,
        "rdiv": lambda a, b: b / a,
        "getitem": lambda a, index: a[index],
        "view_as": lambda a, b: a.view(b.shape),
    }
    return by_hand.get(name) or next(getattr(source, name) for source in sources if hasattr(source, name))


@defines(*MOVES)
def move(name: str, x: Cells, *args: Any, **kwargs: Any) -> Any:
    """Move the numbers, and with each of them whether it is visible and where its cell is."""
    x = settled(x)
    run = getattr(Tensor, name, None) or function(name)
    run = function(name) if name in ("getitem", "view_as", "channel_shuffle") else run
    args = plain(args)
    if name == "view_as":
        args = (args[0],)
    parts = [run(tensor.contiguous() if name in ("view", "view_as") else tensor, *args, **kwargs)
             for tensor in (plain(x), x.visible, x.cell)]  # fmt: skip
    if isinstance(parts[0], Tensor):
        return vectors_or_cells(*parts)
    return tuple(vectors_or_cells(*part) for part in zip(*parts, strict=True))


def vectors_or_cells(x: Tensor, visible: Tensor, cell: Tensor) -> Tensor:
    """Return a plain tensor if there is one vector per image: there are no cells any more."""
    return x if x.ndim <= 2 else cells(x, visible, cell)


@defines("expand_as")
def expand_as(name: str, x: Any, other: Any) -> Any:
    """Repeat a tensor until it has the shape of another one."""
    return move("expand", x, other.shape) if isinstance(x, Cells) else x.expand(other.shape)


@defines(*UNCHANGED)
def leave(name: str, x: Cells, *args: Any, **kwargs: Any) -> Cells:
    """Change the type of the numbers at most."""
    values = getattr(Tensor, name)(plain(x), *args, **kwargs) if hasattr(Tensor, name) else plain(x)
    return cells(values, x.visible, x.cell, x.outside)


@defines(*BY_NUMBER, "batch_norm")
def by_number(name: str, x: Cells, *args: Any, **kwargs: Any) -> Cells:
    """Apply a function to each number, or to each channel."""
    x = settled(x)
    values = function(name)(plain(x), *plain(args), **kwargs)
    if values.shape != x.shape:
        raise NotImplementedError(f"{name} changes the shape")
    return cells(values, x.visible, x.cell)


@defines(*OF_SEVERAL)
def of_several(name: str, *args: Any, **kwargs: Any) -> Cells:
    """Combine tensors number by number: visible where all of them are; plain tensors are visible everywhere."""
    args = tuple(map(settled, args))
    values = function(name)(*map(plain, args), **{key: plain(value) for key, value in kwargs.items()})
    maps = [value for value in (*args, *kwargs.values()) if isinstance(value, Cells)]
    visible = torch.ones(values.shape, dtype=torch.bool)
    for part in maps:
        visible = visible & part.visible
    largest = max(maps, key=lambda m: m.numel())
    grown = [d for d in range(-values.ndim, 0) if values.shape[d] != largest.shape[d]]
    if values.ndim != largest.ndim or any(varies(m.cell, [d]) for d in grown for m in maps if m.ndim >= -d):
        raise NotImplementedError(f"{name} spreads a map")
    return cells(values, visible, largest.cell)


@defines("linear", "layer_norm", "rms_norm", "softmax", "log_softmax", "local_response_norm", "glu", "normalize")
def among_channels(name: str, x: Cells, *args: Any, **kwargs: Any) -> Cells:
    """Mix the channels of each cell; layer norms whose shape includes cells take the visible ones alone."""
    x = settled(x)
    dims = [-1]
    if name in ("layer_norm", "rms_norm"):
        dims = list(range(-len(args[0] if args else kwargs["normalized_shape"]), 0))
    elif name in ("softmax", "log_softmax", "glu"):
        dims = [kwargs.get("dim", args[0] if args else -1)]
    elif name == "normalize":
        dims = [kwargs.get("dim", args[1] if len(args) > 1 else 1)]
    elif name == "local_response_norm":
        dims = [1]
    if varies(x.cell, dims):
        if name == "softmax":
            return shares(x, dims)
        if name != "layer_norm":
            raise NotImplementedError(f"{name} over cells")
        return standardised(x, dims, *args[1:], **{k: v for k, v in kwargs.items() if k != "normalized_shape"})
    values = function(name)(plain(x), *plain(args), **plain_values(kwargs))
    index = tuple(slice(0, 1) if dim - x.ndim in dims or dim in dims else slice(None) for dim in range(x.ndim))
    return cells(values, x.visible[index], x.cell[index])


def shares(x: Cells, dims: list[int]) -> Cells:
    """Return the softmax over the visible cells, which stand in one dimension."""
    if varies(x.cell, [d for d in range(1, x.ndim) if d != dims[0] % x.ndim] or [0]):
        raise NotImplementedError("a softmax over rows or columns alone")
    lowest = torch.full_like(plain(x), torch.finfo(plain(x).dtype).min)
    return cells(torch.where(x.visible, plain(x), lowest).softmax(dims[0]), x.visible, x.cell)


@defines("matmul")
def weighted(name: str, x: Cells, other: Any) -> Any:
    """Multiply the channels of each cell by a matrix, or cells by their weights: then hidden ones add nothing."""
    if not isinstance(other, Cells) and other.ndim == 2 and not varies(x.cell, [-1]):
        return cells(plain(x) @ other, x.visible[..., :1], x.cell[..., :1])
    sums_over_cells = (
        isinstance(x, Cells) and isinstance(other, Cells) and varies(x.cell, [-1]) and varies(other.cell, [-2])
        and not varies(x.cell, [-2]) and not varies(other.cell, [-1])
    )  # fmt: skip
    if not sums_over_cells:
        raise NotImplementedError("a matrix product that mixes cells")
    return plain(x) @ plain(other)


def plain_values(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {key: plain(value) for key, value in kwargs.items()}


def standardised(x: Cells, dims: list[int], weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Cells:
    """Subtract the mean of the visible numbers over dimensions, and divide by the root of their variance."""
    number = x.visible.sum(dims, keepdim=True).clamp(min=1)
    mean = plain(x).sum(dims, keepdim=True) / number
    deviation = torch.where(x.visible, plain(x) - mean, torch.zeros_like(mean))
    values = deviation / ((deviation**2).sum(dims, keepdim=True) / number + eps).sqrt()
    values = values if weight is None else values * weight
    return cells(values if bias is None else values + bias, x.visible, x.cell)


@defines("group_norm", "instance_norm")
def over_groups(name: str, x: Cells, *args: Any, **kwargs: Any) -> Cells:
    """Standardise the visible numbers of each group of channels."""
    x = settled(x)
    if name == "instance_norm":
        names = ("running_mean", "running_var", "weight", "bias", "use_input_stats", "momentum", "eps")
        given = {**dict.fromkeys(names[:4]), "use_input_stats": True, "eps": 1e-5}
        given |= {**dict(zip(names, args, strict=False)), **kwargs}
        if not given["use_input_stats"]:
            return by_number("batch_norm", x, given["running_mean"], given["running_var"], given["weight"],
                             given["bias"], eps=given["eps"])  # fmt: skip
        groups = x.shape[1]
    else:
        names = ("groups", "weight", "bias", "eps")
        given = {"weight": None, "bias": None, "eps": 1e-5}
        given |= {**dict(zip(names, args, strict=False)), **{k.replace("num_", ""): v for k, v in kwargs.items()}}
        groups = given["groups"]
    n, channels, *size = x.shape
    grouped = [t.reshape(n, groups, channels // groups, *size) for t in (plain(x), x.visible, x.cell)]
    values = plain(standardised(cells(*grouped), [2, 3, 4], eps=given["eps"])).reshape(x.shape)
    for parameter, combine in ((given["weight"], torch.mul), (given["bias"], torch.add)):
        values = values if parameter is None else combine(values, parameter.view(1, -1, 1, 1))
    return cells(values, x.visible, x.cell)


@defines("cat", "stack")
def join(name: str, tensors: Any, dim: int = 0) -> Cells:
    """Put maps side by side as channels: visible where more than half of the maps are; a hidden map is zero there."""
    tensors = [settled(x) for x in tensors]
    maps = [x for x in tensors if isinstance(x, Cells)]
    if name == "stack":
        moved = [move("unsqueeze", x, dim) if isinstance(x, Cells) else x.unsqueeze(dim) for x in tensors]
        return join("cat", moved, dim)
    for x in maps:
        if varies(x.cell, [dim]):
            raise NotImplementedError("cells are put side by side")
    votes = sum(
        x.visible.any(dim, keepdim=True).long() if isinstance(x, Cells) else torch.ones((), dtype=torch.long)
        for x in tensors
    )
    first = maps[0].cell.narrow(dim, 0, 1)
    values = torch.cat([plain(x) for x in tensors], dim)
    return cells(values, votes > len(tensors) / 2, first)


@defines("pixel_shuffle")
def enlarge(name: str, x: Cells, factor: int) -> Cells:
    """Make squares of cells of channels; they are as visible as the cell that they came from."""
    x = settled(x)
    return as_map(F.pixel_shuffle(plain(x), factor), F.pixel_shuffle(x.visible.double(), factor) > 0)
