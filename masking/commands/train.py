"""`missingness train`: train a classifier from a configuration file."""

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
    out: Annotated[Path | None, typer.Option(help="The safetensors file to write.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the pictures that the configuration names.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Replace a value of the file, such as training.epochs=3 or arguments.width=0.5."),
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Train a classifier; after an interruption, the same command continues from the checkpoint."""
    from masking.training.training import train

    def print_progress(progress: Any) -> None:
        typer.echo(str(progress), err=True)

    result = train(bundled_file(config), out, print_progress, data=data, changes=changes or (), device=device)
    typer.echo(json.dumps(dataclasses.asdict(result), default=str) if as_json else str(result))
