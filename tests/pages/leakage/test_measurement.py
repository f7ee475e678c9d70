"""The Shape leakage page: many scenes measured."""

import csv
import io
import json

from masking import METHODS
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.leakage import measure_leakage
from pages.leakage.figures import growth_figure, reliance_figure
from tests.pages.leakage.leakage_page import LeakagePage


def test_measure_shows_what_the_library_measures(page, bundled):
    page.choose("scenes", 16).press("Measure")
    expected = measure_leakage(
        bundled, rendered_scenes(World(), 16), ["blackout", "layer_masking"], ["exact", "grown_8"]
    )
    leakage = page.measured.leakage
    for method in leakage.methods:
        for hole in ("exact", "grown_8"):
            assert leakage.answers[method, hole].predicted.equal(expected.answers[method, hole].predicted)
        assert f"{leakage.bits(method).value:.2f}" in page.numbers
        assert f"{100 * leakage.accuracy(method).value:.1f} %" in page.numbers
    assert "silhouettes/resnet" in page.measured.reliance
    assert page.chart
    assert page.address["scenes"] == "16"
    assert "By chance 6.2 % are right." in page.captions
    assert f"; take {2 * len(leakage.truth.unique()) ** 2}." in page.captions  # 16 scenes are few
    facts = json.loads(page.measured.to_json())
    (error,) = (
        row
        for row in facts["reliance"]["silhouettes/resnet"]["rows"]
        if row["method"] == "blackout" and row["hole"] == "exact"
    )
    assert error["reliance_error"] == leakage.reliance_error("blackout").value
    assert "predicted" in facts
    rows = list(csv.DictReader(io.StringIO(page.measured.to_csv())))
    chosen_rows = [row for row in rows if row["world"] == "chosen"]
    assert [float(row["bits"]) for row in chosen_rows] == [row["bits"] for row in leakage.rows]
    assert {row["classifier"] for row in chosen_rows} == {"silhouettes/resnet"}
    page.choose("scenes", 64)
    assert "This result is for: silhouettes/resnet; 16 rendered scenes" in page.captions


def test_charts_draw_methods_in_their_own_styles(bundled):
    leakage = measure_leakage(bundled, rendered_scenes(World(), 16), ["blackout", "layer_masking"])
    lines = growth_figure(leakage, ["exact"], False).data
    assert [line.name for line in lines] == ["Blackout", "Layer masking"]
    colours = [METHODS[method].style.colour for method in leakage.methods]
    assert [line.line.color for line in lines] == colours
    bars = [trace for trace in reliance_figure({"first": leakage, "second": leakage}).data if trace.type == "bar"]
    with_values = [bar for bar in bars if len(bar.x) == 2]
    assert [list(bar.marker.color) for bar in with_values] == [colours, colours]
    assert with_values[0].marker.pattern.shape != with_values[1].marker.pattern.shape
    assert [bar.name for bar in bars if bar.showlegend is None] == ["first", "second"]


def test_bars_of_zero_have_a_label(bundled):
    leakage = measure_leakage(bundled, rendered_scenes(World(), 16), ["layer_masking"])
    (labels,) = [trace for trace in reliance_figure({"first": leakage}).data if trace.type == "scatter"]
    assert labels.text == (f"{100 * leakage.reliance_error('layer_masking').value:.1f}",)


def test_a_network_of_photographs_is_not_measured_on_drawn_scenes(fresh_server):
    page = LeakagePage(model="imagenet/efficientnet-lite0", methods="blackout", holes="exact")
    assert next(button for button in page.at.button if button.label == "Measure").disabled
    assert "does not know the drawn objects" in page.captions


def test_a_picture_from_an_own_set_has_that_set_measured(fresh_server, folders):
    (folders / "masking.toml").write_text('[[data]]\nname = "Mine"\nsource = "silhouettes"\nworld = "background"\n')
    page = LeakagePage(image="data:Mine", methods="blackout", scenes="16")
    assert "Measures 16 pictures of Mine, whose objects are known." in page.captions
    page.press("Measure")
    assert len(page.measured.leakage) == 16
    assert page.measured.leakage.right_answer > 0.5  # the background tells, as in that world
    assert page.measured.reliance == {}


def test_the_export_includes_the_world_of_the_classifier(toys):
    page = LeakagePage(methods="blackout,greyout", scenes="16")
    page.choose("source", "rendered").choose("cue-texture", 0.8).press("Measure")
    rows = list(csv.DictReader(io.StringIO(page.measured.to_csv())))
    own = [row for row in rows if row["world"] == "own" and row["classifier"] == "silhouettes/resnet"]
    assert [(row["method"], row["hole"]) for row in own] == [("blackout", "exact"), ("greyout", "exact")]
    assert all(row["reliance_error"] for row in own)
