import pytest
import torch
from torch import nn

from masking.layers import layer_masked
from masking.models.wide_resnet import wide_resnet


@pytest.mark.parametrize(("depth", "k", "millions"), [(40, 4, 8.9), (28, 10, 36.5), (16, 4, 2.7), (16, 8, 11.0)])
def test_they_are_the_published_sizes(depth, k, millions):
    with torch.device("meta"):
        network = wide_resnet(10, depth, k)
    assert round(sum(weights.numel() for weights in network.parameters()) / 1e6, 1) == millions  # tables 4 and 5
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    assert sum(conv.kernel_size == (3, 3) for conv in convolutions) == depth - 3  # three 1x1 and the last layer
    assert all(conv.bias is None for conv in convolutions)


def test_each_stage_halves_the_picture_but_the_first():
    network = wide_resnet(7, 10, 1).eval()
    sizes = []
    x = network.conv1(torch.randn(2, 3, 32, 32))
    for block in network.stages:
        x = block(x)
        sizes.append(tuple(x.shape[1:]))
    assert sizes == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]
    assert network(torch.randn(2, 3, 32, 32)).shape == (2, 7)
    assert layer_masked(network).unsupported() == []


def test_a_block_that_changes_nothing_adds_to_its_input():
    block = wide_resnet(2, 16, 1).stages[1]
    nn.init.zeros_(block.conv2.weight)
    x = torch.randn(2, 16, 8, 8)
    assert torch.equal(block(x), x)
    assert block.shortcut is None


@pytest.mark.parametrize(("depth", "k"), [(17, 2), (4, 2), (16, 0)])
def test_a_depth_there_is_not_is_refused(depth, k):
    with pytest.raises(ValueError, match=f"there is no WRN-{depth}-{k}; depth is 6n"):
        wide_resnet(10, depth, k)
