"""One spelling for each operation, and which calls write into what they are given."""

import operator

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers import Joins
from masking.layers.table import rule_for, table, writes_in_place
from masking.layers.table.spelling import canonical, canonical_arguments

METHODS = {
    torch.Tensor.mean: "mean",
    torch.Tensor.__add__: "add",
    torch.Tensor.__rsub__: "__rsub__",
    torch.Tensor.__rtruediv__: "__rtruediv__",
    torch.Tensor.__pow__: "pow",
    torch.Tensor.add_: "add_",
    torch.Tensor.view: "reshape",
    torch.Tensor.norm: "norm",
    "view": "reshape",
    "__iadd__": "add_",
}


@pytest.mark.parametrize(("method", "name"), METHODS.items(), ids=[getattr(m, "__qualname__", m) for m in METHODS])
def test_methods_are_names(method, name):
    assert canonical(method) == name


@pytest.mark.parametrize("function", [torch.mean, F.relu, operator.add, torch.conv2d, nn.ReLU, torch.norm, getattr])
def test_functions_stay_functions(function):
    assert canonical(function) is function


def test_methods_and_functions_have_one_rule():
    rules = table(Joins())
    for method, function in ((torch.Tensor.mean, torch.mean), (torch.Tensor.amax, torch.amax), ("sqrt", torch.sqrt)):
        assert rule_for(method, rules) == rule_for(canonical(method), rules)
        assert rule_for(function, rules).accepts == rule_for(method, rules).accepts
    assert rule_for(torch.Tensor.__getitem__, rules) is rules[operator.getitem]


def test_keywords():
    assert canonical_arguments((), {"input": 1, "axis": 2, "keepdims": True}) == ((1,), {"dim": 2, "keepdim": True})
    assert canonical_arguments((1,), {"out": None, "dtype": None, "_stacklevel": 3}) == ((1,), {})
    assert canonical_arguments((1, 2), {"out": 3}) == ((1, 2), {"out": 3})


WRITING = {
    "method": ("add_", (), {}),
    "descriptor": (torch.Tensor.mul_, (), {}),
    "function": (torch.relu_, (), {}),
    "operator": (operator.iadd, (), {}),
    "dunder": ("__imul__", (), {}),
    "selection": (operator.setitem, (), {}),
    "setitem": (torch.Tensor.__setitem__, (), {}),
    "module": (nn.ReLU(inplace=True), (), {}),
    "keyword": (F.silu, (0,), {"inplace": True}),
    "position": (F.relu, (0, True), {}),
    "third position": (F.leaky_relu, (0, 0.1, True), {}),
    "out": (torch.add, (0, 1), {"out": 2}),
}
READING = {
    "method": ("add", (), {}),
    "function": (torch.relu, (0,), {}),
    "operator": (operator.add, (), {}),
    "inversion": ("__invert__", (), {}),
    "module": (nn.ReLU(), (), {}),
    "keyword": (F.silu, (0,), {"inplace": False}),
    "no keyword": (F.dropout, (0, 0.5, True), {}),
    "no out": (torch.add, (0, 1), {"out": None}),
    "gradients": ("requires_grad_", (), {}),
}


@pytest.mark.parametrize("call", WRITING.values(), ids=WRITING)
def test_calls_that_write(call):
    assert writes_in_place(*call)


@pytest.mark.parametrize("call", READING.values(), ids=READING)
def test_calls_that_only_read(call):
    assert not writes_in_place(*call)
