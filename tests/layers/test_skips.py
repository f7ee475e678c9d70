"""Steps that pass over cells: strided 1x1 convolutions, slices, and what the rule for them changes."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers import Joins, layer_masked
from masking.models.cifar_resnet import cifar_resnet
from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, check
from tests.layers.dense_oracle import State
from tests.layers.sample_masks import cells


def strided(s: State, layer: nn.Conv2d, skip: str) -> State:
    """By the book: behind a step of s cells, one is visible if the sampled cell is, or any of its s x s."""
    step = layer.stride[0]
    if skip == "sampled":
        return dense.conv(s, layer)
    y = layer(dense.neighbour_padding(s.x, s.m, step - 1))
    rows, columns = (step * size for size in y.shape[2:])
    m = torch.zeros(*s.m.shape[:2], rows, columns, dtype=s.m.dtype)
    m[:, :, : s.m.shape[2], : s.m.shape[3]] = s.m
    m = m.unfold(2, step, step).unfold(3, step, step).amax((-2, -1))
    return State(dense.select(m, y), m)


@pytest.mark.parametrize("step", [2, 3])
@pytest.mark.parametrize("skip", ["sampled", "stride"])
def test_strided_pointwise_convolution(skip, step):
    layer = nn.Conv2d(CHANNELS, 3, 1, stride=step)
    check(lambda x, layer: layer(x), lambda s, layer: strided(s, layer, skip), Joins(skips=skip), layer=layer)
    check(
        lambda x, layer: F.conv2d(x, layer.weight, layer.bias, step),
        lambda s, layer: strided(s, layer, skip),
        Joins(skips=skip),
        layer=layer,
    )


@pytest.mark.parametrize("skip", ["sampled", "stride"])
def test_every_other_cell(skip):
    identity = nn.Conv2d(CHANNELS, CHANNELS, 1, stride=2, bias=False)
    with torch.no_grad():
        identity.weight.copy_(torch.eye(CHANNELS)[..., None, None])

    def by_the_book(s):
        return strided(s, identity.double(), skip)

    check(lambda x: x[:, :, ::2, ::2], by_the_book, Joins(skips=skip))
    check(
        lambda x: x[:, 1:, ::2, ::2], lambda s: dense.pointwise(by_the_book(s), lambda x: x[:, 1:]), Joins(skips=skip)
    )


def test_a_wider_kernel_sees_its_own_window_under_either_rule():
    layer = nn.Conv2d(CHANNELS, 3, 3, stride=2, padding=1)
    check(lambda x, layer: layer(x), dense.conv, Joins(skips="stride"), layer=layer)


def test_zero_channels_around():
    check(
        lambda x: F.pad(x, (0, 0, 0, 0, 2, 1)),
        lambda s: dense.pointwise(
            s, lambda x: torch.cat([torch.zeros_like(x[:, :2]), x, torch.zeros_like(x[:, :1])], 1)
        ),
    )


@pytest.mark.parametrize(
    ("index", "reason"), [("x[:, :, 3]", "single"), ("x[:1, :, ::2]", "picks images"), ("x[0]", "picks")]
)
def test_other_choices_of_cells_are_refused(index, reason):
    class Selecting(nn.Module):
        def forward(self, x):
            return eval(index, {"x": x})

    network = Selecting().eval()
    with pytest.raises(NotImplementedError, match=reason):
        layer_masked(network)(torch.zeros(1, 3, 8, 8), cells("#....... " * 8))


def test_a_small_region_vanishes_behind_samples_and_not_behind_strides():
    torch.manual_seed(0)
    network = cifar_resnet().eval()
    x, keep = torch.randn(2, 3, 32, 32), torch.zeros(1, 1, 32, 32).bool()
    keep[:, :, 6, 6] = True  # rows and columns 5 to 7 behind the first convolution; two steps of 2 sample 4 and 8
    with torch.no_grad():
        nothing = layer_masked(network)(x, torch.zeros_like(keep))
        sampled, strides = (layer_masked(network, Joins(skips=skip))(x, keep) for skip in ("sampled", "stride"))
    assert torch.equal(sampled, nothing)
    assert not torch.equal(strides[0], nothing[0])
    assert not torch.equal(strides[0], strides[1])
