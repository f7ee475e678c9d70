"""The LIME page: one picture explained under several methods."""

import io
import json
import re
import sys
from functools import cache

import numpy as np
import pytest
import torch

from masking import METHODS, Mask
from masking.attribution import LimeExplanation, lime
from masking.attribution.ablation import Ablation
from masking.datasets.gallery import first_sample
from masking.measures import rank_correlation
from masking.models.picture_kinds import PictureKind
from tests.pages.html import parse
from tests.pages.lime.lime_page import LimePage, record_names, record_results

FEW = "60"


@cache
def explain(bundled, name: str, count: int = int(FEW), **options) -> LimeExplanation:
    return lime(bundled, first_sample(PictureKind.DRAWN).open(), name, samples=count, **options)


@pytest.fixture
def page(fresh_server) -> LimePage:
    return LimePage(methods="greyout,layer_masking", samples=FEW)


def test_the_first_visit_shows_the_segments_and_one_sample(page):
    assert page.shown_segments == 56
    assert "Run hides random segments 60 times" in page.reading
    assert page.pictures == 2
    assert not page.explanations


def test_run_shows_what_the_library_finds(page, bundled):
    page.press("Run")
    assert list(page.bars) == ["Greyout", "Layer masking"]
    for title, name in (("Greyout", "greyout"), ("Layer masking", "layer_masking")):
        expected = explain(bundled, name)
        strongest = expected.coefficients.abs().argsort(descending=True, stable=True)[:6].tolist()
        assert [segment for segment, _ in page.bars[title]] == strongest
        weights = [weight for _, weight in page.bars[title]]
        assert weights == pytest.approx(expected.coefficients[strongest].tolist(), abs=0.0051)
        numbers = page.explanations[title].first("div", "mx-facts").texts("b")
        assert f"{expected.r2_held_out:.2f}".replace("-", "−") in numbers
        assert f"{expected.r2:.2f}" not in numbers
    assert page.counted == {"Greyout": (60, 60), "Layer masking": (60, 60)}
    both = explain(bundled, "greyout").coefficients, explain(bundled, "layer_masking").coefficients
    assert f"{rank_correlation(*both):.2f}".replace("-", "−") in page.part("mx-agreement").texts("b")
    assert page.at.button(key="lime-run").disabled
    assert page.address == {"methods": "greyout,layer_masking", "samples": FEW}
    labels = {button.label for button in page.at.get("download_button")}
    assert {"PNG", "SVG", "CSV", "JSON", "NPZ", "HTML"} <= labels
    end = max(abs(weight) for bars in page.bars.values() for _, weight in bars)
    assert [text[:5] for text in page.scale] == [f"−{end:.2f}", "0", f"+{end:.2f}"]
    assert page.widths.count("100.0%") == 1, "one scale for all"


def test_only_another_method_computes_something(page, bundled, monkeypatch):
    page.press("Run")
    names = record_names(monkeypatch)
    before = page.explanations["Greyout"]
    page.choose("threshold", 50)
    assert page.address["threshold"] == "50"
    assert 0 < len(page.bars["Greyout"]) < 6
    strong = page.explanations["Greyout"]
    assert strong != before
    page.choose("threshold", 0).choose("sign", "negative")
    assert all(weight < 0 for bars in page.bars.values() for _, weight in bars)
    page.choose("sign", "both").choose("opacity", 0)
    assert page.explanations["Greyout"] != before
    page.choose("opacity", 100)
    assert page.explanations["Greyout"] == before
    page.choose("target", "second")
    assert page.explanations["Greyout"] != before
    page.choose("target", "0")
    page.choose("segment", "3")
    page.choose("target", "2")
    expected = explain(bundled, "greyout", target=2)
    assert expected.category in page.explanations["Greyout"].text
    weights = dict(page.bars["Greyout"])
    for segment, weight in weights.items():
        assert weight == pytest.approx(float(expected.coefficients[segment]), abs=0.0051)
    assert page.address["target"] == "2"
    assert names == []
    page.choose("methods", ["greyout", "layer_masking", "blackout"])
    assert any("No result yet: Blackout" in info.value for info in page.at.info)
    page.press("Run")
    assert names == ["Blackout"]
    assert len(page.bars) == 3


def test_methods_take_turns_and_find_what_each_finds_alone(fresh_server, monkeypatch, bundled):
    results = record_results(monkeypatch, pause=0.05)
    page = LimePage(patient=False, methods="greyout,blackout,layer_masking", samples="24")
    page.press("Run")
    page.run_until(lambda: len(page.counted) == 3)
    assert max(done for done, _ in page.counted.values()) < 24, "one method was finished before the last began"
    (bar,) = page.at.get("progress")
    assert re.match(r"Greyout, Blackout and Layer masking: \d+ of 24 samples", bar.proto.text)
    page.settle()
    assert page.counted == dict.fromkeys(["Greyout", "Blackout", "Layer masking"], (24, 24))
    for name in ("greyout", "blackout", "layer_masking"):
        alone = explain(bundled, name, 24, batch=4)
        assert results[METHODS[name].title].z.equal(alone.z)
        assert results[METHODS[name].title].logits.equal(alone.logits)


def test_cancel_keeps_the_samples_so_far_of_every_method(fresh_server, monkeypatch):
    page = LimePage(patient=False, methods="greyout,blackout", samples="80")
    names = record_names(monkeypatch, pause=0.25)
    page.press("Run")
    page.run_until(lambda: len(page.counted) == 2 and page.counted["Greyout"][0] >= 8)
    assert page.explanations["Greyout"].all("img")
    assert page.at.get("progress")
    page.press("Cancel")
    page.settle()
    parts = page.counted
    assert all(4 <= done < wanted == 80 for done, wanted in parts.values())
    for title, (done, _) in parts.items():
        assert f"Partial: cancelled after {done} of 80 samples." in page.explanations[title].text
    assert page.evidence
    assert names == ["Greyout", "Blackout"]
    names = record_names(monkeypatch)
    page.choose("samples", 20)
    page.press("Run").settle()
    assert page.counted == {"Greyout": (20, 20), "Blackout": (20, 20)}
    page.choose("samples", 80)
    assert page.counted == parts
    page.choose("methods", ["greyout", "blackout", "blur"])
    assert "Run starts the methods that have no result yet." in page.captions
    page.press("Run").settle()  # only what has no answer
    assert names == ["Greyout", "Blackout", "Blur"]
    assert page.counted == parts | {"Blur": (80, 80)}
    page.choose("methods", ["greyout", "blackout"])
    assert "Run starts Greyout and Blackout again." in page.captions
    record_names(monkeypatch, pause=0.05)
    page.press("Run again from the start")
    assert page.counted == parts  # still there
    page.settle()
    assert page.counted == {"Greyout": (80, 80), "Blackout": (80, 80)}


def test_a_click_chooses_a_segment_and_shows_its_evidence(page, bundled):
    page.press("Run")
    page.click_segment(10, 10)
    expected = explain(bundled, "layer_masking")
    clicked = int(expected.segments[3, 3])
    assert page.segment == clicked
    assert page.address["segment"] == str(clicked)
    assert f"Segment {clicked} (top left)" in page.at.selectbox(key="segment").options
    low, high = expected.interval[clicked].tolist()
    assert f"{low:+.2f} … {high:+.2f}".replace("-", "−") in page.evidence.text
    rows = page.evidence.all("tr")
    assert len(rows) == 2
    for name, row in zip(("greyout", "layer_masking"), rows, strict=True):
        explanation = explain(bundled, name)
        evidence = explanation.evidence(clicked, 6).tolist()
        shown = [float(text.rstrip("%")) for text in row.texts("b")]
        assert shown == pytest.approx(
            [100 * float(explanation.probabilities[sample]) for sample in evidence], abs=0.051
        )
        assert len(row.all("article", "mx-with")) == int(explanation.z[evidence, clicked].sum())
    page.choose("image", "scene-007")
    assert "segment" not in page.address, "another picture has other segments"
    assert not page.explanations


def test_the_evidence_shows_what_the_model_saw(page, bundled):
    module = sys.modules["pages.lime.evidence"]
    explanation = explain(bundled, "greyout")
    pictures = module.render_evidence(explanation, METHODS["greyout"](), bundled, 3)
    for sample, seen in pictures.items():
        mask = Mask(explanation.z[sample][explanation.segments][None, None])
        assert seen.equal(METHODS["greyout"]().fill(explanation.image, mask, bundled))


def test_no_two_samples_of_the_evidence_are_alike(page, bundled):
    module = sys.modules["pages.lime.evidence"]
    halves = np.arange(128)[None].repeat(128, 0) // 64
    explanation = explain.__wrapped__(bundled, "greyout", segments=halves)
    evidence = module.render_evidence(explanation, METHODS["greyout"](), bundled, 0)
    assert len(evidence) == 4  # as many as two segments can make


def test_ablate_judges_every_explanation_under_every_method(page):
    page.press("Run").press("Hide segment by segment")
    assert len(page.part("mx-verdicts").all("td", "mx-number")) == 4
    assert len(page.part("mx-areas").all("td", "mx-number")) == 6  # deletion, insertion, how long the prediction stays
    assert "mean probability, 0 … 1; lower is better" in page.part("mx-areas").text
    assert "those that speak most for the class first" in page.captions
    assert page.chart
    chart = page.at.get("plotly_chart")[0].proto.spec
    assert "segments against the class first" in chart
    assert "heaviest" not in chart
    page.choose("referee", "greyout")
    assert page.address["referee"] == "greyout"


@pytest.mark.parametrize(
    ("winners", "sentence"),
    [((0, 0, 0), "to the end"), ((0, 0, 1), "up to 40 %"), ((0, 1, 0), "lost at the first step")],
)
def test_the_page_says_how_long_the_prediction_is_kept(page, winners, sentence):
    logits = torch.nn.functional.one_hot(torch.tensor(winners), 2).float()
    curve = Ablation(torch.arange(3), torch.tensor([0.0, 0.4, 1.0]), logits, 0)
    assert sys.modules["pages.lime.ablation"].describe_kept(curve) == sentence


def test_exports_hold_what_the_page_shows(page, bundled):
    module = sys.modules["pages.lime.exports"]
    cards = sys.modules["pages.lime.cards"]
    both = {name: explain(bundled, name) for name in ("greyout", "layer_masking")}
    lines = module.to_csv(both).splitlines()
    assert len(lines) == 1 + 2 * page.shown_segments
    facts = json.loads(module.to_json(both, "as read"))
    assert facts["reading"] == "as read"
    assert facts["methods"]["greyout"]["r2"] == both["greyout"].r2
    assert facts["methods"]["greyout"]["r2_held_out"] == both["greyout"].r2_held_out
    with np.load(io.BytesIO(module.to_npz(both))) as arrays:
        np.testing.assert_array_equal(arrays["layer_masking/coefficients"], both["layer_masking"].coefficients)
    text = module.to_html(both, cards.Drawing(), "a < b", "the cat & its whiskers")
    assert "a &lt; b" in text
    assert "the cat &amp; its whiskers" in text
    assert text.count("data:image/png;base64,") == 3  # two pictures and the scale
    assert "Layer masking" in text
    assert "layer_masking</td>" not in text
    linked = [element.attributes.get(name, "") for element in parse(text) for name in ("src", "href")]
    assert not [link for link in linked if link.startswith("http")]


def test_five_methods_are_too_many(fresh_server):
    names = "blackout,greyout,mean_colour,noise,layer_masking"
    page = LimePage(methods=names, samples=FEW)
    assert "The page shows 4 methods side by side. Left out: Layer masking." in page.captions
    assert page.pictures == 4
    page.choose("methods", [])
    assert any("at least one masking method" in info.value for info in page.at.info)


def test_a_link_restores_it_all(fresh_server):
    page = LimePage(
        image="scene-007", methods="greyout", samples=FEW, segments="grid", target="second", threshold="25",
        sign="positive", opacity="60", segment="5", **{"grid.patch": "32", "lime-seed": "3"},
    )  # fmt: skip
    assert page.shown_segments == 16
    assert not page.warnings
    page.press("Run")
    assert page.segment == 5
    assert page.at.session_state["lime-seed"] == 3
    assert all(weight > 0 for _, weight in page.bars["Greyout"])


def test_a_few_segments_can_be_selected_without_new_samples(fresh_server, bundled):
    page = LimePage(methods="greyout", samples=FEW, **{"lime-most": "2"})
    page.press("Run")
    sparse = explain(bundled, "greyout").sparse(2)
    assert {segment for segment, _ in page.bars["Greyout"]} == set(sparse.nonzero().flatten().tolist())
    assert any("--most 2" in code.value for code in page.at.code)
