"""The table of docs/own-models.md: every row is tried on a small network."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking import layer_masked

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "own-models.md").read_text("utf-8")
(TABLE,) = re.findall(r"\| kind \| layer masking \|\n\|.*?\n(.*?)\n\n", TEXT, re.DOTALL)
ROWS = dict(re.findall(r"^\| (.*) \| (yes|no)\b.*\|$", TABLE, re.MULTILINE))


class Net(nn.Module):
    """A convolution, a function on its map, and a head on the mean of the cells."""

    def __init__(self, function, *modules):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.inner = nn.ModuleList(modules)
        self.head = nn.LazyLinear(4)
        self.function = function

    def forward(self, x):
        y = self.function(self.stem(x), *self.inner)
        return self.head(y.mean((2, 3)) if y.ndim == 4 else y)


def gate(y, squeeze):
    return y * squeeze(F.adaptive_avg_pool2d(y, 1)).sigmoid()


def by_shape(y):
    return F.avg_pool2d(y, 2) if y.shape[2] > 8 else y


def attend(y, attention):
    tokens = y.flatten(2).transpose(1, 2)
    return attention(tokens, tokens, tokens)[0].mean(1)


def write(y):
    y[:, :, :4] = 0
    return y


EXAMPLES = {
    "convolutions": [
        (
            lambda y, a, b: b(a(y)),
            nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=8),
            nn.ConvTranspose2d(8, 8, 2, stride=2),
        ),
        (lambda y, a: a(y), nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect")),
    ],
    "explicit padding": [
        (lambda y, a: a(F.pad(y, (0, 1, 0, 1))), nn.Conv2d(8, 8, 3, stride=2)),
        (lambda y, a, b: b(a(y)), nn.ReflectionPad2d(1), nn.MaxPool2d(3, 2)),
    ],
    "max, average and adaptive pools": [
        (lambda y: F.adaptive_max_pool2d(F.avg_pool2d(y, 2), 1) + F.adaptive_avg_pool2d(y, 1),),
        (lambda y: y.amax((2, 3)) + y.std((2, 3)),),
    ],
    "batch norm; group": [
        (lambda y, a, b, c: c(b(a(y))), nn.GroupNorm(2, 8), nn.InstanceNorm2d(8), nn.LocalResponseNorm(3)),
        (lambda y, a: a(y.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), nn.LayerNorm(8)),
    ],
    "activations": [(lambda y: torch.cat([F.gelu(y), y.sigmoid() / 2 + y.relu() ** 2], 1),)],
    "`view`": [
        (lambda y: torch.cat(y.chunk(2, 1)[::-1], 1)[..., ::2, ::2],),
        (lambda y: y.view(y.shape[0], 8, -1).mean(2),),
    ],
    "upsampling": [(lambda y: F.interpolate(y, scale_factor=2, mode="bilinear"),)],
    "conditions": [(by_shape,)],
    "squeeze": [(gate, nn.Conv2d(8, 8, 1))],
    "attention": [(attend, nn.MultiheadAttention(8, 2, batch_first=True))],
    "decisions": [
        (lambda y: y * 2 if y.mean() > 0 else y,),
        (lambda y: y + torch.rand_like(y),),
        (lambda y: y.sort(1)[0],),
    ],
    "writing": [(write,), (lambda y: F.unfold(y, 3).mean(2),)],
}


def row_of(start):
    (row,) = [row for row in ROWS if row.startswith(start)]
    return row


@pytest.mark.parametrize("start", EXAMPLES)
def test_the_table_is_true(start):
    runs = ROWS[row_of(start)] == "yes"
    image = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    for example in EXAMPLES[start]:
        network = Net(*example).eval()
        network(image)
        masked = layer_masked(network, size=(16, 16))
        assert (masked.unsupported() == []) == runs
        if runs:
            keep = torch.ones(2, 1, 16, 16, dtype=torch.bool)
            assert torch.allclose(masked(image, keep), network(image), atol=1e-4)


def test_every_row_has_an_example():
    assert {row_of(start) for start in EXAMPLES} == set(ROWS)
