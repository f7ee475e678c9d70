"""Drawings as Fabric.js reports them, against areas computed another way."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from masking import Mask
from masking.masks.drawing import LASSO_WIDTH, TOOLS, draw

CANVAS = (400, 400)
CENTRED = {"originX": "center", "originY": "center", "angle": 0, "scaleX": 1, "scaleY": 1, "flipX": False}
CORNERED = CENTRED | {"originX": "left", "originY": "top", "strokeWidth": 0}
STROKE = [
    ["M", 49.98, 59.98],
    ["Q", 50, 60, 55, 65],
    ["Q", 60, 70, 65, 75],
    ["Q", 90, 100, 97.5, 101],
    ["L", 150.02, 110.02],
]


def brush(action="hide", path=STROKE, left=100.0, top=85.0, **changes):
    shape = {"type": "Path", "left": left, "top": top, "width": 100.04, "height": 50.04, "path": path, "fill": None}
    return CENTRED | shape | {"stroke": TOOLS["brush"].ink(action), "strokeWidth": 20, **changes}


def rectangle(action="hide", left=50, top=60, width=100, height=50, **changes):
    shape = {"type": "Rect", "left": left, "top": top, "width": width, "height": height}
    return CORNERED | shape | {"stroke": TOOLS["rectangle"].ink(action), **changes}


def polygon(corners, action="hide", **changes):
    xs, ys = zip(*corners, strict=True)
    middle = {"left": (min(xs) + max(xs)) / 2, "top": (min(ys) + max(ys)) / 2}
    shape = {"type": "Polygon", "points": [{"x": x, "y": y} for x, y in corners], "strokeWidth": 0, **middle}
    return CENTRED | shape | {"stroke": TOOLS["polygon"].ink(action), **changes}


def click(x, y, radius=4, action="hide"):
    shape = {"type": "Circle", "radius": radius, "left": x - radius, "top": y, "originX": "left", "originY": "center"}
    return CORNERED | shape | {"stroke": TOOLS["segment"].ink(action)}


def hidden(objects, size=400, base=None, segments=None):
    return ~draw(base or Mask.full(size), objects, CANVAS, segments).keep[0, 0].numpy()


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


# --- one tool at a time ----------------------------------------------------------------------------------------------

POLYLINE = [(49.98, 59.98), (55, 65), (65, 75), (75, 85), (84.1, 93.4), (91.2, 98.6), (97.5, 101), (150.02, 110.02)]


@pytest.mark.parametrize("size", [400, 224])
def test_a_brush_stroke_hides_what_is_within_half_its_width(size):
    differ(hidden([brush()], size), near(POLYLINE, 10, size), 0.03)


def test_a_single_dab_is_a_disc():
    dab = brush(path=[["M", 99.98, 100], ["L", 100.02, 100]], left=100, top=100)
    x, y = centres(400)
    differ(hidden([dab]), np.hypot(x - 100, y - 100) <= 10, 0.04)


@pytest.mark.parametrize("size", [400, 200, 100, 50])
def test_a_rectangle_is_exact_at_every_size(size):
    expected = Mask.box(size, *(round(side * size / 400) for side in (64, 48, 48, 96)))
    assert np.array_equal(hidden([rectangle(left=48, top=64, width=96, height=48)], size), ~expected.keep[0, 0].numpy())


def test_a_mask_that_is_not_square_stretches_the_drawing():
    mask = draw(Mask.full((100, 200)), [rectangle(left=40, top=80, width=120, height=160)], CANVAS)
    assert torch.equal(mask.keep, Mask.box((100, 200), 20, 20, 40, 60).keep)


def test_a_pixel_is_hidden_when_half_of_it_is_covered():
    narrow, wide = rectangle(left=0, width=1, top=0, height=400), rectangle(left=0, width=3, top=0, height=400)
    assert not hidden([narrow], 100).any()
    assert hidden([wide], 100).sum() == 100


def test_an_ellipse_is_inscribed():
    ellipse = rectangle(stroke=TOOLS["ellipse"].ink("hide"), left=50, top=60, width=120, height=80)
    x, y = centres(400)
    differ(hidden([ellipse]), ((x - 110) / 60) ** 2 + ((y - 100) / 40) ** 2 <= 1)


def test_a_polygon_is_filled():
    corners = [(50, 50), (150, 60), (100, 150), (90, 80)]
    differ(hidden([polygon(corners)]), inside(corners, 400))


def test_a_lasso_is_closed_and_filled():
    corners = [(100, 100), (300, 120), (280, 300), (120, 260)]
    path = [["M", *corners[0]], *(["L", *corner] for corner in corners[1:])]
    lasso = brush(path=path, stroke=TOOLS["lasso"].ink("hide"), strokeWidth=LASSO_WIDTH, left=200, top=200)
    differ(hidden([lasso]), inside(corners, 400))


# --- objects that were changed after they were drawn -----------------------------------------------------------------


def test_a_moved_object_hides_where_it_is_now():
    assert np.array_equal(hidden([brush(left=180, top=165)]), np.roll(hidden([brush()]), (80, 80), (0, 1)))
    corners = [(50, 50), (150, 60), (100, 150)]
    moved = hidden([polygon(corners, left=130, top=140)])
    assert np.array_equal(moved, np.roll(hidden([polygon(corners)]), (40, 30), (0, 1)))


def test_a_scaled_object_grows_about_its_origin():
    assert np.array_equal(hidden([rectangle(scaleX=2, scaleY=0.5)]), hidden([rectangle(width=200, height=25)]))
    differ(hidden([brush(scaleX=2, scaleY=2)]), near([(2 * x - 100, 2 * y - 85) for x, y in POLYLINE], 20, 400), 0.03)


def test_a_turned_object_turns_about_its_origin():
    turned = rectangle(angle=30)
    angle = np.radians(30)
    corners = [(0, 0), (100, 0), (100, 50), (0, 50)]
    spun = [
        (50 + x * np.cos(angle) - y * np.sin(angle), 60 + x * np.sin(angle) + y * np.cos(angle)) for x, y in corners
    ]
    differ(hidden([turned]), inside(spun, 400))


def test_a_flipped_object_is_its_mirror_image():
    corners = [(50, 50), (150, 50), (150, 150)]
    mirrored = hidden([polygon(corners, flipX=True)])
    differ(mirrored, inside([(150, 50), (50, 50), (50, 150)], 400))


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


def test_every_tool_and_action_has_its_own_ink():
    inks = [tool.ink(action) for tool in TOOLS.values() for action in ("hide", "show")]
    assert len(set(inks)) == 2 * len(TOOLS)


# --- superpixels -----------------------------------------------------------------------------------------------------

QUARTERS = torch.tensor([[0, 1], [2, 3]]).repeat_interleave(50, 0).repeat_interleave(50, 1)


def test_a_click_hides_its_superpixel_and_a_second_one_shows_it_again():
    once = hidden([click(70, 80)], 100, segments=QUARTERS)
    assert np.array_equal(once, QUARTERS.numpy() == 0)
    assert not hidden([click(70, 80), click(150, 190)], 100, segments=QUARTERS).any()
    assert hidden([click(70, 80), click(230, 80)], 100, segments=QUARTERS).sum() == 2 * 2500


def test_a_click_is_where_its_dot_is_whatever_the_dots_size():
    assert np.array_equal(
        hidden([click(199, 80, radius=9)], 100, segments=QUARTERS), hidden([click(199, 80)], 100, segments=QUARTERS)
    )
    assert np.array_equal(hidden([click(201, 80, radius=9)], 100, segments=QUARTERS), QUARTERS.numpy() == 1)


def test_a_superpixel_that_is_mostly_hidden_is_shown():
    for height, hides in ((20, True), (40, False)):
        base = Mask.box(100, 0, 0, height, 50)
        assert hidden([click(70, 80)], 100, base, QUARTERS)[:50, :50].all() == hides


def test_clicks_beside_the_picture_or_without_superpixels_do_nothing():
    assert not hidden([click(70, 80)], 100).any()
    assert not hidden([click(500, 80), click(80, -9)], 100, segments=QUARTERS).any()


# --- what is not ours ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stroke", ["#000000", None, "", 7, ["#d6285a8c"]])
def test_objects_of_unknown_ink_are_passed_over(stroke):
    assert hidden([rectangle(stroke=stroke), rectangle()]).sum() == 100 * 50


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "item",
    [
        None,
        7,
        "rect",
        [],
        {},
        brush(path=5),
        brush(path=[[]]),
        brush(path=[["M", 1]]),
        brush(path=[["L", "a", "b"]]),
        brush(path=[]),
        brush(strokeWidth="wide"),
        brush(strokeWidth=-5),
        brush(strokeWidth=1e300),
        brush(strokeWidth=NAN),
        brush(left=NAN),
        brush(left=None),
        rectangle(width=INF),
        rectangle(width=""),
        rectangle(angle=INF),
        polygon([(1, 2), (3, 4)]),
        rectangle(points="abc"),
        rectangle(points=[{"x": 1}]),
        click(NAN, 5),
        click(INF, 5),
        click(5, 5) | {"left": "a"},
        click(5, 5) | {"top": None},
        brush(strokeWidth=1e9, left=1e12),
        rectangle(width=1e300, height=1e300),
    ],
    ids=lambda _: "item",
)
def test_a_malformed_object_is_passed_over_and_the_others_count(item):
    area = hidden([item, rectangle()], 100, segments=QUARTERS).sum()
    assert area == hidden([rectangle()], 100).sum()


NUMBERS = st.one_of(st.floats(), st.integers(-(10**6), 10**6), st.none(), st.text(max_size=2), st.lists(st.none()))
KEYS = st.sampled_from([*CENTRED, "left", "top", "width", "height", "strokeWidth", "radius"])
PATHS = st.lists(st.lists(st.one_of(st.sampled_from("MLQZ"), NUMBERS), max_size=5), max_size=4)


@settings(max_examples=150)
@given(st.sampled_from(sorted(TOOLS)), st.dictionaries(KEYS, NUMBERS), st.none() | PATHS)
def test_whatever_the_browser_sends_there_is_a_mask(tool, item, path):
    item = item | {"stroke": TOOLS[tool].ink("hide")} | ({} if path is None else {"path": path})
    assert draw(Mask.full(24), [item], CANVAS, torch.zeros(24, 24, dtype=torch.int64)).size == (24, 24)
