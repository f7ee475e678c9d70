import plotly.graph_objects as go

from masking.measures import Estimate
from pages.components.charts import HEIGHT, error_bars, estimate_bars, set_layout


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
