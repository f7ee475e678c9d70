"""What each hole hides, on rendered objects and by hand."""

import numpy as np
import pytest
import torch
from scipy.ndimage import label

from masking import Mask
from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import World
from masking.masks.holes import HOLES, RADII, HoleContext

SCENES = render(World(size=96), range(24))
CUTOUTS = Mask(~SCENES.objects)


def site(index: int) -> HoleContext:
    return HoleContext(CUTOUTS[index], CUTOUTS[(index + 1) % len(CUTOUTS)], seed=index)


def hidden(mask: Mask) -> torch.Tensor:
    return ~mask.keep[0, 0]


def square(top: int, left: int, side: int, size: int = 40) -> Mask:
    return Mask.box(size, top, left, side, side)


@pytest.mark.parametrize("name", HOLES)
def test_holes_that_cover_leave_nothing_of_the_object(name):
    for index in range(len(CUTOUTS)):
        hole = HOLES[name].make(site(index))
        assert hole.keep.shape == (1, 1, 96, 96)
        seen = (hole.keep & SCENES.objects[index]).any()
        assert not seen if HOLES[name].covers else seen or name == "transplanted"


@pytest.mark.parametrize("name", [name for name, hole in HOLES.items() if not hole.covers])
def test_holes_that_do_not_cover_hide_the_same_area(name):
    for index in range(len(CUTOUTS)):
        assert hidden(HOLES[name].make(site(index))).sum() == SCENES.objects[index].sum()


def test_growth_is_in_order_of_radius():
    radii = {name: hole.radius for name, hole in HOLES.items() if hole.radius is not None}
    assert list(radii.values()) == [0, *RADII]
    masks = [HOLES[name].make(site(3)) for name in radii]
    for radius, mask in zip(radii.values(), masks, strict=True):
        assert mask.digest == CUTOUTS[3].grow(radius).digest
    assert sorted(masks, key=lambda mask: mask.hidden_share) == masks


def test_a_disc_touches_the_object_and_is_round():
    cutout = square(10, 12, 9)
    disc = hidden(HOLES["disc"].make(HoleContext(cutout)))
    assert disc[10, 12]
    assert disc[18, 20]
    assert disc.sum() == pytest.approx(np.pi * 2 * 4**2, rel=0.08)
    rows, columns = torch.nonzero(disc, as_tuple=True)
    assert rows.max() - rows.min() == columns.max() - columns.min()


def test_a_blob_is_one_piece_seeded_and_elsewhere_each_time():
    blobs = [hidden(HOLES["blob"].make(HoleContext(CUTOUTS[0], seed=seed))) for seed in range(8)]
    assert all(label(blob.numpy())[1] == 1 for blob in blobs)
    assert torch.equal(blobs[0], hidden(HOLES["blob"].make(HoleContext(CUTOUTS[0], seed=0))))
    assert len({Mask(~blob[None, None]).digest for blob in blobs}) == 8
    middles = torch.stack([torch.nonzero(blob).double().mean(0) for blob in blobs])
    assert middles.std(0).min() > 5


def test_a_broken_hole_is_the_papers_swap_of_quadrants():
    cutout = square(0, 0, 10)
    assert torch.equal(HOLES["broken"].make(HoleContext(cutout)).keep, square(20, 20, 10).keep)
    across = hidden(HOLES["broken"].make(HoleContext(square(15, 15, 10))))
    assert across[0, 0]
    assert across[-1, -1]
    assert not across[20, 20]


@pytest.mark.parametrize("side", [4, 10, 25])
def test_a_transplanted_outline_is_the_donors_at_the_objects_place_and_size(side):
    """A disc on a square's place becomes a disc of that area."""
    y, x = torch.meshgrid(torch.arange(60), torch.arange(60), indexing="ij")
    disc = Mask((torch.hypot(y - 12.0, x - 40.0) > 8)[None, None])
    cutout = square(20, 15, side, size=60)
    hole = hidden(HOLES["transplanted"].make(HoleContext(cutout, disc)))
    middle = 20 + (side - 1) / 2, 15 + (side - 1) / 2
    radius = side / np.pi**0.5
    expected = torch.hypot(y - middle[0], x - middle[1]) <= radius
    assert hole.sum() == side**2
    assert (hole ^ expected).sum() <= 0.15 * side**2 + 2


def test_a_transplanted_outline_is_recognisably_the_donors():
    """Laid on its own place, an outline stays what it was, but for its rim."""
    for index in range(8):
        own = HoleContext(CUTOUTS[index], CUTOUTS[index])
        changed = (hidden(HOLES["transplanted"].make(own)) ^ hidden(CUTOUTS[index])).sum()
        assert changed <= 0.03 * hidden(CUTOUTS[index]).sum()


def test_no_donor_no_transplant():
    with pytest.raises(ValueError, match="no object of another class whose outline could be transplanted"):
        HOLES["transplanted"].make(HoleContext(CUTOUTS[0]))


@pytest.mark.parametrize(
    ("cutout", "donor", "sentence"),
    [
        (Mask.full(40), None, r"the scene has 1 mask\(s\) of 40x40 that hide 0.0 %"),
        (square(1, 1, 3), Mask.full(40), "the donor has"),
        (square(1, 1, 3), square(1, 1, 3, size=50), "the donor has 1 mask"),
        (CUTOUTS, None, r"the scene has 24 mask\(s\)"),
    ],
)
def test_a_site_needs_single_masks_of_one_size_that_hide_something(cutout, donor, sentence):
    with pytest.raises(ValueError, match=sentence):
        HoleContext(cutout, donor)
