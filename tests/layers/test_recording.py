"""Networks that torch.fx cannot draw: recorded while they run, for every number of images and every size."""

import pytest
import timm
import torch
import torch.nn.functional as F
import transformers
from torch import nn

from masking.layers import layer_masked
from masking.layers.steps import draw
from tests.layers.small_networks import Small, check_contract, check_twins, images, masks


def plain(net, x):
    return net.classify(net.second(net.first(x)))


def asserts(net, x):
    assert x.shape[1] == 3
    return plain(net, x)


def condition_on_shape(net, x):
    return plain(net, x) if x.shape[2] > 10 else net.head(x.flatten(1))


def loop_over_shape(net, x):
    y = net.first(x)
    for _ in range(x.shape[2] // 32):
        y = net.second(y)
    return net.classify(y)


def loop_over_modules(net, x):
    for _, module in zip("ab", net.children(), strict=False):
        assert module is not None, len(x)
        x = module(x)
    return net.classify(x)


def length(net, x):
    return plain(net, x) * (len(x) / int(x.shape[0]))


def output_class(net, x):
    return transformers.modeling_outputs.ImageClassifierOutput(logits=plain(net, x)).logits


@pytest.mark.parametrize(
    "steps", [asserts, condition_on_shape, loop_over_shape, loop_over_modules, length, output_class]
)
def test_what_cannot_be_drawn_runs(steps):
    check_twins(Small(steps), Small(plain), counts=(1, 2, 5))


def test_they_cannot_be_drawn():
    for steps in (asserts, condition_on_shape, loop_over_shape, length):
        assert "cannot be drawn" in draw(Small(steps)).refusals[0][1]


def calibrated(network: nn.Module, size: int) -> nn.Module:
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    network.eval()
    for norm in norms:
        norm.momentum = None
        norm.train()
    with torch.no_grad():
        network(images(4, size))
    return network.eval()


class Logits(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x).logits


def hugging_face(kind, **settings):
    config = getattr(transformers, f"{kind}Config")(num_labels=5, **settings)
    return Logits(getattr(transformers, f"{kind}ForImageClassification")(config))


SHALLOW = {"depths": [1, 1], "hidden_sizes": [8, 16], "embedding_size": 8}
PUBLISHED = {
    "ResNet": lambda: hugging_face("ResNet", layer_type="basic", **SHALLOW),
    "ConvNext": lambda: hugging_face("ConvNext", depths=[1] * 4, hidden_sizes=[8, 8, 16, 16]),
    "MobileNetV2": lambda: hugging_face("MobileNetV2", depth_multiplier=0.35),
    "vgg": lambda: small_vgg(),
    "tf_mobilenetv3": lambda: timm.create_model("tf_mobilenetv3_small_minimal_100", num_classes=5),
    "nfnet": lambda: timm.create_model("test_nfnet", num_classes=5),
}


def small_vgg():
    vgg = timm.models.vgg.VGG([8, "M", 16, "M"], num_classes=5)
    vgg.pre_logits = timm.models.vgg.ConvMlp(16, 8, 3)
    vgg.head.fc = nn.Linear(8, 5)
    vgg.num_features = vgg.head_hidden_size = 8
    return vgg


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks_run(name):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = calibrated(PUBLISHED[name](), 64)
    check_contract(network, counts=(2,), size=64)


def test_another_size_is_recorded_anew():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = calibrated(PUBLISHED["tf_mobilenetv3"](), 64)
    for size in (64, 96, 64, 80):
        check_contract(network, counts=(2,), size=size)


def test_an_answer_keeps_its_form():
    config = transformers.ResNetConfig(num_labels=5, layer_type="basic", **SHALLOW)
    network = transformers.ResNetForImageClassification(config).eval()
    with torch.no_grad():
        answer = layer_masked(network)(images(2), masks(2))
    assert type(answer) is type(network(images(2)))
    assert answer.logits.shape == (2, 5)


def test_numbers_of_images_are_recorded_anew():
    """The sum over images is divided by their number, which a recording holds as a number."""

    def steps(net, x):
        assert len(x)
        y = net.first(x)
        return net.head(y.view(len(x), 8, -1).mean(2)) + net.head.bias * len(x)

    network = Small(steps)
    for count in (1, 2, 5, 1, 33):
        x, keep = images(count), masks(count)
        with torch.no_grad():
            whole, hidden = (layer_masked(network)(x, mask) for mask in (torch.ones_like(keep), torch.zeros_like(keep)))
            torch.testing.assert_close(whole, network(x))
        torch.testing.assert_close(hidden, hidden[:1].expand(count, -1))
        torch.testing.assert_close(hidden[0], net_of_nothing(network, count))


def net_of_nothing(network, count):
    return network.head(torch.zeros(8)) + network.head.bias * count


def standardised(net, x):
    assert len(x)
    weight = net.second.weight
    weight = (weight - weight.mean((1, 2, 3), keepdim=True)) / weight.std(dim=(1, 2, 3), keepdim=True)
    return net.classify(F.conv2d(net.first(x), weight, net.second.bias, padding=1))


def test_weights_are_computed_from_their_present_values():
    network, twin = Small(standardised), Small(plain)
    for factor in (1.0, -3.0):
        with torch.no_grad():
            network.second.weight *= factor
            weight = network.second.weight
            twin.second.weight.copy_(weight - weight.mean((1, 2, 3), keepdim=True))
            twin.second.weight /= weight.std(dim=(1, 2, 3), keepdim=True)
        check_twins(network, twin)


def test_numbers_from_weights_are_read_again():
    def steps(net, x):
        assert len(x)
        return net.classify(net.first(x) * float(net.weight))

    network = Small(steps)
    for value in (2.0, 5.0):
        network.weight.data.fill_(value)
        check_twins(network, Small(lambda net, x, value=value: net.classify(net.first(x) * value)))


def without_gradients(net, x):
    with torch.no_grad():
        y = net.first(x)
    return net.classify(net.second(y))


def in_half_precision(net, x):
    with torch.autocast("cpu", torch.bfloat16):
        y = net.first(x)
    return net.classify(net.second(y.float()))


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, gradient):
        return gradient


def by_own_function(net, x):
    return net.classify(Doubled.apply(net.first(x)))


def keeps_features(net, x):
    net.features = net.first(x)
    return net.classify(net.features)


def keeps_a_grid(net, x):
    if net.grid is None:
        net.grid = torch.linspace(0, 1, x.shape[-1])
    return net.classify(net.first(x) * net.grid)


@pytest.mark.parametrize("steps", [without_gradients, in_half_precision, by_own_function, keeps_features, keeps_a_grid])
def test_modes_and_memories(steps):
    check_contract(Small(steps), counts=(2,))


def test_no_gradient_passes_where_the_network_lets_none():
    x, keep = images(2).requires_grad_(), masks(2)
    (gradient,) = torch.autograd.grad(layer_masked(Small(lambda net, x: asserts(net, x)))(x, keep).sum(), x)
    assert gradient.abs().sum() > 0

    def steps(net, x):
        assert len(x)
        return without_gradients(net, x)

    answer = layer_masked(Small(steps))(x, keep)
    assert torch.autograd.grad(answer.sum(), x, allow_unused=True) == (None,)
