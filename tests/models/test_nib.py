import pytest
import torch
import torchvision
from torch import nn

from masking.models.nib import is_nib
from masking.models.nib_vgg import nib_vgg
from masking.models.small_vit import small_vit
from masking.models.wide_resnet import wide_resnet

LAYERS = "4 M 6 6 M"


def slim(**options):
    torch.manual_seed(0)
    return nib_vgg(3, LAYERS, head=8, **options).eval()


class AddsOne(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1, bias=False)

    def forward(self, x):
        return self.conv(x) + 1


def test_a_nib_vgg_is():
    verdict = is_nib(slim())
    assert verdict
    assert verdict.error < 1e-12
    assert verdict.broken_by == ()
    assert str(verdict).startswith("NIB: ")


def test_one_bias_is_found_by_name():
    network = slim(linear_bias=True)
    assert is_nib(network)  # all biases are still zero
    with torch.no_grad():
        network.features[4].bias[1] = 0.01
        network.classifier[4].bias[0] = 0.01
    verdict = is_nib(network)
    assert not verdict
    assert verdict.broken_by == ("features.4", "classifier.4")
    assert str(verdict) == "not NIB, because of features.4, classifier.4"
    assert verdict.error > 1e-6


def test_the_stock_norm_breaks_it_once_it_has_seen_pictures():
    network = slim(stock_norm=True)
    network.train()(torch.randn(8, 3, 32, 32) + 1)
    assert is_nib(network.eval()).broken_by == ("features.1", "features.5", "features.8")


def test_what_no_layer_does_is_the_forward_pass():
    assert is_nib(AddsOne()).broken_by == ("",)
    assert "the forward pass itself" in str(is_nib(AddsOne()))
    assert is_nib(nn.Sequential(nn.Identity(), AddsOne())).broken_by == ("1",)


@pytest.mark.parametrize(("activation", "broken"), [(nn.LeakyReLU(), ()), (nn.Sigmoid(), ("1",)), (nn.GELU(), ("1",))])
def test_activations(activation, broken):
    network = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), activation)
    assert is_nib(network).broken_by == broken


def test_works_in_place_and_on_networks_of_all_kinds():
    verdict = is_nib(torchvision.models.resnet18(weights=None), (64, 64))
    assert verdict.broken_by == ("fc",)  # its batch norms begin with mean and shift zero
    vit = small_vit(3, image_size=32, patch_size=16, width=24, depth=1, heads=2)
    assert "encoder.layers.encoder_layer_0.ln_1" in is_nib(vit).broken_by
    assert is_nib(wide_resnet(10, 10, 1))  # all its biases begin as zero


def test_the_network_is_left_as_found():
    network = slim().train().half()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert is_nib(network)
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_pre_hooks for module in network.modules())


def test_a_size_it_does_not_take_is_refused():
    with pytest.raises(ValueError, match="takes no images of 8x8"):
        is_nib(slim(), (8, 8))
