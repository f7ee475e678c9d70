"""Torchvision's classifiers: its own weights, own weights in its architectures, and random ones."""

import warnings
from functools import cache
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import nn

from masking.models.binary_heads import count_outputs
from masking.models.classifier import Classifier, Family
from masking.models.picture_kinds import PictureKind
from masking.models.weights import Progress, State, download, fit, read_state
from masking.runtime.network_options import NetworkOptions

TRANSFORMED = {"googlenet": "googlenet-1378be20", "inception_v3": "inception_v3_google-0cc3c7bd"}
"""Architectures that may normalise their input once more, and the published weights that were trained so."""


@cache
def torchvision_names() -> tuple[str, ...]:
    """List all of torchvision's image classifiers."""
    return tuple(torchvision.models.list_models(module=torchvision.models))


def needs_download(name: str) -> str | None:
    """Return the weights file that `name` still has to download, or None."""
    if name not in torchvision_names():
        return None
    path = _cached_weights(_default_weights(name).url)
    return None if path.exists() else path.name


def download_megabytes(name: str) -> float:
    """Return how large the weights file of `name` is, in MB."""
    return _default_weights(name).meta["_file_size"]


def published_classifier(name: str, options: NetworkOptions, on_progress: Progress | None) -> Classifier:
    """Return torchvision's classifier with its own weights, from TORCH_HOME or downloaded.

    Raises:
        ValueError: the weights cannot be downloaded, or they are damaged.
    """
    weights = _default_weights(name)
    path = _cached_weights(weights.url)
    if not path.exists():
        download(weights.url, path, on_progress)
    try:
        sha = read_state(path)[2]  # refuses a file that could run code, which torchvision's own loader would run
        network = torchvision.models.get_model(name, weights=weights, progress=False)
    except (ValueError, RuntimeError):
        raise ValueError(f"the weights {path} are damaged or not those of {name}; delete that file") from None
    classifier = _classifier(name, network, weights.meta["categories"], name, weights, options, sha)
    classifier.trained_on = PictureKind.PHOTOGRAPH
    return classifier


def untrained_classifier(title: str, name: str, names: tuple[str, ...] | None, options: NetworkOptions) -> Classifier:
    """Return an architecture with random weights under a fixed seed."""
    weights = _standard_weights(name)
    names = names or tuple(weights.meta["categories"])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = _build(name, len(names), options.get("transform_input", True))
    return _classifier(title, network, names, name, weights, options)


def filled_classifier(
    title: str, name: str, source: str | Path | bytes, names: tuple[str, ...] | None, options: NetworkOptions
) -> Classifier:
    """Return an architecture with own weights; weights with one output and two class names are a binary classifier.

    Nothing in a file says whether GoogLeNet or Inception v3 was trained with `transform_input`. Without that option, it
    is True for torchvision's published files and False, torchvision's default, for all others.

    Raises:
        ValueError: the weights cannot be read, or they do not fit.
    """
    standard = _standard_weights(name)
    state, about, sha = read_state(source)
    names = names or tuple(about.get("categories", ())) or tuple(standard.meta["categories"])
    label = "the uploaded file" if isinstance(source, bytes) else str(source)
    transform_input = options.get("transform_input", _is_published(name, source, sha))
    network = _build(name, len(names), transform_input, state)
    if (outputs := count_outputs(network, state, label, len(names))) != len(names):
        network = _build(name, outputs, transform_input, state)
    fit(network, state, label, outputs)
    return _classifier(title, network, names, name, standard, options, sha)


def _is_published(name: str, source: str | Path | bytes, sha: str) -> bool:
    """Return whether weights are torchvision's published ones: by their checksum, or by the name of their file."""
    published = TRANSFORMED.get(name, "")
    stem = "" if isinstance(source, bytes) else Path(source).stem
    return bool(published) and (stem == published or sha.startswith(published.rpartition("-")[2]))


def _classifier(
    title: str,
    network: nn.Module,
    names: tuple[str, ...],
    architecture: str,
    weights: Any,
    options: NetworkOptions,
    sha: str = "",
) -> Classifier:
    """Return a classifier that takes pictures as published weights do, except where options say otherwise."""
    preset = weights.transforms()
    size = (preset.crop_size[0], preset.crop_size[0])
    return Classifier(
        title,
        network,
        names,
        input_size=options.get("input_size", size),
        mean=options.get("mean", preset.mean),
        std=options.get("std", preset.std),
        resize=options.get("resize", None if "input_size" in options else preset.resize_size[0]),
        interpolation=options.get("interpolation", preset.interpolation.value),
        family=_family(architecture),
        weights_digest=sha,
        binary=True,
    )


def _family(name: str) -> Family:
    return "vit" if name.startswith(("vit_", "swin", "maxvit")) else "cnn"


@cache
def _default_weights(name: str) -> Any:
    """Return the weights that `published_classifier` takes."""
    return torchvision.models.get_model_weights(name).DEFAULT  # pyright: ignore[reportAttributeAccessIssue]


def _cached_weights(url: str) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]


def _build(name: str, classes: int, transform_input: bool, state: State | None = None) -> nn.Module:
    """Build torchvision's architecture with random weights; auxiliary heads only if `state` has them."""
    extra: dict[str, Any] = {}
    if name in TRANSFORMED:
        has_auxiliary = any(".aux" in f".{key}".lower() for key in state or {})
        extra = {"init_weights": False, "transform_input": transform_input, "aux_logits": has_auxiliary}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return torchvision.models.get_model(name, weights=None, num_classes=classes, **extra)


def _standard_weights(name: str) -> Any:
    """Return the first published weights of an architecture; their preset is the usual one for evaluation."""
    return next(iter(torchvision.models.get_model_weights(name)))
