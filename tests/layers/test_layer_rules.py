"""Each rule by itself, between two convolutions, against the dense oracle."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import FrozenBatchNorm2d, Permute, SqueezeExcitation, StochasticDepth

from masking.layers import Joins, Masked, layer_masked
from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, Net, check
from tests.layers.dense_oracle import State
from tests.layers.sample_masks import cells


@pytest.mark.parametrize(
    "settings", [{}, {"stride": 1, "padding": 1}, {"dilation": 2}, {"ceil_mode": True}, {"stride": 4}]
)
def test_max_pool(settings):
    last = nn.Conv2d(CHANNELS, 2, 2)

    def by_the_book(s, pool, last):
        return dense.conv(dense.max_pool(s, pool), last)

    pool = nn.MaxPool2d(3, **settings)
    check(lambda x, pool, last: last(pool(x)), by_the_book, pool=pool, last=last)
    check(lambda x, pool, last: last(F.max_pool2d(x, 3, **settings)), by_the_book, pool=pool, last=last)


@pytest.mark.parametrize(
    "pool",
    [
        nn.AvgPool2d(2), nn.AvgPool2d(3, 2, 1), nn.AvgPool2d(3, 1, 1, count_include_pad=False),
        nn.AvgPool2d(2, ceil_mode=True), nn.AvgPool2d(2, divisor_override=3), nn.AdaptiveAvgPool2d(6),
        nn.AdaptiveAvgPool2d((20, 2)), nn.AdaptiveAvgPool2d((None, 3)),
    ],
)  # fmt: skip
def test_average_pool(pool):
    last = nn.Conv2d(CHANNELS, 2, 2)
    check(
        lambda x, pool, last: last(pool(x)),
        lambda s, pool, last: dense.conv(dense.average_pool(s, pool), last),
        pool=pool,
        last=last,
    )


GLOBAL_MEANS = {
    "adaptive pool": lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1),
    "mean": lambda x: x.mean([2, 3]),
    "negative dims": lambda x: torch.mean(x, dim=(-1, -2)),
    "kept dims": lambda x: torch.flatten(x.mean((2, 3), keepdim=True), 1),
    "average pool": lambda x: F.avg_pool2d(x, x.shape[2:]).view(x.size(0), -1),
    "channels last": lambda x: x.permute(0, 2, 3, 1).mean((1, 2)),
}


@pytest.mark.parametrize("forward", GLOBAL_MEANS.values(), ids=GLOBAL_MEANS)
def test_global_mean_is_over_visible_cells(forward):
    check(forward, dense.global_mean)


FLATTENS = [lambda x: torch.flatten(x, 1), lambda x: x.view(x.size(0), -1), lambda x: x.reshape(x.shape[0], -1)]


@pytest.mark.parametrize("flatten", FLATTENS)
def test_flatten_has_zeros_at_hidden_cells(flatten):
    check(flatten, lambda s: s.x.flatten(1))
    check(lambda x, flatten: flatten(x), lambda s, flatten: s.x.flatten(1), flatten=nn.Flatten())


@pytest.mark.parametrize("rule", ["intersection", "union"])
@pytest.mark.parametrize("add", [lambda a, b: a + b, torch.add, lambda a, b: a.add_(b)], ids=["+", "torch.add", "add_"])
def test_residual_sum(add, rule):
    check(
        lambda x, conv, last: last(add(conv(x), x)),
        lambda s, conv, last: dense.conv(dense.add(dense.conv(s, conv), s, union=rule == "union"), last),
        Joins(sums=rule),
        conv=nn.Conv2d(CHANNELS, CHANNELS, 5, padding=2),
        last=nn.Conv2d(CHANNELS, 2, 3),
    )


@pytest.mark.parametrize(("rule", "needed"), [("intersection", 3), ("majority", 2), ("union", 1)])
def test_concatenation(rule, needed):
    """As in a DenseNet: three maps, each with a larger receptive field; a map is zero where it alone is hidden."""

    def forward(x, first, second, last):
        y = first(x)
        return last(torch.cat([x, y, second(y)], 1))

    def by_the_book(s, first, second, last):
        y = dense.conv(s, first)
        return dense.conv(dense.cat([s, y, dense.conv(y, second)], needed), last)

    check(
        forward,
        by_the_book,
        Joins(concatenations=rule),
        first=nn.Conv2d(CHANNELS, 2, 3, padding=1),
        second=nn.Conv2d(2, 3, 3, padding=1),
        last=nn.Conv2d(CHANNELS + 5, 2, 3),
    )


def test_fire_takes_the_intersection_by_default():
    def by_the_book(s, small, wide):
        return dense.cat([dense.conv(s, small), dense.conv(s, wide)], needed=2)

    convs = {"small": nn.Conv2d(CHANNELS, 2, 1), "wide": nn.Conv2d(CHANNELS, 2, 3, padding=1)}
    check(lambda x, small, wide: torch.cat((small(x), wide(x)), dim=1), by_the_book, **convs)


def test_squeeze_and_excitation():
    check(lambda x, se: se(x), lambda s, se: dense.squeeze_excite(s, se), se=SqueezeExcitation(CHANNELS, 2))


def test_product_and_quotient_of_maps():
    conv = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)

    def by_the_book(s, conv):
        other = dense.conv(s, conv)
        m = s.m * other.m
        return State(dense.select(m, s.x * other.x / (other.x.abs() + 1)), m)

    check(lambda x, conv: x * conv(x) / (conv(x).abs() + 1), by_the_book, conv=conv)


CELL_BY_CELL = {
    "batch norm": nn.BatchNorm2d(CHANNELS),
    "frozen batch norm": FrozenBatchNorm2d(CHANNELS),
    "stochastic depth": StochasticDepth(0.5, "row"),
    "dropout": nn.Dropout(),
    "prelu": nn.PReLU(CHANNELS),
    "layer norm over channels": nn.Sequential(
        Permute([0, 2, 3, 1]), nn.LayerNorm(CHANNELS), nn.Linear(CHANNELS, 3), nn.GELU(), Permute([0, 3, 1, 2])
    ),
    **{type(f).__name__: f for f in (nn.ReLU(inplace=True), nn.SiLU(), nn.Hardswish(), nn.Sigmoid(), nn.Softplus())},
}  # fmt: skip


@pytest.mark.parametrize("module", CELL_BY_CELL.values(), ids=CELL_BY_CELL)
def test_cell_by_cell(module):
    check(lambda x, module: module(x), lambda s, module: dense.pointwise(s, module), module=module)


def shuffled(x):
    n, channels, height, width = x.size()
    return x.view(n, 2, channels // 2, height, width).transpose(1, 2).contiguous().view(n, channels, height, width)


def swapped(first, second):
    return torch.cat([second, first], dim=-3)


CHANNEL_MOVES = {
    "shuffle": shuffled,
    "chunk": lambda x: swapped(x.chunk(2, dim=1)[0], x.chunk(2, 1)[1]),
    "split": lambda x: swapped(torch.split(x, [1, 3], 1)[0], x.split([1, 3], dim=1)[1]),
    "pick": lambda x: torch.cat([x[:, 2].unsqueeze(1) * 2.0, torch.unsqueeze(x[:, 0], -3), x[:, 1:3]], 1),
    "scale": lambda x: 1.0 - x * torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64).view(1, 4, 1, 1),
}


@pytest.mark.parametrize("move", CHANNEL_MOVES.values(), ids=CHANNEL_MOVES)
def test_channels_moved(move):
    last = nn.Conv2d(CHANNELS, 2, 3)
    check(lambda x, last: last(move(x)), lambda s, last: dense.conv(dense.pointwise(s, move), last), last=last)


POOLS = {
    "average": lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1),
    "maximum": lambda x: F.adaptive_max_pool2d(x, 1).flatten(1),
    "amax": lambda x: x.amax((2, 3)),
    "min": lambda x: x.flatten(2).min(2)[0],
    "sum": lambda x: x.sum((2, 3)),
    "norm": lambda x: x.norm(dim=(2, 3)),
    "std": lambda x: x.std((2, 3)),
    "logsumexp": lambda x: x.logsumexp((2, 3)),
    "context": lambda x: (x.flatten(2) * x.flatten(2).softmax(2)).sum(2),
}


@pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)
def test_an_empty_mask_at_a_pool_gives_zero(pool):
    engine = layer_masked(Net(pool).eval(), size=(8, 8))
    assert torch.equal(engine(torch.randn(2, 3, 8, 8), torch.zeros(1, 1, 8, 8).bool()), torch.zeros(2, CHANNELS))


REFUSED = {
    "batch statistics": (nn.BatchNorm2d(CHANNELS, track_running_stats=False), "batch statistics"),
    "positions": (nn.MaxPool2d(2, return_indices=True), "positions"),
    "positions, adaptive": (nn.AdaptiveMaxPool2d(2, return_indices=True), "positions"),
    "bicubic": (nn.Upsample(scale_factor=2, mode="bicubic"), '"bicubic"; use nearest or bilinear'),
    "windows": (nn.Unfold(3), "windows of its own"),
    "without a rule": (nn.LPPool2d(2, 2), "no rule"),
}


@pytest.mark.parametrize(("module", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused_before_anything_is_computed(module, reason):
    engine = layer_masked(Net(lambda x, module: module(x), module=module).eval())
    [(name, sentence)] = engine.unsupported()
    assert name == f"parts_module ({type(module).__name__})"
    assert reason in sentence
    with pytest.raises(NotImplementedError, match="parts_module"):
        engine(torch.zeros(1, 3, 8, 8), torch.ones(1, 1, 8, 8).bool())


REFUSED_ON_THE_WAY = {
    "columns mixed, channels last": lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (8, CHANNELS)),
    "images as channels": lambda x: F.conv2d(x[:, 0], torch.ones(1, 2, 3, 3)),
    "row picked": lambda x: x[:, :, 2],
    "mean over rows": lambda x: x.mean(2),
    "mean over images": lambda x: x.mean(0),
    "mean over everything": lambda x: x.mean(),
    "softmax over cells, compared with one another": lambda x: (x.flatten(2).mT @ x.flatten(2)).softmax(-1),
    "attention": lambda x: F.scaled_dot_product_attention(*[x.flatten(2).transpose(1, 2)] * 3),
    "logarithm of softmax over cells": lambda x: x.flatten(2).log_softmax(-1),
    "einsum": lambda x: torch.einsum("nchw->nc", x),
    "softmax over columns": lambda x: F.softmax(x, 3),
    "roll": lambda x: x.roll(1, 2),
    "largest by position": lambda x: x.max(1)[1] * 2,
    "rows split into windows": lambda x: x.reshape(2, CHANNELS, 2, 4, 8),
    "matrices of cells": lambda x: x @ x,
    "by a mask": lambda x: x[x > 0],
    "batch cut": lambda x: x[:1],
    "cells stacked": lambda x: torch.cat([x, x], 2),
    "images stacked": lambda x: torch.cat([x, x]),
    "rows swapped": lambda x: x.transpose(2, 3),
    "spread": lambda x: x.mean((2, 3), keepdim=True) + F.max_pool2d(x, 8) + torch.zeros(1, 1, 8, 8),
    "dimension between": lambda x: x.unsqueeze(3),
    "rows split": lambda x: x.chunk(2, 2)[0],
    "attribute": lambda x: x.mT,
}


@pytest.mark.parametrize("forward", REFUSED_ON_THE_WAY.values(), ids=REFUSED_ON_THE_WAY)
def test_refused_rather_than_wrong(forward):
    keep = torch.cat([cells("#...####" + " ........" * 7), torch.zeros(1, 1, 8, 8).bool()])
    with pytest.raises(NotImplementedError):
        layer_masked(Net(forward).eval())(torch.randn(2, 3, 8, 8), keep)


def test_output_that_is_still_a_map_has_zeros_at_hidden_cells():
    check(lambda x: x, lambda s: s.x)


def test_what_hidden_cells_hold_stays_finite():
    network = Net(lambda x: F.max_pool2d(x / x, 2).mean((2, 3))).eval()
    nn.init.zeros_(network.first.bias)  # zero wherever a window sees nothing
    values, keep = [], cells("##...... " + " ........" * 7)

    def watch(_, value):
        values.append(value.values if isinstance(value, Masked) else value)

    layer_masked(network)(torch.rand(1, 3, 8, 8), keep, watch)
    assert len(values) == 4
    assert all(value.isfinite().all() for value in values)
