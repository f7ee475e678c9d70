"""`missingness leakage`: how much the shape of a hole says about what was hidden."""

from pathlib import Path
from typing import Annotated

import typer

from masking.commands.app import METHODS_HELP, NAME_WIDTH, AsJson, Device, app, methods_of
from masking.commands.classifier_options import (
    Categories,
    ClassifierName,
    InputSize,
    Mean,
    Std,
    Weights,
    open_classifier,
)
from masking.datasets.silhouettes.worlds import WORLDS, world_classifiers, world_of
from masking.datasets.sources.object_scenes import photograph_scenes, rendered_scenes
from masking.leakage import measure_leakage
from masking.leakage.left_out import describe_left_out
from masking.masks.holes import HOLES
from masking.masks.shares import share_text
from masking.registry import near_names
from masking.registry.parsing import ALL, parse_names
from masking.registry.showing import show_value


@app.command("leakage")
def shape_leakage(
    scenes: Annotated[int, typer.Option(help="Number of rendered scenes; use at least two per pair of classes.")] = 512,
    seed: Annotated[int, typer.Option(help="Seed of the first scene.")] = 0,
    world: Annotated[
        str | None, typer.Option(help="World of the scenes; default: the one that the classifier was trained on.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Instead of scenes: a folder of pictures, together with --masks.")
    ] = None,
    masks: Annotated[
        Path | None,
        typer.Option(
            help="A folder of PNG masks with the names of the pictures; the object is white, opaque or above 0."
        ),
    ] = None,
    classifier: ClassifierName = "silhouettes/resnet",
    weights: Weights = None,
    categories: Categories = None,
    input_size: InputSize = None,
    mean: Mean = None,
    std: Std = None,
    methods: Annotated[str, typer.Option(help=METHODS_HELP)] = ALL,
    holes: Annotated[str, typer.Option(help="Holes, separated by commas, or `all`.")] = "exact",
    only_right: Annotated[
        bool, typer.Option(help="Use only pictures that are classified correctly with nothing hidden.")
    ] = False,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Hide objects in scenes and print how many bits the shape of the hole reveals to the classifier."""
    model = open_classifier(classifier, weights, categories, input_size, mean, std, device)
    if (images is None) != (masks is None):
        raise ValueError("pictures and masks belong together; give both --images and --masks")
    if images is not None and masks is not None:
        objects = photograph_scenes(images, masks)
    else:
        if world is not None and world not in WORLDS:
            raise ValueError(f"there is no world {show_value(world)}; {near_names(world, list(WORLDS))}")
        own = world_of(classifier) if classifier in world_classifiers() else WORLDS["ordinary"]
        objects = rendered_scenes(own if world is None else WORLDS[world], scenes, seed)
    hole_names = parse_names("hole", HOLES, holes)
    leakage = measure_leakage(model, objects, methods_of(methods, model), hole_names)
    leakage = leakage.only_right() if only_right else leakage
    if label_note := objects.label_note(model):
        typer.echo(label_note, err=True)
    if as_json:
        typer.echo(leakage.to_json())
        return
    rows = leakage.rows
    width = max(NAME_WIDTH, *(len(row["method"]) + 2 for row in rows))
    typer.echo(f"{'method':<{width}}{'hole':<14}{'hidden':>8}{'accuracy':>11}  {'95 %':<15}{'bits':>6}  95 %")
    for row in rows:
        typer.echo(
            f"{row['method']:<{width}}{row['hole']:<14}{share_text(row['hidden_share']):>8}{row['accuracy']:>11.1%}  "
            f"{row['accuracy_low']:.1%} … {row['accuracy_high']:<7.1%}{row['bits']:>6.2f}  "
            f"{row['bits_low']:.2f} … {row['bits_high']:.2f}"
        )
    few = len(leakage) < leakage.wanted
    note = f" Bits may be too high and their intervals too narrow; {leakage.wanted} scenes are enough." if few else ""
    typer.echo(f"{len(leakage)} scenes; a guess is right in {leakage.chance:.2%}.{note}")
    if leakage.left_out:
        typer.echo(f"Left out: {describe_left_out(leakage.left_out)}.")
