import io

import numpy as np
import torch
from PIL import Image, ImageColor

from masking.results.contact_sheet import BAR, GAP, SIDE, Panel, contact_sheet

RED = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)


def picture_of(*panels, footer="A footer."):
    return Image.open(io.BytesIO(contact_sheet(list(panels), footer)))


def bars(picture):
    return (np.asarray(picture) == ImageColor.getrgb(BAR)).all(-1)


def test_every_panel_shows_its_picture():
    shown = np.asarray(picture_of(Panel("Red", RED, [("ant", 1.0)], 0.0), Panel("Black", 0 * RED, [("ant", 1.0)], 0.0)))
    red, black = ((shown == colour).all(-1).sum(0) >= SIDE for colour in ((255, 0, 0), (0, 0, 0)))
    assert red.sum() == black.sum() == SIDE
    assert np.flatnonzero(black)[0] - np.flatnonzero(red)[0] == SIDE + GAP


def test_a_picture_keeps_its_shape():
    shown = np.asarray(picture_of(Panel("Wide", RED[..., :4, :], [("ant", 1.0)], 0.0)))
    red = (shown == (255, 0, 0)).all(-1)
    assert (red.any(0).sum(), red.any(1).sum()) == (SIDE, SIDE // 2)


def test_bars_are_as_long_as_probabilities_on_one_scale():
    panels = [Panel("One", RED, [("", 1.0)], 0.0), Panel("Half", RED, [("", 0.5), ("", 0.25)], 1.5)]
    bar_pixels = bars(picture_of(*panels))
    left, right = bar_pixels[:, : GAP + SIDE + 1], bar_pixels[:, GAP + SIDE + 1 :]
    assert abs(left.any(0).sum() - SIDE) <= 1
    assert abs(right.any(0).sum() - SIDE / 2) <= 1


def test_long_names_stay_in_their_panel_and_any_script_is_drawn():
    names = ["a" * 300, "Kätzchen, 猫, 🐈", "\n", ""]
    panel = Panel("t" * 10, RED, [(name, 0.1) for name in names], 2.0)
    narrow, wide = picture_of(panel), picture_of(panel, panel)
    assert narrow.width == 2 * GAP + SIDE
    assert wide.width == 3 * GAP + 2 * SIDE
    beside = np.asarray(narrow)[:, GAP + SIDE + 2 :]
    assert (beside[30:300] == 255).all()


def test_a_long_footer_is_wrapped():
    panel = Panel("Red", RED, [("ant", 1.0)], 0.0)
    assert picture_of(panel, footer="word " * 60).height > picture_of(panel).height
