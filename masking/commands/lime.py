"""`python -m masking lime`: what each segment of a picture is worth."""

from pathlib import Path
from typing import Annotated

import typer

from masking.attribution import lime
from masking.commands.app import AsJson, ClassifierName, Device, app
from masking.methods import METHODS
from masking.models.zoo import load_named
from masking.segments import SEGMENTATIONS
from masking.segments.label_map import label_map
from masking.settings import load_settings
from masking.spelling import spelled

_WRITERS = {".png": "to_png", ".csv": "to_csv", ".json": "to_json", ".npz": "to_npz"}


@app.command("lime")
def explain(
    image: Annotated[Path, typer.Argument(help="A PNG, JPEG or WEBP picture.")],
    classifier: ClassifierName = "silhouettes/resnet",
    method: Annotated[
        str, typer.Option(help="Masking method, such as greyout or greyout:grey=middle.")
    ] = "layer_masking",
    segments: Annotated[
        str, typer.Option(help="Segmentation, such as slic:count=100; or a label map, .npy or PNG.")
    ] = "slic",
    samples: Annotated[int, typer.Option(help="Forward passes.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the samples.")] = 0,
    target: Annotated[str | None, typer.Option(help="Class, by name or index; default the predicted one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write a .png, .csv, .json or .npz file.")] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """LIME: how much each segment of a picture adds to the probability of a class, under a masking method."""
    if out is not None and out.suffix not in _WRITERS:
        raise ValueError(f"{out.name} ends with none of {', '.join(_WRITERS)}; choose one of these")
    model = load_named(classifier, load_settings(), device)
    file = Path(segments)
    found = lime(
        model,
        image,
        spelled(METHODS, method),
        int(target) if target and target.isdecimal() else target,
        label_map(file, model.input_size) if file.suffix in {".npy", ".png"} else spelled(SEGMENTATIONS, segments),
        samples,
        seed,
    )
    if out is not None:
        written = getattr(found, _WRITERS[out.suffix])()
        out.write_bytes(written if isinstance(written, bytes) else written.encode())
    if as_json:
        typer.echo(found.to_json())
        return
    for row in found.rows:
        typer.echo(f"segment {row['segment']:<6}{row['coefficient']:>+9.4f}  {row['low']:+.4f} … {row['high']:+.4f}")
    typer.echo(
        f"{found.category}: {float(found.probabilities[0]):.1%}; {len(found)} samples of {len(found.coefficients)} "
        f"segments under {found.title.lower()}, weighted R² {found.r2:.2f}, of answers held out "
        f"{found.r2_held_out:.2f}."
    )
