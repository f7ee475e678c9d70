"""Whole networks: every CNN of torchvision is supported, and one of each family equals the dense oracle."""

import pytest
import torch
from torch import nn
from torchvision.models import VisionTransformer, get_model, list_models

from masking.layers import layer_masked
from tests.layers import dense_networks
from tests.layers.sample_masks import patches

TRANSFORMERS = ("vit", "swin", "maxvit")
CNNS = [name for name in list_models(module=__import__("torchvision").models) if not name.startswith(TRANSFORMERS)]
FAMILIES = [
    "alexnet", "vgg11_bn", "resnet18", "resnet50", "squeezenet1_1", "densenet121", "mobilenet_v2", "mobilenet_v3_small",
    "efficientnet_b0", "mnasnet0_5", "shufflenet_v2_x0_5", "regnet_x_400mf", "regnet_y_400mf", "convnext_tiny",
    "googlenet", "inception_v3",
]  # fmt: skip


FURTHER = ["vgg11", "squeezenet1_0", "resnext50_32x4d", "efficientnet_v2_s"]
"""With these, what is in any CNN of torchvision is in one that runs here."""


def without_auxiliary_heads(name):
    return {"init_weights": False, "aux_logits": False} if name in ("googlenet", "inception_v3") else {}


@pytest.fixture
def uninitialised(monkeypatch):
    for name in ("kaiming_normal_", "kaiming_uniform_", "normal_", "trunc_normal_", "uniform_", "xavier_uniform_"):
        monkeypatch.setattr(nn.init, name, lambda tensor, *_, **__: tensor)


WIDTHS = (
    "in_channels", "out_channels", "num_features", "in_features", "out_features", "normalized_shape", "groups",
    "p", "training", "_reversed_padding_repeated_twice",
)  # fmt: skip


def grouping(module):
    groups = getattr(module, "groups", 1)
    return "one" if groups == 1 else "each" if groups == module.in_channels else "several"


def parts(network):
    """What a network is made of, whatever its depth and widths: all settings of each module, and what it is in."""
    kinds = set()
    for parent in network.modules():
        for child in parent.children():
            settings = {key: value for key, value in vars(child).items() if isinstance(value, (int, float, str, tuple))}
            said = sorted((key, value) for key, value in settings.items() if key not in WIDTHS)
            kinds.add((type(parent), type(child), grouping(child), *said))
    return kinds


def made(name):
    return get_model(name, weights=None, **without_auxiliary_heads(name))


@pytest.mark.usefixtures("uninitialised")
def test_what_is_in_any_cnn_runs_here():
    assert len(CNNS) == 68
    run = set[tuple]().union(*(parts(made(name)) for name in [*FAMILIES, *FURTHER]))
    unknown = {name: parts(made(name)) - run for name in CNNS}
    assert {name: more for name, more in unknown.items() if more} == {}


@pytest.mark.parametrize("name", ["convnext_tiny", "vgg11_bn"])
@pytest.mark.usefixtures("uninitialised")
def test_a_slim_network_is_made_of_the_same_parts(name):
    assert parts(dense_networks.SLIM[name](10)) == parts(made(name))


@pytest.mark.parametrize("name", ["alexnet", *FURTHER])
@pytest.mark.usefixtures("uninitialised")
def test_supported(name):
    assert layer_masked(made(name).eval()).unsupported() == []


@pytest.mark.parametrize("name", FAMILIES)
def test_equals_the_oracle(name):
    network = dense_networks.calibrated(name, **without_auxiliary_heads(name))
    size = 96 if name in ("alexnet", "inception_v3") else 64
    x = torch.randn(2, 3, size, size, dtype=torch.float64)
    keep = patches(2, size, 8, share=torch.tensor([0.4, 0.8]))
    with torch.no_grad():
        expected, plain = dense_networks.logits(network, x, keep), network(x)
        torch.testing.assert_close(layer_masked(network)(x, keep), expected, atol=1e-6, rtol=1e-6)
    assert (plain - expected).abs().max() > 0.05 * plain.abs().max(), "the mask should matter"


def test_dilated_resnet_equals_the_oracle():
    network = dense_networks.calibrated("dilated resnet50")
    assert {module.dilation for module in network.modules() if isinstance(module, nn.Conv2d)} == {
        (1, 1),
        (2, 2),
        (4, 4),
    }
    x, keep = torch.randn(1, 3, 64, 64, dtype=torch.float64), patches(1, 64, 8, share=0.3)
    with torch.no_grad():
        expected = dense_networks.logits(network, x, keep)
        torch.testing.assert_close(layer_masked(network)(x, keep), expected, atol=1e-6, rtol=1e-6)


def test_visible_shares():
    """The table of section 1.3 at 50 % of 16x16 patches removed; ResNet-18 and 50 change the mask alike."""
    network = get_model("resnet18", weights=None).eval()
    shares = {}

    def watch(name, result):
        if hasattr(result, "keep"):
            shares[name] = result.keep.cells.float().mean().item()

    with torch.no_grad():
        layer_masked(network)(torch.zeros(8, 3, 224, 224), patches(8, 224, 16, share=0.5), watch)
    table = {"conv1": 0.667, "layer1_1_relu_1": 0.820, "layer2_1_relu_1": 0.722, "layer3_1_relu_1": 0.918}
    assert {name: pytest.approx(shares[name], abs=0.03) for name in table} == table


class CellAttention(nn.Module):
    def forward(self, x):
        cells = x.flatten(2)
        return (cells @ (cells.transpose(1, 2) @ cells).softmax(-1)).view_as(x)


def test_attention_inside_a_convolutional_network_is_refused_by_name():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), CellAttention(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    refusals = layer_masked(network, size=(16, 16)).unsupported()
    assert any("inside CellAttention 1" in name for name, _ in refusals)


def test_transformers_are_refused_by_name():
    names = [
        name for name, _ in layer_masked(VisionTransformer(64, 16, 1, 2, 32, 64).eval(), size=(64, 64)).unsupported()
    ]
    assert "encoder_layers_encoder_layer_0_self_attention (MultiheadAttention)" in names
