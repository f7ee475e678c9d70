import plotly.graph_objects as go

from masking.measures import Estimate
from masking.methods import METHODS
from masking.results.series_style import NEUTRAL
from pages.components.charts import (
    HEIGHT,
    bar_options,
    error_bars,
    estimate_bars,
    line_options,
    method_styles,
    neutral_styles,
    set_layout,
)


def test_every_figure_states_its_template_and_what_differs():
    figure = set_layout(go.Figure(), "Title", height=100)
    assert figure.layout.template == go.Figure(layout={"template": "plotly"}).layout.template
    assert (figure.layout.title.text, figure.layout.height) == ("Title", 100)
    assert set_layout(go.Figure()).layout.height == HEIGHT


def test_error_bars_reach_the_ends_of_the_intervals():
    bars = error_bars([2.0, 3.0], [1.0, 3.0], [2.5, 5.0])
    assert (bars["array"], bars["arrayminus"]) == ([0.5, 2.0], [1.0, 0.0])
    assert "color" not in bars


def test_estimates_have_their_bars_in_the_unit_of_the_axis():
    bars = estimate_bars([Estimate(0.5, 0.25, 1.0)], 100, "#000000")
    assert (bars["array"], bars["arrayminus"], bars["color"]) == ([50.0], [25.0], "#000000")
    assert estimate_bars([])["array"] == []


def test_a_method_looks_the_same_in_lines_and_bars():
    style = method_styles(["greyout", "layer_masking"])["layer_masking"]
    assert style == METHODS["layer_masking"].style
    figure = go.Figure()
    figure.add_scatter(x=[0], y=[0], **line_options(style))
    figure.add_bar(x=["a", "b"], y=[0, 1], **bar_options(style, METHODS["greyout"].style))
    figure.add_bar(x=["a", "b"], y=[0, 1], **bar_options(style))
    line, bars, single = figure.data
    assert (line.line.color, line.line.dash, line.marker.symbol) == (style.colour, style.dash, style.marker)
    assert list(bars.marker.color) == [style.colour, METHODS["greyout"].style.colour]
    assert single.marker.color == style.colour


def test_series_that_are_no_methods_are_grey_and_differ_by_dash_and_pattern():
    styles = list(neutral_styles(["ResNet", "ViT", "blackout"]).values())
    assert {style.colour for style in styles} == {NEUTRAL.colour}
    assert len({(style.marker, style.dash) for style in styles}) == 3
    patterns = [go.Bar(**bar_options(style)).marker.pattern.shape for style in styles]
    assert len(set(patterns)) == 3
