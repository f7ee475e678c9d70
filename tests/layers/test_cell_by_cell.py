"""Activations, powers, comparisons and all that treats each cell by itself, against the dense oracle."""

import operator

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers import layer_masked
from masking.layers.table.operations import CELLWISE_MODULES
from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, Net, check
from tests.layers.dense_oracle import State
from tests.layers.sample_masks import cells

ARGUMENTS = {nn.PReLU: (CHANNELS,), nn.Threshold: (0.1, 3.0)}


@pytest.mark.parametrize("kind", CELLWISE_MODULES, ids=lambda kind: kind.__name__)
def test_activation_layers(kind):
    check(
        lambda x, module: module(x),
        lambda s, module: dense.pointwise(s, module),
        module=kind(*ARGUMENTS.get(kind, ())),
    )


FUNCTIONS = {
    "pow": lambda x: x**2 + x.pow(3) + torch.pow(x, exponent=2),
    "pow, base": lambda x: 2**x + torch.pow(2.0, x) + x.sigmoid() ** x.tanh(),
    "roots": lambda x: x.abs().sqrt() + torch.rsqrt(x.square() + 1) + torch.sqrt(input=x.abs()),
    "roots of nothing": lambda x: (x - x).sqrt() + (x * 0 + 1).log(),
    "exponentials": lambda x: x.exp() + torch.exp(x) - torch.expm1(x),
    "logarithms": lambda x: torch.log(x.abs() + 0.1) + x.abs().log1p() + (x * x + 1).log2(),
    "reciprocal": lambda x: torch.reciprocal(x.abs() + 1) + 1 / (x * x + 1) + x / (x.abs() + 1),
    "erf": lambda x: torch.erf(x) + torch.special.erf(x) + x.erfc(),
    "softplus": lambda x: F.softplus(x, beta=2, threshold=10) + F.softsign(x) + F.logsigmoid(input=x),
    "gelu by hand": lambda x: 0.5 * x * (1 + torch.tanh(0.79788 * (x + 0.044715 * torch.pow(x, 3)))),
    "clamp": lambda x: x.clamp(min=-0.5, max=0.5) + torch.clamp(input=x, max=0.1) + x.clip(-0.2, 0.2),
    "threshold": lambda x: F.threshold(x, 0.1, 0.0) + F.hardtanh(x, -0.2, 0.2) + F.relu6(input=x),
    "where": lambda x: torch.where(x > 0, x, 0.1 * x) + torch.where(condition=x < 0, input=x, other=x.exp()),
    "comparison": lambda x: (x > 0).double() * x + x * (x <= 0.2).to(x.dtype) * torch.ge(x, -1.0),
    "masked_fill": lambda x: x.masked_fill(x < 0, 0.5),
    "maximum": lambda x: torch.maximum(x, -x) + torch.minimum(input=x, other=2 * x),
    "lerp": lambda x: torch.lerp(x, 2 * x, 0.3) + torch.lerp(input=x, end=x.tanh(), weight=x.sigmoid()),
    "addcmul": lambda x: torch.addcmul(x, x.tanh(), x.sigmoid(), value=0.5),
    "add, alpha": lambda x: torch.add(x, x.tanh(), alpha=0.5) + torch.sub(input=x, other=x.tanh(), alpha=2),
    "softmax over channels": lambda x: x.softmax(1) + F.softmax(x, dim=-3) + torch.log_softmax(x, 1),
    "glu": lambda x: F.glu(x, dim=1),
    "glu by hand": lambda x: x.chunk(2, dim=1)[0] * x.chunk(2, dim=1)[1].sigmoid(),
    "cumulative sum": lambda x: x.cumsum(1) + torch.cumsum(input=x, dim=1),
    "matrix": lambda x: (x.permute(0, 2, 3, 1) @ torch.eye(CHANNELS, 3, dtype=x.dtype)).permute(0, 3, 1, 2),
    "matmul": lambda x: torch.matmul(x.movedim(1, -1), torch.ones(CHANNELS, 2, dtype=x.dtype)).movedim(-1, 1),
    "abs and signs": lambda x: x.abs() + x.sign() - x.round() + x.floor(),
    "remainder": lambda x: x % 1 + torch.remainder(x, x.abs() + 1) + torch.fmod(x, 0.5) + x // 0.5,
    "sine": lambda x: x + torch.sin(x) ** 2,
}  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions(function):
    check(function, lambda s: dense.pointwise(s, function))


IN_PLACE = {
    "exp_": lambda x: x.exp_(),
    "sqrt_": lambda x: x.abs_().sqrt_(),
    "clamp_": lambda x: x.clamp_(min=-0.1),
    "pow_": lambda x: x.pow_(2),
    "div_": lambda x: x.div_(3.0),
    "mul_": lambda x: x.mul_(2.0).sub_(1.0),
    "relu_": lambda x: torch.relu_(x),
    "leaky": lambda x: F.leaky_relu(x, 0.1, True),
    "elu": lambda x: F.elu(x, inplace=True),
}


@pytest.mark.parametrize("function", IN_PLACE.values(), ids=IN_PLACE)
def test_functions_in_place(function):
    check(lambda x: function(x * 1.0), lambda s: dense.pointwise(s, lambda x: function(x.clone())))


LAYERS = [
    nn.Softmax2d(), nn.Softmax(dim=1), nn.LogSoftmax(-3), nn.GLU(1), nn.ChannelShuffle(2), nn.Threshold(0.1, 20.0),
    nn.Hardtanh(-2, 2), nn.Sequential(nn.Dropout2d(), nn.ELU(inplace=True), nn.Mish(inplace=True)),
]  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_layers(layer):
    check(lambda x, layer: layer(x), lambda s, layer: dense.pointwise(s, layer), layer=layer)


def test_maps_of_different_visibility_show_what_both_show():
    conv = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)

    def by_the_book(join):
        def joined(s, conv):
            other = dense.conv(s, conv)
            m = s.m * other.m
            return State(dense.select(m, join(s.x, other.x)), m)

        return joined

    for join in (
        torch.maximum,
        lambda a, b: torch.lerp(a, b, 0.25),
        lambda a, b: torch.where(a > b, a, 2 * b),
        lambda a, b: a.abs() ** b,
        lambda a, b: torch.clamp(a, max=b),
        lambda a, b: a.clamp_min(b).clamp(min=-b),
        lambda a, b: torch.addcmul(a, a, b),
    ):
        check(lambda x, conv, join=join: join(x, conv(x)), by_the_book(join), conv=conv)


@pytest.mark.parametrize("function", [torch.log, torch.rsqrt, lambda x: 1 / x, lambda x: x**-0.5, torch.reciprocal])
def test_hidden_cells_stay_finite_where_the_function_is_not(function):
    network = Net(lambda x: function(x * 0 + (x > 9).float() - (x <= 9).float() * 0)).eval()
    seen = {}
    nn.init.zeros_(network.first.bias)
    layer_masked(network)(torch.rand(1, 3, 8, 8), cells("##...... " + " ........" * 7), seen.setdefault)
    hidden = [v.values[~v.keep.cells.expand_as(v.values)] for v in seen.values() if v.values.dtype != torch.bool]
    assert all(values.isfinite().all() for values in hidden)


GATES = {
    "expand_as": lambda x, gate: x * gate.expand_as(x),
    "expand": lambda x, gate: x * gate.expand(-1, -1, x.shape[2], x.shape[3]),
    "keywords": lambda x, gate: torch.mul(input=x, other=gate),
    "operator": lambda x, gate: operator.mul(gate, x),
    "method": lambda x, gate: gate.mul(x),
    "addcmul": lambda x, gate: torch.addcmul(x - x, x, gate),
}


@pytest.mark.parametrize("apply", GATES.values(), ids=GATES)
def test_gates_per_channel(apply):
    def forward(x, fc):
        return apply(x, torch.sigmoid(fc(x.mean((2, 3)))).view(x.size(0), CHANNELS, 1, 1))

    def by_the_book(s, fc):
        return State(s.x * torch.sigmoid(fc(dense.global_mean(s)))[:, :, None, None], s.m)

    check(forward, by_the_book, fc=nn.Linear(CHANNELS, CHANNELS))


def test_efficient_channel_attention():
    """Wang et al. 2020: a convolution along channels of the pooled map."""

    def forward(x, conv):
        y = conv(F.adaptive_avg_pool2d(x, 1).squeeze(-1).transpose(-1, -2)).transpose(-1, -2).unsqueeze(-1)
        return x * y.sigmoid().expand_as(x)

    def by_the_book(s, conv):
        gate = conv(dense.global_mean(s)[:, None])[:, 0].sigmoid()
        return State(s.x * gate[:, :, None, None], s.m)

    check(forward, by_the_book, conv=nn.Conv1d(1, 1, 3, padding=1, bias=False))
