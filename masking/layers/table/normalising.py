"""How PyTorch spells norms: from a call's arguments to a rule's."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from masking.layers.maps.masked import Masked
from masking.layers.rules import Run, cellwise, norms

BATCH_STATISTICS = "normalises by batch statistics, hidden cells included"


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


def normalize(run: Run, x: Masked, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Masked:
    """Divide the channels of each cell by their norm."""
    return cellwise.along_channels(lambda v: run(v, p, dim, eps), x, dim)
