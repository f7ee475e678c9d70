"""The colours of the methods: what a reader, colour-blind or not, can tell apart in a chart."""

from itertools import combinations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from masking import METHODS
from masking.methods import Method
from masking.methods.method import Wrapper
from masking.results.series_style import NEUTRAL, Style, series_styles

VISIONS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Matrices of Machado, Oliveira and Fernandes (2009) for severity 1, applied to linear RGB."""
APART, USUAL_APART, DASHED_BELOW = 11.4, 23.2, 29.0
"""The least ΔE2000 between any two methods, and between the usual three; nearer pairs need other dashes too."""
BACKGROUNDS, LEAST_CONTRAST = ("#ffffff", "#14171c"), 3.0
AROUND = {name for name, method in METHODS.items() if issubclass(method, Wrapper)}
"""Methods around another one: they have its colour."""
STYLES = {name: each.style for name, each in METHODS.items() if name not in AROUND} | {"other series": NEUTRAL}


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def seen(colour: str, vision: str) -> np.ndarray:
    """The colour in CIELAB as somebody with that vision sees it."""
    values = (np.array(VISIONS[vision]) @ linear(colour)).clip(0, 1)
    return rgb2lab(np.where(values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055))


def distance(first: Style, second: Style) -> float:
    """ΔE2000 under the vision that tells the two colours apart the least."""
    return min(float(deltaE_ciede2000(seen(first.colour, each), seen(second.colour, each))) for each in VISIONS)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(("first", "second"), list(combinations(STYLES, 2)))
def test_everybody_can_tell_two_methods_apart(first, second):
    style, second_style = STYLES[first], STYLES[second]
    apart = distance(style, second_style)
    assert apart >= (USUAL_APART if {first, second} <= {"blackout", "greyout", "layer_masking"} else APART)
    assert "other series" in (first, second) or style.dash != second_style.dash or apart >= DASHED_BELOW


def test_no_two_methods_share_a_marker():
    markers = [method.style.marker for method in METHODS.values()]
    assert len(set(markers)) == len(markers)


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_lines_stand_out_from_both_themes(name, background):
    light, dark = sorted((luminance(STYLES[name].colour), luminance(background)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= LEAST_CONTRAST


def test_a_new_method_is_neutral():
    assert Method.style == NEUTRAL
    assert series_styles(["mine"], {"mine": type("Mine", (Method,), {})})["mine"] == NEUTRAL


def test_variants_of_one_method_keep_its_colour_and_differ_otherwise():
    styles = series_styles(["blur:sigma=5", "blackout", "blur", "mine", "theirs"], METHODS)
    assert styles["blur:sigma=5"] == METHODS["blur"].style
    assert styles["blur"].colour == METHODS["blur"].style.colour
    assert styles["mine"].colour == styles["theirs"].colour == NEUTRAL.colour
    assert len({(style.colour, style.dash, style.marker) for style in styles.values()}) == 5
    assert styles["blur"].pattern != styles["blur:sigma=5"].pattern


def test_a_method_around_another_has_its_colour_and_looks_different():
    assert {"calibrated"} == AROUND
    words = ["blackout", "greyout", "calibrated", "calibrated:of=greyout", "calibrated:of=greyout:grey=middle", "blur"]
    styles = series_styles(words, METHODS)
    assert styles["calibrated"].colour == METHODS["calibrated"].style.colour == METHODS["blackout"].style.colour
    assert styles["calibrated:of=greyout"].colour == METHODS["greyout"].style.colour
    assert styles["calibrated:of=greyout:grey=middle"].colour == METHODS["greyout"].style.colour
    assert styles["blackout"] == METHODS["blackout"].style, "the other one stays as it is in every chart"
    assert len({(style.colour, style.marker) for style in styles.values()}) == len(words)
    for base, around in (("blackout", "calibrated"), ("greyout", "calibrated:of=greyout")):
        assert styles[base].dash != styles[around].dash
        assert styles[base].pattern != styles[around].pattern


def test_an_unknown_marker_or_dash_is_refused():
    with pytest.raises(ValueError, match="there is no marker 'heart'; choose from circle, "):
        Style("#000000", "heart")
    with pytest.raises(ValueError, match="there is no dash 'wavy'"):
        Style("#000000", dash="wavy")
