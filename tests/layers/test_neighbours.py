"""Neighbour padding against the paper's numbers and a literal loop."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from masking.layers.maps.neighbours import fill, rings_around
from tests.layers.dense_oracle import neighbour_padding
from tests.layers.sample_masks import cells

SQUARE = cells("##... ##... ..... ..... .....")
IMAGE = torch.arange(1.0, 26).reshape(1, 1, 5, 5)
NOTHING = torch.tensor(float("nan"))  # at hidden cells that stay hidden


def padded(x, keep, rounds):
    with torch.no_grad():
        return fill(torch.where(keep, x, NOTHING), rings_around(keep[:, 0], rounds, x.dtype))


@pytest.mark.parametrize(
    ("rounds", "rows"),
    [
        (1, [[1, 2, 4.5], [6, 7, 4.5], [6.5, 6.5, 7]]),
        (2, [[1, 2, 4.5, 4.5], [6, 7, 4.5, 16 / 3], [6.5, 6.5, 7, 5.75], [6.5, 20 / 3, 6.75, 7]]),
    ],
)
def test_golden_vector(rounds, rows):
    """The 5x5 example of section 1.2, with the true mean instead of one that is low by 1e-5."""
    result = padded(IMAGE, SQUARE, rounds)[0, 0]
    torch.testing.assert_close(result[: len(rows), : len(rows)], torch.tensor(rows), atol=1e-5, rtol=0)
    assert result[len(rows) :].isnan().all()
    assert result[:, len(rows) :].isnan().all()


@given(
    seed=st.integers(0, 2**20), images=st.integers(1, 3), height=st.integers(1, 9), width=st.integers(1, 9),
    rounds=st.integers(0, 10), share=st.floats(0, 1),
)  # fmt: skip
@settings(deadline=None, max_examples=80)
def test_equals_the_loop(seed, images, height, width, rounds, share):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(images, 4, height, width, dtype=torch.float64, generator=generator)
    keep = torch.rand(images, 1, height, width, generator=generator) < share
    expected = neighbour_padding(x, keep.double(), rounds)
    torch.testing.assert_close(padded(x, keep, rounds).nan_to_num(0), expected)


def test_no_neighbours_outside_the_image_or_in_another_one():
    keep = torch.cat([cells("#.. ... ..."), cells("... ... ...")])
    x = torch.full((2, 1, 3, 3), 7.0)
    result = padded(x, keep, 5)
    assert (result[0] == 7).all()
    assert result[1].isnan().all()


def test_one_mask_serves_every_image():
    x = torch.randn(3, 2, 5, 5)
    rings = tuple(ring.repeated(3, 25) for ring in rings_around(SQUARE[:, 0], 2))
    with torch.no_grad():
        together = fill(torch.where(SQUARE, x, NOTHING), rings)
    assert torch.equal(together.nan_to_num(0), padded(x, SQUARE.expand(3, 1, 5, 5), 2).nan_to_num(0))


def test_in_place_without_gradient_only():
    x = torch.randn(1, 2, 5, 5).contiguous(memory_format=torch.channels_last)
    rings, before = rings_around(SQUARE[:, 0], 1), x.clone()
    assert not torch.equal(fill(x, rings), before)
    assert torch.equal(x, before)
    with torch.no_grad():
        assert fill(x, rings).data_ptr() == x.data_ptr()
    assert not torch.equal(x, before)


def test_gradient_reaches_visible_cells_by_their_own_position_only():
    x = torch.randn(1, 1, 5, 5, requires_grad=True)
    fill(x, rings_around(SQUARE[:, 0], 2)).sum().backward()
    reached = rings_around(SQUARE[:, 0], 2)
    untouched = torch.ones(25)
    untouched[torch.cat([ring.cells for ring in reached])] = 0
    assert torch.equal(x.grad.flatten(), untouched)
