"""Shapes, orders of dimensions and selections, against the dense oracle."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers import Joins, layer_masked
from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, Net, check
from tests.layers.dense_oracle import State
from tests.layers.sample_masks import cells

CROPS = {
    "edges": lambda x: x[:, :, 1:-1, 1:-1],
    "rows": lambda x: x[:, :, 2:],
    "first cells": lambda x: x[..., :4, :4],
    "last cell left out": lambda x: x[:, :, :-1],
    "with channels": lambda x: x[:, 1:3, 3:9, :-2],
    "with one channel": lambda x: x[:, 2, None, 3:, 4:],
    "narrow": lambda x: x.narrow(2, 1, 9),
    "narrow by name": lambda x: torch.narrow(input=x, dim=-1, start=2, length=5),
}
SAMPLES = {
    "ellipsis": lambda x: x[..., ::2, ::2],
    "rows only": lambda x: x[:, :, ::3],
    "from the second on": lambda x: x[:, :, 1::2, 1::2],
    "inside a crop": lambda x: x[:, :3, 2:-1:2, ::4],
}


@pytest.mark.parametrize("crop", {**CROPS, **SAMPLES}.values(), ids={**CROPS, **SAMPLES})
def test_crops_and_samples(crop):
    last = nn.Conv2d(CHANNELS, 2, 2)

    def by_the_book(s, last):
        m = crop(s.m.expand_as(s.x))[:, :1]
        return dense.pointwise(State(crop(s.x), m), torch.relu)

    check(lambda x, last: F.relu(crop(x)), by_the_book, last=last)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_samples_that_stand_for_their_stride(sample):
    """A cell behind a step is visible if any cell of its stride is, and filled from the crop before it."""

    def by_the_book(s):
        x, m, steps = {
            "ellipsis": (s.x, s.m, (2, 2)),
            "rows only": (s.x, s.m, (3, 1)),
            "from the second on": (s.x[:, :, 1:, 1:], s.m[:, :, 1:, 1:], (2, 2)),
            "inside a crop": (s.x[:, :3, 2:-1], s.m[:, :, 2:-1], (2, 4)),
        }[next(name for name, value in SAMPLES.items() if value is sample)]
        rows, columns = steps
        y = dense.neighbour_padding(x, m, max(steps) - 1)[:, :, ::rows, ::columns]
        larger = F.pad(m, (0, -m.shape[3] % columns, 0, -m.shape[2] % rows))
        seen = larger.unfold(2, rows, rows).unfold(3, columns, columns).amax((-2, -1))
        return State(dense.select(seen, y), seen)

    check(sample, by_the_book, Joins(skips="stride"))


def regrouped(x):
    n, channels, height, width = x.shape
    return x.reshape(n, 2, channels // 2, height, width).transpose(1, 2).flatten(1, 2)


def normalised_as_sequence(x):
    return F.layer_norm(x.flatten(2).permute(0, 2, 1), (CHANNELS,)).permute(0, 2, 1)


CHANNEL_MOVES = {
    "regrouped": regrouped,
    "unflatten": lambda x: x.unflatten(1, (2, 2)).sum(2),
    "unflatten, unknown": lambda x: torch.unflatten(input=x, dim=1, sizes=(2, -1)).flatten(start_dim=1, end_dim=2),
    "channels last and back": lambda x: x.permute(0, 2, 3, 1).contiguous().relu().permute(dims=(0, 3, 1, 2)),
    "movedim": lambda x: torch.movedim(x, source=1, destination=3).relu().moveaxis(-1, 1),
    "swapaxes": lambda x: x.unflatten(1, (2, 2)).swapaxes(1, 2).flatten(1, 2),
    "flip": lambda x: x.flip(1),
    "roll": lambda x: torch.roll(x, shifts=1, dims=1),
    "list": lambda x: x[:, [2, 0, 1]],
    "index_select": lambda x: x.index_select(1, torch.tensor([3, 0])),
    "select": lambda x: x.select(1, 2).unsqueeze(1),
    "squeeze": lambda x: x[:, :1].squeeze(1)[:, None],
    "squeeze twice": lambda x: x.unsqueeze(1).squeeze(dim=1),
    "unbind": lambda x: torch.unbind(x, dim=1)[1].unsqueeze(1),
    "tensor_split": lambda x: x.tensor_split(2, dim=1)[1],
    "chunk by name": lambda x: torch.chunk(input=x, chunks=2, dim=1)[0],
    "split by name": lambda x: torch.split(tensor=x, split_size_or_sections=3, dim=1)[0] * 2,
    "repeat": lambda x: x.repeat(1, 2, 1, 1),
    "repeat_interleave": lambda x: x.repeat_interleave(2, dim=1),
    "expand": lambda x: x[:, :1].expand(-1, 3, -1, -1) * 2,
    "expand, then pool": lambda x: F.max_pool2d(x[:, :1].expand(-1, 3, -1, -1), 1),
    "concatenate": lambda x: torch.concatenate([x, -x], axis=1),
    "hstack": lambda x: torch.hstack((x, 2 * x)),
    "sequence and back": lambda x: x.flatten(2).transpose(1, 2).relu().transpose(1, 2).reshape(x.shape),
    "reshape_as": lambda x: x.flatten(2).tanh().reshape_as(x),
    "layer norm of a sequence": lambda x: normalised_as_sequence(x).unflatten(2, (15, 15)),
}


@pytest.mark.parametrize("move", CHANNEL_MOVES.values(), ids=CHANNEL_MOVES)
def test_channels_moved(move):
    check(lambda x: move(x) * 1.0, lambda s: dense.pointwise(s, move))


@pytest.mark.parametrize("dims", [(3,), (2, 3), (1, 2)])
def test_a_flip_takes_the_mask_with_it(dims):
    def by_the_book(s, last):
        return dense.conv(State(s.x.flip(dims), s.m.flip([dim for dim in dims if dim > 1])), last)

    check(lambda x, last: last(x.flip(dims)), by_the_book, last=nn.Conv2d(CHANNELS, 2, 3))
    check(lambda x, last: last(torch.flip(input=x, dims=dims)), by_the_book, last=nn.Conv2d(CHANNELS, 2, 3))


def test_layers_that_reshape():
    check(
        lambda x, flatten, unflatten: unflatten(flatten(x)),
        lambda s, **_: s,
        flatten=nn.Flatten(2),
        unflatten=nn.Unflatten(2, (15, 15)),
    )
    check(lambda x, flatten: flatten(x), lambda s, **_: s.x.flatten(1), flatten=nn.Flatten())


def test_a_single_cell_flattens():
    check(
        lambda x, conv, fc: fc(conv(x).flatten(1)),
        lambda s, conv, fc: fc(dense.conv(s, conv).x.flatten(1)),
        conv=nn.Conv2d(CHANNELS, 6, 15),
        fc=nn.Linear(6, 2),
    )


REFUSED = {
    "transposed cells": lambda x: x.permute(0, 1, 3, 2),
    "split rows": lambda x: x.split(4, 2)[0],
    "rolled rows": lambda x: torch.roll(x, 1, dims=2),
    "rolled flat": lambda x: x.roll(1),
    "flipped images": lambda x: x.flip(0),
    "repeated cells": lambda x: x.repeat(1, 1, 2, 2),
    "rows by list": lambda x: x[:, :, [0, 1]],
    "cells as channels": lambda x: x.reshape(2, -1, 4, 4),
    "images as channels": lambda x: x.reshape(1, -1, 8, 8),
    "new first dimension": lambda x: x[None],
    "one image": lambda x: x[1],
    "too many indices": lambda x: x[:, :, :, :, 0],
    "unknown keyword": lambda x: torch.mean(x, dim=(2, 3), out=torch.zeros(2, CHANNELS)),
    "reversed order of a sequence": lambda x: x.flatten(2)[:, :, :4],
}


@pytest.mark.parametrize("forward", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("rest", [".", "#"])
def test_refused_whatever_the_mask(forward, rest):
    """Under a mask that shows nearly nothing, and under one that shows about half."""
    keep = cells("####.... " + "........ " * 3 + (rest * 8 + " ") * 4).expand(2, 1, 8, 8)
    with pytest.raises(NotImplementedError):
        layer_masked(Net(forward).eval())(torch.randn(2, 3, 8, 8), keep)


@pytest.mark.parametrize("order", ["before", "after"])
def test_what_is_read_off_a_map_stays_when_the_map_is_filled(order):
    """Cells that are hidden in a map count as zero in a vector or in blocks of it, whatever else reads the map."""
    conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(x, conv):
        x = x[:, :1].relu()
        first = conv(x) if order == "before" else None
        vector = x.flatten(1)
        blocks = x.view(x.shape[0], 1, 5, 3, 5, 3).permute(0, 1, 3, 5, 2, 4).flatten(1, 3)
        convolved = conv(x) if first is None else first
        return vector + convolved.flatten(1), blocks * 1.0

    def by_the_book(s, conv):
        s = State(s.x[:, :1].relu(), s.m)
        corners = [State(s.x[:, :, i::3, j::3], s.m[:, :, i::3, j::3]) for i in range(3) for j in range(3)]
        return s.x.flatten(1) + dense.conv(s, conv).x.flatten(1), dense.cat(corners).x

    for part in (0, 1):
        check(
            lambda x, conv, part=part: forward(x, conv)[part],
            lambda s, conv, part=part: by_the_book(s, conv)[part],
            conv=conv,
        )
