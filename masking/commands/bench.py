"""`missingness bench run | resume | cancel | list …`: experiments on many images, on the command line."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from masking.commands.app import PROGRAM, Device, app
from masking.commands.classifier_options import (
    Categories,
    ClassifierName,
    InputSize,
    Mean,
    Std,
    Weights,
    remember_own_network,
)
from masking.commands.setting_options import parse_settings
from masking.models.zoo import FIRST

if TYPE_CHECKING:
    from masking.benchmarks.specification.spec import Spec
    from masking.benchmarks.storage.run import Run
    from masking.benchmarks.storage.store import Store

FAILED, CANCELLED = 1, 3
"""Exit codes. A finished run gives 0, bad input 2."""

bench_app = typer.Typer(
    help="Run experiments on many images, and compare and export their results. MASKING_RUNS is the folder of runs.",
    no_args_is_help=True,
)
app.add_typer(bench_app, name="bench")

RunId = Annotated[str, typer.Argument(help="The id of a run, or its first characters; see `bench list`.")]
Plugins = Annotated[list[str] | None, typer.Option("--plugin", help="A Python file that registers experiments.")]
AsLines = Annotated[bool, typer.Option("--json", help="Print each event as a line of JSON.")]


def trust_plugins(store: "Store", paths: list[str] | None) -> None:
    """Run the plugins that a person has just named, and let the runs of the store run them. May raise ValueError."""
    from masking.benchmarks.specification.plugins import load_plugins

    if paths:
        load_plugins(paths)
        store.trust_plugins(paths)


def _event_printer(as_json: bool) -> Any:
    """Return a callback that prints events of a run."""

    def print_event(event: str, run: "Run") -> None:
        if as_json:
            facts = {
                "event": event,
                "run": run.id,
                "state": run.stored_state,
                "done": run.done,
                "shards": len(run.mine),
            }
            facts |= {"images": run.done_images, "images_per_second": run.images_per_second}
            facts |= {"labels": run.label_note} if event == "running" and run.label_note else {}
            typer.echo(json.dumps(facts | {"seconds_left": run.seconds_left, "error": run.error}))
            sys.stdout.flush()
            return
        if event == "running" and run.label_note:
            typer.echo(f"run {run.id}: {run.label_note}", err=True)
        left = f", {run.seconds_left:.0f} s left" if run.seconds_left else ""
        typer.echo(f"run {run.id} {event}: {run.done} of {len(run.mine)} shards{left}", err=True)

    return print_event


def _exit(run: "Run") -> None:
    """Report a run that did not finish, and exit with its code."""
    if run.stored_state == "failed":
        typer.echo(f"{PROGRAM}: run {run.id} failed: {run.error}", err=True)
        raise typer.Exit(FAILED)
    if run.stored_state != "finished":
        typer.echo(f"run {run.id} was cancelled; `bench resume {run.id}` continues it", err=True)
        raise typer.Exit(CANCELLED)


def _spec(experiment: str, pairs: list[str], data: str, **others: Any) -> "Spec":
    """Return a spec from the name of an experiment and its options."""
    from masking.benchmarks.protocol.experiment import BENCHMARKS
    from masking.benchmarks.specification.feasibility import classifier_to_check, without_impossible
    from masking.benchmarks.specification.plugins import load_plugins
    from masking.benchmarks.specification.spec import spec_from
    from masking.datasets.sources import SOURCES

    load_plugins(tuple(others.get("plugins", ())))
    values, whole = parse_settings(pairs, {"": BENCHMARKS[experiment], "data": SOURCES[data]})
    settings = {name: value for name, value in values.items() if "." not in name}
    of_data = {name.partition(".")[2]: value for name, value in values.items() if "." in name}
    spec = spec_from(
        {"experiment": experiment, "settings": settings, "data": {"source": data, "settings": of_data}, **others}
    )
    whole &= settings.keys()
    return without_impossible(spec, whole, classifier_to_check(spec)) if whole else spec


def _spec_of_file(path: str, context: typer.Context) -> "Spec":
    """Return a spec from a file. Raises ValueError if an option repeats what the file says."""
    from masking.benchmarks.specification.spec import ModelSpec, Spec, read_spec

    in_file = {*Spec.model_fields, *ModelSpec.model_fields, "plugin"} - {"experiment"}
    for option in context.params:
        if option in in_file and (source := context.get_parameter_source(option)) and source.name == "COMMANDLINE":
            name = "set" if option == "settings" else option.replace("_", "-")
            raise ValueError(f"{path} is the whole specification; change it there instead of with --{name}")
    return read_spec(path)


def _engine(engine: str, address: str | None) -> str:
    """Return an engine with its address as one word. Raises KeyError or ValueError if it cannot be used."""
    from masking.benchmarks.engines import ENGINES
    from masking.registry.parsing import parse_entry

    if address is not None:
        engine = f"{engine}{',' if ':' in engine else ':'}address={address}"
    if reason := parse_entry(ENGINES, engine).refuses():
        raise ValueError(reason)
    return engine


@bench_app.command("run")
def run_spec(
    context: typer.Context,
    experiment: Annotated[
        str, typer.Argument(help="A name that `bench experiments` lists, or a spec file, .json or .toml.")
    ],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting, such as shares=0,0.5; data.world=twins for the data.")
    ] = None,
    data: Annotated[
        str,
        typer.Option(
            help="Source of the images: silhouettes, folder, masked_folder, listed, jpeg_archive or torchvision."
        ),
    ] = "silhouettes",
    classifier: ClassifierName = FIRST,
    weights: Weights = None,
    categories: Categories = None,
    input_size: InputSize = None,
    mean: Mean = None,
    std: Std = None,
    count: Annotated[int, typer.Option(help="Number of images.")] = 200,
    first: Annotated[int, typer.Option(help="Number of images to skip at the start.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of all random choices.")] = 0,
    block: Annotated[int, typer.Option(help="Number of images that are computed and stored together.")] = 16,
    device: Device = "auto",
    engine: Annotated[str, typer.Option(help="Where to compute: local or ray.")] = "local",
    address: Annotated[str | None, typer.Option(help="Address of the Ray cluster: auto, local or host:port.")] = None,
    shard: Annotated[
        str, typer.Option(help="Compute only one part, such as 2/4; `bench merge` joins the parts.")
    ] = "1/1",
    plugin: Plugins = None,
    title: Annotated[str, typer.Option(help="Title of the run.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Export the finished run to this file: .json.gz, .csv, .html …")
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Compute in the background and return at once.")] = False,
    as_json: AsLines = False,
) -> None:
    """Start a run. Ctrl-C cancels it; `bench resume` continues it."""
    from masking.benchmarks.analysis.report import check_path, export_run
    from masking.benchmarks.specification.feasibility import check_spec
    from masking.benchmarks.storage.store import Store
    from masking.benchmarks.worker.launch import launch
    from masking.benchmarks.worker.queue import then_start_next
    from masking.benchmarks.worker.runner import work_on

    if out is not None:
        check_path(out)
    engine = _engine(engine, address)
    if experiment.endswith((".json", ".toml")):
        spec = _spec_of_file(experiment, context)
        remember_own_network(spec.classifier.name)
    else:
        model = {"name": classifier, "weights": weights, "categories": categories}
        model |= {"input_size": input_size, "mean": mean, "std": std}
        remember_own_network(classifier)
        numbers = {"count": count, "first": first, "seed": seed, "block": block, "device": device}
        spec = _spec(experiment, settings or [], data, classifier=model, plugins=tuple(plugin or ()), **numbers)
    check_spec(spec)
    with Store() as store:
        run = store.add(spec, engine, shard, title)
        if detach:
            launch(store, run)
            typer.echo(run.id)
            return
        with then_start_next(store):
            run = work_on(store, run.id, _event_printer(as_json))
        if out is not None and run.done:
            export_run(store, run, out)
    _exit(run)


@bench_app.command("resume")
def resume_run(run: RunId, plugin: Plugins = None, as_json: AsLines = False) -> None:
    """Continue a run that was cancelled, failed or lost its worker."""
    from masking.benchmarks.storage.store import Store
    from masking.benchmarks.worker.queue import then_start_next
    from masking.benchmarks.worker.runner import work_on

    with Store() as store:
        trust_plugins(store, plugin)
        with then_start_next(store):
            ended = work_on(store, run, _event_printer(as_json))
    _exit(ended)


@bench_app.command("wait", hidden=True)
def wait_for_run() -> None:
    """Wait for a run that the dashboard names on standard input."""
    from masking.benchmarks.worker.warm_worker import wait_for_order

    if (order := wait_for_order()) is not None:
        resume_run(order.run, as_json=True)


@bench_app.command("cancel")
def cancel_run(run: RunId) -> None:
    """Cancel a run; the shards that were computed stay."""
    from masking.benchmarks.storage.store import Store
    from masking.benchmarks.worker.cancel import cancel
    from masking.benchmarks.worker.queue import then_start_next

    with Store() as store, then_start_next(store):
        cancel(store, run)


@bench_app.command("experiments")
def list_experiments(
    plugin: Plugins = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List every experiment with its settings."""
    from masking.benchmarks.protocol.experiment import BENCHMARKS
    from masking.benchmarks.specification.plugins import load_plugins
    from masking.registry.params import params

    load_plugins(tuple(plugin or ()))
    facts = {
        name: {
            "meaning": kind.meaning,
            "settings": {
                setting.name: {"default": setting.default, "meaning": setting.meaning} for setting in params(kind)
            },
        }
        for name, kind in BENCHMARKS.items()
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    for name, kind in BENCHMARKS.items():
        typer.echo(f"{name:<18}{kind.meaning}")
        for setting in params(kind):
            default = ",".join(map(str, setting.default)) if setting.many else setting.default
            typer.echo(f"    --set {setting.name}={default}   {setting.meaning}")
