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


def box(x: Tensor, diagonal: float = 1.0) -> Tensor:
    """3x3 sums, nothing outside the image; the four corners have another weight."""
    channels = x.shape[1]
    window = torch.tensor([[diagonal, 1, diagonal], [1, 1, 1], [diagonal, 1, diagonal]], dtype=x.dtype)
    return F.conv2d(x, window.expand(channels, 1, 3, 3), padding=1, groups=channels)


def neighbour_padding(x: Tensor, m: Tensor, rounds: int, diagonal: float = 1.0) -> Tensor:
    x = select(m, x)
    for _ in range(rounds):
        total, known = box(x, diagonal), box(m, diagonal)
        x = x + (1 - m) * total / torch.where(known > 0, known, 1.0)
        m = torch.where(known > 0, 1.0, m)
    return x


def conv(s: State, layer: nn.Conv2d, most: int = 99, diagonal: float = 1.0) -> State:
    """Pad as far as the windows reach, but at most so many rounds; unknown cells are zero."""
    kernel, dilation = layer.kernel_size, layer.dilation
    rounds = max((k - 1) * d for k, d in zip(kernel, dilation, strict=True))
    y = layer(neighbour_padding(s.x, s.m, min(most, rounds), diagonal))
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


def global_mean(s: State, of: str = "visible") -> Tensor:
    """The mean of visible cells, or of all cells with zeros at hidden ones."""
    return s.x.mean((2, 3)) if of == "all" else s.x.sum((2, 3)) / s.m.sum((2, 3)).clamp(min=1)


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


def padded_conv(s: State, layer: nn.Conv2d, pads: tuple, value: float = 0.0, most: int = 99) -> State:
    """The map is filled as it is, then cells are put around it; they are outside of the picture."""
    rounds = max((k - 1) * d for k, d in zip(layer.kernel_size, layer.dilation, strict=True))
    y = layer(F.pad(neighbour_padding(s.x, s.m, min(most, rounds)), pads, value=value))
    ones = torch.ones(1, 1, *layer.kernel_size, dtype=s.m.dtype)
    seen = F.conv2d(F.pad(s.m, pads), ones, None, layer.stride, layer.padding, layer.dilation)
    m = (seen > 0.5).double()
    return State(select(m, y), m)


def padded_max_pool(s: State, layer: nn.MaxPool2d, pads: tuple, value: float = 0.0) -> State:
    x = torch.where(s.m > 0, s.x, torch.full_like(s.x, -torch.inf))
    y, m = layer(F.pad(x, pads, value=value)), layer(F.pad(s.m, pads))
    return State(select(m, y), m)


def padded_average_pool(s: State, layer: nn.AvgPool2d, pads: tuple, value: float = 0.0) -> State:
    """Window by window: cells around the map count with their value, visible ones stand for hidden ones."""
    k, step = layer.kernel_size, layer.stride
    x, m, around = F.pad(s.x, pads), F.pad(s.m, pads), F.pad(torch.zeros_like(s.m), pads, value=1.0)
    y = torch.zeros_like(layer(x))
    visible = torch.zeros_like(y[:, :1])
    for i, row, column in (torch.ones_like(visible[:, 0]) > 0).nonzero().tolist():
        rows, columns = slice(row * step, row * step + k), slice(column * step, column * step + k)
        shown, outside = m[i, 0, rows, columns].sum(), around[i, 0, rows, columns].sum()
        if shown:
            inside = k * k - outside
            y[i, :, row, column] = (x[i, :, rows, columns].sum((1, 2)) * inside / shown + value * outside) / k**2
            visible[i, 0, row, column] = 1
    return State(y, visible)


def around(s: State, pads: tuple, value: float = 0.0) -> State:
    """Behind anything but a window, cells around a map are visible."""
    return State(F.pad(s.x, pads, value=value), F.pad(s.m, pads, value=1.0))


def copied_around(s: State, pads: tuple, mode: str) -> State:
    return State(F.pad(s.x, pads, mode=mode), F.pad(s.m, pads, mode=mode))


def over_visible(s: State, function, empty: float = 0.0) -> Tensor:
    """A function of the visible values of each channel, (visible cells,) -> number; `empty` where there are none."""
    rows = []
    for x, m in zip(s.x, s.m, strict=True):
        visible = x[:, m[0] > 0]
        rows.append(torch.stack([function(v) if len(v) else torch.tensor(empty, dtype=x.dtype) for v in visible]))
    return torch.stack(rows)


def group_norm(s: State, groups: int, weight=None, bias=None, eps: float = 1e-5) -> State:
    y = torch.zeros_like(s.x)
    for i in range(len(s.x)):
        for channels in torch.arange(s.x.shape[1]).chunk(groups):
            values = s.x[i, channels][:, s.m[i, 0] > 0]
            if values.numel():
                deviation = (values.var(correction=0) + eps).sqrt()
                y[i, channels] = (s.x[i, channels] - values.mean()) / deviation
    weight, bias = (None if v is None else v.view(-1, *[1] * 2) if v.ndim == 1 else v for v in (weight, bias))
    y = y if weight is None else y * weight
    y = y if bias is None else y + bias
    return State(select(s.m, y), s.m)


def interpolated(s: State, **settings) -> State:
    """The mean of the visible cells that the interpolation weighs, with its weights."""
    share = F.interpolate(s.m, **settings) / F.interpolate(torch.ones_like(s.m), **settings)
    m = (share > 0).double()
    return State(select(m, F.interpolate(s.x, **settings) / share.clamp(min=1e-12)), m)


def conv_transpose(s: State, layer: nn.ConvTranspose2d, most: int = 99) -> State:
    """Cell by cell: each visible cell shows the cells that it has a share in."""
    n, _, h, w = s.x.shape
    rounds = max((k - 1) * d // t for k, d, t in zip(layer.kernel_size, layer.dilation, layer.stride, strict=True))
    y = layer(neighbour_padding(s.x, s.m, min(most, rounds)))
    m, reached = torch.zeros_like(y[:, :1]), torch.zeros_like(y[:, :1])
    for i in range(n):
        for r in range(h):
            for c in range(w):
                for a in range(layer.kernel_size[0]):
                    for b in range(layer.kernel_size[1]):
                        row = r * layer.stride[0] - layer.padding[0] + a * layer.dilation[0]
                        column = c * layer.stride[1] - layer.padding[1] + b * layer.dilation[1]
                        if 0 <= row < y.shape[2] and 0 <= column < y.shape[3]:
                            reached[i, 0, row, column] = 1
                            m[i, 0, row, column] = max(m[i, 0, row, column], s.m[i, 0, r, c])
    m = torch.where(reached > 0, m, torch.ones_like(m))
    return State(select(m, y), m)
