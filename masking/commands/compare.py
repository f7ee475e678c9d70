"""`missingness compare`: one image, one mask, several methods."""

from pathlib import Path
from typing import Annotated

import typer

from masking.commands.app import METHODS_HELP, NAME_WIDTH, AsJson, Device, app
from masking.commands.classifier_options import (
    Categories,
    ClassifierName,
    InputSize,
    Mean,
    Std,
    Weights,
    open_classifier,
)
from masking.commands.comparison_options import (
    ImageFile,
    MaskFile,
    ObjectFile,
    Patches,
    PatchSeed,
    PatchSide,
    make_comparison,
)
from masking.inference.predict import USUAL_METHODS
from masking.masks.shares import share_text
from masking.results.sentences import entropy_text
from masking.runtime.output_files import check_output

SHEETS = {".png": "to_png", ".svg": "to_svg", ".html": "to_html"}
"""The method that writes a sheet, by the ending of its file."""


@app.command("compare")
def compare_methods(
    image: ImageFile,
    mask: MaskFile = None,
    patches: Patches = None,
    patch: PatchSide = 16,
    seed: PatchSeed = 0,
    known_object: ObjectFile = None,
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
    comparison = make_comparison(model, image, mask, patches, patch, seed, known_object, methods)
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
    typer.echo(f"{share_text(comparison.mask.hidden_share)} of the picture is hidden.")
    typer.echo(comparison.sentence)
