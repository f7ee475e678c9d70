"""`missingness bench list | show | compare | export | import | merge`: what runs found."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from masking.commands.app import AsJson
from masking.commands.bench import RunId, bench


@bench.command("list")
def list_runs(
    deleted: Annotated[bool, typer.Option("--deleted", help="Those in the bin.")] = False, as_json: AsJson = False
) -> None:
    """Every run, latest first."""
    from masking.benchmarks.analysis.report import facts_of
    from masking.benchmarks.storage.store import Store

    with Store() as store:
        runs = store.runs(deleted)
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
        typer.echo("there are no runs " + ("in the bin" if deleted else "yet; `bench run` starts one"))


@bench.command("show")
def show_run(run: RunId, as_json: AsJson = False) -> None:
    """The numbers of a run with their intervals, how far it is, and how to compute it again."""
    from masking.benchmarks.analysis.report import facts_of
    from masking.benchmarks.analysis.statistics import rows_digest, summary
    from masking.benchmarks.storage.store import Store
    from masking.benchmarks.worker.launch import command_line, last_lines

    with Store() as store:
        found = store.run(run)
        rows, log = store.rows(found), last_lines(store, found, 8)
    experiment = found.spec.made()
    aggregates = summary(experiment, rows)
    facts = {**facts_of(found), "error": found.error, "command": command_line(found), "rows": rows_digest(rows)}
    if as_json:
        typer.echo(json.dumps({**facts, "numbers": aggregates}, indent=1))
        return
    _print(aggregates)
    typer.echo(f"run {found.id} {found.state}: {found.done} of {len(found.mine)} shards, {found.done_images} images")
    told = f"times differ from run to run; n counts blocks of {found.spec.block} images" if experiment.timed else ""
    typer.echo(f"{told or 'rows ' + facts['rows'][:16]}; again: {facts['command']}")
    if found.error:
        typer.echo("\n".join([f"failed: {found.error}", *log]))


@bench.command("compare")
def compare_runs(
    runs: Annotated[list[str], typer.Argument(help="One run, or up to six of one experiment.")],
    along: Annotated[str | None, typer.Option(help="What is compared: default run, or method within one run.")] = None,
    against: Annotated[str | None, typer.Option(help="With which one; default the first.")] = None,
    as_json: AsJson = False,
) -> None:
    """Differences over the same images, with paired intervals."""
    from masking.benchmarks.analysis.statistics import RUN, compared, differences
    from masking.benchmarks.storage.store import Store

    with Store() as store:
        found = [store.run(run) for run in runs]
        rows = {one.id: store.rows(one) for one in found}
    if len(found) == 1:
        experiment = found[0].spec.made()
        told = differences(experiment, rows[found[0].id], along or experiment.curves[0].group, against)
    else:
        along = along or RUN
        if along == RUN:
            against = next((one.id for one in found if against and one.id.startswith(against)), against)
        told = compared(found, rows, along, against)
    if as_json:
        typer.echo(json.dumps(told, indent=1))
        return
    _print(told)


@bench.command("export")
def export_run(
    run: RunId,
    out: Annotated[Path, typer.Argument(help="A .csv, .parquet, .json, .json.gz, .html or .tex file.")],
    numbers: Annotated[bool, typer.Option("--numbers", help="For tables: aggregates instead of single rows.")] = False,
) -> None:
    """Write a run to a file. `.json` and `.json.gz` hold all of it, for `bench import`."""
    from masking.benchmarks.analysis.report import write
    from masking.benchmarks.storage.store import Store

    with Store() as store:
        write(store, store.run(run), out, numbers)


@bench.command("import")
def import_runs(files: Annotated[list[Path], typer.Argument(help="Runs exported as .json or .json.gz.")]) -> None:
    """Bring exported runs into this store."""
    from masking.benchmarks.storage.exchange import read_run
    from masking.benchmarks.storage.store import Store

    with Store() as store:
        for file in files:
            typer.echo(read_run(store, file).id)


@bench.command("merge")
def merge_runs(
    parts: Annotated[list[Path], typer.Argument(help="Exported parts that were computed with --shard.")],
    title: Annotated[str, typer.Option(help="What to call the whole.")] = "",
    out: Annotated[Path | None, typer.Option(help="Export it too: .json.gz, .csv, .html …")] = None,
) -> None:
    """One run from parts that several machines computed."""
    from masking.benchmarks.analysis.report import check_place, write
    from masking.benchmarks.storage.exchange import merge
    from masking.benchmarks.storage.store import Store

    if out is not None:
        check_place(out)
    with Store() as store:
        run = merge(store, parts, title)
        if out is not None:
            write(store, run, out)
    missing = (run.shards or 0) - run.done
    are = "shard is" if missing == 1 else "shards are"
    note = f"; {missing} {are} missing, `bench resume {run.id}` computes them" if missing else ""
    typer.echo(f"{run.id}: {run.done} shards{note}")


def _print(rows: list[dict[str, Any]]) -> None:
    """Rows under the names of their columns."""
    if not rows:
        typer.echo("there are no numbers yet")
        return
    _align([list(rows[0]), *([_short(value) for value in row.values()] for row in rows)])


def _align(table: list[list[str]]) -> None:
    """Columns as wide as they need."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _short(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
