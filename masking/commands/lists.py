"""`missingness classifiers` and `missingness methods`: the names that the other commands take."""

import json
from typing import Annotated

import typer

from masking.commands.app import AsJson, app
from masking.methods import METHODS
from masking.models.timm_networks import timm_names
from masking.models.zoo import KINDS, classifier_names
from masking.runtime.settings import load_settings


@app.command("classifiers")
def list_classifiers(
    timm: Annotated[
        str, typer.Option(help="List the networks of the package timm instead; wildcards are allowed, such as resnet*.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List every classifier, the bundled ones first, and the kinds of names that stand in no list."""
    names = timm_names(timm) if timm else [*load_settings().classifiers, *classifier_names()]
    if as_json:
        typer.echo(json.dumps(names))
        return
    typer.echo("\n".join(names))
    for kind, meaning in ({} if timm else KINDS).items():
        typer.echo(f"{kind:<22}{meaning}")


@app.command("methods")
def list_methods(as_json: AsJson = False) -> None:
    """List every masking method with its meaning."""
    facts = {name: {"meaning": m.meaning, "source": m.source, "hides": m.hides} for name, m in METHODS.items()}
    typer.echo(
        json.dumps(facts, indent=2) if as_json else "\n".join(f"{n:<22}{f['meaning']}" for n, f in facts.items())
    )
