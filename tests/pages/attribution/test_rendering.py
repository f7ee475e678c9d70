"""Iterations as pictures, sentences, figures and files; no page is run."""

import base64
import csv
import dataclasses
import io
import json
import shlex

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from masking import ATTRIBUTIONS, attribution_masks
from masking.__main__ import app
from masking.attribution import untrained
from masking.datasets.gallery import open_sample
from masking.inference.predict import predict
from pages.attribution.controls import with_tests
from pages.attribution.figures import controls_figure, doubt_figure, probability_figure
from pages.attribution.rendering import LARGEST, mask_table, render_frames
from pages.attribution.text import (
    FURTHER_DRAWS,
    TITLES,
    UNTRAINED,
    describe_fading,
    first_step,
    step_sentences,
    untrained_draws,
)
from tests.pages.attribution.attribution_page import shown_probability
from tests.pages.html import parse

STEPS = 3


@pytest.fixture(scope="module")
def masks(bundled):
    return attribution_masks(bundled, open_sample("scene-000"), "star", "gxsi", STEPS)


def pixels(frame: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(frame.partition(",")[2]))).convert("RGB")) / 255


def test_pictures_are_what_the_network_saw(masks):
    pictures = render_frames(masks, "sum").pictures
    for step in range(STEPS + 1):
        expected = masks.seen(step)[0].permute(1, 2, 0).numpy()
        np.testing.assert_allclose(pixels(pictures["What the network saw"][step]), expected, atol=1 / 255)
        mask = masks.products[step, 0].mean(0) / masks.products[step].max()
        np.testing.assert_allclose(pixels(pictures["Mask so far"][step])[..., 0], mask.numpy(), atol=1 / 255)
    assert pictures["Attribution"][0] == ""
    assert len(pictures["Attribution"]) == STEPS + 1


def test_a_single_channel(masks):
    pictures = render_frames(masks, "1").pictures
    expected = masks.seen(2)[0, 1].numpy()
    for channel in range(3):
        np.testing.assert_allclose(pixels(pictures["What the network saw"][2])[..., channel], expected, atol=1 / 255)


def test_one_scale_for_all_steps(masks):
    """The same attribution has the same colours at every step."""
    again = masks.attributions.clone()
    again[2] = again[0]
    twice = dataclasses.replace(masks, attributions=again)
    frames = render_frames(twice, "sum").pictures["Attribution"]
    assert frames[3] == frames[1] != frames[2]
    weaker = dataclasses.replace(masks, attributions=torch.cat([again[:1], again[:1] / 2, again[2:]]))
    halved = render_frames(weaker, "sum").pictures["Attribution"]
    assert halved[1] == halved[3]
    assert np.abs(pixels(halved[2]) - 1).mean() < np.abs(pixels(halved[1]) - 1).mean()


def test_stretched_pictures_have_more_contrast(masks):
    plain = render_frames(masks, "sum").pictures["What the network saw"]
    stretched = render_frames(masks, "sum", stretched=True).pictures["What the network saw, stretched"]
    assert plain[0] == stretched[0]
    assert pixels(stretched[3]).std() > 1.5 * pixels(plain[3]).std()


def test_large_pictures_are_made_smaller(masks):
    image = torch.nn.functional.interpolate(masks.image, (384, 384))
    heats = torch.nn.functional.interpolate(masks.attributions[:, 0], (384, 384))[:, None]
    large = dataclasses.replace(masks, image=image, attributions=heats)
    for frames in render_frames(large, "sum").pictures.values():
        assert pixels(frames[-1]).shape == (LARGEST, LARGEST, 3)


def test_dead_inputs_are_shown_as_such(masks):
    logits = masks.logits.clone()
    logits[2:] = 0
    dead = dataclasses.replace(masks, logits=logits)
    answers = render_frames(dead, "sum").answers
    assert ["Dead: all logits" in answer for answer in answers] == [False, False, True, True]
    assert shown_probability(answers[2]) == "none"
    assert "says nothing at all" in step_sentences("it", dead, None)[2]


def test_names_of_classes_are_no_html(masks):
    odd = dataclasses.replace(masks, categories=tuple(f"<b>{name}" for name in masks.categories))
    assert "<b>star" not in render_frames(odd, "sum").answers[0]
    assert "&lt;b&gt;star" in render_frames(odd, "sum").answers[0]


def test_sentences_name_the_step_and_its_controls(masks, bundled):
    other = attribution_masks(bundled, open_sample("scene-000"), "bottle", "gxsi", STEPS)
    sentences = step_sentences("it", masks, {"another_label": other, "noise_image": masks})
    assert len(sentences) == STEPS + 1
    assert "whole picture" in sentences[0]
    assert sentences[1].startswith("After 1 iteration for “star”, the network still says “star” (")
    said = f"With a mask made for “bottle” it says “bottle” ({100 * float(other.probability[2, 0]):.1f} %)."
    assert said in sentences[2]
    assert sentences[2].endswith("If a mask can write a label that was not there, reaching a label proves nothing.")
    missed = dataclasses.replace(masks, target=other.target)
    noise_alone = step_sentences("it", masks, {"another_label": missed, "noise_image": masks})[1]
    assert noise_alone.endswith("Pure noise is enough for this answer, so the mask is no evidence of an object.")
    assert other.predicted[0, 0] != other.target[0]
    assert (
        f"says “star” and gives “bottle” {100 * float(other.probability[0, 0]):.1f} %."
        in step_sentences("it", other, None)[0]
    )


def test_the_untrained_network_is_five_draws(masks, bundled):
    """The sentence counts all of them, and the bars of the curve reach from the lowest to the highest."""
    image = open_sample("scene-000")
    draws = [attribution_masks(untrained(bundled, seed), image, "star", "gxsi", STEPS) for seed in range(5)]
    controls = {"another_label": masks, "noise_image": masks, UNTRAINED: draws[0]}
    controls |= dict(zip(FURTHER_DRAWS, draws[1:], strict=True))
    values = torch.stack([each.probability[2, 0] for each in draws])
    hits = sum(int(each.hits()[2, 0]) for each in draws)
    low, high = (f"{100 * float(end):.1f} %" for end in (values.min(), values.max()))
    sentence = step_sentences("it", masks, controls)[2]
    assert f"Of 5 untrained networks, {hits} say “star” (" in sentence
    assert f", from {low} to {high})." in sentence
    shown = with_tests(masks, controls)
    assert len(shown) == 4, "further draws have no film of their own"
    line = controls_figure(shown, 2, {TITLES[UNTRAINED]: untrained_draws(controls)}).data[-1]
    reach = line.y[2] - line.error_y.arrayminus[2], line.y[2] + line.error_y.array[2]
    assert reach == pytest.approx((100 * float(values.min()), 100 * float(values.max())), abs=1e-6)
    assert "untrained networks" not in step_sentences("it", masks, {"another_label": masks, "noise_image": masks})[2]


def test_the_step_shown_first(masks):
    """The last of the first three steps that gets the class right; if none does, the step nearest to it."""
    assert first_step(masks.first(0)) == 0
    assert first_step(masks) == int(masks.hits()[1:, 0].nonzero().max()) + 1
    other = masks.logits.clone()
    other[1:, 0, masks.target] = torch.tensor([[-1.0], [2.0], [1.0]])
    other[1:, 0, (masks.target + 1) % 16] = 50.0
    assert first_step(dataclasses.replace(masks, logits=other)) == 2
    longer = torch.cat([masks.logits[:1]] * 6)
    assert first_step(dataclasses.replace(masks, logits=longer, attributions=masks.attributions[[0] * 5])) == 3


def test_what_pictures_fade_to(bundled):
    blank = predict(bundled, bundled.mean.expand(1, 3, *bundled.input_size))
    assert f"says {blank.category} (" in describe_fading("it", blank)
    assert "free of input bias" in describe_fading("it", dataclasses.replace(blank, logits=torch.zeros(16)))


PANDA = "n02510455 giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca"


def figures(masks: dict, step: int) -> list:
    titles = list(masks)
    return [
        probability_figure(masks, step, titles), doubt_figure(masks, step, titles), controls_figure(masks, step),
    ]  # fmt: skip


def test_curves_show_all_masks_and_the_step(masks):
    probability, doubt, tests = figures({"one": masks, "two": masks}, 2)
    assert list(probability.data[0].y) == pytest.approx((100 * masks.probability[:, 0]).tolist())
    assert list(doubt.data[0].y) == pytest.approx(masks.entropy[:, 0].tolist())
    assert doubt.layout.yaxis.range[1] == pytest.approx(1.05 * 4), "the scale ends where all 16 classes are alike"
    for figure in (probability, doubt, tests):
        assert len(figure.data) == 2
        assert {shape.x0 for shape in figure.layout.shapes} == {2}
        assert figure.layout.template.layout.paper_bgcolor == "white"
        assert len({line.line.dash for line in figure.data}) == 2, "lines that coincide would hide one another"
        for line in figure.data:
            assert [not symbol.endswith("-open") for symbol in line.marker.symbol] == masks.hits()[:, 0].tolist()


def test_titles_are_short_and_no_legend_covers_an_axis(masks):
    long = dataclasses.replace(masks, categories=(*masks.categories[:-1], PANDA), target=torch.tensor([15]))
    other = dataclasses.replace(long, categories=("giant panda", *long.categories[1:]))
    for figure in figures({"one": other, "two": other}, 1):
        assert len(figure.layout.title.text.partition("<br>")[0]) < 60
        assert figure.layout.xaxis.title.text is None
        assert figure.layout.showlegend
        assert all(len(line.name) < 40 for line in figure.data)
    assert not figures({"one": masks}, 1)[0].layout.showlegend


def test_axes_begin_at_nothing_and_end_with_the_last_iteration(masks):
    for figure in figures({"one": masks.first(0)}, 0):
        assert all(-1 < axis.range[0] < 0 < axis.range[1] < 1 for axis in figure.select_xaxes())
        assert all(axis.range[0] == 0 < axis.range[1] for axis in figure.select_yaxes())
    for figure in figures({"one": masks.first(1), "two": masks}, 0):
        assert all(STEPS < axis.range[1] < STEPS + 1 for axis in figure.select_xaxes())
        assert max(max(line.y) for line in figure.data) < figure.layout.yaxis.range[1]


def test_the_numbers_behind_the_masks(masks):
    rows = parse(mask_table({"one <b>": masks})).all("tr")
    assert len(rows) == 1 + STEPS + 1
    assert [float(rows[number].texts("td")[2]) for number in (1, 2)] == [
        1.0, pytest.approx(float(masks.products[1].mean()), rel=0.06),
    ]  # fmt: skip


def test_exports_carry_the_controls(compare_module, masks, bundled):
    from pages.attribution.exports import Exports

    other = attribution_masks(bundled, open_sample("scene-000"), "bottle", "gxsi", STEPS)
    random = attribution_masks(bundled, open_sample("scene-000"), "star", "random", STEPS)
    exports = Exports({"gxsi": masks, "random": random}, {"another_label": other}, "Scene 0")
    rows = list(csv.DictReader(io.StringIO(exports.to_csv())))
    assert {(row["attribution"], row["film"]) for row in rows} == {
        ("gxsi", "as_asked"), ("random", "as_asked"), ("gxsi", "another_label"),
    }  # fmt: skip
    assert len(rows) == 3 * (STEPS + 1)
    facts = json.loads(exports.to_json())
    assert facts["films"]["gxsi/another_label"]["rows"][0]["category"] == "bottle"
    assert "no evidence" in facts["reading"]
    with np.load(io.BytesIO(exports.to_npz())) as arrays:
        np.testing.assert_array_equal(arrays["random/as_asked/logits"], random.logits)
    with Image.open(io.BytesIO(exports.to_gif())) as gif, Image.open(io.BytesIO(masks.to_gif())) as single:
        assert gif.n_frames == STEPS + 1
        assert gif.height > 1.8 * single.height
    with Image.open(io.BytesIO(exports.to_png())) as side_by_side, Image.open(io.BytesIO(masks.to_png())) as single:
        assert side_by_side.width > 1.8 * single.width
    said = " ".join(exports.to_svg().split())
    for words in ("Random (control): mask made for “star”", "silhouettes/resnet", "Picture: Scene 0."):
        assert words in said
    assert 0.5 < len(exports.to_npz()) / exports.array_bytes <= 1.1
    plain = dataclasses.replace(exports, picture="")
    assert plain.to_png() != exports.to_png()
    assert plain.to_gif() != exports.to_gif()


def test_the_command_makes_the_same(compare_module, bundled, tmp_path):
    from pages.attribution import exports as attribution_exports
    from pages.attribution.request import FilmRequest

    attributions = {"occlusion": ATTRIBUTIONS["occlusion"](patch=64), "gxi": ATTRIBUTIONS["gxi"]()}
    image = bundled.prepare(open_sample("scene-000"))
    all_masks = {
        name: attribution_masks(bundled, image, "leaf", attribution, 2) for name, attribution in attributions.items()
    }
    request = FilmRequest(bundled, image, attributions, "5", None, 2, "any", "scene-000")
    for line, (name, masks) in zip(
        attribution_exports.commands(request, all_masks).splitlines(), all_masks.items(), strict=True
    ):
        words = shlex.split(line)[3:]
        words[words.index("--out") + 1] = str(tmp_path / f"{name}.csv")
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        assert (tmp_path / f"{name}.csv").read_bytes().decode() == masks.to_csv()
