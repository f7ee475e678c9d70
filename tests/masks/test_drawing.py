"""Strokes as the canvas sends them, against areas computed another way."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from masking import Mask
from masking.masks.drawing import TOOLS, clicked_pixel, draw

SIDE = 400
"""The side of the canvas on the screen, in pixels."""
POLYLINE = [(49.98, 59.98), (55, 65), (65, 75), (75, 85), (84.1, 93.4), (91.2, 98.6), (97.5, 101), (150.02, 110.02)]


def stroke(kind, points, action="hide", **changes):
    return {"tool": kind, "action": action, "points": [[x / SIDE, y / SIDE] for x, y in points]} | changes


def brush(action="hide", points=POLYLINE, **changes):
    return stroke("brush", points, action, **{"width": 20 / SIDE, **changes})


def rectangle(action="hide", left=50, top=60, width=100, height=50, **changes):
    return stroke("rectangle", [(left, top), (left + width, top + height)], action, **changes)


def click(x, y, action="hide"):
    return stroke("segment", [(x, y)], action)


def hidden(strokes, size=400, base=None, segments=None):
    return ~draw(base or Mask.full(size), strokes, segments).keep[0, 0].numpy()


def centres(size):
    """x and y of every pixel's centre, in pixels of a canvas of 400."""
    y, x = (np.mgrid[:size, :size] + 0.5) * 400 / size
    return x, y


def differ(ours, theirs, share=0.02):
    """At most that share of the area apart: rims may fall either way."""
    assert (ours != theirs).sum() <= share * theirs.sum()


def near(points, radius, size):
    """Pixels within a radius of a polyline."""
    x, y = centres(size)
    distance = np.full((size, size), np.inf)
    for (x0, y0), (x1, y1) in pairwise(points):
        length = np.hypot(x1 - x0, y1 - y0)
        along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / max(length, 1e-9) ** 2, 0, 1)
        distance = np.minimum(distance, np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)))
    return distance <= radius


def inside(corners, size):
    """Pixels inside a polygon, by crossings to their right."""
    x, y = centres(size)
    crossings = np.zeros((size, size), int)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if y0 != y1:
            at = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
            crossings += (x < at) & ((y0 <= y) != (y1 <= y))
    return crossings % 2 == 1


def around(corners, size):
    """Pixels that a closed path goes around: the angles under which its edges are seen make full turns."""
    x, y = centres(size)
    turn = np.zeros((size, size))
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        turn += np.angle(((x1 - x) + 1j * (y1 - y)) / ((x0 - x) + 1j * (y0 - y)))
    return np.abs(turn) > np.pi


# --- one tool at a time ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [400, 224])
def test_a_brush_stroke_hides_what_is_within_half_its_width(size):
    differ(hidden([brush()], size), near(POLYLINE, 10, size), 0.03)


def test_a_single_dab_is_a_disc():
    x, y = centres(400)
    differ(hidden([brush(points=[(100, 100)])]), np.hypot(x - 100, y - 100) <= 10, 0.04)


def test_a_brush_is_round_on_a_mask_that_is_not_square():
    mask = draw(Mask.full((100, 200)), [{"tool": "brush", "action": "hide", "points": [[0.5, 0.5]], "width": 0.2}])
    y, x = np.mgrid[:100, :200] + 0.5
    differ(~mask.keep[0, 0].numpy(), np.hypot(x - 100, y - 50) <= 20, 0.04)


@pytest.mark.parametrize("size", [400, 200, 100, 50])
def test_a_rectangle_is_exact_at_every_size(size):
    expected = Mask.box(size, *(round(side * size / 400) for side in (64, 48, 48, 96)))
    assert np.array_equal(hidden([rectangle(left=48, top=64, width=96, height=48)], size), ~expected.keep[0, 0].numpy())


def test_a_mask_that_is_not_square_stretches_the_drawing():
    mask = draw(Mask.full((100, 200)), [rectangle(left=40, top=80, width=120, height=160)])
    assert torch.equal(mask.keep, Mask.box((100, 200), 20, 20, 40, 60).keep)


@pytest.mark.parametrize("tool", ["lasso", "polygon"])
@pytest.mark.parametrize("size", [400, 50])
def test_a_line_that_crosses_itself_has_no_holes(tool, size):
    angles = np.linspace(0, 2.6 * np.pi, 60)  # a circle, and a good part of it once more
    spiral = [(200 + (110 + 5 * a) * np.cos(a), 200 + (110 + 5 * a) * np.sin(a)) for a in angles]
    star = [(200 + 150 * np.sin(4 * np.pi * k / 5), 200 - 150 * np.cos(4 * np.pi * k / 5)) for k in range(5)]
    for corners in (spiral, spiral[::-1], star):
        differ(hidden([stroke(tool, corners)], size), around(corners, size))
    assert hidden([stroke(tool, star)])[200, 200]


@pytest.mark.parametrize("start", [3, 8, 21, 40.5])
def test_a_rectangle_between_pixels_hides_those_that_it_covers_most_of(start):
    result = hidden([rectangle(left=start, top=start, width=101, height=101)], 128)
    edges = np.clip(np.stack([np.arange(128), np.arange(128) + 1]) * SIDE / 128, start, start + 101)
    covered = (edges[1] - edges[0]) / (SIDE / 128)
    share = covered[:, None] * covered[None]
    certain = np.abs(share - 0.5) > 0.15
    assert np.array_equal(result[certain], (share > 0.5)[certain])


def test_a_rectangle_may_be_drawn_from_any_corner():
    shapes = [stroke("rectangle", [(150, 60), (50, 110)]), stroke("rectangle", [(50, 110), (150, 60)])]
    assert all(np.array_equal(hidden([each]), hidden([rectangle()])) for each in shapes)


def test_what_lies_beside_the_picture_hides_nothing():
    assert hidden([rectangle(left=-100, top=-100, width=150, height=200)]).sum() == 50 * 100
    assert hidden([rectangle(left=390, top=390, width=500, height=500)]).sum() == 100
    assert not hidden([rectangle(left=500), brush(points=[(-90, 50), (-30, 50)])]).any()


def test_a_pixel_is_hidden_when_half_of_it_is_covered():
    narrow, wide = rectangle(left=0, width=1, top=0, height=400), rectangle(left=0, width=3, top=0, height=400)
    assert not hidden([narrow], 100).any()
    assert hidden([wide], 100).sum() == 100


def test_an_ellipse_is_inscribed():
    ellipse = rectangle(left=50, top=60, width=120, height=80, tool="ellipse")
    x, y = centres(400)
    differ(hidden([ellipse]), ((x - 110) / 60) ** 2 + ((y - 100) / 40) ** 2 <= 1)


@pytest.mark.parametrize("tool", ["polygon", "lasso"])
def test_polygon_and_lasso_are_closed_and_filled(tool):
    corners = [(50, 50), (150, 60), (100, 150), (90, 80)]
    differ(hidden([stroke(tool, corners)]), inside(corners, 400))
    assert not hidden([stroke(tool, corners[:2])]).any()


# --- hide, show, and their order -------------------------------------------------------------------------------------


def test_later_strokes_win():
    large, small = rectangle(left=0, top=0, width=200, height=200), rectangle("show", left=50, top=50)
    assert hidden([large, small]).sum() == 200 * 200 - 100 * 50
    assert hidden([small, large]).sum() == 200 * 200


def test_erasing_shows_what_the_mask_below_hid():
    shown = hidden([brush("show")], base=Mask.empty(400))
    assert np.array_equal(~shown, hidden([brush()]))


def test_the_mask_below_is_kept_and_not_changed():
    base = Mask.box(400, 300, 300, 50, 50)
    before = base.digest
    assert hidden([rectangle()], base=base).sum() == 100 * 50 + 50 * 50
    assert base.digest == before


# --- superpixels -----------------------------------------------------------------------------------------------------

QUARTERS = torch.tensor([[0, 1], [2, 3]]).repeat_interleave(50, 0).repeat_interleave(50, 1)


def test_a_click_hides_its_superpixel_and_a_second_one_shows_it_again():
    once = hidden([click(70, 80)], 100, segments=QUARTERS)
    assert np.array_equal(once, QUARTERS.numpy() == 0)
    assert not hidden([click(70, 80), click(150, 190)], 100, segments=QUARTERS).any()
    assert hidden([click(70, 80), click(230, 80)], 100, segments=QUARTERS).sum() == 2 * 2500


def test_a_click_belongs_to_the_pixel_under_it():
    assert np.array_equal(hidden([click(199, 80)], 100, segments=QUARTERS), QUARTERS.numpy() == 0)
    assert np.array_equal(hidden([click(201, 80)], 100, segments=QUARTERS), QUARTERS.numpy() == 1)
    assert clicked_pixel(click(399.9, 0), (50, 100)) == (0, 99)
    assert clicked_pixel(click(400, 0), (50, 100)) is None


def test_a_superpixel_that_is_mostly_hidden_is_shown():
    for height, hides in ((20, True), (40, False)):
        base = Mask.box(100, 0, 0, height, 50)
        assert hidden([click(70, 80)], 100, base, QUARTERS)[:50, :50].all() == hides


def test_clicks_beside_the_picture_or_without_superpixels_do_nothing():
    assert not hidden([click(70, 80)], 100).any()
    assert not hidden([click(500, 80), click(80, -9)], 100, segments=QUARTERS).any()


# --- what is not ours ------------------------------------------------------------------------------------------------


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "item",
    [
        None,
        7,
        "rect",
        [],
        {},
        rectangle(tool="spray"),
        rectangle(tool=None),
        rectangle(tool=[]),
        rectangle(action="burn"),
        rectangle(action=None),
        brush(points=[]),
        brush() | {"points": 5},
        brush() | {"points": [[0.1]]},
        brush() | {"points": [["a", "b"]]},
        brush() | {"points": None},
        brush(width="wide"),
        brush(width=-5),
        brush(width=0),
        brush(width=1e300),
        brush(width=NAN),
        brush(width=None),
        brush(points=[(NAN, 5)]),
        brush(points=[(1e12, 5)]),
        brush(points=[(5, 5)] * 100_001),
        rectangle(width=INF),
        rectangle(width=1e300, height=1e300),
        stroke("rectangle", [(5, 5)]),
        stroke("ellipse", [(5, 5), (6, 6), (7, 7)]),
        stroke("polygon", [(1, 2), (3, 4)]),
        click(NAN, 5),
        click(INF, 5),
        click(5, 5) | {"points": [["a", None]]},
    ],
    ids=lambda _: "item",
)
def test_a_malformed_stroke_is_passed_over_and_the_others_count(item):
    area = hidden([item, rectangle()], 100, segments=QUARTERS).sum()
    assert area == hidden([rectangle()], 100).sum()


NUMBERS = st.one_of(st.floats(), st.integers(-(10**6), 10**6), st.none(), st.text(max_size=2), st.lists(st.none()))
POINTS = st.lists(st.lists(NUMBERS, max_size=3), max_size=4)


@settings(max_examples=80)
@given(st.sampled_from(TOOLS), st.dictionaries(st.sampled_from(["width", "action", "number"]), NUMBERS), POINTS)
def test_whatever_the_browser_sends_there_is_a_mask(tool, item, points):
    item = {"action": "hide", "width": 0.1} | item | {"tool": tool, "points": points}
    assert draw(Mask.full(24), [item], torch.zeros(24, 24, dtype=torch.int64)).size == (24, 24)


def test_a_broad_brush_with_endless_points_is_no_stroke():
    """A browser can send what took a hundred seconds to draw."""
    points = [(x, y) for x in range(SIDE) for y in range(SIDE)][:20_000]
    assert not hidden([brush(points=points, width=2.0)]).any()
    assert hidden([brush(points=points[:50], width=2.0)]).any()
