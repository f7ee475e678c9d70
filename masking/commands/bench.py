"""`missingness bench run | resume | cancel | list …`: experiments on many images, without a browser."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from masking.commands.app import PROGRAM, ClassifierName, Device, app
from masking.models.zoo import FIRST

if TYPE_CHECKING:
    from masking.benchmarks.specification.spec import Spec
    from masking.benchmarks.storage.run import Run

FAILED, CANCELLED = 1, 3
"""Exit codes; 0 is a finished run, 2 bad input."""

bench = typer.Typer(
    help="Experiments on many images: start, watch, cancel, resume, compare, export. Runs are kept in MASKING_RUNS.",
    no_args_is_help=True,
)
app.add_typer(bench, name="bench")

RunId = Annotated[str, typer.Argument(help="A run's id, or how it begins; see `bench list`.")]
AsLines = Annotated[bool, typer.Option("--json", help="Tell what happens in lines of JSON.")]


def _teller(as_json: bool) -> Any:
    def tell(event: str, run: "Run") -> None:
        if as_json:
            facts = {
                "event": event,
                "run": run.id,
                "state": run.stored_state,
                "done": run.done,
                "shards": len(run.mine),
            }
            facts |= {"images": run.done_images, "images_per_second": run.images_per_second}
            typer.echo(json.dumps(facts | {"seconds_left": run.seconds_left, "error": run.error}))
            sys.stdout.flush()
            return
        left = f", {run.seconds_left:.0f} s left" if run.seconds_left else ""
        typer.echo(f"run {run.id} {event}: {run.done} of {len(run.mine)} shards{left}", err=True)

    return tell


def _finish(run: "Run") -> None:
    """Say how a run ended, and leave with its exit code."""
    if run.stored_state == "failed":
        typer.echo(f"{PROGRAM}: run {run.id} failed: {run.error}", err=True)
        raise typer.Exit(FAILED)
    if run.stored_state != "finished":
        typer.echo(f"run {run.id} was cancelled; `bench resume {run.id}` goes on", err=True)
        raise typer.Exit(CANCELLED)


def _values(pairs: list[str], kinds: dict[str, Any]) -> dict[str, Any]:
    """Settings from `name=value`, read as the fields of a dataclass want them."""
    from masking.registry import near_names
    from masking.registry.params import params
    from masking.registry.parsing import parse_value

    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise ValueError(f"--set {pair!r} gives no value; write NAME=VALUE")
        place, _, field = name.rpartition(".")
        if place not in kinds:
            raise ValueError(f"--set {pair!r} sets nothing; write NAME=VALUE, or data.NAME=VALUE for the data")
        known = {one.name: one for one in params(kinds[place])}
        if field not in known:
            offer = near_names(field, list(known)) if known else "there is none"
            raise ValueError(f"there is no setting {name!r}; {offer}")
        found[name] = parse_value(known[field], text)
    return found


def _spec(experiment: str, pairs: list[str], data: str, **others: Any) -> "Spec":
    """A spec from an experiment's name and options."""
    from masking.benchmarks.protocol.experiment import BENCHMARKS
    from masking.benchmarks.specification.plugins import load_plugins
    from masking.benchmarks.specification.spec import spec_from
    from masking.datasets.sources import SOURCES

    load_plugins(tuple(others.get("plugins", ())))
    values = _values(pairs, {"": BENCHMARKS[experiment], "data": SOURCES[data]})
    settings = {name: value for name, value in values.items() if "." not in name}
    of_data = {name.partition(".")[2]: value for name, value in values.items() if "." in name}
    return spec_from(
        {"experiment": experiment, "settings": settings, "data": {"source": data, "settings": of_data}, **others}
    )


def _spec_of_file(path: str, context: typer.Context) -> "Spec":
    """A spec from a file, beside which no option may say what is to be computed."""
    from masking.benchmarks.specification.spec import Spec, read_spec

    said = {*Spec.model_fields, "weights", "categories", "plugin"} - {"experiment"}
    for option in context.params:
        if option in said and (source := context.get_parameter_source(option)) and source.name == "COMMANDLINE":
            name = "set" if option == "settings" else option
            raise ValueError(f"{path} says all there is to say; change it there instead of with --{name}")
    return read_spec(path)


def _engine(engine: str, address: str | None) -> str:
    """An engine with its address as one word, checked."""
    from masking.benchmarks.engines import ENGINES
    from masking.registry.parsing import parse_entry

    if address is not None:
        engine = f"{engine}{',' if ':' in engine else ':'}address={address}"
    parse_entry(ENGINES, engine)
    return engine


@bench.command("run")
def run_spec(
    context: typer.Context,
    experiment: Annotated[str, typer.Argument(help="A name from `bench experiments`, or a spec: .json or .toml.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting: shares=0,0.5 or, for the data, data.world=twins.")
    ] = None,
    data: Annotated[
        str, typer.Option(help="silhouettes, folder, listed, jpeg_archive or torchvision.")
    ] = "silhouettes",
    classifier: ClassifierName = FIRST,
    weights: Annotated[str | None, typer.Option(help="Own .safetensors or .pth for that architecture.")] = None,
    categories: Annotated[str | None, typer.Option(help="Class names of own weights, one a line.")] = None,
    count: Annotated[int, typer.Option(help="How many images.")] = 200,
    first: Annotated[int, typer.Option(help="How many images to skip first.")] = 0,
    seed: Annotated[int, typer.Option(help="Of all that is left to chance.")] = 0,
    block: Annotated[int, typer.Option(help="Images computed and kept together.")] = 16,
    device: Device = "auto",
    engine: Annotated[str, typer.Option(help="Where shards are computed: local, or ray.")] = "local",
    address: Annotated[str | None, typer.Option(help="Of a Ray cluster: auto, local or host:port.")] = None,
    shard: Annotated[str, typer.Option(help="Compute only a part, such as 2/4; `bench merge` joins them.")] = "1/1",
    plugin: Annotated[list[str] | None, typer.Option(help="A Python file that registers experiments.")] = None,
    title: Annotated[str, typer.Option(help="What to call the run.")] = "",
    out: Annotated[Path | None, typer.Option(help="Export it when finished: .json.gz, .csv, .html …")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Compute it in the background and return at once.")] = False,
    as_json: AsLines = False,
) -> None:
    """Start a run. Ctrl-C cancels it; `bench resume` goes on."""
    from masking.benchmarks.analysis.report import check_place, write
    from masking.benchmarks.specification.loaded_spec import check_spec
    from masking.benchmarks.storage.store import Store
    from masking.benchmarks.worker.launch import launch
    from masking.benchmarks.worker.runner import work_on

    if out is not None:
        check_place(out)
    engine = _engine(engine, address)
    if experiment.endswith((".json", ".toml")):
        spec = _spec_of_file(experiment, context)
    else:
        model = {"name": classifier, "weights": weights, "categories": categories}
        numbers = {"count": count, "first": first, "seed": seed, "block": block, "device": device}
        spec = _spec(experiment, settings or [], data, classifier=model, plugins=tuple(plugin or ()), **numbers)
    check_spec(spec)
    with Store() as store:
        run = store.add(spec, engine, shard, title)
        if detach:
            launch(store, run)
            typer.echo(run.id)
            return
        run = work_on(store, run.id, _teller(as_json))
        if out is not None and run.done:
            write(store, run, out)
    _finish(run)


@bench.command("resume")
def resume_run(run: RunId, as_json: AsLines = False) -> None:
    """Go on with a run that was cancelled, failed or lost its worker."""
    from masking.benchmarks.storage.store import Store
    from masking.benchmarks.worker.runner import work_on

    with Store() as store:
        found = work_on(store, run, _teller(as_json))
    _finish(found)


@bench.command("wait", hidden=True)
def wait_for_run() -> None:
    """Get ready for a run that the dashboard will name on standard input."""
    from masking.benchmarks.worker.warm_worker import awaited

    if (order := awaited()) is not None:
        resume_run(order.run, as_json=True)


@bench.command("cancel")
def cancel_run(run: RunId) -> None:
    """Ask a run to stop; what was computed is kept."""
    from masking.benchmarks.storage.store import Store

    with Store() as store:
        store.cancel(store.run(run).id)


@bench.command("experiments")
def list_experiments(
    plugin: Annotated[list[str] | None, typer.Option(help="A Python file that registers experiments.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Every experiment with its settings."""
    from masking.benchmarks.protocol.experiment import BENCHMARKS
    from masking.benchmarks.specification.plugins import load_plugins
    from masking.registry.params import params

    load_plugins(tuple(plugin or ()))
    facts = {
        name: {
            "meaning": kind.meaning,
            "settings": {one.name: {"default": one.default, "meaning": one.meaning} for one in params(kind)},
        }
        for name, kind in BENCHMARKS.items()
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    for name, kind in BENCHMARKS.items():
        typer.echo(f"{name:<18}{kind.meaning}")
        for one in params(kind):
            default = ",".join(map(str, one.default)) if one.many else one.default
            typer.echo(f"    --set {one.name}={default}   {one.meaning}")
