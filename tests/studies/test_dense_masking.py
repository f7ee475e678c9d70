"""The dense definitions: by hand on small maps, equal to the plain network, and free of the engine."""

import ast
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import studies
from studies.dense_masking import dense_masked

FOLDER = Path(studies.__file__).parent / "dense_masking"


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


class Net(nn.Module):
    """A network that is one function of the image."""

    def __init__(self, forward):
        super().__init__()
        self.apply_all = forward

    def forward(self, x):
        return self.apply_all(x)


def computed(forward, x, keep):
    return dense_masked(Net(forward), x, keep)


LEFT = torch.tensor([[1, 1, 0, 0]] * 4, dtype=torch.bool).view(1, 1, 4, 4)
IMAGE = torch.arange(16.0, dtype=torch.float64).view(1, 1, 4, 4)
KERNEL = torch.ones(1, 1, 3, 3, dtype=torch.float64)

BY_HAND = {
    "the mean of what is visible": (lambda x: x.mean((2, 3)), [[6.5]]),
    "a sum is a mean times the number of cells": (lambda x: x.sum((2, 3)), [[104.0]]),
    "the largest visible": (lambda x: x.amax((2, 3)), [[13.0]]),
    "the norm on the scale of all cells": (
        lambda x: torch.linalg.vector_norm(x, dim=(2, 3)), [[(2 * (0 + 1 + 16 + 25 + 64 + 81 + 144 + 169)) ** 0.5]],
    ),
    "an activation keeps the mask": (lambda x: (x + 1).relu().mean((2, 3)), [[7.5]]),
    "a sum of maps is visible where both are": (lambda x: (x + x.flip(3).flip(3)).mean((2, 3)), [[13.0]]),
    "maps that show nothing in common": (lambda x: (x + x.flip(3)).mean((2, 3)), [[0.0]]),
    "flattening leaves zeros": (lambda x: x.flatten(1)[:, :4], [[0.0, 1.0, 0.0, 0.0]]),
    "zeros around a map are not averaged into it": (
        lambda x: F.conv2d(F.pad(x, (1, 1, 1, 1)), KERNEL)[:, :, 0, 0], [[10.0]],
    ),
    "hidden cells are the means of their neighbours": (
        # in the window around row 1, column 1: columns 0 and 1 are visible, column 2 holds means of column 1
        lambda x: F.conv2d(x, KERNEL)[:, :, 0, 0], [[0 + 1 + 4 + 5 + 8 + 9 + 3 + 5 + 9.0]],
    ),
    "a group norm of what is visible": (lambda x: F.group_norm(x, 1, eps=0).mean((2, 3)), [[0.0]]),
    "means of rows remain a map": (lambda x: x.mean(2, keepdim=True).mean((2, 3)), [[6.5]]),
    "a softmax over visible cells alone": (
        lambda x: x.reshape(1, 1, 16) @ (0 * x).reshape(1, 1, 16).softmax(-1).transpose(1, 2), [[[6.5]]],
    ),
    "space to depth: half of four is no majority": (
        lambda x: F.conv2d(
            x.view(1, 1, 4, 1, 1, 4).permute(0, 1, 3, 5, 2, 4).reshape(1, 4, 4, 1), torch.ones(1, 4, 1, 1).double()
        ).mean((2, 3)),
        [[0.0]],
    ),
    "majority of three": (
        lambda x: torch.cat([x, x, x.flip(3)], 1).mean((2, 3)), [[6.5, 6.5, 0.0]],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("forward", "expected"), BY_HAND.values(), ids=BY_HAND)
def test_by_hand(forward, expected):
    result = computed(forward, IMAGE, LEFT)
    torch.testing.assert_close(result, torch.tensor(expected, dtype=torch.float64))


def test_nothing_hidden_is_the_plain_network():
    network = nn.Sequential(
        nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, stride=2), nn.GroupNorm(2, 8), nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1), nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.Conv2d(8, 4, 3, padding=1, padding_mode="reflect"), nn.AvgPool2d(2), nn.AdaptiveMaxPool2d(1),
        nn.Flatten(), nn.Linear(4, 3),
    ).double().eval()  # fmt: skip
    x = torch.randn(2, 3, 20, 24, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(dense_masked(network, x, torch.ones(2, 1, 20, 24, dtype=torch.bool)), network(x))


def test_hidden_pixels_do_not_matter():
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).double()
    x, keep = torch.randn(2, 3, 8, 8, dtype=torch.float64), torch.rand(2, 1, 8, 8) < 0.5
    other = torch.where(keep, x, torch.full_like(x, torch.nan))
    assert torch.equal(dense_masked(network, x, keep), dense_masked(network, other, keep))


def test_operations_in_place_write_into_their_map():
    def forward(x):
        y = x.clone()
        y += 1
        y.mul_(2)
        return y.mean((2, 3))

    torch.testing.assert_close(computed(forward, IMAGE, LEFT), torch.tensor([[15.0]], dtype=torch.float64))


@pytest.mark.parametrize(
    "forward",
    [lambda x: x.mean(3), lambda x: x.softmax(-1), lambda x: x @ x, lambda x: torch.fft.fft2(x), lambda x: x.mean()],
)
def test_what_has_no_definition_is_refused(forward):
    with pytest.raises(NotImplementedError):
        computed(forward, IMAGE, LEFT)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_nothing_is_shared_with_the_engine(path):
    imported = [
        node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not [name for name in imported if name.startswith(("masking", "tests"))]
