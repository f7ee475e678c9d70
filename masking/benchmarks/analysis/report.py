"""A run as a file for others: CSV, Parquet, LaTeX, and an HTML page that needs no other files."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from masking.benchmarks.analysis.html_report import to_html
from masking.benchmarks.analysis.series import Point, Series, panels_of, series_of
from masking.benchmarks.analysis.statistics import summarise
from masking.benchmarks.protocol.experiment import Curve, Experiment, Outcome, Row
from masking.benchmarks.storage.exchange import write_run
from masking.benchmarks.storage.run import Run
from masking.benchmarks.storage.store import Store
from masking.results import tables
from masking.runtime.output_files import check_output

COMPLETE = (".json", ".json.gz")
"""Endings of files that hold everything about a run."""


_LATEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {"\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}"}
    | {"<": "\\textless{}", ">": "\\textgreater{}", "|": "\\textbar{}", '"': "\\textquotedbl{}"}
    | {"…": "\\dots{}", "−": "$-$"}
)
"""What stands for each sign that LaTeX would not print."""


def to_csv(rows: Sequence[Row]) -> str:
    """Return rows as a CSV table. Raises ValueError if there are none."""
    if not rows:
        raise ValueError("there are no rows yet; wait for the first shard")
    return tables.to_csv(rows, dict.fromkeys(name for row in rows for name in row), line_end="\n")


def to_parquet(rows: Sequence[Row], facts: dict[str, Any]) -> bytes:
    """Return rows as a Parquet file with facts, such as spec and environment, in its metadata.

    Raises:
        ValueError: there are no rows.
    """
    import pyarrow
    import pyarrow.parquet

    if not rows:
        raise ValueError("there are no rows yet; wait for the first shard")
    names = dict.fromkeys(name for row in rows for name in row)  # `from_pylist` looks at the first row only
    table = pyarrow.table({name: [row.get(name) for row in rows] for name in names})
    table = table.replace_schema_metadata({"missingness-explorer": json.dumps(facts)})
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


def facts_of(run: Run) -> dict[str, Any]:
    """Return the origin of the numbers of a run, for every file that leaves the store."""
    return {
        "run": run.id,
        "title": run.title,
        "state": run.state,
        "images": run.done_images,
        "spec": json.loads(run.spec.model_dump_json()),
        "spec_digest": run.digest,
        "environment": dict(run.environment),
    }


def to_latex(experiment: Experiment, aggregates: Sequence[Row], facts: dict[str, Any]) -> str:
    """Return tables for a paper (booktabs), one per outcome and panel, with intervals below the values.

    Raises:
        ValueError: there are no numbers.
    """
    if not aggregates:
        raise ValueError("there are no numbers yet; wait for the first shard")
    tables = [_one_line(f"% run {facts['run']}, spec {facts['spec_digest']}"), "% needs \\usepackage{booktabs}"]
    outcomes = {outcome.name: outcome for outcome in experiment.outcomes}
    for curve in experiment.curves:
        for panel in panels_of(curve, aggregates):
            series_by_outcome = {name: series_of(experiment, curve, name, panel, aggregates) for name in curve.y}
            tables += [
                _latex_table(
                    experiment, curve, outcomes[name], panel, series, _image_counts(curve, name, panel, aggregates)
                )
                for name, series in series_by_outcome.items()
                if series
            ]
    return "\n\n".join(tables) + "\n"


def _image_counts(curve: Curve, outcome: str, panel: Any, aggregates: Sequence[Row]) -> str:
    """Return how many images the numbers of one figure are from, such as `n = 9 to 10`."""
    of_panel = (row for row in aggregates if curve.split is None or row[curve.split] == panel)
    counts = sorted({row["n"] for row in of_panel if row["outcome"] == outcome})
    return f"n = {counts[0]}" + (f" to {counts[-1]}" if len(counts) > 1 else "")


def _latex_table(
    experiment: Experiment, curve: Curve, outcome: Outcome, panel: Any, series: Series, images: str
) -> str:
    x_values = list(dict.fromkeys(point.x for points in series.values() for point in points))
    panel_title = "" if curve.split is None else f", {experiment.key(curve.split).display_value(panel)}"
    caption = f"{outcome.title} ({outcome.unit}){panel_title}, {images}, with 95 % intervals."
    lines = [
        "\\begin{table}\n\\centering",
        f"\\caption{{{_escaped(caption)}}}",
        f"\\begin{{tabular}}{{l{'r' * len(x_values)}}}\n\\toprule",
        " & ".join(map(_escaped, [experiment.key(curve.group).title, *x_values])) + " \\\\\n\\midrule",
    ]
    for name, points in series.items():
        by_x = {point.x: point for point in points}
        cells = [f"{by_x[x].value:.3f}" if x in by_x else "" for x in x_values]
        lines.append(" & ".join([_escaped(name), *cells]) + " \\\\")
        ends = [_interval(by_x.get(x)) for x in x_values]
        lines.append(" & ".join(["", *ends]) + " \\\\")
    return "\n".join([*lines, "\\bottomrule\n\\end{tabular}\n\\end{table}"])


def _interval(point: Point | None) -> str:
    if point is None or point.low is None or point.high is None:
        return ""
    return f"{{\\scriptsize [{point.low:.3f}, {point.high:.3f}]}}"


def _escaped(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return _one_line(text).translate(_LATEX)


def _one_line(text: str) -> str:
    """Return a text without line breaks and control characters, which would end a comment or a row."""
    return "".join(character if character.isprintable() else " " for character in text)


def export_run(store: Store, run: Run, path: Path, aggregated: bool = False) -> None:
    """Write a run to a file; the ending gives the format: .csv, .parquet, .json, .json.gz, .html or .tex.

    Args:
        store: the store of the run.
        run: the run.
        path: the file to write.
        aggregated: for .csv and .parquet, numbers with their intervals instead of single rows.

    Raises:
        ValueError: the ending is unknown, the folder does not exist, or there is nothing to write yet.
    """
    check_path(path)
    if path.name.endswith(COMPLETE):
        write_run(store, run, path)
    else:
        path.write_bytes(render_file(store, run, path.suffix, aggregated))


def check_path(path: Path) -> None:
    """Raise ValueError unless `export_run` knows the ending of the path and can write there."""
    if not path.name.endswith((*COMPLETE, ".csv", ".parquet", ".html", ".tex")):
        raise ValueError(
            f"{path.name} does not end in .csv, .parquet, .json, .json.gz, .html or .tex; choose such an ending"
        )
    check_output(path)


def render_file(
    store: Store, run: Run, suffix: str, aggregated: bool = False, tidy: Callable[[str], str] = str
) -> bytes:
    """Return what `export_run` writes into a file with that ending; `tidy` goes over every text and fact in it."""
    if suffix == ".html":
        return tidy(to_html(store, run)).encode()
    rows = store.rows(run)
    if suffix == ".tex":
        aggregates = summarise(run.spec.make_experiment(), rows)
        return tidy(to_latex(run.spec.make_experiment(), aggregates, facts_of(run))).encode()
    rows = summarise(run.spec.make_experiment(), rows) if aggregated else rows
    if suffix == ".csv":
        return tidy(to_csv(rows)).encode()
    return to_parquet(rows, json.loads(tidy(json.dumps(facts_of(run), ensure_ascii=False))))
