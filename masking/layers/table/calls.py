"""How PyTorch spells reductions, norms and operations along channels: from a call's arguments to a rule's."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from masking.layers.maps.masked import Extreme, Masked
from masking.layers.rules import Joins, Run, arrange, cellwise, norms, reductions
from masking.layers.rules.reductions import Dims, Reduction

from .operations import PLAIN_ATTRIBUTES

BATCH_STATISTICS = "normalises by batch statistics, hidden cells included"


def reduction(joins: Joins, name: str) -> Run:
    """Return the rule of `sum`, `mean`, `amax` or `amin`."""
    over_cells = {"amax": reductions.largest, "amin": reductions.smallest}.get(name, reductions.per_visible_cell)

    def reduced(run: Run, x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
        typed = {} if dtype is None else {"dtype": dtype}

        def plain(values: Tensor, dims: Dims, keep: bool) -> Tensor:
            return run(values, dims, keepdim=keep, **typed)

        return Reduction(name, plain, over_cells)(joins, x, dim, keepdim)

    return reduced


def extreme(joins: Joins, name: str) -> Run:
    """Return the rule of `max` or `min`, over a dimension or of two maps."""
    larger, over_dims, over_cells = {
        "amax": (torch.maximum, torch.amax, reductions.largest),
        "amin": (torch.minimum, torch.amin, reductions.smallest),
    }[name]
    whole = Reduction(name, over_dims, over_cells)

    def extremes(_: Run, x: Any, *args: Any, other: Any = None, dim: Any = None, keepdim: bool = False) -> Any:
        first = args[0] if args else dim if other is None else other
        if isinstance(first, Masked | Tensor):
            return cellwise.elementwise(larger, x, first)
        if not isinstance(first, int):
            raise NotImplementedError("mixes images: it reduces over all dimensions")
        return reductions.extreme(whole, joins, x, first, *args[1:], **({"keepdim": True} if keepdim else {}))

    return extremes


def norm(joins: Joins) -> Run:
    """Return the rule of a p-norm; `ord` is what `torch.linalg.vector_norm` calls its order."""

    def normed(
        _: Run, x: Any, p: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, **kwargs: Any
    ) -> Any:
        order = kwargs.pop("ord", p)
        if kwargs:
            raise NotImplementedError(f"is called with {', '.join(kwargs)}, which layer masking does not know")
        order = 2 if order in (None, "fro") else order
        if not isinstance(order, int | float):
            raise NotImplementedError(f'computes the matrix norm "{order}"')

        def plain(values: Tensor, dims: Dims, keep: bool) -> Tensor:
            return torch.linalg.vector_norm(values, order, dims, keep, dtype=dtype)

        return Reduction(f"norm {order}", plain, reductions.norm_of_order(float(order)))(joins, x, dim, keepdim)

    return normed


def spread(joins: Joins, root: bool) -> Run:
    """Return the rule of `var`, or of `std` if the root is wanted."""

    def spreads(
        run: Run, x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
    ) -> Any:
        divisor = correction if correction is not None else float(unbiased is not False)

        def plain(values: Tensor, dims: Dims, keep: bool) -> Tensor:
            return (torch.std if root else torch.var)(values, dims, correction=divisor, keepdim=keep)

        over_cells = reductions.variance(divisor, root)
        return Reduction("std" if root else "var", plain, over_cells, separable=False)(joins, x, dim, keepdim)

    return spreads


def may_end(run: Any, _: Any, *args: Any, **kwargs: Any) -> bool:
    """Return whether a reduction may run over rows and columns: not if it names the second dimension alone."""
    dim = kwargs.get("dim", args[0] if args else None)
    return dim not in (1, (1,), [1], -3, (-3,), [-3])


def reduces_all(run: Any, _: Any, *args: Any, **kwargs: Any) -> str | None:
    """Return why a reduction without dimensions is refused, or None."""
    return None if args or kwargs.keys() & {"dim", "other"} else "mixes images: it reduces over all dimensions"


def linear(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Any:
    """Apply a linear layer to the channels of each cell."""
    return cellwise.over_channels(lambda v: run(v, *args, **kwargs), x)


def layer_norm_module(norm: nn.LayerNorm, x: Masked) -> Any:
    """Apply a layer norm, over channels alone or over visible cells too."""
    return layer_norm(F.layer_norm, x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)


def layer_norm(
    run: Run, x: Masked, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Any:  # fmt: skip
    """Apply a layer norm, over channels alone or over visible cells too."""
    dims = len(normalized_shape)
    if x.grid[0] >= -dims and tuple(normalized_shape) == x.values.shape[-dims:] and not x.is_sequence:
        return norms.layer_norm(x, dims, weight, bias, eps)
    return cellwise.over_channels(lambda v: run(v, normalized_shape, weight, bias, eps), x, dims)


def rms_norm_module(norm: Any, x: Masked) -> Any:
    """Divide the channels of each cell by their root mean square."""
    return cellwise.over_channels(norm, x, len(norm.normalized_shape))


def rms_norm(run: Run, x: Masked, normalized_shape: Any, *args: Any, **kwargs: Any) -> Any:
    """Divide the channels of each cell by their root mean square."""
    return cellwise.over_channels(lambda v: run(v, normalized_shape, *args, **kwargs), x, len(normalized_shape))


def group_norm_module(norm: nn.GroupNorm, x: Masked) -> Any:
    """Normalise groups of channels over visible cells."""
    return norms.group_norm(x, norm.num_groups, norm.weight, norm.bias, norm.eps)


def group_norm(
    run: Run, x: Masked, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Any:
    """Normalise groups of channels over visible cells."""
    return norms.group_norm(x, num_groups, weight, bias, eps)


def instance_norm_module(norm: nn.InstanceNorm2d, x: Masked) -> Any:
    """Normalise each channel over visible cells, or by running statistics if the layer keeps them."""
    by_input = norm.training or not norm.track_running_stats
    return instance_norm(
        F.instance_norm, x, norm.running_mean, norm.running_var, norm.weight, norm.bias, by_input, 0.0, norm.eps
    )


def instance_norm(
    run: Run, x: Masked, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:  # fmt: skip
    """Normalise each channel over visible cells, or by running statistics."""
    if use_input_stats:
        return norms.group_norm(x, x.values.shape[1], weight, bias, eps)
    return cellwise.cellwise(
        lambda v: run(v, running_mean, running_var, weight, bias, False, momentum, eps), x
    )  # fmt: skip


def batch_statistics_module(norm: nn.BatchNorm2d, _: Any) -> str | None:
    """Return why a batch norm layer is refused, or None."""
    return batch_statistics(norm, _, norm.running_mean, training=norm.training)


def batch_statistics(
    run: Any, _: Any, running_mean: Any, running_var: Any = None, weight: Any = None, bias: Any = None,
    training: Any = False, *__: Any, **___: Any,
) -> str | None:  # fmt: skip
    """Return why a batch norm is refused, or None."""
    return BATCH_STATISTICS if training or running_mean is None else None


def along(default: Any = None, first: bool = True) -> Run:
    """Return the rule of an operation along one dimension of channels, such as softmax.

    Args:
        default: the dimension if a call names none.
        first: whether the dimension is the first argument of a call, and not the last of several.
    """

    def applied(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Masked:
        dim = kwargs.get("dim", (args[0] if first else args[-1]) if args else default)
        return cellwise.along_channels(lambda v: run(v, *args, **kwargs), x, dim)

    return applied


def along_module(layer: Any, x: Masked) -> Masked:
    """Apply a layer along the dimension of channels that it names."""
    return cellwise.along_channels(layer, x, -3 if isinstance(layer, nn.Softmax2d) else layer.dim)


def normalize(run: Run, x: Masked, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Masked:
    """Divide the channels of each cell by their norm."""
    return cellwise.along_channels(lambda v: run(v, p, dim, eps), x, dim)


def roll(run: Run, x: Masked, shifts: Any, dims: Any = None) -> Masked:
    """Roll channels; rows and columns stay."""
    if dims is None:
        raise NotImplementedError("moves cells across the border of the picture")
    return arrange.along_dims(lambda v: run(v, shifts, dims), x, dims)


def flatten(run: Run, x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Flatten dimensions, by a function, a method or a layer."""
    if isinstance(run, nn.Flatten):
        start_dim, end_dim = run.start_dim, run.end_dim
    return arrange.flatten(run, x, start_dim, end_dim)


def flattens_all(run: Any, _: Any, start_dim: Any = 0, end_dim: Any = -1) -> bool:
    """Return whether a flattening may leave one vector per image."""
    if isinstance(run, nn.Flatten):
        start_dim, end_dim = run.start_dim, run.end_dim
    return start_dim in (0, 1, -3) and end_dim in (-1, 3)


def unflatten_module(layer: nn.Unflatten, x: Masked) -> Any:
    """Split one dimension into several."""
    return arrange.unflatten(layer, x, int(layer.dim), tuple(layer.unflattened_size))  # pyright: ignore[reportArgumentType]


def makes_vectors(run: Any, _: Any, *shape: Any, **__: Any) -> bool:
    """Return whether a new shape is one vector per image."""
    return len(shape[0] if len(shape) == 1 and isinstance(shape[0], list | tuple) else shape) == 2


def attribute(run: Run, x: Any, name: str) -> Any:
    """Return an attribute that no mask changes, or the values of a maximum."""
    if isinstance(x, Extreme):
        return getattr(x, name)
    reason = attribute_refusal(run, x, name)
    if reason is not None or not isinstance(x, Masked) or name in ("values", "indices"):
        raise NotImplementedError(reason or f"uses .{name} of a masked map")
    return run(x.values, name)


def attribute_refusal(run: Any, _: Any, name: str) -> str | None:
    """Return why an attribute is refused, or None."""
    return None if name in (*PLAIN_ATTRIBUTES, "values", "indices") else f"uses .{name} of a masked map"


def attribute_ends(run: Any, _: Any, name: str) -> bool:
    """Return whether an attribute is no map."""
    return name in PLAIN_ATTRIBUTES


def refuse(reason: str) -> Run:
    """Return a rule that only says why there is none."""

    def refused(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(reason)

    return refused
