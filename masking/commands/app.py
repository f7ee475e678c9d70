"""What the commands share: the app they register with, and the options that most of them have."""

from typing import Annotated

import typer

PROGRAM = "missingness"
"""The name that the command line is installed under."""

app = typer.Typer(
    help="The command line twin of the dashboard.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with a manifest instead of a table.")]
ClassifierName = Annotated[str, typer.Option("--classifier", help="See `missingness classifiers`.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda:0 or mps.")]


def split(names: str) -> list[str]:
    """Names separated by commas, one by one."""
    return [name.strip() for name in names.split(",") if name.strip()]
