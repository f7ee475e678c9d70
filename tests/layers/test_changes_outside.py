"""A network is looked at anew when values change that its methods read from elsewhere."""

import argparse
import sys
import types
from collections import deque

import numpy as np
import pytest
import torch
from torch import nn

from masking.layers import layer_masked
from tests.layers.small_networks import Small, images, masks

FACTOR = 1.0
SETTINGS = argparse.Namespace(factor=1.0)
ARRAY = np.ones(1)


class Defaults:
    factor = 1.0


class Options(Defaults):
    pass


class Slots:
    __slots__ = ("factor",)

    def __init__(self):
        self.factor = 1.0


class OwnOptions:
    def __init__(self):
        self.factor = 1.0


OPTIONS = OwnOptions()


def outer():
    return inner()


def inner():
    return FACTOR


def in_slots(net, x):
    return net.slots.factor


def in_an_array(net, x):
    return float(net.array[0])


def in_a_queue(net, x):
    return net.queue[0]


def in_a_class(net, x):
    return Options.factor


def in_an_object(net, x):
    return OPTIONS.factor


def in_a_namespace(net, x):
    return SETTINGS.factor


def in_a_global_array(net, x):
    return float(ARRAY[0])


def behind_two_functions(net, x):
    return outer()


def in_an_inner_function(net, x):
    def innermost():
        return FACTOR

    return innermost()


def in_another_module(net, x):
    return elsewhere.FACTOR


elsewhere = types.ModuleType("elsewhere")
elsewhere.FACTOR = 1.0

CHANGES = {
    in_slots: lambda net, value: setattr(net.slots, "factor", value),
    in_an_array: lambda net, value: net.array.fill(value),
    in_a_queue: lambda net, value: net.queue.__setitem__(0, value),
    in_a_class: lambda _, value: setattr(Defaults, "factor", value),
    in_an_object: lambda _, value: setattr(OPTIONS, "factor", value),
    in_a_namespace: lambda _, value: setattr(SETTINGS, "factor", value),
    in_a_global_array: lambda _, value: ARRAY.fill(value),
    behind_two_functions: lambda _, value: setattr(sys.modules[__name__], "FACTOR", value),
    in_an_inner_function: lambda _, value: setattr(sys.modules[__name__], "FACTOR", value),
    in_another_module: lambda _, value: setattr(elsewhere, "FACTOR", value),
}


@pytest.mark.parametrize("read", CHANGES, ids=lambda read: read.__name__)
@pytest.mark.parametrize("is_drawn", [True, False])
def test_changes_elsewhere_are_seen(read, is_drawn):
    def steps(net, x):
        assert is_drawn or x.shape[1] == 3
        return net.classify(net.first(x)) * read(net, x)

    network = Small(steps)
    network.slots, network.array, network.queue = Slots(), np.ones(1), deque([1.0])
    x, keep = images(2), masks(2)
    engine = layer_masked(network)
    try:
        with torch.no_grad():
            before = engine(x, keep)
            CHANGES[read](network, 2.0)
            torch.testing.assert_close(engine(x, keep), 2 * before)
            torch.testing.assert_close(engine(x, torch.ones_like(keep)), network(x))
    finally:
        CHANGES[read](network, 1.0)


class Coordinates(nn.Module):
    """CoordConv (Liu et al. 2018): constants that take their kind from the image."""

    def __init__(self, convert):
        super().__init__()
        self.convert = convert
        self.first = nn.Conv2d(5, 4, 3, padding=1)

    def forward(self, x):
        rows, columns = torch.meshgrid(*(torch.arange(side) for side in x.shape[2:]), indexing="ij")
        cells = torch.stack((rows, columns))[None].expand(len(x), -1, -1, -1)
        return self.first(torch.cat([x, self.convert(cells, x)], 1)).mean((2, 3))


@pytest.mark.parametrize(
    "convert",
    [
        lambda cells, x: cells.to(x),
        lambda cells, x: cells.type_as(x),
        lambda cells, x: cells.to(x.device, x.dtype),
    ],
)
def test_constants_take_the_kind_of_a_map(convert):
    network, twin = (Coordinates(c).eval() for c in (convert, lambda cells, _: cells.float()))
    twin.load_state_dict(network.state_dict())
    x, keep = images(2), masks(2)
    torch.testing.assert_close(layer_masked(network)(x, keep), layer_masked(twin)(x, keep))
