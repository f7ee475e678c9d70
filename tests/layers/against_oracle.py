"""The engine beside the dense oracle, on one layer or a few behind a first convolution."""

import torch
from torch import nn

from masking.layers import Joins, layer_masked
from tests.layers import dense_oracle as dense
from tests.layers.dense_oracle import State
from tests.layers.sample_masks import patches

CHANNELS = 4


class Net(nn.Module):
    """A convolution, so that the mask has moved on from the image's, and whatever is to be tested."""

    def __init__(self, forward, **parts):
        super().__init__()
        self.first = nn.Conv2d(3, CHANNELS, 3, padding=1)
        self.parts = nn.ModuleDict(parts)
        self._forward = forward

    def forward(self, x):
        return self._forward(self.first(x), **self.parts)


def check(forward, by_the_book, joins=None, size=15, convolution="neighbour", **parts):
    """The engine's output of `forward(x, **parts)` is the oracle's `by_the_book(State, **parts)`.

    It also is what must hold for any network: see `check_invariants`.
    """
    network = Net(forward, **parts).double().eval()
    x, keep = torch.randn(3, 3, size, size, dtype=torch.float64), patches(3, size, 3, share=0.3)
    keep[2] = False
    keep[2, :, 0, 0] = True
    engine = layer_masked(network, joins, convolution, size=(size, size))
    assert engine.unsupported() == []
    rules = joins or Joins()
    padding = {"most": 99 if rules.rounds == "window" else int(rules.rounds)}
    padding["diagonal"] = 0.5 if rules.diagonals == "half" else 1.0
    start = State(dense.select(keep.double(), x), keep.double())
    first = dense.CONVOLUTIONS[convolution](start, network.first, **({} if convolution == "partial" else padding))
    expected = by_the_book(first, **parts)
    for recorded in (torch.no_grad(), torch.enable_grad()):
        with recorded:
            result = engine(x, keep)
            expected = expected.x if isinstance(expected, State) else expected
            torch.testing.assert_close(result, expected, atol=1e-9, rtol=1e-9)
    check_invariants(network, engine, x, keep)


@torch.no_grad()
def check_invariants(network, engine, x, keep):
    """Hidden pixels do not matter; nothing hidden is the plain network; images do not matter to one another."""
    result = engine(x, keep)
    for hidden in (1e6 * torch.randn_like(x), torch.tensor(torch.nan)):
        assert torch.equal(engine(torch.where(keep, x, hidden), keep), result)
    plain, visible = network(x), torch.ones_like(keep)
    assert torch.equal(engine(x, visible), plain)
    torch.testing.assert_close(engine(x[1:2], keep[1:2]), result[1:2])
    mixed = engine(x, torch.cat([visible[:1], keep[1:2], ~visible[:1]]))
    assert mixed.isfinite().all()
    torch.testing.assert_close(mixed[1:2], result[1:2])
    torch.testing.assert_close(mixed[:1], plain[:1], atol=1e-9, rtol=1e-9)
    nothing = engine(x, ~visible)
    assert nothing.isfinite().all()
    assert torch.equal(nothing[0], nothing[1])
