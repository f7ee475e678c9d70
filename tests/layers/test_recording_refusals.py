"""What a recording cannot hold is refused by name: decisions by values, random numbers, changes of own tensors."""

import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers import layer_masked
from tests.layers.small_networks import Small, refusals


def plain(net, x):
    return net.classify(net.second(net.first(x)))


def by_mean(net, x):
    y = net.first(x)
    return net.classify(y if y.mean() > 0 else -y)


def by_item(net, x):
    assert len(x)
    y = net.first(x)
    return net.classify(y * y.amax((1, 2, 3)).tolist()[0])


def by_numpy(net, x):
    return net.head(torch.tensor(net.first(x).mean((2, 3)).numpy()))


def by_shape_of_values(net, x):
    y = net.first(x).mean((2, 3))
    assert len(x)
    return net.head(y) * y[y > 0].numel()


@pytest.mark.parametrize("steps", [by_mean, by_item, by_numpy, by_shape_of_values])
def test_decisions_by_values_are_refused(steps):
    assert "decides by the values of activations" in refusals(Small(steps))


def noise(net, x):
    y = net.first(x).mean((2, 3))
    return net.head(y + torch.randn(len(x), 8))


def dropout_while_evaluating(net, x):
    return net.classify(F.dropout(net.first(x), 0.5))


def random_weights(net, x):
    return net.classify(net.first(x) * torch.rand(1))


@pytest.mark.parametrize("steps", [noise, dropout_while_evaluating, random_weights])
def test_random_networks_are_refused_and_random_states_stay(steps):
    before = torch.get_rng_state()
    assert "draws random numbers" in refusals(Small(steps))
    assert torch.equal(torch.get_rng_state(), before)


def by_python(net, x):
    return plain(net, x) * random.random()


def by_numpy_numbers(net, x):
    return plain(net, x) * float(np.random.rand())


def by_a_choice(net, x):
    assert len(x)
    return plain(net, x if random.random() > 0.5 else -x)


@pytest.mark.parametrize("steps", [by_python, by_numpy_numbers, by_a_choice])
def test_other_random_numbers_are_refused_and_their_states_stay(steps):
    before = random.getstate(), str(np.random.get_state())
    assert "draws random numbers" in refusals(Small(steps))
    assert (random.getstate(), str(np.random.get_state())) == before


def alternates(net, x):
    net.number = getattr(net, "number", 0) + 1
    return plain(net, x) * (1 + net.number % 2)


def own_generator(net, x):
    return plain(net, x) * float(net.generator.random())


def grows(net, x):
    net.factors.append(len(net.factors) + 1.0)
    return plain(net, x) * net.factors[-1]


@pytest.mark.parametrize("steps", [alternates, own_generator, grows])
def test_networks_that_answer_differently_each_time_are_refused(steps):
    network = Small(steps)
    network.generator, network.factors = np.random.default_rng(0), [1.0]
    assert "answers the same images in another way at each call" in refusals(network)


def counts_calls(net, x):
    net.calls += 1
    return plain(net, x)


def normalises_weights(net, x):
    net.second.weight.data.div_(net.second.weight.norm())
    return plain(net, x)


def assigns_weights(net, x):
    net.second.weight.data = net.second.weight.data / net.second.weight.norm()
    return plain(net, x)


@pytest.mark.parametrize("steps", [counts_calls, normalises_weights, assigns_weights])
def test_networks_that_change_their_tensors_are_refused(steps):
    network = Small(steps)
    assert "changes the network's own tensors" in refusals(network)
    assert network.calls == 0


@pytest.mark.filterwarnings("ignore:.*torch.jit.*is deprecated")
def test_torchscript_is_refused():
    network = Small(plain)
    network.second = torch.jit.script(network.second)
    assert "second is TorchScript" in refusals(network)


@pytest.mark.filterwarnings("ignore:.*torch.jit.*is deprecated")
def test_what_torchscript_has_traced_is_refused():
    network = Small(plain)
    network.second = torch.jit.trace(network.second, torch.randn(1, 8, 6, 6))
    assert "second is TorchScript" in refusals(network)
    whole = torch.jit.trace(Small(plain), torch.randn(1, 3, 12, 12))
    assert "TorchScript" in refusals(whole)


@pytest.mark.parametrize("make", [lambda: nn.Sequential(nn.LazyConv2d(4, 3)), lambda: Small(plain).to("meta")])
@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
def test_networks_without_weights_are_refused(make):
    with pytest.raises(ValueError, match="has layers without weights yet"):
        layer_masked(make().eval()).unsupported()
