"""A run as one HTML page that needs no other files."""

import json
from collections.abc import Sequence

from masking.benchmarks.analysis.chart import draw_chart
from masking.benchmarks.analysis.series import group_styles, panels_of, series_of
from masking.benchmarks.analysis.statistics import summarise
from masking.benchmarks.protocol.experiment import Curve, Experiment, Row
from masking.benchmarks.protocol.repetitions import DRAWS, HIGHEST, LOWEST
from masking.benchmarks.storage.run import Run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.launch import command_line
from masking.results.html_page import HtmlPage

INTERVALS = "Brackets are 95 % intervals: Wilson score intervals for shares, bootstrap over images for everything else."


def to_html(store: Store, run: Run) -> str:
    """Return one self-contained page: charts with intervals, all numbers, and how to compute them again."""
    experiment = run.spec.make_experiment()
    aggregates = summarise(experiment, store.rows(run))
    page = HtmlPage(run.title, experiment.meaning)
    page.add_facts(_describe(run, experiment))
    if notes := [*filter(None, [run.label_note]), *experiment.notes(run.done_images, aggregates)]:
        page.add_text(" ".join(notes))
    for curve in experiment.curves:
        _add_charts(page, experiment, curve, aggregates)
    page.add_heading("All numbers")
    if aggregates:
        page.add_text(INTERVALS)
        page.add_table([_words_of(experiment, row) for row in aggregates])
    else:
        page.add_text("There are no numbers yet.")
    page.add_heading("The command that computes the same run")
    page.add_code(command_line(run))
    facts = {"settings": json.loads(run.spec.model_dump_json()), "computed with": dict(run.environment)}
    page.add_manifest(facts, "Everything that decided about the numbers")
    return page.to_html()


def _describe(run: Run, experiment: Experiment) -> dict[str, str]:
    """Return what was measured on what, by name."""
    images = run.images or run.spec.count
    settings = "".join(f", {name.replace('_', ' ')} {value}" for name, value in run.spec.data.settings.items())
    return {
        "Experiment": f"{experiment.title} ({experiment.source})",
        "Classifier": run.spec.classifier.name,
        "Data": f"{run.spec.data.source}{settings}",
        "Images": f"{run.done_images}" if run.done_images == images else f"{run.done_images} of {images}",
        "Seed": str(run.spec.seed),
        "Run": f"{run.id}, {run.state}",
    }


def _add_charts(page: HtmlPage, experiment: Experiment, curve: Curve, aggregates: Sequence[Row]) -> None:
    """Add one chart for each outcome, under a heading for each panel."""
    outcomes = {outcome.name: outcome for outcome in experiment.outcomes}
    styles = group_styles(experiment, curve, aggregates)
    for panel in panels_of(curve, aggregates):
        if curve.split is not None:
            key = experiment.key(curve.split)
            page.add_heading(f"{key.title}: {key.display_value(panel)}")
        charts: list[str] = []
        for name in curve.y:
            if series := series_of(experiment, curve, name, panel, aggregates):
                title = f"{outcomes[name].title} ({outcomes[name].unit})"
                charts.append(draw_chart(series, experiment.key(curve.x).heading, title, styles))
        page.add_figures(charts, wide=True)


def _range(row: Row) -> str:
    """Return the lowest and highest value of several draws; "" for one draw."""
    return f"{_number(row[LOWEST])} – {_number(row[HIGHEST])} ({row[DRAWS]} draws)" if row[DRAWS] else ""


def _words_of(experiment: Experiment, row: Row) -> dict[str, str]:
    """Return one line of the table of all numbers."""
    keys = {key.title: key.display_value(row[key.name]) for key in experiment.keys}
    outcome = next(outcome for outcome in experiment.outcomes if outcome.name == row["outcome"])
    ends = [row["low"], row["high"]]
    interval = "" if None in ends else " – ".join(map(_number, ends))
    base = {"Compared with": str(row["against"])} if "against" in row else {}
    numbers = {"Measure": f"{outcome.title} ({outcome.unit})", "n": str(row["n"]), "Value": _number(row["value"])}
    draws = {"Range over draws": _range(row)} if LOWEST in row else {}
    return keys | base | numbers | {"95 % interval": interval} | draws


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
