"""Batch norm without mean: it divides by the standard deviation and adds no constant (Lee & Chang)."""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class _DivideByDeviation(torch.autograd.Function):
    """x to (γ·x·r, r) with r = 1 / √(centred variance per channel + ε), differentiable in x and γ through r.

    PyTorch's own kernels compute γ·(x − μ)·r, 2 to 10 times as fast as the formula. This adds γ·μ·r to their result,
    and γ·r·ḡ·(1 − r·μ·x̂) to their gradient in x, where ḡ is the mean of the incoming gradient and x̂ = (x − μ)·r.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, gamma: Tensor, eps: float) -> tuple[Tensor, Tensor]:  # pyright: ignore[reportIncompatibleMethodOverride]
        y, mean, r = torch.native_batch_norm(x, gamma, torch.zeros_like(gamma), None, None, True, 0.0, eps)
        ctx.save_for_backward(x, gamma, mean, r)
        ctx.mark_non_differentiable(r)
        return y.add_(_per_channel(gamma * mean * r, y)), r

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        x, gamma, mean, r = ctx.saved_tensors
        centred = torch.ops.aten.native_batch_norm_backward
        for_x, for_gamma, total = centred(gradients[0], x, gamma, None, None, mean, r, True, 0.0, [True, True, True])
        weight = gamma * r * total / (x.numel() // x.shape[1])
        slope, shift = -weight * r.square() * mean, weight * (1 + (r * mean).square())
        for_x += torch.addcmul(_per_channel(shift, x), x, _per_channel(slope, x))
        return for_x, for_gamma + total * mean * r, None


def _per_channel(values: Tensor, like: Tensor) -> Tensor:
    return values.to(like.dtype)[:, None, None]


class MeanFreeBatchNorm2d(nn.BatchNorm2d):
    """Divides each channel by its standard deviation and multiplies by γ: y = γ · x / √(var + ε).

    In training, var is the batch's centred variance, and the gradient flows through it. In evaluation, var is the
    running variance, and the result equals that of the stock module with mean and shift zero, bit for bit.
    """

    bias: Tensor  # a buffer of zeros under the stock module's name, so that state dicts fit both

    def __init__(self, num_features: int):
        super().__init__(num_features)
        del self.bias
        self.register_buffer("bias", torch.zeros(num_features))

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (the stock module's name)
        """Normalise (n, num_features, h, w) to the same shape."""
        if not self.training:
            return F.batch_norm(input, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        y, r = _DivideByDeviation.apply(input, self.weight, self.eps)
        self._update_statistics(r.pow(-2).sub(self.eps).clamp(min=0), input.numel() // self.num_features)
        return y

    @torch.no_grad()
    def _update_statistics(self, variance: Tensor, cells: int) -> None:
        unbiased = variance.to(self.weight.dtype) * (cells / max(1, cells - 1))
        cast("Tensor", self.running_var).lerp_(unbiased, self.momentum or 0.1)
        cast("Tensor", self.num_batches_tracked).add_(1)
