"""What an attribution mask's result says of itself: rows, files, sequences, and the way to other masks."""

import csv
import dataclasses
import io
import json
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from masking import ATTRIBUTIONS, Mask, attribution_masks
from masking.attribution import frames as sheets
from masking.results.lettering import text_width
from tests.attribution.gradient_toys import SIZE, images, toy


@pytest.fixture(scope="module")
def masks():
    return attribution_masks(toy("nib"), images(2), [1, 3], "gxsi", 3)


def test_rows_and_csv(masks):
    assert [(row["image"], row["step"]) for row in masks.rows] == [(i, step) for i in range(2) for step in range(4)]
    for row in masks.rows:
        softmax = masks.logits[row["step"], row["image"]].double().softmax(0)
        assert row["target"] == [1, 3][row["image"]]
        assert row["category"] == "abcd"[row["target"]]
        assert row["probability"] == pytest.approx(float(softmax[row["target"]]))
        assert row["predicted"] == "abcd"[int(softmax.argmax())]
        assert row["predictive_entropy_bits"] == pytest.approx(-float((softmax * softmax.log2()).sum()))
        assert row["zero_share"] == pytest.approx(3 * row["step"] / (3 * SIZE * SIZE), abs=1e-9)
    table = list(csv.DictReader(io.StringIO(masks.to_csv())))
    assert [float(row["probability"]) for row in table] == [row["probability"] for row in masks.rows]


def test_json_and_manifest(masks):
    facts = json.loads(masks.to_json())
    assert (facts["attribution"], facts["iterations"], facts["images"]) == ("gxsi", 3, 2)
    assert facts["rows"] == masks.rows
    assert facts["manifest"]["classifier"] == "nib"
    assert facts["manifest"]["attribution"] == {"gxsi": {}}
    assert facts["manifest"]["target"] == "given"
    occluded = attribution_masks(toy("nib"), images(1), None, ATTRIBUTIONS["occlusion"](patch=8), 1)
    assert occluded.manifest["attribution"] == {"occlusion": {"method": "greyout", "patch": 8}}
    assert occluded.manifest["target"] == "predicted"


def test_npz(masks):
    arrays = np.load(io.BytesIO(masks.to_npz()))
    for name in ("image", "attributions", "products", "logits", "target", "probability", "entropy", "zero_share"):
        assert np.array_equal(arrays[name], getattr(masks, name).numpy())
    assert json.loads(str(arrays["manifest"]))["iterations"] == 3


def test_one_image_and_fewer_steps(masks):
    second = masks[1]
    assert (len(second), second.target.tolist()) == (1, [3])
    assert torch.equal(second.products[:, 0], masks.products[:, 1])
    assert torch.equal(second.logits[:, 0], masks.logits[:, 1])
    assert torch.equal(masks[-1].image, second.image)
    early = masks.first(1)
    assert early.iterations == 1
    assert torch.equal(early.products, masks.products[:2])
    assert masks.first(0).rows[0]["probability"] == masks.rows[0]["probability"]


def test_the_most_probable_classes(masks):
    best = masks.top(2, 3, index=1)
    assert len(best) == 3
    assert best[0][0] == "abcd"[int(masks.predicted[2, 1])]
    assert [p for _, p in best] == sorted((p for _, p in best), reverse=True)


def test_any_heat_orders_what_a_mask_hides(masks):
    heat = masks.heat(1)
    assert torch.equal(heat, masks.attributions[1].sum(1, keepdim=True))
    mask = Mask.by_heat(heat, 0.25, patch=1)
    hidden = ~mask.keep
    assert heat[0][hidden[0]].min() >= heat[0][~hidden[0]].max()


def test_the_animation_and_the_sheet(masks):
    gif = Image.open(io.BytesIO(masks.to_gif(1)))
    assert (gif.format, gif.n_frames) == ("GIF", 4)
    assert gif.info["loop"] == 0
    png = Image.open(io.BytesIO(masks.to_png(1)))
    assert png.width == 2 * gif.width
    assert png.height > 2 * gif.height
    frames = masks.frames(1)
    assert frames[2].caption.startswith("Iteration 2: answer “")
    assert "“d” has " in frames[2].caption
    assert " of 2 bits." in frames[2].caption
    assert torch.equal(frames[3].pictures["what the network saw"], masks.seen(3)[1:])
    assert all(p.min() >= 0 and p.max() <= 1 for frame in frames for p in frame.pictures.values())
    assert masks.to_svg(1).count("<image") == 4 * 4


def test_a_film_names_its_subject(masks):
    """Its heading differs with attribution, target, classifier and picture, and says what the colours mean."""
    title, source, meaning = masks.frame_sequence(1, picture="hen.jpg").heading
    assert title == "Gradient × sign of input (GxSI): mask made for “d”"
    assert source == "Classifier: nib. Picture: hen.jpg."
    assert "Red speaks for the class" in meaning
    assert "no evidence" in meaning
    assert masks.frame_sequence(1).heading[1] == "Classifier: nib."
    renamed = dataclasses.replace(masks, title="Gradient")
    sheets_drawn = {each.to_png(1, picture=name) for each in (masks, renamed) for name in ("hen.jpg", "cup.jpg")}
    assert len(sheets_drawn) == 4


PANDA = "n02510455 giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca"


def test_long_names_of_classes_keep_inside_the_film(masks):
    """They are long where two classes share their first synonym."""
    long = dataclasses.replace(masks, categories=(PANDA, "giant panda", f"{PANDA}, bamboo bear", f"{PANDA}, cat bear"))
    sequences = [long.frame_sequence(1, picture="a photograph with a long name " * 4), masks.frame_sequence(0)]
    svg = ElementTree.fromstring(sheets.sequences_to_sheet(sequences).to_svg())
    left, end = sequences[0].width + 2 * sheets.GAP, float(svg.attrib["width"])
    for text in svg.iter("{http://www.w3.org/2000/svg}text"):
        start, size = float(text.attrib["x"]), float(text.attrib["font-size"])
        right = start + text_width(text.text or "", size, "font-weight" in text.attrib)
        assert right <= (left - sheets.GAP if start < left else end), text.text
    said = " ".join(text.text or "" for text in svg.iter("{http://www.w3.org/2000/svg}text"))
    assert " ".join(sequences[0].frames[2].caption.split()) in said, "a caption is cut"
    with Image.open(io.BytesIO(sheets.sequences_to_gif(sequences[:1]))) as gif:
        assert len({frame.size for frame in ImageSequence.Iterator(gif)}) == 1


def test_a_dead_image_has_no_predicted_class(masks):
    logits = masks.logits.clone()
    logits[2:, 1] = 0
    dead = dataclasses.replace(masks, logits=logits)
    assert [dead.predicted_category(step, 1) is None for step in range(4)] == [False, False, True, True]
    assert [row["predicted"] is None for row in dead.rows] == [False] * 6 + [True] * 2
    assert "answer nothing (all logits 0)" in dead.frames(1)[2].caption
    assert dead.predicted_category(2, 0) == "abcd"[int(masks.predicted[2, 0])]


def test_one_scale_of_colour_for_all_steps(masks):
    """Twice the limit, half the strength of the colour; the largest heats lie at the end of the scale."""
    heats = masks.attributions.sum(2).abs()
    assert float((heats > masks.scale).double().mean()) < 0.02
    assert masks.scale > float(heats.mean())
    strong, faint = (masks.frames(0, limit)[1].pictures["attribution"] for limit in (masks.scale, 2 * masks.scale))
    inside = heats[0, 0] < masks.scale
    assert torch.allclose((1 - strong)[0][:, inside], 2 * (1 - faint)[0][:, inside], atol=1e-5)
    plain = attribution_masks(toy("nib"), images(1), 1, "gxsi", 0)
    assert plain.scale == 0
    assert len(plain.to_gif()) > 100


def test_a_sheet_shows_a_selection_of_many_frames():
    frames = [sheets.Frame({"a": torch.full((1, 3, 2, 4), 0.5)}, f"step {i}") for i in range(200)]
    svg = sheets.sequences_to_sheet([sheets.FrameSequence(frames)]).to_svg()
    assert svg.count("<image") == sheets.MOST_ROWS
    assert ">step 0<" in svg
    assert ">step 199<" in svg
    assert sheets.sequences_to_sheet([sheets.FrameSequence(frames[:1])]).height < sheets.SIDE + 100
