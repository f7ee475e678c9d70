"""`missingness calibrate`: fit a correction of a classifier's answers under a masking method (MCal)."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from masking.calibration import CalibrationHead, CalibrationSettings, save_head
from masking.calibration.head_store import write_head
from masking.commands.app import AsJson, Device, app
from masking.commands.classifier_options import Categories, InputSize, Mean, Std, Weights, open_classifier
from masking.commands.setting_options import parse_settings
from masking.datasets.sources import SOURCES
from masking.datasets.sources.fit_pictures import FIRST_SCENE, own_world, read_pictures
from masking.inference.calibrate import calibrate, check_method
from masking.models.classifier import Classifier
from masking.registry.params import params
from masking.registry.parsing import parse_value
from masking.runtime.output_files import check_output

CANCELLED = 3
_DECLARED = {setting.name: setting for setting in params(CalibrationSettings)}
SCENES = "silhouettes"
STEPS = 20
"""How often the progress is printed, at most."""


def _option(name: str) -> Any:
    """Return an option with the meaning and the unit of a setting."""
    declared = _DECLARED[name]
    return typer.Option(help=f"{declared.meaning[0].upper()}{declared.meaning[1:]}.")


def _default(name: str) -> Any:
    return _DECLARED[name].default


@app.command("calibrate")
def fit_calibration(
    classifier: Annotated[
        str, typer.Argument(help="A name that `missingness classifiers` lists, timm/NAME, or module:function.")
    ],
    weights: Weights = None,
    categories: Categories = None,
    input_size: InputSize = None,
    mean: Mean = None,
    std: Std = None,
    of: Annotated[
        str, typer.Option(help="The masking method to correct, such as greyout or greyout:grey=middle.")
    ] = "layer_masking",
    data: Annotated[
        str | None,
        typer.Option(
            help="Source of the pictures, such as folder or jpeg_archive; default the drawn scenes of the classifier's "
            "own world."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the data, such as data.path=pictures.")
    ] = None,
    count: Annotated[int, typer.Option(help="Number of pictures; all where there are fewer.")] = 768,
    first: Annotated[
        int | None,
        typer.Option(help=f"Number of pictures to skip at the start; default 0, of drawn scenes {FIRST_SCENE:,}."),
    ] = None,
    shares: Annotated[str, typer.Option(help="Shares of the picture that are hidden, with commas.")] = ",".join(
        map(str, _default("shares"))
    ),
    masks: Annotated[int, _option("masks")] = _default("masks"),
    patch: Annotated[int, _option("patch")] = _default("patch"),
    form: Annotated[str, _option("form")] = _default("form"),
    per_share: Annotated[bool, typer.Option("--per-share", help="Fit a map of its own for each share.")] = False,
    ridge: Annotated[float, _option("ridge")] = _default("ridge"),
    seed: Annotated[int, _option("seed")] = _default("seed"),
    out: Annotated[Path | None, typer.Option(help="Also write the calibration to this .safetensors file.")] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Fit a calibration to a classifier and a masking method, for `--methods calibrated:of=METHOD`; no labels needed.

    It replaces your earlier calibration of both. Ctrl-C cancels, and then nothing has changed.
    """
    if out is not None:
        check_output(out, (".safetensors",))
    _check_range(count, first)
    declared = CalibrationSettings(parse_value(_DECLARED["shares"], shares), masks, patch, form, per_share, ridge, seed)
    model = open_classifier(classifier, weights, categories, input_size, mean, std, device)
    check_method(model, of)
    source, source_settings = _source(model, data, settings or [])
    skipped = first if first is not None else FIRST_SCENE if source == SCENES else 0
    with _cancelling():
        opened = SOURCES[source](**source_settings).open()
        images, facts = read_pictures(opened, model, count, skipped, _printer("pictures read", as_json))
        facts = {"source": source, **source_settings, **opened.facts, **facts}
        head = calibrate(model, images, of, declared, _printer("forward passes", as_json), facts)
        if out is not None:
            write_head(head, out)
        path = save_head(head)
        _print_head(head, path, as_json)


@contextmanager
def _cancelling() -> Generator[None, None, None]:
    """Turn Ctrl-C into a sentence and an exit code. Raises typer.Exit."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("cancelled; nothing has changed", err=True)
        raise typer.Exit(CANCELLED) from None


def _check_range(count: int, first: int | None) -> None:
    """Raise ValueError for numbers of pictures that there cannot be."""
    if count < 1 or (first or 0) < 0:
        raise ValueError(f"--count {count} --first {first or 0} names no picture; give a count from 1, a first from 0")


def _source(model: Classifier, data: str | None, pairs: list[str]) -> tuple[str, dict[str, Any]]:
    """Return the name of a data source with its settings. Raises ValueError where it has to be named."""
    world = own_world(model)
    if data is None and world is None:
        raise ValueError(
            f"there are no pictures to fit {model.name} to; name some, such as --data folder --set data.path=FOLDER"
        )
    source = data or SCENES
    values, _ = parse_settings(pairs, {"data": SOURCES[source]})
    own = {"world": world} if source == SCENES and world else {}
    return source, own | {name.partition(".")[2]: value for name, value in values.items()}


def _printer(what: str, as_json: bool) -> Callable[[int, int], None]:
    """Return a callback that prints how far a step is, to the error stream."""
    printed = -1

    def print_progress(done: int, total: int) -> None:
        nonlocal printed
        step = STEPS * done // total
        if step > printed and not as_json:
            printed = step
            typer.echo(f"{what}: {done:,} of {total:,}", err=True)

    return print_progress


def _print_head(head: CalibrationHead, path: Path, as_json: bool) -> None:
    """Print what was fitted, and where it is."""
    facts = dict(head.manifest)
    if as_json:
        typer.echo(json.dumps({"file": str(path), "digest": head.digest, "manifest": facts}, indent=2))
        return
    for number, (before, after) in enumerate(zip(facts["loss_before"], facts["loss_after"], strict=True)):
        share = f" at {head.shares[number]:.0%} hidden" if len(facts["loss_before"]) > 1 else ""
        typer.echo(f"cross-entropy{share}: {before:.3f} → {after:.3f} nats")
    typer.echo(
        f"{head.method} of {facts['classifier']}: {head.form} form, ridge {facts['settings']['ridge']:g}, fitted to "
        f"{facts['samples']:,} masked images of {facts['images']:,} pictures, which the network gives "
        f"{facts['classes_named']} of {head.classes} classes. Use it as calibrated:of={head.method}.\n{path}"
    )
