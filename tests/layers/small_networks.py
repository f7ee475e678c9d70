"""Small networks whose forward pass a test writes as a function, and what must hold for each of them."""

import pytest
import torch
from torch import Tensor, nn

from masking.layers import layer_masked
from tests.layers.sample_masks import patches

SIZE = 32
CONVOLUTIONS = ("neighbour", "partial")


class Small(nn.Module):
    """Two convolutions, a linear layer and other parts, joined by the function `steps(network, x)`."""

    def __init__(self, steps):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.first, self.second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
            self.head = nn.Linear(8, 5)
        self.relu, self.same, self.dropout = nn.ReLU(inplace=True), nn.Identity(), nn.Dropout(0.5)
        self.weight = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("calls", torch.zeros(1))
        self.grid = None
        self._steps = steps
        self.eval()

    def forward(self, x):
        return self._steps(self, x)

    def classify(self, x):
        return self.head(x.mean((2, 3)))


def images(count: int, size: int = SIZE) -> Tensor:
    """Random images and masks of them, always the same ones: (count, 3, size, size) and (count, 1, size, size)."""
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(count))


def masks(count: int, size: int = SIZE) -> Tensor:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(count)
        return patches(count, size, 4)


@torch.no_grad()
def masked(network: nn.Module, count: int = 2, size: int = SIZE, convolution: str = "neighbour") -> Tensor:
    """The network's answer to images under masks."""
    return layer_masked(network, convolution=convolution)(images(count, size), masks(count, size))


@torch.no_grad()
def check_contract(network: nn.Module, counts=(1, 2, 5), size: int = SIZE, convolution: str = "neighbour") -> None:
    """Nothing hidden is the network itself, hidden pixels do not matter, and an image is answered as alone."""
    engine = layer_masked(network, convolution=convolution, size=(size, size))
    assert engine.unsupported() == []
    for count in counts:
        x, keep = images(count, size), masks(count, size)
        whole = torch.ones_like(keep)
        torch.testing.assert_close(engine(x.clone(), whole), network(x.clone()), atol=1e-6, rtol=1e-6)
        together = engine(x, keep)
        assert torch.equal(engine(torch.where(keep, x, torch.nan), keep), together)
        alone = torch.cat([engine(x[i : i + 1], keep[i : i + 1]) for i in range(count)])
        torch.testing.assert_close(alone, together, atol=1e-5, rtol=1e-4)


def check_twins(network: nn.Module, twin: nn.Module, counts=(2,)) -> None:
    """Two spellings of one function give one answer under masks, and both keep the contract."""
    for convolution in CONVOLUTIONS:
        check_contract(network, counts, convolution=convolution)
        for count in counts:
            torch.testing.assert_close(
                masked(network, count, convolution=convolution), masked(twin, count, convolution=convolution)
            )


def refusals(network: nn.Module) -> str:
    """The sentences by which a network is refused, which are the same before and while it runs."""
    engine = layer_masked(network, size=(SIZE, SIZE))
    reasons = "; ".join(f"{name} {reason}" for name, reason in engine.unsupported())
    assert reasons
    with pytest.raises(NotImplementedError) as refusal:
        engine(images(2), masks(2))
    assert str(refusal.value) == reasons
    return reasons
