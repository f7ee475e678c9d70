"""Norms whose statistics run over rows and columns: group, instance and layer norms take the visible cells alone."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from masking.layers.maps.masked import Masked

from .basics import require, require_image
from .reductions import Dims, moments


def group_norm(x: Masked, groups: int, weight: Tensor | None, bias: Tensor | None, eps: float) -> Masked:
    """Normalise each group of channels by the mean and variance of its visible values.

    Args:
        x: activations (n, channels, h, w).
        groups: number of groups; as many as channels for an instance norm.
        weight: (channels,), or None.
        bias: (channels,), or None.
        eps: added to the variance.
    """
    require_image(x)
    n, channels, *size = x.values.shape
    require(channels % groups == 0, f"divides {channels} channels into {groups} groups")
    grouped = x.values.reshape(n, groups, channels // groups, *size)
    values = standardised(replace(x, values=grouped), (-3, -2, -1), eps).reshape(x.values.shape)
    return replace(x, values=_affine(values, *(v if v is None else v.view(-1, 1, 1) for v in (weight, bias))))


def layer_norm(x: Masked, dims: int, weight: Tensor | None, bias: Tensor | None, eps: float) -> Masked:
    """Normalise the last dimensions, rows and columns among them, by the mean and variance of visible values.

    Args:
        x: activations.
        dims: how many dimensions.
        weight: shaped as these dimensions, or None.
        bias: likewise.
        eps: added to the variance.
    """
    return replace(x, values=_affine(standardised(x, tuple(range(-dims, 0)), eps), weight, bias))


def standardised(x: Masked, dims: Dims, eps: float) -> Tensor:
    """Return values with mean 0 and variance 1 over the visible cells; 0 at hidden ones."""
    dtype = x.values.dtype
    if dtype in (torch.float16, torch.bfloat16):  # sums of squares need more digits
        x = replace(x, values=x.values.float())
    _, deviations, count = moments(x, dims)
    variances = deviations.square().sum(dims, keepdim=True) / count
    return (deviations * (variances + eps).rsqrt()).to(dtype)


def _affine(values: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    values = values if weight is None else values * weight
    return values if bias is None else values + bias
