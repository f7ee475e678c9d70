"""The entry point: what it accepts, refuses, shows and remembers."""

import gc
import weakref

import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from masking.layers import Joins, Masked, layer_masked
from masking.layers.engine import known_network
from masking.layers.table import rule_for, table
from tests.layers.sample_masks import patches


def small_net():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    ).eval()


IMAGE, KEEP = torch.zeros(2, 3, 16, 16), torch.ones(2, 1, 16, 16).bool()


@pytest.mark.parametrize(
    ("keep", "sentence"),
    [
        (KEEP.float(), "mask is torch.float32 but has to be torch.bool, True = present"),
        (KEEP[:, 0], r"mask has shape \(2, 16, 16\) but has to be \(n, 1, h, w\)"),
        (KEEP.expand(2, 3, 16, 16), r"mask has shape \(2, 3, 16, 16\) but has to be \(n, 1, h, w\)"),
        (KEEP[:, :, 1:], "mask is 15x16 but the image is 16x16"),
        (KEEP.repeat(2, 1, 1, 1), "there are 4 masks for 2 images: give one each, or one for all"),
    ],
)
def test_a_mask_that_does_not_fit(keep, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        layer_masked(small_net())(IMAGE, keep)


def test_training_mode_is_refused():
    network = small_net()
    engine = layer_masked(network)
    network.train()
    for attempt in (lambda: engine(IMAGE, KEEP), lambda: layer_masked(network)):
        with pytest.raises(ValueError, match="training mode"):
            attempt()


class Undecided(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


class TwoInputs(nn.Module):
    def forward(self, x, y, scale=2.0):
        return (x + y) * scale


class Unheard(nn.Module):
    def forward(self, x):
        return torch.fft.fft2(torch.relu(x)).real.mean((2, 3))


@pytest.mark.parametrize(
    ("network", "name", "reason"),
    [
        (Undecided(), "Undecided (bool)", "decides by the values of activations"),
        (TwoInputs(), "TwoInputs", "takes more than an image: x, y"),
        (Unheard(), "fft_fft2 (fft_fft2)", "has no rule in layer masking"),
    ],
)
def test_unsupported(network, name, reason):
    engine = layer_masked(network.eval())
    assert engine.unsupported()[0][0] == name
    assert engine.unsupported()[0][1].startswith(reason)
    with pytest.raises(NotImplementedError) as refusal:
        engine(IMAGE, ~KEEP)
    assert f"{name} {reason}" in str(refusal.value)


def test_watch_shows_every_layer():
    seen = {}
    layer_masked(resnet18(weights=None).eval())(
        torch.randn(1, 3, 64, 64), patches(1, 64, 16), lambda name, result: seen.setdefault(name, result)
    )
    assert isinstance(seen["conv1"], Masked)
    assert seen["conv1"].keep.size == seen["conv1"].values.shape[-2:] == (32, 32)
    assert (seen["layer1_0_relu_1"].cleaned()[~seen["layer1_0_relu_1"].keep.cells.expand(1, 64, 16, 16)] == 0).all()
    assert isinstance(seen["fc"], torch.Tensor)


def test_a_tensor_travels_once_everything_can_be_seen():
    keep = torch.ones(1, 1, 64, 64).bool()
    keep[..., 30:33, 30:33] = False
    seen = {}
    with torch.no_grad():
        layer_masked(resnet18(weights=None).eval())(torch.randn(1, 3, 64, 64), keep, seen.setdefault)
    assert isinstance(seen["conv1"], torch.Tensor)


def test_a_module_counts_as_its_parent_unless_it_computes_something_else():
    class Named(nn.ReLU):
        pass

    class Shifted(nn.ReLU):
        def forward(self, input):  # noqa: A002
            return super().forward(input) - 1

    rules = table(Joins())
    assert rule_for(Named(), rules) is rules[nn.ReLU]
    assert rule_for(Shifted(), rules) is None


def test_the_graph_is_remembered_until_a_module_is_replaced():
    network = small_net()
    state = known_network(network)
    assert known_network(network) is state
    network[4] = nn.Linear(4, 7)
    assert layer_masked(network.eval())(IMAGE, ~KEEP).shape == (2, 7)


class Asserting(nn.Sequential):
    def forward(self, x):
        assert x.shape[1] == 3
        return super().forward(x)


@pytest.mark.parametrize("make", [small_net, lambda: Asserting(*small_net()).eval()])
def test_a_network_is_not_kept_alive(make):
    network = make()
    with torch.no_grad():
        layer_masked(network)(IMAGE, patches(2, 16, 4))
    alive = weakref.ref(network)
    del network
    gc.collect()
    assert alive() is None


def test_buffers_are_read_at_every_call():
    class Shift(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("shift", torch.zeros(1))

        def forward(self, x):
            return (x + (self.shift * 2.0)).mean((2, 3))

    network = Shift().eval()
    engine = layer_masked(network)
    network.shift.fill_(3.0)
    assert (engine(IMAGE, patches(2, 16, 4)) == 6).all()


def test_mask_of_one_image_for_a_batch_and_back():
    network, x, keep = small_net(), torch.randn(3, 3, 16, 16), patches(1, 16, 4)
    engine = layer_masked(network)
    torch.testing.assert_close(engine(x, keep), engine(x, keep.expand(3, 1, 16, 16)))
    torch.testing.assert_close(engine(x[:1], keep), engine(x, keep)[:1])
