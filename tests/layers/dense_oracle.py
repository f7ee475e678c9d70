"""Layer masking written out literally from its description: dense, slow, in float64, without tracing.

The state is a pair (x, m) as in the paper's code: x (n, c, h, w), zero wherever m (n, 1, h, w) is 0; m is 0 or 1.
Every operation re-masks its result. Nothing here is shared with the engine.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import SqueezeExcitation


class State(NamedTuple):
    x: Tensor
    m: Tensor


def select(m: Tensor, x: Tensor) -> Tensor:
    return torch.where(m > 0, x, torch.zeros_like(x))


def box(x: Tensor) -> Tensor:
    """3x3 sums, nothing outside the image."""
    channels = x.shape[1]
    return F.conv2d(x, torch.ones(channels, 1, 3, 3, dtype=x.dtype), padding=1, groups=channels)


def neighbour_padding(x: Tensor, m: Tensor, rounds: int) -> Tensor:
    x = select(m, x)
    for _ in range(rounds):
        total, known = box(x), box(m)
        x = x + (1 - m) * total / known.clamp(min=1)
        m = (m + known).clamp(0, 1)
    return x


def conv(s: State, layer: nn.Conv2d) -> State:
    kernel, dilation = layer.kernel_size, layer.dilation
    rounds = max((k - 1) * d for k, d in zip(kernel, dilation, strict=True))
    y = layer(neighbour_padding(s.x, s.m, rounds))
    ones = torch.ones(1, 1, *kernel, dtype=s.m.dtype)
    seen = F.conv2d(s.m, ones, stride=layer.stride, padding=layer.padding, dilation=dilation)
    m = (seen > 0.5).double()
    return State(select(m, y), m)


def partial_conv(s: State, layer: nn.Conv2d) -> State:
    """Window by window: the sum over visible cells x (cells inside the image / visible ones), then the bias."""
    y = torch.zeros_like(layer(s.x))
    m = torch.zeros_like(y[:, :1])
    top, left = layer.padding if isinstance(layer.padding, tuple) else (0, 0)
    if layer.padding == "same":
        top, left = (d * (k - 1) // 2 for k, d in zip(layer.kernel_size, layer.dilation, strict=True))
    for i, row, column in (torch.ones_like(m[:, 0]) > 0).nonzero().tolist():
        inside, visible, total = 0, 0, torch.zeros_like(y[i, :, row, column])
        for a in range(layer.kernel_size[0]):
            for b in range(layer.kernel_size[1]):
                r = row * layer.stride[0] - top + a * layer.dilation[0]
                c = column * layer.stride[1] - left + b * layer.dilation[1]
                if 0 <= r < s.x.shape[2] and 0 <= c < s.x.shape[3]:
                    inside += 1
                    if s.m[i, 0, r, c] == 1:
                        visible += 1
                        total = total + _grouped(layer.weight[:, :, a, b], s.x[i, :, r, c], layer.groups)
        if visible:
            m[i, 0, row, column] = 1
            y[i, :, row, column] = total * inside / visible + (0 if layer.bias is None else layer.bias)
    return State(y, m)


def _grouped(weight: Tensor, x: Tensor, groups: int) -> Tensor:
    return torch.cat([w @ part for w, part in zip(weight.chunk(groups), x.chunk(groups), strict=True)])


CONVOLUTIONS = {"neighbour": conv, "partial": partial_conv}


def pointwise(s: State, function) -> State:
    return State(select(s.m, function(s.x)), s.m)


def max_pool(s: State, layer: nn.MaxPool2d) -> State:
    m = layer(s.m)
    x = layer(torch.where(s.m > 0, s.x, torch.full_like(s.x, -torch.inf)))
    return State(select(m, x), m)


def average_pool(s: State, pool) -> State:
    """The sum over visible cells divided by their number, on the scale of the plain pool."""
    share = pool(s.m) / pool(torch.ones_like(s.m))
    m = (share > 0).double()
    return State(select(m, pool(s.x) / share.clamp(min=1e-12)), m)


def global_mean(s: State) -> Tensor:
    return s.x.sum((2, 3)) / s.m.sum((2, 3)).clamp(min=1)


def add(a: State, b: State, union: bool = False) -> State:
    m = (a.m + b.m > 0).double() if union else a.m * b.m
    return State(select(m, a.x + b.x), m)


def cat(states: list[State], needed: int | None = None) -> State:
    votes = sum(s.m for s in states)
    m = (votes > len(states) / 2).double() if needed is None else (votes >= needed).double()
    return State(select(m, torch.cat([s.x for s in states], 1)), m)


def squeeze_excite(s: State, se: SqueezeExcitation) -> State:
    gate = se.scale_activation(se.fc2(se.activation(se.fc1(global_mean(s)[:, :, None, None]))))
    return State(gate * s.x, s.m)


def shuffle(s: State, groups: int) -> State:
    n, c, h, w = s.x.shape
    x = s.x.reshape(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)
    return State(x, s.m)
