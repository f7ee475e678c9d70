"""`missingness train`: a configuration in, a classifier out."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from masking.commands.app import AsJson, Device, app
from masking.runtime.assets import bundled_file


@app.command("train")
def train_classifier(
    config: Annotated[Path, typer.Argument(help="A TOML file such as assets/configs/silhouettes-resnet.toml.")],
    out: Annotated[Path | None, typer.Option(help="Where to write the safetensors file.")] = None,
    data: Annotated[Path | None, typer.Option(help="The folder of the pictures that the configuration names.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="What the file shall say otherwise: training.epochs=3, arguments.width=0.5."),
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Train a classifier; a killed training goes on from its checkpoint when started again."""
    from masking.training.training import train

    def tell(progress: Any) -> None:
        typer.echo(str(progress), err=True)

    result = train(bundled_file(config), out, tell, data=data, changes=changes or (), device=device)
    typer.echo(json.dumps(dataclasses.asdict(result), default=str) if as_json else str(result))
