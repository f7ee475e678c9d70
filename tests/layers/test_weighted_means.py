"""Means weighted by a softmax over the visible cells, in every spelling, against the dense oracle."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers import layer_masked
from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, Net, check
from tests.layers.dense_oracle import State

CELLS = 15 * 15


def by_the_book(s: State, score: nn.Conv2d) -> torch.Tensor:
    """Image by image: the mean of the visible cells, weighted by the softmax of their scores."""
    means = []
    for values, scores, visible in zip(s.x, score(s.x), s.m.bool(), strict=True):
        weights = scores[visible].softmax(0)
        means.append((values[:, visible[0]] * weights).sum(1))
    return torch.stack(means)


def weights(x, score):
    scores = score(x)
    return scores.flatten(2).softmax(2).view(scores.shape)


SPELLINGS = {
    "view_as": lambda x, score: (x * score(x).flatten(2).softmax(-1).view_as(score(x))).sum((2, 3)),
    "unflatten": lambda x, score: (x * score(x).flatten(2).softmax(-1).unflatten(2, (15, 15))).sum((2, 3)),
    "expand_as": lambda x, score: (x * weights(x, score).expand_as(x)).sum((2, 3)),
    "expand": lambda x, score: (x * score(x).flatten(2).softmax(2).expand(-1, CHANNELS, -1).view(x.shape)).sum((2, 3)),
    "repeat": lambda x, score: (x * weights(x, score).repeat(1, CHANNELS, 1, 1)).sum((2, 3)),
    "divided": lambda x, score: (x * (weights(x, score) / 2)).sum((2, 3)) * 2,
    "cloned": lambda x, score: (x * weights(x, score).clone()).sum((2, 3)),
    "of one type": lambda x, score: (x * weights(x, score).type_as(x)).sum((2, 3)),
    "one of the channels": lambda x, score: (x * weights(x, score)[:, :1]).sum((2, 3)),
    "in groups": lambda x, score: torch.cat([p.sum((2, 3)) for p in (x * weights(x, score)).chunk(2, 1)], 1),
    "joined again": lambda x, score: torch.cat((x * weights(x, score)).split(1, 1), 1).sum((2, 3)),
    "sum of halves": lambda x, score: (x * weights(x, score) / 2 + x * weights(x, score) / 2).sum((2, 3)),
    "adaptive pool": lambda x, score: F.adaptive_avg_pool2d(x * weights(x, score), 1).flatten(1) * CELLS,
    "pool of its size": lambda x, score: F.avg_pool2d(x * weights(x, score), 15).flatten(1) * CELLS,
    "a vector of cells": lambda x, score: (
        x * score(x).view(len(x), -1).softmax(1).view(len(x), 1, 15, 15)
    ).sum((2, 3)),
    "a vector, by a layer": lambda x, score: (
        x * nn.Softmax(dim=-1)(torch.flatten(score(x), 1)).view(len(x), 15, 15)[:, None]
    ).sum((2, 3)),
    "a vector, without channels": lambda x, score: (
        x.flatten(2) * score(x).squeeze(1).flatten(1).softmax(1).unsqueeze(1)
    ).sum(2),
}  # fmt: skip


@pytest.mark.parametrize("forward", SPELLINGS.values(), ids=SPELLINGS)
def test_means_weighted_by_softmax(forward):
    check(forward, by_the_book, score=nn.Conv2d(CHANNELS, 1, 1))


REDUCTIONS = {
    "mean": (lambda v: v.mean(1, keepdim=True), lambda s, score: dense.global_mean(dense.pointwise(s, score))),
    "sum": (lambda v: v.sum(-1)[:, None], lambda s, score: CELLS * dense.global_mean(dense.pointwise(s, score))),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_the_cells_of_one_channel_as_a_vector(name):
    reduce, expected = REDUCTIONS[name]
    check(lambda x, score: reduce(score(x).view(len(x), -1)), expected, score=nn.Conv2d(CHANNELS, 1, 1))


def test_a_linear_layer_takes_the_cells_of_one_channel():
    def expected(s, score, head):
        return head((score(s.x) * s.m).flatten(1))

    parts = {"score": nn.Conv2d(CHANNELS, 1, 1), "head": nn.Linear(CELLS, 3)}
    check(lambda x, score, head: head(score(x).flatten(1)), expected, **parts)
    check(lambda x, score, head: head(F.relu(score(x).flatten(1)).sort()[0]), lambda s, score, head: head(
        F.relu((score(s.x) * s.m).flatten(1)).sort()[0]
    ), **parts)  # fmt: skip


def test_standardised_images_with_nothing_visible():
    def forward(x, conv):
        return conv((x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True)).mean((2, 3))

    network = Net(forward, conv=nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)).eval()
    result = layer_masked(network)(torch.randn(2, 3, 15, 15), torch.zeros(2, 1, 15, 15, dtype=torch.bool))
    assert result.isfinite().all()
