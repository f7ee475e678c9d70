"""`missingness attribution-mask`: an image is filtered repeatedly by its own attribution."""

from pathlib import Path
from typing import Annotated

import typer

from masking.attribution import ATTRIBUTIONS, attribution_masks
from masking.attribution.iterations import NOTHING
from masking.attribution.mask_sentences import NO_EVIDENCE, describe_answer, describe_masked, describe_whole
from masking.commands.app import AsJson, Device, app
from masking.commands.classifier_options import (
    Categories,
    ClassifierName,
    InputSize,
    Mean,
    Std,
    Weights,
    open_classifier,
)
from masking.masks.shares import share_text
from masking.registry.parsing import parse_entry
from masking.runtime.assets import bundled_file
from masking.runtime.output_files import check_output

_WRITERS = {
    ".gif": "to_gif",
    ".png": "to_png",
    ".svg": "to_svg",
    ".csv": "to_csv",
    ".json": "to_json",
    ".npz": "to_npz",
}
_PICTURES = {".gif", ".png", ".svg"}


@app.command("attribution-mask")
def mask_by_attribution(
    image: Annotated[Path, typer.Argument(help="A PNG, JPEG or WEBP picture.")],
    classifier: ClassifierName = "silhouettes/nib-vgg",  # it has no input bias, so masks steer it best
    weights: Weights = None,
    categories: Categories = None,
    input_size: InputSize = None,
    mean: Mean = None,
    std: Std = None,
    attribution: Annotated[
        str, typer.Option(help="Attribution, such as gxsi or occlusion:method=blackout,patch=8.")
    ] = "gxsi",
    iterations: Annotated[int, typer.Option(help="How many times the mask is multiplied, 0 to 200.")] = 10,
    target: Annotated[
        str | None,
        typer.Option(help="Class, by name or index (#3 where names are numbers); default: the predicted class."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write a .gif, .png, .svg, .csv, .json or .npz file.")] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Filter a picture by its own attribution, step by step, and print what the classifier still says."""
    if out is not None:
        check_output(out, _WRITERS)
    model = open_classifier(classifier, weights, categories, input_size, mean, std, device)
    masks = attribution_masks(model, bundled_file(image), target, parse_entry(ATTRIBUTIONS, attribution), iterations)
    if out is not None:
        write = getattr(masks, _WRITERS[out.suffix.lower()])
        written = write(picture=image.name) if out.suffix.lower() in _PICTURES else write()
        out.write_bytes(written if isinstance(written, bytes) else written.encode())
    if as_json:
        typer.echo(masks.to_json())
        return
    for row in masks.rows:
        probability = "none" if row["dead"] else f"{row['probability']:.1%}"
        typer.echo(
            f"step {row['step']:<4}{row['category']:<22}{probability:>7}   predicted {row['predicted'] or NOTHING:<24}"
            f"{row['predictive_entropy_bits']:>6.2f} bits{share_text(row['zero_share'], 2):>10} masked entirely"
        )
    if masks.iterations:
        sentence = describe_masked(model.name, masks, masks.iterations)
        typer.echo(f"{sentence}; with the whole picture, it {describe_answer(masks, 0)}. {NO_EVIDENCE}")
    else:
        typer.echo(f"{describe_whole(model.name, masks)}.")
