"""Norms, against the dense oracle: what runs over cells takes the visible ones alone."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers import layer_masked
from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, Net, check
from tests.layers.dense_oracle import State
from tests.layers.sample_masks import patches


def random_affine(norm):
    for parameter in norm.parameters():
        nn.init.uniform_(parameter, 0.5, 2.0)
    return norm


@pytest.mark.parametrize("groups", [1, 2, CHANNELS])
@pytest.mark.parametrize("affine", [True, False])
def test_group_norm(groups, affine):
    norm = random_affine(nn.GroupNorm(groups, CHANNELS, affine=affine))
    last = nn.Conv2d(CHANNELS, 2, 3)

    def by_the_book(s, norm, last):
        return dense.conv(dense.group_norm(s, groups, norm.weight, norm.bias), last)

    check(lambda x, norm, last: last(norm(x)), by_the_book, norm=norm, last=last)
    check(
        lambda x, norm, last: last(F.group_norm(input=x, num_groups=groups, weight=norm.weight, bias=norm.bias)),
        by_the_book,
        norm=norm,
        last=last,
    )


def test_instance_norm():
    norm = random_affine(nn.InstanceNorm2d(CHANNELS, affine=True))
    check(
        lambda x, norm: norm(x), lambda s, norm: dense.group_norm(s, CHANNELS, norm.weight, norm.bias), norm=norm
    )  # fmt: skip
    check(lambda x: F.instance_norm(x, eps=0.1), lambda s: dense.group_norm(s, CHANNELS, eps=0.1))


def test_instance_norm_with_running_statistics_is_cell_by_cell():
    norm = random_affine(nn.InstanceNorm2d(CHANNELS, affine=True, track_running_stats=True))
    nn.init.uniform_(norm.running_var, 0.5, 2.0)
    check(lambda x, norm: norm(x), lambda s, norm: dense.pointwise(s, norm), norm=norm)


@pytest.mark.parametrize("shape", [(CHANNELS, 15, 15), (15, 15)])
def test_layer_norm_over_cells(shape):
    norm = random_affine(nn.LayerNorm(shape))

    def by_the_book(s, norm):
        return dense.group_norm(s, 1 if len(shape) == 3 else CHANNELS, norm.weight, norm.bias)

    check(lambda x, norm: norm(x), by_the_book, norm=norm)
    check(lambda x, norm: F.layer_norm(x, x.shape[-len(shape) :], norm.weight, norm.bias), by_the_book, norm=norm)


def test_layer_norm_over_cells_channels_last():
    check(
        lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (15, 15, CHANNELS)).permute(0, 3, 1, 2),
        lambda s: dense.group_norm(s, 1),
    )


def test_local_response_norm():
    def by_the_book(s, **_):
        squares = s.x.square()
        total = torch.stack([squares[:, max(0, c - 1) : c + 2].sum(1) for c in range(CHANNELS)], 1)
        return State(s.x / (2.0 + 0.5 * total / 3) ** 0.6, s.m)

    norm = nn.LocalResponseNorm(3, alpha=0.5, beta=0.6, k=2.0)
    check(lambda x, norm: norm(x), by_the_book, norm=norm)
    check(lambda x: F.local_response_norm(x, size=3, alpha=0.5, beta=0.6, k=2.0), by_the_book)


PER_CELL = {
    "RMSNorm": lambda x: F.rms_norm(x.permute(0, 2, 3, 1), (CHANNELS,)).permute(0, 3, 1, 2),
    "normalize": lambda x: F.normalize(x, p=2, dim=1),
    "normalize, default": F.normalize,
    "by hand": lambda x: (x - x.mean(1, keepdim=True)) * torch.rsqrt(x.var(1, keepdim=True, unbiased=False) + 1e-6),
}


@pytest.mark.parametrize("norm", PER_CELL.values(), ids=PER_CELL)
def test_norms_over_channels(norm):
    check(norm, lambda s: dense.pointwise(s, norm))


@torch.no_grad()
def test_half_precision_keeps_its_dtype_and_its_digits():
    network = Net(lambda x, norm: norm(x), norm=nn.GroupNorm(2, CHANNELS)).eval()
    x, keep = 100 + torch.randn(2, 3, 15, 15), patches(2, 15, 3)
    exact = layer_masked(network)(x, keep)
    half = layer_masked(network.bfloat16())(x.bfloat16(), keep)
    assert half.dtype == torch.bfloat16
    assert half.isfinite().all()
    assert exact.isfinite().all()
