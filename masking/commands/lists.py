"""`missingness classifiers` and `missingness methods`: the names that the other commands take."""

import json

import typer

from masking.commands.app import AsJson, app
from masking.methods import METHODS
from masking.models.zoo import classifier_names
from masking.runtime.settings import load_settings


@app.command("classifiers")
def list_classifiers(as_json: AsJson = False) -> None:
    """List every classifier, the bundled ones first."""
    names = [*load_settings().classifiers, *classifier_names()]
    typer.echo(json.dumps(names) if as_json else "\n".join(names))


@app.command("methods")
def list_methods(as_json: AsJson = False) -> None:
    """List every masking method with its meaning."""
    facts = {name: {"meaning": m.meaning, "source": m.source, "hides": m.hides} for name, m in METHODS.items()}
    typer.echo(
        json.dumps(facts, indent=2) if as_json else "\n".join(f"{n:<22}{f['meaning']}" for n, f in facts.items())
    )
