"""The options that say which classifier a command asks, and the classifier that they name."""

from pathlib import Path
from typing import Annotated

import typer

from masking.models.classifier import Classifier
from masking.models.own_network import is_own_network
from masking.models.zoo import load_named
from masking.runtime.named_networks import remember_network
from masking.runtime.network_options import read_options
from masking.runtime.settings import load_settings

ClassifierName = Annotated[
    str,
    typer.Option(
        "--classifier",
        help="A name that `missingness classifiers` lists, timm/NAME, or module:function, whose code then runs.",
    ),
]
Weights = Annotated[
    str | None, typer.Option(help="A .safetensors or .pth file with own weights, or `untrained` for random ones.")
]
Categories = Annotated[str | None, typer.Option(help="A text file with the class names of own weights, one per line.")]
InputSize = Annotated[
    str | None, typer.Option(help="Size of the classifier's input in pixels, such as 64, or 64x48 (height x width).")
]
Mean = Annotated[
    str | None, typer.Option(help="What normalisation subtracts, in [0, 1]: one number, or three with commas.")
]
Std = Annotated[str | None, typer.Option(help="What normalisation divides by: one number, or three with commas.")]


def open_classifier(
    name: str,
    weights: str | None,
    categories: str | None,
    input_size: str | None,
    mean: str | None,
    std: str | None,
    device: str,
) -> Classifier:
    """Return the classifier that the options of a command name.

    Raises:
        KeyError: no such name.
        ValueError: the classifier cannot be loaded; one sentence.
    """
    options = read_options({"input_size": input_size, "mean": mean, "std": std})
    return load_named(name, load_settings(), device, None, weights, categories, is_typed=True, **options)


def remember_own_network(name: str) -> None:
    """Note that the operator has named an own network, so that workers may import it; other names are left alone."""
    if is_own_network(name) and name not in load_settings().classifiers:
        remember_network(name, Path.cwd())
