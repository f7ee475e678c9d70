import pytest
import torch
from torch import nn

from masking.layers import layer_masked
from masking.models import ARCHITECTURES
from masking.models.mean_free_batch_norm import MeanFreeBatchNorm2d
from masking.models.nib_vgg import nib_vgg

SLIM = {"width": 0.125, "head": 32}

PUBLISHED = {
    "nib_vgg13_6": (50.633, 7),
    "nib_vgg13_4": (34.741, 9),
    "nib_vgg13_2": (29.892, 11),
    "nib_vgg13": (28.320, 13),
    "nib_vgg16": (33.630, 16),
}
"""Million parameters for 10 classes, and layers with weights (tables 3 and 8)."""


def slim(name, **options):
    torch.manual_seed(1)
    return ARCHITECTURES[name](**SLIM | options)


def shaken(network):
    """With statistics and scales as training leaves them: none of them 0 or 1."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            module.running_var.uniform_(0.5, 1.5)
    return network.eval()


@pytest.mark.parametrize(("name", "size"), PUBLISHED.items())
def test_they_are_the_published_sizes(name, size):
    with torch.device("meta"):  # sizes without memory
        network = ARCHITECTURES[name]()
    assert round(sum(weights.numel() for weights in network.parameters()) / 1e6, 3) == size[0]
    layers = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    assert len(layers) == size[1]
    assert all(layer.bias is None for layer in layers)


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("factor", [1e-30, 0.5, 1e3])
def test_they_are_homogeneous(name, factor):
    network, x = shaken(slim(name).double()), torch.randn(3, 3, 32, 32, dtype=torch.float64)
    logits = network(x)
    torch.testing.assert_close(network(factor * x) / factor, logits, rtol=1e-10, atol=1e-12)
    assert torch.equal(network(0 * x), torch.zeros(3, 10, dtype=torch.float64))
    x.requires_grad_()
    gradient = torch.autograd.grad(network(x)[:, 4].sum(), x)[0]
    torch.testing.assert_close((gradient * x).sum((1, 2, 3)), logits[:, 4], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("option", ["linear_bias", "stock_norm"])
def test_the_ablations_are_not(option):
    torch.manual_seed(0)
    network, x = shaken(slim("nib_vgg13_6", **{option: True})), torch.randn(2, 3, 32, 32)
    for name, value in (*network.named_parameters(), *network.named_buffers()):
        if name.endswith(("bias", "running_mean")):
            nn.init.normal_(value)
    assert not torch.allclose(network(2 * x), 2 * network(x), rtol=1e-2)
    kinds = {type(module) for module in network.modules()}
    assert (MeanFreeBatchNorm2d in kinds) == (option != "stock_norm")


def test_weights_begin_as_published():
    torch.manual_seed(0)
    network = ARCHITECTURES["nib_vgg13_6"](10, width=1)
    second = network.features[3].weight  # fan out is 64 channels of 9 cells
    assert second.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    assert network.classifier[1].weight.std().item() == pytest.approx(0.01, rel=0.01)


def test_any_shape_and_size():
    network = nib_vgg(3, "4 M 6 6 M", head=8, input_size=64).eval()
    assert [module.out_channels for module in network.modules() if isinstance(module, nn.Conv2d)] == [4, 6, 6]
    assert network(torch.rand(2, 3, 64, 64)).shape == (2, 3)


def test_tools_can_hang_hooks_on_them_and_layers_be_masked():
    network = slim("nib_vgg16").eval()
    relus = [module for module in network.modules() if isinstance(module, nn.ReLU)]
    assert len(relus) == 13 + 2
    assert not any(relu.inplace for relu in relus)
    assert layer_masked(network).unsupported() == []


@pytest.mark.parametrize("layers", ["", "M M", "16 N", "16 -3", "0 M"])
def test_layers_that_mean_nothing_are_refused(layers):
    with pytest.raises(ValueError, match="give channels, and M for a pool"):
        nib_vgg(10, layers)


@pytest.mark.parametrize("size", [0, 36])
def test_a_size_that_cannot_be_halved_is_refused(size):
    with pytest.raises(ValueError, match=f"5 pools cannot halve {size} pixels; give a multiple of 32"):
        slim("nib_vgg16", input_size=size)


@pytest.mark.parametrize("wrong", [{"head": 0}, {"width": 0}, {"width": -1.0}, {"width": float("nan")}])
def test_a_network_without_width_or_head_is_refused(wrong):
    with pytest.raises(ValueError, match="give more than 0 for both"):
        nib_vgg(3, "4 M", input_size=8, **{"head": 8} | wrong)
