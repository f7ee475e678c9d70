"""How PyTorch spells reductions: from a call's arguments to a rule's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from masking.layers.maps.masked import Masked
from masking.layers.rules import Joins, Run, cellwise, reductions
from masking.layers.rules.reductions import Dims, Reduction


def reduction(joins: Joins, name: str) -> Run:
    """Return the rule of `sum`, `mean`, `amax` or `amin`."""
    over_cells = {
        "amax": reductions.largest,
        "amin": reductions.smallest,
        "logsumexp": reductions.log_mean_exp,
        "prod": reductions.over_channels_alone,
    }.get(name, reductions.per_cell if joins.pools == "all" else reductions.per_visible_cell)

    def reduced(run: Run, x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
        typed = {} if dtype is None else {"dtype": dtype}

        def plain(values: Tensor, dims: Dims, keep: bool) -> Tensor:
            return run(values, dims[0] if name == "prod" else dims, keepdim=keep, **typed)

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


def pool_of_sequence(joins: Joins, kind: str) -> Run:
    """Return the rule of a one-dimensional pool to a single cell."""
    name = {"Avg": "mean", "Max": "amax"}[kind]
    plain = {"mean": torch.mean, "amax": torch.amax}[name]

    def pooled(run: Run, x: Masked, output_size: Any = None, return_indices: bool = False) -> Any:
        size = run.output_size if isinstance(run, nn.Module) else output_size
        if return_indices or size not in (1, (1,), [1]) or x.grid != (-1, -1):
            raise NotImplementedError("pools cells that stand in one dimension to several, or returns positions")
        return reduction(joins, name)(plain, x, -1, True)

    return pooled


def variance_and_mean(joins: Joins, root: bool) -> Run:
    """Return the rule of `var_mean`, or of `std_mean` if the root is wanted; both are those of visible cells."""
    of_visible = replace(joins, pools="visible")

    def both(_: Run, x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, **kwargs: Any) -> Any:
        first = spread(joins, root)(torch.var, x, dim, unbiased, keepdim, **kwargs)
        return first, reduction(of_visible, "mean")(torch.mean, x, dim, keepdim)

    return both
