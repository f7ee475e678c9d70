"""`python -m masking attribution-mask`: an image filtered again and again by its own attribution."""

from pathlib import Path
from typing import Annotated

import typer

from masking.attribution import ATTRIBUTIONS, attribution_masks
from masking.commands.app import AsJson, ClassifierName, Device, app
from masking.models.zoo import load_named
from masking.settings import load_settings
from masking.spelling import spelled

_WRITERS = {".gif": "to_gif", ".png": "to_png", ".csv": "to_csv", ".json": "to_json", ".npz": "to_npz"}


@app.command("attribution-mask")
def mask_by_attribution(
    image: Annotated[Path, typer.Argument(help="A PNG, JPEG or WEBP picture.")],
    classifier: ClassifierName = "silhouettes/resnet",
    attribution: Annotated[str, typer.Option(help="Such as gxsi, or occlusion:method=blackout,patch=8.")] = "gxsi",
    iterations: Annotated[int, typer.Option(help="How often the mask is multiplied, 0 to 200.")] = 10,
    target: Annotated[str | None, typer.Option(help="Class, by name or index; default the predicted one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write a .gif, .png, .csv, .json or .npz file.")] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Attribution mask: what is left of a picture when its own attribution filters it, step by step."""
    if out is not None and out.suffix.lower() not in _WRITERS:
        raise ValueError(f"{out.name} ends with none of {', '.join(_WRITERS)}; choose one of these")
    if out is not None and not out.absolute().parent.is_dir():
        raise ValueError(f"there is no folder {out.parent} to write {out.name} to; make it first")
    model = load_named(classifier, load_settings(), device)
    wanted = int(target) if target and target.isdecimal() else target
    found = attribution_masks(model, image, wanted, spelled(ATTRIBUTIONS, attribution), iterations)
    if out is not None:
        written = getattr(found, _WRITERS[out.suffix.lower()])()
        out.write_bytes(written if isinstance(written, bytes) else written.encode())
    if as_json:
        typer.echo(found.to_json())
        return
    for row in found.rows:
        typer.echo(
            f"step {row['step']:<4}{row['category']:<22}{row['probability']:>7.1%}   predicted {row['predicted']:<22}"
            f"{row['predictive_entropy_bits']:>6.2f} bits{row['zero_share']:>8.2%} masked entirely"
        )
    typer.echo(
        f"The mask is made for {found.rows[0]['category']}: it writes that class into the picture, so its probability "
        "is no evidence that the picture shows it."
    )
