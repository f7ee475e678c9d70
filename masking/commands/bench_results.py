"""`missingness bench list | show | compare | export | import | merge`: the results of runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from masking.commands.app import AsJson
from masking.commands.bench import Plugins, RunId, bench_app, trust_plugins

if TYPE_CHECKING:
    from masking.benchmarks.protocol.experiment import Experiment
    from masking.benchmarks.storage.run import Run


@bench_app.command("list")
def list_runs(
    deleted: Annotated[bool, typer.Option("--deleted", help="List the runs in the bin.")] = False,
    as_json: AsJson = False,
) -> None:
    """List every run, the latest first."""
    from masking.benchmarks.analysis.report import facts_of
    from masking.benchmarks.storage.store import Store

    with Store() as store:
        runs, damaged, folder = store.runs(deleted), store.damaged(), store.folder
    for reason in damaged.values():
        typer.echo(reason, err=True)
    if as_json:
        typer.echo(json.dumps([facts_of(run) for run in runs], indent=1))
        return
    _align(
        [
            [
                run.id,
                run.state,
                f"{run.done}/{len(run.mine)}",
                run.title + ("" if run.part == "1/1" else f", part {run.part}"),
                run.spec.classifier.name,
                run.note,
            ]
            for run in runs
        ]
    )
    if not runs:
        typer.echo(f"there are no runs {'in the bin of' if deleted else 'yet in'} {folder}; `bench run` starts one")


@bench_app.command("show")
def show_run(run: RunId, plugin: Plugins = None, as_json: AsJson = False) -> None:
    """Print the numbers of a run with their intervals, its progress, and the command that computes it again."""
    from masking.benchmarks.analysis.report import facts_of
    from masking.benchmarks.analysis.row_digest import digest_of_run, digest_scope
    from masking.benchmarks.analysis.statistics import summarise
    from masking.benchmarks.storage.run import INTERRUPTED
    from masking.benchmarks.storage.store import Store
    from masking.benchmarks.worker.launch import command_line, last_lines
    from masking.benchmarks.worker.post_mortem import explain_end

    with Store() as store:
        trust_plugins(store, plugin)
        shown = store.run(run)
        rows, log = store.rows(shown), last_lines(store, shown, 8)
        cause = explain_end(store, shown) if shown.state == INTERRUPTED else ""
    experiment, reason = _make_experiment(shown)
    aggregates = summarise(experiment, rows) if experiment is not None else []
    facts = {**facts_of(shown), "error": shown.error, "command": command_line(shown)}
    facts |= {"rows": digest_of_run(shown, rows), "rows_digest_scope": digest_scope(shown, rows)}
    facts |= {"interrupted": cause} if cause else {}
    facts |= {"no_numbers": reason} if reason else {}
    if as_json:
        typer.echo(json.dumps({**facts, "numbers": aggregates}, indent=1))
        return
    if reason:
        typer.echo(f"the numbers cannot be computed, but `bench export` writes the rows: {reason}")
    else:
        _print(aggregates)
    typer.echo(f"run {shown.id} {shown.state}: {shown.done} of {len(shown.mine)} shards, {shown.done_images} images")
    times = f"times differ from run to run; n counts batches of {shown.spec.block} images"
    digest, timed = f"digest of the rows: {facts['rows'][:16]}", experiment is not None and experiment.timed
    typer.echo(f"{times if timed else digest}; command: {facts['command']}")
    if not timed:
        typer.echo(facts["rows_digest_scope"])
    if shown.label_note:
        typer.echo(shown.label_note)
    if shown.error:
        typer.echo("\n".join([f"failed: {shown.error}", *log]))
    elif cause:
        typer.echo("\n".join([f"interrupted: {cause}; `bench resume {shown.id}` computes the rest", *log]))


def _make_experiment(run: "Run") -> "tuple[Experiment | None, str]":
    """Return the experiment of a run, or why there is none: its plugin is missing, or nobody here has named it."""
    try:
        return run.spec.make_experiment(), ""
    except (ValueError, KeyError) as error:
        return None, str(error.args[-1])


@bench_app.command("compare")
def show_differences(
    runs: Annotated[list[str], typer.Argument(help="One run, or up to six runs of one experiment.")],
    along: Annotated[
        str | None, typer.Option(help="Key whose values are compared; default: run, or method within one run.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Value that the others are compared with; default: the first.")
    ] = None,
    plugin: Plugins = None,
    as_json: AsJson = False,
) -> None:
    """Print differences on the same images, with paired intervals."""
    from masking.benchmarks.analysis.row_digest import compare_repetitions
    from masking.benchmarks.analysis.statistics import RUN, compare_runs, differences
    from masking.benchmarks.storage.store import Store

    with Store() as store:
        trust_plugins(store, plugin)
        compared = [store.run(run) for run in runs]
        rows = {run.id: store.rows(run) for run in compared}
    if len(compared) == 1:
        experiment = compared[0].spec.make_experiment()
        table = differences(experiment, rows[compared[0].id], along or experiment.curves[0].group, against)
    else:
        along = along or RUN
        if along == RUN:
            against = next((run.id for run in compared if against and run.id.startswith(against)), against)
        table = compare_runs(compared, rows, along, against, store.folder)
    if as_json:
        typer.echo(json.dumps(table, indent=1))
        return
    _print(table)
    if len(compared) > 1 and not compared[0].spec.make_experiment().timed:
        for sentence in compare_repetitions(compared, list(rows.values())):
            typer.echo(sentence)


@bench_app.command("export")
def export_to_file(
    run: RunId,
    out: Annotated[Path, typer.Argument(help="A .csv, .parquet, .json, .json.gz, .html or .tex file.")],
    numbers: Annotated[
        bool, typer.Option("--numbers", help="For .csv and .parquet: numbers with intervals instead of single rows.")
    ] = False,
    plugin: Plugins = None,
) -> None:
    """Write a run to a file. `.json` and `.json.gz` hold the whole run, for `bench import`."""
    from masking.benchmarks.analysis.report import export_run
    from masking.benchmarks.storage.store import Store

    with Store() as store:
        trust_plugins(store, plugin)
        export_run(store, store.run(run), out, numbers)


@bench_app.command("import")
def import_runs(files: Annotated[list[Path], typer.Argument(help="Runs exported as .json or .json.gz.")]) -> None:
    """Import exported runs into this store."""
    from masking.benchmarks.storage.exchange import read_run
    from masking.benchmarks.storage.store import Store

    with Store() as store:
        for file in files:
            typer.echo(read_run(store, file).id)


@bench_app.command("merge")
def merge_runs(
    parts: Annotated[list[Path], typer.Argument(help="Exported parts that were computed with --shard.")],
    title: Annotated[str, typer.Option(help="Title of the merged run.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Also export the merged run to this file: .json.gz, .csv, .html …")
    ] = None,
) -> None:
    """Merge parts that several machines computed into one run."""
    from masking.benchmarks.analysis.report import check_path, export_run
    from masking.benchmarks.storage.exchange import merge
    from masking.benchmarks.storage.store import Store

    if out is not None:
        check_path(out)
    with Store() as store:
        run = merge(store, parts, title)
        if out is not None:
            export_run(store, run, out)
    missing = (run.shards or 0) - run.done
    are = "shard is" if missing == 1 else "shards are"
    note = f"; {missing} {are} missing, `bench resume {run.id}` computes them" if missing else ""
    typer.echo(f"{run.id}: {run.done} shards{note}")


def _print(rows: list[dict[str, Any]]) -> None:
    """Print rows below the names of their columns."""
    if not rows:
        typer.echo("there are no numbers yet")
        return
    _align([list(rows[0]), *([_short(value) for value in row.values()] for row in rows)])


def _align(table: list[list[str]]) -> None:
    """Print a table with columns as wide as necessary."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _short(value: Any) -> str:
    """Return a value of a table, with four digits; a zero has no sign."""
    return "" if value is None else f"{value + 0.0:.4g}" if isinstance(value, float) else str(value)
