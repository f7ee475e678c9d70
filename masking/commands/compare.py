"""`missingness compare`: one image, one mask, several methods."""

from pathlib import Path
from typing import Annotated, Any

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
from masking.datasets.gallery import class_of_scene, object_of_scene
from masking.image import open_picture
from masking.inference.predict import USUAL_METHODS, compare
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.results.sentences import entropy_text
from masking.runtime.assets import bundled_file
from masking.runtime.output_files import check_output

SHEETS = {".png": "to_png", ".svg": "to_svg", ".html": "to_html"}
"""The method that writes a sheet, by the ending of its file."""


@app.command("compare")
def compare_methods(
    image: Annotated[Path, typer.Argument(help="A PNG, JPEG or WEBP picture.")],
    mask: Annotated[
        Path | None,
        typer.Option(help="A mask file: white or opaque pixels are present, black or transparent ones hidden."),
    ] = None,
    patches: Annotated[
        float | None, typer.Option(help="Instead of a mask: hide this share of the picture in random patches.")
    ] = None,
    patch: Annotated[int, typer.Option(help="Side of a random patch, in pixels.")] = 16,
    seed: Annotated[int, typer.Option(help="Seed of the random patches.")] = 0,
    known_object: Annotated[
        Path | None,
        typer.Option(
            "--object",
            help="A mask file that hides the object exactly: then each answer is a leak, a harm, or as it should be. "
            "Bundled scenes have theirs.",
        ),
    ] = None,
    classifier: ClassifierName = "silhouettes/resnet",
    weights: Weights = None,
    categories: Categories = None,
    input_size: InputSize = None,
    mean: Mean = None,
    std: Std = None,
    methods: Annotated[str, typer.Option(help=METHODS_HELP)] = ",".join(USUAL_METHODS),
    device: Device = "auto",
    contact_sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            help="Also write a sheet that shows and explains every method: .png, .svg, or .html, which needs no other "
            "file.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hide a part of an image and print what a classifier says under several masking methods."""
    if contact_sheet is not None:
        check_output(contact_sheet, SHEETS)
    model = open_classifier(classifier, weights, categories, input_size, mean, std, device)
    picture = open_picture(bundled_file(image))
    if mask is not None and patches is not None:
        raise ValueError("two things say what to hide; give --mask FILE or --patches SHARE, not both")
    if mask is not None:
        source: dict[str, Any] = {"file": mask.name}
        hidden = model.prepare_mask(bundled_file(mask), (picture.height, picture.width))
    elif patches is not None:
        source = {"random_patches": {"share": patches, "patch": patch, "seed": seed}}
        hidden = Mask.random_patches(model.input_size, patches, patch, seed)
    else:
        raise ValueError("nothing says what to hide; give --mask FILE or --patches SHARE")
    scene_object = object_of_scene(bundled_file(image))
    object_file = known_object or scene_object
    size = picture.height, picture.width
    comparison = compare(
        model,
        picture,
        hidden,
        methods_of(methods, model),
        mask_source=source,
        known_object=None if object_file is None else model.prepare_mask(bundled_file(object_file), size),
        object_class=class_of_scene(image) if scene_object and not known_object else None,
    )
    if contact_sheet is not None:
        written = getattr(comparison, SHEETS[contact_sheet.suffix.lower()])(image.stem)
        contact_sheet.write_bytes(written if isinstance(written, bytes) else written.encode())
    if as_json:
        typer.echo(comparison.to_json())
        return
    rows = comparison.rows(k=0)
    width = max(NAME_WIDTH, *(len(row["method"]) + 2 for row in rows))
    predictions = [comparison.whole, *comparison.masked.values()]
    verdicts = ["", *(verdict.word for verdict in comparison.verdicts.values())]
    index, group = comparison.whole.index, comparison.whole.named.group
    before, column = f"{comparison.whole.group_probability(index):.1%}", len(group) + 20
    for row, prediction, verdict in zip(rows, predictions, verdicts, strict=True):
        changed = f"{group} {before} → {prediction.group_probability(index):.1%}" if verdict else ""
        line = (
            f"{row['method']:<{width}}{prediction.named.name:<24}{row['probability']:>7.1%}{changed:>{column}}"
            f"{entropy_text(prediction.entropy, prediction.entropy_limit):>19}   {verdict}"
        )
        typer.echo(line.rstrip())
    typer.echo(f"{share_text(hidden.hidden_share)} of the picture is hidden.")
    typer.echo(comparison.sentence)
