"""The masked network is the network: with hooks, replaced methods, and after changes."""

import types

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrizations, prune, weight_norm

from masking.layers import layer_masked
from masking.layers.engine import known_network
from tests.layers.small_networks import Small, check_twins, images, masked, masks


def body() -> nn.Sequential:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3, padding=1),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5),
        ).eval()  # fmt: skip


def scaled(layer: int, *, input_only: bool = False) -> nn.Sequential:
    """The network with the layer's results, or its input, three times as large."""
    network = body()
    with torch.no_grad():
        network[layer].weight *= 3
        if not input_only:
            network[layer].bias *= 3
    return network


HOOKS = {
    "forward": (0, lambda m: m.register_forward_hook(lambda *given: given[2] * 3), scaled(0)),
    "with keywords": (
        0, lambda m: m.register_forward_hook(lambda *given: given[3] * 3, with_kwargs=True), scaled(0),
    ),
    "always called": (
        6, lambda m: m.register_forward_hook(lambda *given: given[2] * 3, always_call=True), scaled(6),
    ),
    "before": (3, lambda m: m.register_forward_pre_hook(lambda _, x: (x[0] * 3,)), scaled(3, input_only=True)),
    "before, with keywords": (
        3, lambda m: m.register_forward_pre_hook(lambda _, x, k: ((x[0] * 3,), k), with_kwargs=True),
        scaled(3, input_only=True),
    ),
    "on a max pool": (2, lambda m: m.register_forward_hook(lambda *given: given[2] * 3), scaled(3, input_only=True)),
    "on an average pool": (
        4, lambda m: m.register_forward_hook(lambda *given: given[2] * 3), scaled(6, input_only=True),
    ),
    "on the network": (None, lambda m: m.register_forward_hook(lambda *given: given[2] * 3), scaled(6)),
    "that looks only": (0, lambda m: m.register_forward_hook(lambda *given: given[2].mean().item() and None), body()),
}  # fmt: skip


@pytest.mark.parametrize("name", HOOKS)
def test_hooks_belong_to_the_network(name):
    layer, register, twin = HOOKS[name]
    network = body()
    register(network if layer is None else network[layer])
    check_twins(network, twin)


def test_hooks_on_all_modules_belong_to_the_network():
    network = body()
    before = masked(network)
    hook = nn.modules.module.register_module_forward_hook(
        lambda module, _, result: result * 3 if isinstance(module, nn.Linear) else None
    )
    try:
        torch.testing.assert_close(masked(network), masked(scaled(6)) if not hook else before * 3)
    finally:
        hook.remove()
    torch.testing.assert_close(masked(network), before)


class Thrice(nn.Conv2d):
    def _conv_forward(self, *given):
        return 3 * super()._conv_forward(*given)


class CalledThrice(nn.Conv2d):
    def __call__(self, x):
        return 3 * super().__call__(x)


def replaced_forward(network):
    forward = network[0].forward
    network[0].forward = lambda x: forward(x) * 3


def replaced_method(network):
    network[0].forward = types.MethodType(lambda conv, x: 3 * nn.Conv2d.forward(conv, x), network[0])


def replaced_pool(network):
    pool = network[2].forward
    network[2].forward = lambda x: pool(x * 3)
    with torch.no_grad():
        network[3].weight /= 3
    network[0].forward = lambda x: 3 * nn.Conv2d.forward(network[0], x)


def replaced_class(network):
    network[0].__class__ = Thrice


def replaced_call(network):
    network[0].__class__ = CalledThrice


@pytest.mark.parametrize("change", [replaced_forward, replaced_method, replaced_pool, replaced_class, replaced_call])
def test_replaced_methods_belong_to_the_network(change):
    network = body()
    change(network)
    check_twins(network, scaled(0))


class Doubled(nn.Module):
    def forward(self, weight):
        return weight * 2


class PaddedBefore(nn.Conv2d):
    """Its attributes say that it does not pad."""

    def _conv_forward(self, x, weight, bias):
        return F.conv2d(F.pad(x, (2, 0, 2, 0)), weight, bias)


def test_a_layer_that_is_not_what_its_attributes_say():
    network = body()
    network[0].padding, network[0].__class__ = (0, 0), PaddedBefore
    twin = body()
    twin[0].forward = lambda x: F.conv2d(F.pad(x, (2, 0, 2, 0)), twin[0].weight, twin[0].bias)
    check_twins(network, twin)


WEIGHTS = {
    "parametrized": lambda conv: nn.utils.parametrize.register_parametrization(conv, "weight", Doubled()),
    "weight norm": parametrizations.weight_norm,
    "weight norm by hooks": weight_norm,
    "spectral norm": parametrizations.spectral_norm,
    "spectral norm by hooks": nn.utils.spectral_norm,
    "pruned": lambda conv: prune.l1_unstructured(conv, "weight", 0.5),
}


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*spectral_norm.*:FutureWarning")
@pytest.mark.parametrize("name", WEIGHTS)
def test_computed_weights(name):
    network, twin = body(), body()
    WEIGHTS[name](network[0])
    network.eval()
    network(images(1))
    with torch.no_grad():
        twin[0].weight.copy_(network[0].weight)
    check_twins(network, twin)


FACTOR = 1.0


class Changing(nn.Module):
    factor_of_class = 1.0

    def __init__(self, *, is_drawn: bool):
        super().__init__()
        self.small = Small(lambda net, x: net.first(x))
        self.factor, self.factors, self.by_name = 1.0, [1.0, [1.0]], {"factor": 1.0}
        self.tensor, self.tensors = torch.tensor(1.0), [torch.tensor(1.0)]
        self.register_buffer("buffer", torch.tensor(1.0))
        self.settings = types.SimpleNamespace(factor=1.0, inner=types.SimpleNamespace(factor=1.0))
        self.activation = torch.relu
        self.is_drawn = is_drawn
        self.doubles = False
        self.eval()

    def forward(self, x):
        assert self.is_drawn or x.shape[1] == 3
        y = self.activation(self.small(x)) * self.factor * self.factors[0] * self.factors[1][0] * self.tensor
        y = y * self.tensors[0] * self.buffer * self.by_name["factor"] * self.settings.factor
        y = y * self.settings.inner.factor * self.small.weight * self.factor_of_class * FACTOR
        return (y * 2 if self.doubles else y).mean((2, 3))


CHANGES = {
    "attribute": lambda net: setattr(net, "factor", 2.0),
    "list": lambda net: net.factors.__setitem__(0, 2.0),
    "inner list": lambda net: net.factors[1].__setitem__(0, 2.0),
    "mapping": lambda net: net.by_name.update(factor=2.0),
    "flag": lambda net: setattr(net, "doubles", True),
    "tensor": lambda net: setattr(net, "tensor", torch.tensor(2.0)),
    "tensor in place": lambda net: net.tensor.mul_(2),
    "tensor in a list": lambda net: net.tensors.__setitem__(0, torch.tensor(2.0)),
    "buffer": lambda net: setattr(net, "buffer", torch.tensor(2.0)),
    "buffer in place": lambda net: net.buffer.mul_(2),
    "settings": lambda net: setattr(net.settings, "factor", 2.0),
    "inner settings": lambda net: setattr(net.settings.inner, "factor", 2.0),
    "parameter": lambda net: setattr(net.small, "weight", nn.Parameter(torch.tensor(4.0))),
    "function": lambda net: setattr(net, "activation", lambda x: 2 * torch.relu(x)),
    "class attribute": lambda _: setattr(Changing, "factor_of_class", 2.0),
    "global variable": lambda _: globals().update(FACTOR=2.0),
    "hook": lambda net: net.small.register_forward_hook(lambda *given: given[2] * 2),
    "method of an instance": lambda net: setattr(net, "forward", lambda x: 2 * Changing.forward(net, x)),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("is_drawn", [True, False])
def test_changes_after_the_first_call_are_seen(name, is_drawn):
    network = Changing(is_drawn=is_drawn)
    x, keep = images(2), masks(2)
    engine = layer_masked(network)
    try:
        with torch.no_grad():
            before = engine(x, keep)
            CHANGES[name](network)
            torch.testing.assert_close(engine(x, keep), 2 * before)
            torch.testing.assert_close(engine(x, torch.ones_like(keep)), network(x))
    finally:
        Changing.factor_of_class, globals()["FACTOR"] = 1.0, 1.0


def test_a_module_put_into_another_ones_place():
    network = body()
    masked(network)
    network[3] = nn.Conv2d(8, 8, 5, padding=2)
    twin = body()
    twin[3] = network[3]
    check_twins(network, twin)


def test_nothing_is_looked_at_again_as_long_as_nothing_changes(monkeypatch):
    network = Small(lambda net, x: net.classify(net.first(x)) if x.shape[1] == 3 else x)
    calls = []
    network.register_forward_pre_hook(lambda *_: calls.append(1))
    masked(network)
    first = len(calls)
    masked(network)
    assert len(calls) == first <= 6
    network.first.weight.data.mul_(2)
    masked(network)
    assert len(calls) == first


def test_attributes_that_a_network_writes_itself_make_it_no_other_network():
    def steps(net, x):
        net.last = net.first(x)
        net.number = getattr(net, "number", 0) + 1
        return net.classify(net.last)

    network = Small(steps)
    masked(network)
    number = network.number
    masked(network)
    assert network.number == number


def test_evaluation_and_training_of_parts_are_told_apart():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    statistics = network[1].running_mean.clone()
    assert layer_masked(network).unsupported() == []
    network[1].train()
    assert "batch statistics" in layer_masked(network).unsupported()[0][1]
    assert torch.equal(network[1].running_mean, statistics)
    assert network[1].num_batches_tracked == 0
    network[1].eval()
    assert layer_masked(network).unsupported() == []


def test_drawn_steps_are_kept_where_they_are_right():
    def recorded(network):
        masked(network)
        return [choice.recording is not None for choice in known_network(network)._choices.values()]

    assert recorded(body()) == [False]
    assert recorded(Small(lambda net, x: net.classify(F.relu(net.first(x))))) == [False]
    hooked = body()
    hooked[0].register_forward_hook(lambda *given: given[2] * 3)
    assert recorded(hooked) == [True]


def test_a_rule_that_stumbles_refuses():
    def steps(net, x):
        return net.classify(torch.einsum("nchw,cd->ndhw", net.first(x), torch.eye(8)))

    reasons = layer_masked(Small(steps)).unsupported()
    assert reasons
    assert "einsum" in reasons[0][0]
