"""`missingness lime`: how much each segment of a picture counts."""

from pathlib import Path
from typing import Annotated, Any

import typer

from masking.attribution import LimeSettings, lime
from masking.attribution.lasso import check_most
from masking.attribution.lime_designs import design_size
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
from masking.methods import METHODS
from masking.registry.params import params
from masking.registry.parsing import parse_entry
from masking.runtime.assets import bundled_file
from masking.runtime.output_files import check_output
from masking.segments import SEGMENTATIONS
from masking.segments.label_map import label_map

_DECLARED = {setting.name: setting for setting in params(LimeSettings)}
_RANKS = {"predicted": 0, "second": 1}
_WRITERS = {".png": "to_png", ".svg": "to_svg", ".csv": "to_csv", ".json": "to_json", ".npz": "to_npz"}


def _option(name: str) -> Any:
    """Return an option with the meaning and the range of a setting."""
    declared = _DECLARED[name]
    values = ", ".join(declared.choices) if declared.choices else f"{declared.low} to {declared.high}"
    return typer.Option(help=f"{declared.meaning[0].upper()}{declared.meaning[1:]}; {values}.")


@app.command("lime")
def explain(
    image: Annotated[Path, typer.Argument(help="A PNG, JPEG or WEBP picture.")],
    classifier: ClassifierName = "silhouettes/resnet",
    weights: Weights = None,
    categories: Categories = None,
    input_size: InputSize = None,
    mean: Mean = None,
    std: Std = None,
    method: Annotated[
        str, typer.Option(help="Masking method, such as greyout or greyout:grey=middle.")
    ] = "layer_masking",
    segments: Annotated[
        str, typer.Option(help="Segmentation, such as slic:count=100, or a label map file, .npy or .png.")
    ] = "slic",
    samples: Annotated[int, _option("samples")] = _DECLARED["samples"].default,
    seed: Annotated[int, _option("seed")] = _DECLARED["seed"].default,
    kernel_width: Annotated[float, _option("kernel_width")] = _DECLARED["kernel_width"].default,
    alpha: Annotated[float, _option("alpha")] = _DECLARED["alpha"].default,
    sampling: Annotated[str, _option("sampling")] = _DECLARED["sampling"].default,
    until_stable: Annotated[int, _option("until_stable")] = _DECLARED["until_stable"].default,
    confidence: Annotated[float, _option("confidence")] = _DECLARED["confidence"].default,
    most: Annotated[
        int | None, typer.Option(help="Explain by at most so many segments, selected by K-LASSO (needs scikit-learn).")
    ] = None,
    target: Annotated[
        str,
        typer.Option(
            help="Class, by name or index (#3 where names are numbers); predicted; or second, the second most probable."
        ),
    ] = "predicted",
    out: Annotated[Path | None, typer.Option(help="Also write a .png, .svg, .csv, .json or .npz file.")] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Print how much each segment of a picture adds to the probability of a class (LIME)."""
    if out is not None:
        check_output(out, _WRITERS)
    if most is not None:
        check_most(most)
    model = open_classifier(classifier, weights, categories, input_size, mean, std, device)
    file = Path(segments)
    is_file = file.suffix.lower() in {".npy", ".png"} or (bool(file.suffix) and file.is_file())
    explanation = lime(
        model,
        bundled_file(image),
        parse_entry(METHODS, method),
        None if target in _RANKS else target,
        label_map(file, model.input_size) if is_file else parse_entry(SEGMENTATIONS, segments),
        samples,
        seed,
        kernel_width=kernel_width,
        alpha=alpha,
        sampling=sampling,
        until_stable=until_stable,
        confidence=confidence,
    )
    if most is not None:
        explanation = explanation.only(most)
    if target in _RANKS:
        explanation = explanation.for_target(int(explanation.logits[0].argsort(descending=True)[_RANKS[target]]))
    if out is not None:
        written = getattr(explanation, _WRITERS[out.suffix.lower()])()
        out.write_bytes(written if isinstance(written, bytes) else written.encode())
    if as_json:
        typer.echo(explanation.to_json())
        return
    for row in explanation.rows:
        typer.echo(f"segment {row['segment']:<6}{row['coefficient']:>+9.4f}  {row['low']:+.4f} … {row['high']:+.4f}")
    kept = f" K-LASSO selected {len(explanation.rows)} segments; R² on held-out answers is that of all."
    typer.echo(
        f"{explanation.category}: {float(explanation.probabilities[0]):.1%}; {len(explanation)} samples of "
        f"{len(explanation.coefficients)} segments under {explanation.title.lower()}, weighted R² "
        f"{explanation.r2:.2f}, R² on held-out answers {explanation.r2_held_out:.2f}.{kept if most else ''}"
    )
    if sampling == "balanced" and not explanation.designs:
        size = 1 + design_size(len(explanation.coefficients))
        typer.echo(f"The samples are only paired, because a complete balanced design needs {size}.")
    if until_stable:
        end = "stable" if explanation.is_stable else "not stable yet"
        typer.echo(f"It is {end}: sign and rank of {explanation.certain} strongest segments are certain.")
