"""Reductions over rows and columns, over channels, and over stacked maps, against the dense oracle."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers import Joins
from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, check
from tests.layers.dense_oracle import State

CELLS = 15 * 15

MEANS = {
    "axis": lambda x: x.mean(axis=(2, 3)),
    "input": lambda x: torch.mean(input=x, dim=(2, 3)),
    "dtype": lambda x: torch.mean(x, dim=(2, 3), dtype=torch.float64),
    "dtype, none": lambda x: torch.mean(x, (2, 3), False, dtype=None),
    "columns, then rows": lambda x: x.mean(3).mean(2),
    "rows, then columns": lambda x: x.mean(2).mean(2),
    "by negative numbers": lambda x: x.mean(-1).mean(-1),
    "kept": lambda x: x.mean(2, keepdim=True).mean(3, keepdim=True).flatten(1),
    "kept once": lambda x: x.mean(-1, keepdim=True).mean(2)[:, :, 0],
    "view": lambda x: x.view(x.size(0), x.size(1), -1).mean(2),
    "flatten": lambda x: x.flatten(2).mean(-1),
    "flatten, channels last": lambda x: x.flatten(2).transpose(1, 2).mean(1),
    "flatten, kept": lambda x: torch.flatten(x, start_dim=2).mean(dim=2, keepdim=True).squeeze(-1),
    "sum and division": lambda x: x.sum((2, 3)) / (x.shape[2] * x.shape[3]),
    "sum twice": lambda x: x.sum(-1).sum(-1) / CELLS,
    "pool of its size": lambda x: F.avg_pool2d(x, x.size()[2:]).flatten(1),
    "pool by keyword": lambda x: F.adaptive_avg_pool2d(input=x, output_size=(1, 1)).view(x.size(0), -1),
    "there and back": lambda x: x.flatten(2).view(x.shape[0], CHANNELS, 15, 15).mean((2, 3)),
    "of a sequence through relu": lambda x: (F.relu(x.flatten(2)) - F.relu(-x.flatten(2))).mean(2),
}


@pytest.mark.parametrize("forward", MEANS.values(), ids=MEANS)
def test_means_in_every_spelling(forward):
    check(forward, dense.global_mean)


def test_sums_are_on_the_scale_of_all_cells():
    check(lambda x: x.sum((2, 3)), lambda s: dense.global_mean(s) * CELLS)
    check(lambda x: torch.sum(x, dim=[1, 2, 3]), lambda s: dense.global_mean(s).sum(1) * CELLS)


MAXIMA = {
    "adaptive": lambda x: F.adaptive_max_pool2d(x, 1).flatten(1),
    "amax": lambda x: x.amax((2, 3)),
    "amax by keyword": lambda x: torch.amax(input=x, dim=(-2, -1), keepdim=True)[:, :, 0, 0],
    "pool of its size": lambda x: F.max_pool2d(x, kernel_size=x.size()[2:]).flatten(1),
    "max twice": lambda x: x.max(3)[0].max(2)[0],
    "max by name": lambda x: x.flatten(2).max(dim=-1).values,
    "torch.max": lambda x: torch.max(x.view(x.size(0), x.size(1), -1), 2, keepdim=True)[0].flatten(1),
    "unpacked": lambda x: unpacked(x)[0],
}


def unpacked(x):
    values, positions = x.flatten(2).max(2)
    return values, positions


@pytest.mark.parametrize("forward", MAXIMA.values(), ids=MAXIMA)
def test_maxima_in_every_spelling(forward):
    check(forward, lambda s: dense.over_visible(s, torch.max))


def test_minima():
    check(lambda x: x.amin((2, 3)), lambda s: dense.over_visible(s, torch.min))
    check(lambda x: x.flatten(2).min(2)[0], lambda s: dense.over_visible(s, torch.min))


def test_average_and_maximum_together():
    def forward(x):
        average, largest = F.adaptive_avg_pool2d(x, 1), F.adaptive_max_pool2d(x, 1)
        return torch.cat([0.5 * (average + largest), largest], 1).flatten(1)

    def by_the_book(s):
        largest = dense.over_visible(s, torch.max)
        return torch.cat([(dense.global_mean(s) + largest) / 2, largest], 1)

    check(forward, by_the_book)


@pytest.mark.parametrize("size", [4, (3, 7), (None, 5), (20, 2)])
def test_adaptive_maxima_of_a_grid(size):
    def by_the_book(s, pool, last):
        y = pool(torch.where(s.m > 0, s.x, torch.full_like(s.x, -torch.inf)))
        m = pool(s.m)
        return dense.conv(State(dense.select(m, y), m), last)

    pool, last = nn.AdaptiveMaxPool2d(size), nn.Conv2d(CHANNELS, 2, 2)
    check(lambda x, pool, last: last(pool(x)), by_the_book, pool=pool, last=last)


def l2(values):
    return (values.square().mean() * CELLS).sqrt()


NORMS = {
    "method": (lambda x: x.norm(p=2, dim=(2, 3)), l2),
    "kept": (lambda x: x.norm(dim=(-1, -2), keepdim=True).flatten(1), l2),
    "torch.norm": (lambda x: torch.norm(x, 2, (2, 3)), l2),
    "vector_norm": (lambda x: torch.linalg.vector_norm(x, ord=2, dim=(2, 3)), l2),
    "by hand": (lambda x: x.pow(2).sum((2, 3)).sqrt(), l2),
    "sequence": (lambda x: torch.linalg.norm(x.flatten(2), dim=2), l2),
    "of order 1": (lambda x: x.norm(1, (2, 3)), lambda v: v.abs().mean() * CELLS),
    "of order 3": (lambda x: x.norm(3, (2, 3)), lambda v: (v.abs() ** 3).mean().mul(CELLS) ** (1 / 3)),
    "largest": (lambda x: x.norm(float("inf"), (2, 3)), lambda v: v.abs().max()),
    "variance": (lambda x: x.var((2, 3), correction=0), lambda v: v.var(correction=0)),
    "deviation": (lambda x: torch.std(x, dim=(2, 3)), lambda v: v.std() if len(v) > 1 else v.std(correction=0)),
    "deviation, biased": (lambda x: x.flatten(2).std(2, unbiased=False), lambda v: v.std(correction=0)),
}  # fmt: skip


@pytest.mark.parametrize(("forward", "of_visible"), NORMS.values(), ids=NORMS)
def test_norms_and_variances(forward, of_visible):
    check(forward, lambda s: dense.over_visible(s, of_visible))


def test_global_response_normalisation():
    """Woo et al. 2023 (ConvNeXt V2), channels last: every channel by its norm over cells, relative to the others."""

    def forward(x):
        x = x.permute(0, 2, 3, 1)
        norms = torch.norm(x, p=2, dim=(1, 2), keepdim=True)
        x = x * (norms / (norms.mean(dim=-1, keepdim=True) + 1e-6)) + x
        return x.permute(0, 3, 1, 2)

    def by_the_book(s):
        norms = dense.over_visible(s, l2)[:, :, None, None]
        return State(s.x * norms / (norms.mean(1, keepdim=True) + 1e-6) + s.x, s.m)

    check(forward, by_the_book)


OVER_CHANNELS = {
    "mean": lambda x: x.mean(1, keepdim=True),
    "sum": lambda x: x.sum(dim=1)[:, None],
    "amax": lambda x: torch.amax(x, 1, True),
    "max": lambda x: torch.max(x, dim=1, keepdim=True)[0],
    "min": lambda x: x.min(1).values.unsqueeze(1),
    "norm": lambda x: x.norm(dim=1, keepdim=True),
    "std": lambda x: x.std(1, keepdim=True),
    "groups": lambda x: x.view(x.size(0), 2, 2, x.size(2), x.size(3)).mean(2),
    "channels last": lambda x: x.permute(0, 2, 3, 1).mean(3, keepdim=True).permute(0, 3, 1, 2),
}


@pytest.mark.parametrize("forward", OVER_CHANNELS.values(), ids=OVER_CHANNELS)
def test_over_channels_each_cell_stays_itself(forward):
    check(forward, lambda s: dense.pointwise(s, forward))


def test_spatial_attention():
    """The gate of CBAM (Woo et al. 2018): mean and maximum of channels, convolved."""

    def forward(x, conv):
        gate = torch.cat([torch.mean(x, 1, keepdim=True), torch.max(x, 1, keepdim=True)[0]], dim=1)
        return x * torch.sigmoid(conv(gate))

    def by_the_book(s, conv):
        means = torch.cat([s.x.mean(1, keepdim=True), s.x.amax(1, keepdim=True)], 1)
        gate = dense.conv(State(means, s.m), conv)
        m = s.m * gate.m
        return State(dense.select(m, s.x * gate.x.sigmoid()), m)

    check(forward, by_the_book, conv=nn.Conv2d(2, 1, 7, padding=3))


def branches(x, conv):
    return [x, conv(x), conv(conv(x))]


STACKS = {
    "sum, in front": (lambda maps: torch.stack(maps).sum(0), "intersection"),
    "mean, in front": (lambda maps: torch.stack(maps, dim=0).mean(dim=0) * 3, "intersection"),
    "sum, behind": (lambda maps: torch.stack(maps, 1).sum(1), "majority"),
    "sum, last": (lambda maps: torch.stack(tensors=maps, dim=-1).sum(-1), "majority"),
    "parts": (lambda maps: sum(torch.stack(maps, 1).unbind(1)[k] for k in range(3)), "majority"),
    "parts, in front": (lambda maps: sum(torch.stack(maps)[k] for k in range(3)), "intersection"),
}


@pytest.mark.parametrize(("join", "votes"), STACKS.values(), ids=STACKS)
def test_stacked_maps(join, votes):
    def by_the_book(s, conv):
        second = dense.conv(s, conv)
        maps = [s, second, dense.conv(second, conv)]
        m = (sum(y.m for y in maps) >= (3 if votes == "intersection" else 2)).double()
        return State(dense.select(m, sum(y.x for y in maps)), m)

    conv = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
    check(lambda x, conv: join(branches(x, conv)), by_the_book, conv=conv)


def test_the_largest_of_stacked_maps():
    def by_the_book(s, conv):
        second = dense.conv(s, conv)
        m = s.m * second.m
        return State(dense.select(m, torch.maximum(s.x, second.x)), m)

    conv = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
    for join in (torch.maximum, torch.max, lambda a, b: torch.stack([a, b]).amax(0)):
        check(lambda x, conv, join=join: join(x, conv(x)), by_the_book, Joins(sums="union"), conv=conv)


def test_selective_kernels():
    """Li et al. 2019: branches weighed by a softmax over them of their pooled sum."""

    def forward(x, conv, weigh):
        maps = torch.stack([x, conv(x)], dim=1)
        pooled = maps.sum(1).mean((2, 3), keepdim=True)
        shares = weigh(pooled).view(x.shape[0], 2, CHANNELS, 1, 1).softmax(1)
        return (maps * shares).sum(dim=1)

    def by_the_book(s, conv, weigh):
        second = dense.conv(s, conv)
        both = dense.add(s, second)
        shares = weigh(dense.global_mean(both)[:, :, None, None]).view(-1, 2, CHANNELS, 1, 1).softmax(1)
        return State(dense.select(both.m, s.x * shares[:, 0] + second.x * shares[:, 1]), both.m)

    parts = {"conv": nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1), "weigh": nn.Conv2d(CHANNELS, 2 * CHANNELS, 1)}
    check(forward, by_the_book, **parts)


MORE = {
    "pool of a sequence": (lambda x: F.adaptive_avg_pool1d(x.flatten(2), 1).flatten(1), torch.mean),
    "maximum of a sequence": (lambda x: F.adaptive_max_pool1d(x.flatten(2), 1)[..., 0], torch.max),
    "logsumexp": (lambda x: x.logsumexp((2, 3)), lambda v: v.exp().mean().mul(CELLS).log()),
    "var_mean": (lambda x: torch.var_mean(x, (2, 3), correction=0)[0], lambda v: v.var(correction=0)),
    "std_mean": (lambda x: torch.std_mean(x, dim=(2, 3))[1], torch.mean),
}


@pytest.mark.parametrize(("forward", "of_visible"), MORE.values(), ids=MORE)
def test_further_reductions(forward, of_visible):
    check(forward, lambda s: dense.over_visible(s, of_visible))


def test_products_and_logarithms_of_sums_over_channels():
    for forward in (lambda x: x.prod(1, keepdim=True), lambda x: torch.logsumexp(x, 1, True)):
        check(forward, lambda s, forward=forward: dense.pointwise(s, forward))


def means_of_lines(s: State, dim: int) -> State:
    """The mean of the visible cells of each row or column, where there are any."""
    count = s.m.sum(dim, keepdim=True)
    return State(s.x.sum(dim, keepdim=True) / count.clamp(min=1), (count > 0).double())


@pytest.mark.parametrize("dim", [2, 3])
def test_one_mean_for_each_row_or_column(dim):
    def by_the_book(s):
        means = means_of_lines(s, dim)
        m = s.m * means.m
        return State(dense.select(m, s.x * means.x.sigmoid()), m)

    check(lambda x: x * x.mean(dim, keepdim=True).sigmoid(), by_the_book)
    check(lambda x: x * F.adaptive_avg_pool2d(x, (1, None) if dim == 2 else (None, 1)).sigmoid(), by_the_book)


CONTEXTS = {
    "matmul": lambda x, a: torch.matmul(x.flatten(2).unsqueeze(1), a.softmax(2).unsqueeze(3)).view(x.size(0), -1),
    "bmm": lambda x, a: torch.bmm(a.softmax(-1), x.flatten(2).transpose(1, 2)).flatten(1),
    "sum": lambda x, a: (x.flatten(2) * F.softmax(a, dim=-1)).sum(-1),
    "module": lambda x, a: (nn.Softmax(dim=2)(a) * x.view(x.shape[0], CHANNELS, -1)).sum(dim=2),
}


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
def test_global_context(context):
    """Cao et al. 2019: a mean over cells, weighed by a softmax; hidden cells have no weight."""

    def by_the_book(s, conv):
        scores, rows = dense.conv(s, conv), []
        assert torch.equal(scores.m, s.m)
        for x, score, m in zip(s.x, scores.x, s.m, strict=True):
            visible = m[0] > 0
            rows.append((x[:, visible] * score[0, visible].softmax(0)).sum(1))
        return torch.stack(rows)

    check(lambda x, conv: context(x, conv(x).flatten(2)), by_the_book, conv=nn.Conv2d(CHANNELS, 1, 1))


def test_a_function_of_shares_is_an_ordinary_map():
    def by_the_book(s):
        rows = []
        for x, m in zip(s.x, s.m, strict=True):
            shares = x[:, m[0] > 0].softmax(1)
            rows.append(shares.square().mean(1) * CELLS)
        return torch.stack(rows)

    check(lambda x: x.flatten(2).softmax(2).square().sum(2), by_the_book)
