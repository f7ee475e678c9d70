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
    assert is_nib(network).biased == ()  # all biases are still zero
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
    verdict = is_nib(torchvision.models.resnet18(weights=None), (32, 32))
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
    with pytest.raises(ValueError, match="does not run on images of 8x8"):
        is_nib(slim(), (8, 8))


class Then(nn.Module):
    """A convolution without bias, then a function of the map."""

    def __init__(self, function):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3, bias=False)
        self.function = function

    def forward(self, x):
        return self.function(self.conv(x)).mean((2, 3))


FAR = {
    "a limit": lambda x: x.clamp(max=50),
    "a kink": lambda x: x + (x - 70).relu(),
    "a step": lambda x: x + (x.abs() > 500).to(x),
    "a far limit": lambda x: x.clamp(-5e4, 5e4),
    "a small threshold": lambda x: nn.functional.hardshrink(x, 1e-3),
    "a small epsilon": lambda x: x * x.abs() / (x.abs() + 1e-4),
    "overflow": lambda x: x * torch.where(x > 60, torch.nan, 1.0),
}


@pytest.mark.parametrize("function", FAR.values(), ids=FAR)
def test_what_shows_only_far_from_the_usual_inputs_is_found(function):
    verdict = is_nib(Then(function))
    assert not verdict
    assert verdict.broken_by == ("",)


HOMOGENEOUS = {
    "ReLU": torch.relu,
    "a maximum": lambda x: torch.maximum(x, 2 * x),
    "a product and a root": lambda x: (x * x).sqrt() * x.sign(),
    "a norm": lambda x: x.norm(dim=1, keepdim=True) + x,
}


@pytest.mark.parametrize("function", HOMOGENEOUS.values(), ids=HOMOGENEOUS)
@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_what_is_homogeneous_passes(function, factor):
    network = Then(function)
    with torch.no_grad():
        network.conv.weight.mul_(factor)
    assert is_nib(network)


class Cancels(nn.Module):
    """Two biases that cancel, at once or at the end."""

    def __init__(self, left=0.0):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 2, 1), nn.Conv2d(2, 2, 1)
        with torch.no_grad():
            self.second.bias.copy_(-(self.second.weight[:, :, 0, 0] @ self.first.bias) + left)

    def forward(self, x):
        return self.second(self.first(x))


def test_biases_that_cancel_leave_it_nib_and_are_named():
    verdict = is_nib(Cancels().double())
    assert verdict
    assert verdict.error < 1e-6
    assert verdict.biased == ("first", "second")
    assert str(verdict).endswith("; first, second hold biases that cancel or have no effect on the images tried")


def test_biases_that_cancel_are_not_blamed_for_others():
    verdict = is_nib(nn.Sequential(Cancels(), nn.Conv2d(2, 2, 1)))
    assert verdict.broken_by == ("1",)
    assert not is_nib(Cancels(left=1e-3))


def test_a_bias_without_effect_is_named():
    network = nn.Sequential(nn.Conv2d(3, 2, 1, bias=False), nn.Conv2d(2, 2, 1))
    with torch.no_grad():
        network[1].weight.zero_()
        network[1].bias.fill_(1)
    assert not is_nib(network)  # a constant answer is no multiple
    skipped = Then(lambda x: x)
    skipped.unused = nn.Linear(1, 1)
    assert str(is_nib(skipped)).endswith("; unused holds a bias that cancels or has no effect on the images tried")


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("bias", [False, True])
def test_a_network_that_casts_runs_in_its_own_precision(precision, bias):
    class Casts(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.conv = nn.Conv2d(3, 4, 3, bias=bias)

        def forward(self, x):
            return self.conv(x.to(precision)).relu().mean((2, 3))

    verdict = is_nib(Casts().to(precision))
    assert bool(verdict) is not bias
    assert verdict.broken_by == (("conv",) if bias else ())


def test_a_network_that_fails_says_why():
    def fail(x):
        raise AssertionError("height 32 is no multiple of 7")

    with pytest.raises(ValueError, match=r"does not run on images of 32x32 \(height 32 is no multiple of 7\)"):
        is_nib(Then(fail))
