"""Requests on the LIME page: targets, fits, and runs that last longer than their settings."""

import shlex
import sys
from functools import cache

import pytest

from masking import Mask
from masking.attribution import LimeExplanation, lime
from masking.datasets.gallery import first_sample, open_sample, samples
from masking.measures import MEASURES
from masking.models.picture_kinds import PictureKind
from pages.pickers import classifier as classifiers
from tests.pages.lime.lime_page import LimePage, record_names
from tests.pages.toys import toy

FEW = "60"
SCENE = first_sample(PictureKind.DRAWN).name


@cache
def explain(bundled, **options) -> LimeExplanation:
    return lime(bundled, open_sample(SCENE), "greyout", samples=int(FEW), **options)


@pytest.fixture
def page(fresh_server) -> LimePage:
    return LimePage(methods="greyout", samples=FEW)


def test_the_target_box_says_what_predicted_means(page, bundled):
    likely = bundled(bundled.prepare(open_sample(SCENE)))[0].argsort(descending=True).tolist()
    first, second = (bundled.categories[index] for index in likely[:2])
    assert page.at.selectbox(key="target").options[:2] == [f"Predicted: {first}", f"Second most probable: {second}"]
    page.choose("target", "second")
    page.choose("image", "scene-007")
    assert page.at.session_state["target"] == "second"
    assert page.at.selectbox(key="target").options[0] == "Predicted: umbrella"


def test_a_target_that_the_next_classifier_does_not_know_shows_a_warning(toys, bundled):
    page = LimePage(methods="greyout", samples=FEW, target="3")
    page.choose("model", "resnet18")
    name = bundled.categories[3]
    assert page.warnings == [f"resnet18 does not know the target class {name}; going on with the predicted class."]
    assert page.at.session_state["target"] == "predicted"
    assert "target" not in page.address


def test_a_target_keeps_its_name_not_its_number(fresh_server, monkeypatch):
    def reversed_or_not(name: str, *rest):
        classifier = toy(name)
        classifier.categories = tuple(reversed(classifier.categories)) if name == "resnet34" else classifier.categories
        return classifier

    monkeypatch.setattr(classifiers, "load", reversed_or_not)
    page = LimePage(methods="greyout", samples=FEW, model="resnet18", target="1")
    assert page.at.selectbox(key="target").options[3] == "cup"
    page.choose("model", "resnet34")
    assert page.at.session_state["target"] == "3"
    assert page.address["target"] == "3"
    assert not page.warnings


def test_few_samples_show_a_warning_beside_their_number(page):
    assert (
        "There are few samples for 56 segments: weights shrink towards 0 and intervals are wide. Use 224 or more."
        in page.captions
    )
    page.choose("samples", 224)
    assert "few samples" not in page.captions


def test_the_named_segment_is_the_outlined_one_and_agreement_is_earned(fresh_server):
    page = LimePage(samples="20", methods="greyout,layer_masking", **{"slic.count": "30"})
    page.press("Run")
    assert f"the segment outlined in yellow ({page.segment}, " in page.reading
    firsts = {bars[0][0] for bars in page.bars.values()}
    assert ("The methods agree" in page.reading) <= (len(firsts) == 1)
    assert "There are few samples for 31 segments: weights shrink towards 0 and intervals are wide." in page.reading


def test_another_kernel_and_ridge_come_from_the_same_samples(page, bundled, monkeypatch):
    page.press("Run")
    names = record_names(monkeypatch)
    page.choose("lime.kernel_width", 1.0).choose("lime.alpha", 10.0)
    assert names == []
    expected = explain(bundled, kernel_width=1.0, alpha=10.0)
    for segment, weight in page.bars["Greyout"]:
        assert weight == pytest.approx(float(expected.coefficients[segment]), abs=0.0051)
    assert page.address["lime.kernel_width"] == "1.0"
    assert page.address["lime.alpha"] == "10.0"
    again = LimePage(**page.address)
    assert again.bars == page.bars


def test_the_command_line_makes_the_same(fresh_server):
    page = LimePage(
        methods="greyout,layer_masking", samples=FEW, target="3", **{"slic.count": "30", "lime.alpha": "10"}
    )
    page.press("Run")
    (commands,) = (code.value for code in page.at.code if "masking lime" in code.value)
    first, second = commands.splitlines()
    words = shlex.split(first)
    assert words[:4] == ["python", "-m", "masking", "lime"]
    given = dict(zip(words[5::2], words[6::2], strict=True))
    assert given["--method"] == "greyout"
    assert given["--segments"] == "slic:count=30"
    assert given["--target"] == "3"
    assert given["--alpha"] == "10.0"
    assert "--kernel-width" not in given
    assert "--method layer_masking" in second


def test_the_segment_follows_the_explanation_until_a_choice(page, bundled):
    page.press("Run")
    seen = set()
    for target in (1, 2, 3):
        page.choose("target", str(target))
        assert page.segment == int(explain(bundled, target=target).coefficients.abs().argmax())
        assert "segment" not in page.address
        seen.add(page.segment)
    assert len(seen) > 1
    page.choose("segment", "5").choose("target", "predicted")
    assert page.segment == 5
    assert page.address["segment"] == "5"
    assert LimePage(**page.address).segment == 5


def test_a_run_of_another_seed_stays_in_sight(fresh_server, monkeypatch):
    page = LimePage(patient=False, methods="greyout", samples="400")
    record_names(monkeypatch, pause=0.1)
    page.press("Run")
    page.choose("lime-seed", 1)
    page.run_until(lambda: page.at.get("progress"))
    (line,) = page.at.get("progress")
    assert line.proto.text.startswith("Still running for seed 0: Greyout")
    page.choose("lime-seed", 0)
    (line,) = page.at.get("progress")
    assert not line.proto.text.startswith("Still running")
    page.choose("lime-seed", 1).press("Cancel").settle()
    assert not page.at.get("progress")
    page.choose("lime-seed", 0)
    done, wanted = page.counted["Greyout"]
    assert done < wanted == 400


def test_stability_against_the_number_of_samples(page, bundled, monkeypatch):
    page.press("Run")
    names = record_names(monkeypatch)
    page.at.toggle(key="stability").set_value(True)
    page.run()
    assert names == []
    assert page.address["stability"] == "True"
    chart = page.at.get("plotly_chart")[0].proto.spec
    assert "Rank correlation with all samples" in chart
    assert "higher is better" in chart
    module = sys.modules["pages.lime.stability"]
    explanation = explain(bundled)
    curve = module.measure_stability(explanation)
    assert list(curve.samples) == [6, 12, 18, 24, 30, 36, 42, 48, 54, 60]
    assert curve.correlation[-1] == pytest.approx(1)
    assert curve.r2 == [explanation.first(count).r2_held_out for count in curve.samples]


def test_explanations_are_compared_with_a_known_object(page, bundled):
    page.press("Run")
    explanation, cutout = explain(bundled), samples()[SCENE].object_mask.read_bytes()
    on_object = ~bundled.prepare_mask(cutout, Mask.from_png(cutout).size).keep[0, 0]
    table = page.part("mx-on-object")
    alignment = MEASURES["alignment"].function(explanation.coefficients, explanation.segments, on_object)
    overlap = MEASURES["object_overlap"].function(explanation.coefficients, explanation.segments, on_object, 5)
    assert f"{alignment:.2f}" in table.texts("b")
    assert f"{overlap:.2f}" in table.texts("b")
    assert table.text.count("higher is better") == 2
    page.choose("image", "coffee").choose("samples", 20).press("Run")
    assert page.explanations
    assert not page.part("mx-on-object")
