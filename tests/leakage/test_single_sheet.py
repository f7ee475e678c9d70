"""The files of one scene whose object was hidden by several holes."""

from xml.etree import ElementTree

import pytest
import torch

from masking import METHODS, Mask, Prediction
from masking.leakage.single import Cutout

NAMES = ("star", "mug", "giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca")
HOLES = ("exact", "box")


def cutout_of(certain=True, donor=""):
    """A star under two methods and two holes; blackout names it, layer masking does not."""
    image, mask = torch.rand(1, 3, 16, 16), Mask.box(16, 4, 4, 8, 8)
    star, panda = (Prediction(torch.tensor(values), NAMES) for values in ([4.0, 0, 0], [0.0, 0, 4]))
    answers = {(method, hole): star if method == "blackout" else panda for method in ("blackout", "layer_masking")
               for hole in HOLES}  # fmt: skip
    seen = {key: METHODS["blackout"]().fill(image, mask, None) if key[0] == "blackout" else None for key in answers}
    facts = {"classifier": "silhouettes/resnet", "weights": "7e2650783c7d0000", "versions": {"masking": "0.2.0"}}
    return Cutout(image, star, donor, certain, dict.fromkeys(HOLES, mask), answers, seen, facts)


def texts_of(svg):
    return " ".join(line.text for line in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize(
    ("certain", "words"), [(True, ("Leak", "As it should be")), (False, ("Same answer", "Another"))]
)
def test_a_sheet_says_what_each_hole_reveals(certain, words):
    cutout = cutout_of(certain, donor="hammer")
    svg, page = texts_of(cutout.to_svg("Scene 5")), cutout.to_html("Scene 5")
    said = [*words, "Scene 5: what does the hole reveal?", "Exact", "Box", "Whole picture", "25.0 % of the picture"]
    said += ["giant panda", "“star”", "of 1.58 bits", "Striped pixels", "hammer", "7e2650783c7d"]
    assert [text for text in said if text not in svg] == []
    assert [text for text in said if text not in page] == []
    assert page.count("<img") == 1 + 4
    assert cutout.masks["box"].to_text() in page
    assert cutout.to_png("Scene 5")
