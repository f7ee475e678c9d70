"""The parts that commands share: the app that they register with, and common options."""

from typing import Annotated

import typer

PROGRAM = "missingness"
"""The name of the installed command line program."""

app = typer.Typer(
    help="Everything that the dashboard does, on the command line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with a manifest instead of a table.")]
ClassifierName = Annotated[str, typer.Option("--classifier", help="A name that `missingness classifiers` lists.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda:0 or mps.")]


def split(names: str) -> list[str]:
    """Return the names in a text that separates them by commas."""
    return [name.strip() for name in names.split(",") if name.strip()]
