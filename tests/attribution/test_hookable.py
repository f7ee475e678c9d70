"""The copy of a network that hooks hang on: it computes the same, and what captum makes of it is right."""

import captum.attr
import pytest
import torch
import torch.nn.functional as F
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from masking import ATTRIBUTIONS, Classifier
from masking.attribution.hookable import Hookable, WindowedMaxPool, activations
from tests.attribution.gradient_toys import images, toy


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "googlenet", "densenet", "shufflenet_v2_x0_5"])
def test_the_copy_computes_the_same(name):
    extra = {"init_weights": True, "aux_logits": False} if name == "googlenet" else {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if name == "densenet":
            network = torchvision.models.DenseNet(8, (2, 2, 2, 2), 16).eval()
        else:
            network = torchvision.models.get_model(name, weights=None, **extra).eval()
    x = images(2, size=64) - 0.5
    with torch.no_grad():
        assert torch.equal(Hookable(network)(x), network(x))


def test_every_call_of_a_relu_has_a_module_of_its_own():
    own = Hookable(toy("awkward").network).own
    kinds = [type(module).__name__ for module in own.values()]
    assert kinds == ["ReLU", "WindowedMaxPool", "ReLU", "WindowedMaxPool", "ReLU"]
    assert len({id(module) for module in own.values()}) == 5
    assert next(title for title, relu in activations(toy("awkward").network) if relu) == "relu (ReLU)"
    assert not list(Hookable(toy("awkward").network).parameters()), "weights stay where they are"


@pytest.mark.parametrize("name", ["squeezenet1_1", "resnet18"])
def test_deeplift_sums_up_where_pools_overlap(name):
    """Captum's own is off by half and more there: `max_unpool2d` keeps one window of several that found a cell."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = torchvision.models.get_model(name, weights=None).eval()
    classifier = Classifier(name, network, [str(i) for i in range(1000)], (64, 64)).double()
    x = classifier.normalise(images(2, size=64))
    heat = ATTRIBUTIONS["deeplift"]().heat(classifier, x, torch.tensor([1, 2])).values.double()
    with torch.no_grad():
        gain = (network(x) - network(torch.zeros_like(x)))[[0, 1], [1, 2]]
    assert torch.allclose(heat.sum((1, 2, 3)), gain, rtol=1e-4)


@pytest.mark.parametrize(
    ("layer", "guided", "deeplift"),
    [
        (nn.GELU(), "it has _1 (GELU)", "there is no rule for _1 (GELU)"),
        (nn.Identity(), "it has no ReLU", None),
        (nn.ReLU6(), "it has _1 (ReLU6)", "there is no rule for _1 (ReLU6)"),
        (nn.Sigmoid(), "it has _1 (Sigmoid)", "there is no rule for _1 (Sigmoid)"),
        (nn.ReLU(), None, None),
    ],
)
def test_what_is_not_defined_is_refused(layer, guided, deeplift):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), layer, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    classifier = Classifier("small", network, "abcd", (8, 8))
    for name, reason in (("guided_backpropagation", guided), ("deeplift", deeplift)):
        refusal = ATTRIBUTIONS[name]().supports(classifier)
        assert refusal is None if reason is None else refusal.endswith(f"for small: {reason}")


class Asks(nn.Module):
    def forward(self, x):
        return x.mean((2, 3)) if x.abs().sum() >= 0 else x.amax((2, 3))


@pytest.mark.parametrize("name", ["guided_backpropagation", "deeplift"])
def test_a_network_that_is_no_graph_is_refused(name):
    reason = ATTRIBUTIONS[name]().supports(Classifier("asks", Asks(), "abc", (8, 8)))
    assert "for asks: it cannot be drawn as a graph of operations" in reason


class Vgg(nn.Module):
    """A pool right behind a ReLU, after layers with biases; and a ReLU whose result is changed in place."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.third, self.relu, self.pool = nn.Conv2d(8, 4, 3), nn.ReLU(), nn.MaxPool2d(2)

    def forward(self, x):
        x = self.pool(self.relu(self.second(self.relu(self.first(x)))))
        y = torch.relu_(self.third(x))
        y += 1
        return y.mean((2, 3))


@pytest.mark.filterwarnings("ignore:Setting")
def test_deeplift_sums_up_where_a_pool_follows_a_relu():
    """Captum's own does not quite: the hooks of the two come into each other's way."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        classifier = Classifier("vgg", Vgg(), "abcd", (16, 16)).double()
        x, target = 10 * torch.randn(2, 3, 16, 16).double(), torch.tensor([1, 2])
    network = classifier.network
    with torch.no_grad():
        gain = (network(x) - network(torch.zeros_like(x)))[[0, 1], [1, 2]]
    ours = ATTRIBUTIONS["deeplift"]().heat(classifier, x, target).values.double().sum((1, 2, 3))
    assert torch.allclose(ours, gain, rtol=1e-5)
    assert torch.isfinite(ATTRIBUTIONS["guided_backpropagation"]().heat(classifier, x, target).values).all()
    relus = nn.ReLU(), nn.ReLU(), nn.ReLU()
    straight = nn.Sequential(network.first, relus[0], network.second, relus[1], network.pool, network.third, relus[2])
    straight.extend([nn.AdaptiveAvgPool2d(1), nn.Flatten()])
    theirs = captum.attr.DeepLift(straight).attribute(x.requires_grad_(), target=target).sum((1, 2, 3)).detach()
    assert not torch.allclose(theirs, gain, rtol=1e-5), "once captum does it right, the copies can go"


@given(
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(1, 2),
    st.booleans(),
    st.tuples(*[st.integers(7, 12)] * 2),
)
def test_windows_side_by_side_are_the_same_pool(kernel, stride, padding, dilation, ceil_mode, size):
    """Of negative values too, where a pad of zeros would win."""
    pool = nn.MaxPool2d(kernel, stride, min(padding, kernel // 2), dilation, ceil_mode=ceil_mode)
    x = -torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(0)) - 1
    assert torch.equal(WindowedMaxPool(pool)(x), pool(x))


class Parts(nn.Module):
    """A network whose ReLU works in place, joined by the function `steps(network, x)`."""

    def __init__(self, steps):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.first, self.second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
            self.head = nn.Linear(8, 5)
        self.relu, self.pool, self._steps = nn.ReLU(inplace=True), nn.MaxPool2d(2), steps

    def forward(self, x):
        return self.head(self._steps(self, x).mean((2, 3)))


def input_used_again(net, x):
    y = net.first(x)
    return net.second(net.relu(y)) + y


def statement(net, x):
    y = net.first(x)
    net.relu(y)
    return net.second(y)


def method(net, x):
    y = net.first(x)
    y.relu_()
    return net.second(y)


def function(net, x):
    y = net.first(x)
    F.relu(y, inplace=True)
    return net.pool(net.second(y))


def other_name(net, x):
    y = net.first(x)
    kept = y
    y += net.second(torch.relu(y))
    return kept + y


def before_activation(net, x):
    y = net.first(x)
    return net.second(torch.relu(y)) + y


def undrawable(net, x):
    assert x.shape[1] == 3
    return net.second(net.relu(net.first(x)))


def standardised(net, x):
    assert len(x)
    weight = net.second.weight - net.second.weight.mean((1, 2, 3), keepdim=True)
    return torch.relu(F.conv2d(net.first(x), weight))


def hooked(net, x):
    if not net.first._forward_hooks:
        net.first.register_forward_hook(lambda *given: given[2] + given[2])
    return net.second(net.relu(net.first(x)))


@pytest.mark.filterwarnings("ignore:Setting")
@pytest.mark.parametrize(
    "steps",
    [input_used_again, statement, method, function, other_name, before_activation, undrawable, standardised, hooked],
)
def test_in_place_and_undrawable_networks_are_copied_exactly(steps):
    network = Parts(steps)
    classifier = Classifier("parts", network, "abcde", (16, 16)).double()
    x, target = images(2, size=16).double(), torch.tensor([1, 2])
    normalised = classifier.normalise(x)
    with torch.no_grad():
        torch.testing.assert_close(Hookable(network)(normalised), network(normalised))
        gain = (network(normalised) - network(torch.zeros_like(normalised)))[[0, 1], [1, 2]]
    heat = ATTRIBUTIONS["deeplift"]().heat(classifier, normalised, target).values.double()
    torch.testing.assert_close(heat.sum((1, 2, 3)), gain, rtol=1e-5, atol=1e-6)
    guided = ATTRIBUTIONS["guided_backpropagation"]().heat(classifier, normalised, target).values
    assert guided.isfinite().all()
    assert guided.abs().max() > 0


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, gradient):
        return gradient


def own_gradient(net, x):
    return StraightThrough.apply(net.first(x))


def own_gradient_undrawable(net, x):
    assert len(x)
    return StraightThrough.apply(net.first(x)).relu()


def part_overwritten(net, x):
    y = net.first(x)
    y[:, 0].relu_()
    return net.second(y)


@pytest.mark.parametrize("steps", [own_gradient, own_gradient_undrawable, part_overwritten])
@pytest.mark.parametrize("name", ["deeplift", "guided_backpropagation"])
def test_copies_that_would_differ_are_refused(steps, name):
    sentence = ATTRIBUTIONS[name]().supports(Classifier("parts", Parts(steps), "abcde", (16, 16)))
    assert sentence is not None
    assert "cannot be computed for parts: it" in sentence
