"""The parts that commands share: the app that they register with, and common options."""

from typing import Annotated

import typer

from masking.leakage import supported_methods
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.registry.parsing import ALL, parse_entries

PROGRAM = "missingness"
"""The name of the installed command line program."""

app = typer.Typer(
    help="Everything that the dashboard does, on the command line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with a manifest instead of a table.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda:0 or mps.")]
NAME_WIDTH = 22
"""The least width of a table's column of methods."""
METHODS_HELP = "Masking methods, separated by commas, such as blackout,greyout:grey=middle; or `all` that can run."


def methods_of(text: str, classifier: Classifier) -> dict[str, Method]:
    """Return the masking methods of a list, each under its word; `all` stands for those that the classifier can run.

    Raises:
        KeyError: an unknown method.
        ValueError: no method, a method that is named twice, or a setting that is wrong.
    """
    return parse_entries(METHODS, text, supported_methods(classifier) if text.strip() == ALL else None)
