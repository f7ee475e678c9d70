"""Films as pictures, sentences, figures and files; no page is run."""

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
from masking.datasets.gallery import open_sample
from masking.inference.predict import predict
from pages.attribution.figures import controls_figure, curves_figure
from pages.attribution.rendering import LARGEST, render_frames
from pages.attribution.text import describe_fading, first_step, step_sentences
from tests.pages.attribution.attribution_page import told_probability

STEPS = 3


@pytest.fixture(scope="module")
def film(bundled):
    return attribution_masks(bundled, open_sample("scene-000"), "star", "gxsi", STEPS)


def pixels(frame: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(frame.partition(",")[2]))).convert("RGB")) / 255


def test_pictures_are_what_the_network_saw(film):
    found = render_frames(film, "sum").pictures
    for step in range(STEPS + 1):
        expected = film.seen(step)[0].permute(1, 2, 0).numpy()
        np.testing.assert_allclose(pixels(found["What the network saw"][step]), expected, atol=1 / 255)
        mask = film.products[step, 0].mean(0) / film.products[step].max()
        np.testing.assert_allclose(pixels(found["Mask so far"][step])[..., 0], mask.numpy(), atol=1 / 255)
    assert found["Attribution"][0] == ""
    assert len(found["Attribution"]) == STEPS + 1


def test_a_single_channel(film):
    found = render_frames(film, "1").pictures
    expected = film.seen(2)[0, 1].numpy()
    for channel in range(3):
        np.testing.assert_allclose(pixels(found["What the network saw"][2])[..., channel], expected, atol=1 / 255)


def test_one_scale_for_all_steps(film):
    """The same attribution has the same colours at whatever step it stands."""
    again = film.attributions.clone()
    again[2] = again[0]
    twice = dataclasses.replace(film, attributions=again)
    frames = render_frames(twice, "sum").pictures["Attribution"]
    assert frames[3] == frames[1] != frames[2]
    weaker = dataclasses.replace(film, attributions=torch.cat([again[:1], again[:1] / 2, again[2:]]))
    halved = render_frames(weaker, "sum").pictures["Attribution"]
    assert halved[1] == halved[3]
    assert np.abs(pixels(halved[2]) - 1).mean() < np.abs(pixels(halved[1]) - 1).mean()


def test_stretched_pictures_have_more_contrast(film):
    plain = render_frames(film, "sum").pictures["What the network saw"]
    stretched = render_frames(film, "sum", stretched=True).pictures["What the network saw, stretched"]
    assert plain[0] == stretched[0]
    assert pixels(stretched[3]).std() > 1.5 * pixels(plain[3]).std()


def test_large_pictures_are_made_smaller(film):
    image = torch.nn.functional.interpolate(film.image, (384, 384))
    heats = torch.nn.functional.interpolate(film.attributions[:, 0], (384, 384))[:, None]
    large = dataclasses.replace(film, image=image, attributions=heats)
    for frames in render_frames(large, "sum").pictures.values():
        assert pixels(frames[-1]).shape == (LARGEST, LARGEST, 3)


def test_dead_inputs_are_shown_as_such(film):
    logits = film.logits.clone()
    logits[2:] = 0
    dead = dataclasses.replace(film, logits=logits)
    answers = render_frames(dead, "sum").answers
    assert ["Dead: all logits" in answer for answer in answers] == [False, False, True, True]
    assert told_probability(answers[2]) == "none"
    assert "says nothing at all" in step_sentences("it", dead, None)[2]


def test_names_of_classes_are_no_html(film):
    odd = dataclasses.replace(film, categories=tuple(f"<b>{name}" for name in film.categories))
    assert "<b>star" not in render_frames(odd, "sum").answers[0]
    assert "&lt;b&gt;star" in render_frames(odd, "sum").answers[0]


def test_readings_tell_the_step_and_its_controls(film, bundled):
    other = attribution_masks(bundled, open_sample("scene-000"), "bottle", "gxsi", STEPS)
    told = step_sentences("it", film, {"another_label": other, "noise_image": film})
    assert len(told) == STEPS + 1
    assert "whole picture" in told[0]
    assert told[1].startswith("After 1 iteration: asked to keep “star”, it says star (")
    assert f"Asked to keep “bottle”, it says bottle ({100 * float(other.probability[2, 0]):.1f} %)." in told[2]
    assert told[2].endswith("A mask that can be made to say anything proves nothing.")
    missed = dataclasses.replace(film, target=other.target)
    noise_alone = step_sentences("it", film, {"another_label": missed, "noise_image": film})[1]
    assert noise_alone.endswith("A mask that says this without any object is no evidence of one.")
    assert other.predicted[0, 0] != other.target[0]
    assert f"says star (bottle: {100 * float(other.probability[0, 0]):.1f} %)" in step_sentences("it", other, None)[0]


def test_the_step_shown_first(film):
    """The last of the first three that is called by the class; where none is, the one nearest to it."""
    assert first_step(film.first(0)) == 0
    assert first_step(film) == int(film.hits()[1:, 0].nonzero().max()) + 1
    other = film.logits.clone()
    other[1:, 0, film.target] = torch.tensor([[-1.0], [2.0], [1.0]])
    other[1:, 0, (film.target + 1) % 16] = 50.0
    assert first_step(dataclasses.replace(film, logits=other)) == 2
    longer = torch.cat([film.logits[:1]] * 6)
    assert first_step(dataclasses.replace(film, logits=longer, attributions=film.attributions[[0] * 5])) == 3


def test_what_pictures_fade_to(bundled):
    blank = predict(bundled, bundled.mean.expand(1, 3, *bundled.input_size))
    assert f"says {blank.category} (" in describe_fading("it", blank)
    assert "free of input bias" in describe_fading("it", dataclasses.replace(blank, logits=torch.zeros(16)))


def test_curves_show_every_film_and_the_step(film):
    figure = curves_figure({"one": film, "two": film}, 2, ["one", "two"])
    assert len(figure.data) == 6
    assert list(figure.data[0].y) == pytest.approx((100 * film.probability[:, 0]).tolist())
    assert {shape.x0 for shape in figure.layout.shapes} == {2}
    assert figure.layout.template.layout.paper_bgcolor == "white"
    lines = controls_figure({"one": film, "two": film}, 2).data
    assert len({line.line.dash for line in lines}) == 2, "lines that coincide would hide one another"
    for line in (*figure.data, *lines):
        assert [symbol == "circle" for symbol in line.marker.symbol] == film.hits()[:, 0].tolist()
    assert set(figure.data[0].marker.symbol) == {"circle", "circle-open"}


def test_axes_begin_at_nothing_and_end_with_the_last_iteration(film):
    for figure in (curves_figure({"one": film.first(0)}, 0, ["one"]), controls_figure({"one": film.first(0)}, 0)):
        assert all(-1 < axis.range[0] < 0 < axis.range[1] < 1 for axis in figure.select_xaxes())
        assert all(axis.range[0] == 0 < axis.range[1] for axis in figure.select_yaxes())
    figure = curves_figure({"one": film.first(1), "two": film}, 0, ["one", "two"])
    assert all(STEPS < axis.range[1] < STEPS + 1 for axis in figure.select_xaxes())
    for line in figure.data:
        assert max(line.y) < figure.layout[line.yaxis.replace("y", "yaxis")].range[1]


def test_exports_carry_the_controls(compare_module, film, bundled):
    from pages.attribution.exports import Exports

    other = attribution_masks(bundled, open_sample("scene-000"), "bottle", "gxsi", STEPS)
    random = attribution_masks(bundled, open_sample("scene-000"), "star", "random", STEPS)
    found = Exports({"gxsi": film, "random": random}, {"another_label": other}, "Scene 0")
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert {(row["attribution"], row["film"]) for row in rows} == {
        ("gxsi", "as_asked"), ("random", "as_asked"), ("gxsi", "another_label"),
    }  # fmt: skip
    assert len(rows) == 3 * (STEPS + 1)
    facts = json.loads(found.to_json())
    assert facts["films"]["gxsi/another_label"]["rows"][0]["category"] == "bottle"
    assert "no evidence" in facts["reading"]
    with np.load(io.BytesIO(found.to_npz())) as arrays:
        np.testing.assert_array_equal(arrays["random/as_asked/logits"], random.logits)
    with Image.open(io.BytesIO(found.to_gif())) as gif, Image.open(io.BytesIO(film.to_gif())) as single:
        assert gif.n_frames == STEPS + 1
        assert gif.height == 2 * single.height
    with Image.open(io.BytesIO(found.to_png())) as sheet, Image.open(io.BytesIO(film.to_png())) as single:
        assert sheet.width == 2 * single.width
    assert found.masks["random"].heading(0, found.picture) == (
        "Random (control), mask made for star", "silhouettes/resnet, Scene 0",
    )  # fmt: skip
    plain = dataclasses.replace(found, picture="")
    assert plain.to_png() != found.to_png()
    assert plain.to_gif() != found.to_gif()


def test_the_command_makes_the_same(compare_module, bundled, tmp_path):
    from pages.attribution import exports as attribution_exports
    from pages.attribution.request import FilmRequest

    chosen = {"occlusion": ATTRIBUTIONS["occlusion"](patch=64), "gxi": ATTRIBUTIONS["gxi"]()}
    image = bundled.prepare(open_sample("scene-000"))
    films = {name: attribution_masks(bundled, image, "leaf", one, 2) for name, one in chosen.items()}
    asked = FilmRequest(bundled, image, chosen, "5", None, 2, "any", "scene-000")
    for line, (name, film) in zip(attribution_exports.commands(asked, films).splitlines(), films.items(), strict=True):
        words = shlex.split(line)[3:]
        words[words.index("--out") + 1] = str(tmp_path / f"{name}.csv")
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        assert (tmp_path / f"{name}.csv").read_bytes().decode() == film.to_csv()
