"""Charts of runs: methods in their own style, nothing invisible."""

from masking.benchmarks.analysis.series import Point, group_styles
from masking.benchmarks.protocol.experiment import make_experiment
from masking.methods import METHODS
from pages.runs.figures import run_figure

TITLES = {METHODS[name].title: METHODS[name].style for name in ("blackout", "greyout", "layer_masking")}


def test_lines_on_each_other_are_drawn_in_their_styles_and_as_rings():
    ends = zip(TITLES, (0.0, 0.5, 1.0), strict=True)
    series = {title: [Point(0.5, 0.0, 0.0, 0.1), Point(0.9, end, None, None)] for title, end in ends}
    figure = run_figure(series, "Share", "Accuracy", styles=TITLES)
    lines = [line for line in figure.data if line.customdata is not None]
    assert [line.name for line in figure.data if line.showlegend is not False] == list(TITLES)
    for line, style in zip(lines, TITLES.values(), strict=True):
        assert (line.line.color, line.line.dash, line.marker.symbol) == (style.colour, style.dash, style.marker)
    at_one_place, apart = zip(*(line.marker.size for line in lines), strict=True)
    assert at_one_place[0] > at_one_place[1] > at_one_place[2]
    assert len(set(apart)) == 1


def test_a_bar_of_0_has_a_label():
    series = {title: [Point("Exact", value, 0.0, 0.5)] for title, value in zip(TITLES, (0.0, 0.4, 1.0), strict=True)}
    bars = run_figure(series, "Hole", "Accuracy", styles=TITLES).data
    assert [bar.text[0].strip() for bar in bars] == ["0", "", ""]
    assert [bar.marker.color for bar in bars] == [style.colour for style in TITLES.values()]


def test_the_page_and_the_report_take_the_styles_of_the_methods_of_a_run():
    experiment = make_experiment("shape_leakage", {})
    rows = [{"method": name} for name in ("blackout", "blur:sigma=5", "blur")]
    styles = group_styles(experiment, experiment.curves[0], rows)
    assert styles["Blackout"] == METHODS["blackout"].style
    assert styles["Blur"].colour == styles["Blur (sigma=5)"].colour == METHODS["blur"].style.colour
    assert styles["Blur"].dash != styles["Blur (sigma=5)"].dash
