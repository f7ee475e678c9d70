"""`python -m masking bench`: runs of experiments, without a browser."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from masking.commands.app import app

bench = typer.Typer(
    help="Experiments on many images: start, watch, cancel, resume, compare, export.", no_args_is_help=True
)
app.add_typer(bench, name="bench")

Progress = Annotated[bool, typer.Option("--json", help="Tell what happens in lines of JSON.")]


def _teller(as_json: bool) -> Any:
    def tell(event: str, run: Any) -> None:
        if as_json:
            facts = {"event": event, "run": run.id, "state": run.state, "shards": [run.done, len(run.mine)]}
            facts |= {"images": run.done_images, "images_per_second": run.images_per_second}
            typer.echo(json.dumps(facts | {"seconds_left": run.seconds_left, "error": run.error}))
        else:
            left = "" if run.seconds_left is None else f", {run.seconds_left:.0f} s left"
            typer.echo(f"run {run.id}: {event}, {run.done} of {len(run.mine)} shards{left}", err=True)

    return tell


@bench.command("run")
def run_spec(spec: Annotated[Path, typer.Argument(help="A JSON or TOML file.")], as_json: Progress = False) -> None:
    """Start a run and compute it here."""
    from masking.benchmarks.runner import work_on
    from masking.benchmarks.spec import read_spec
    from masking.benchmarks.store import Store

    with Store() as store:
        work_on(store, store.add(read_spec(spec)).id, _teller(as_json))


@bench.command("resume")
def resume(run: Annotated[str, typer.Argument(help="Its id.")], as_json: Progress = False) -> None:
    """Go on with a run."""
    from masking.benchmarks.runner import work_on
    from masking.benchmarks.store import Store

    with Store() as store:
        work_on(store, run, _teller(as_json))
