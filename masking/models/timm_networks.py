"""Classifiers of the package timm, named `timm/NAME`, with the preprocessing and class names of their weights."""

import math
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import nn

from masking.models.classifier import Classifier
from masking.models.weights import fit, read_state
from masking.registry import near_names
from masking.runtime.network_options import NetworkOptions

PREFIX = "timm/"
OWN = ("arguments", "input_size", "mean", "std", "resize", "interpolation")
"""The options that a network of timm takes."""


def is_timm(name: str) -> bool:
    """Return whether a name is written `timm/NAME`."""
    return name.startswith(PREFIX)


def timm_names(pattern: str = "") -> list[str]:
    """List timm's networks as `timm/NAME`; `pattern` may hold wildcards, such as `resnet*`.

    Raises:
        ValueError: timm is not installed.
    """
    timm = _timm()
    return [PREFIX + name for name in timm.list_models(pattern)]


def check_timm(name: str) -> None:
    """Check that timm has a network.

    Raises:
        KeyError: it has none of that name (near ones are offered).
        ValueError: timm is not installed.
    """
    timm = _timm()
    bare, _, tag = name.removeprefix(PREFIX).partition(".")
    if not timm.is_model(bare):
        raise KeyError(f"there is no classifier {name!r}; {near_names(name, timm_names())}")
    tags = [full.partition(".")[2] for full in timm.list_models(f"{bare}.*", pretrained=True)]
    if tag and tag not in tags:
        offers = ", ".join(f"{PREFIX}{bare}.{other}" for other in tags) or f"{PREFIX}{bare}"
        raise KeyError(f"timm has no weights {tag!r} of {bare}; choose from {offers}")


def timm_classifier(
    title: str,
    name: str,
    source: str | Path | bytes | None,
    names: tuple[str, ...] | None,
    options: NetworkOptions,
    untrained: bool = False,
) -> Classifier:
    """Return one of timm's networks: with its published weights, own ones from a file, or random ones.

    Args:
        title: the name of the classifier.
        name: `timm/NAME` or `timm/NAME.TAG`.
        source: weights as `read_state` takes them; None for timm's own, from its cache or downloaded.
        names: class names; default those of the data that timm's weights were trained on.
        options: what replaces timm's preprocessing, and keyword arguments of `timm.create_model`.
        untrained: random weights under a fixed seed instead.

    Raises:
        ValueError: the weights are missing or do not fit, or nobody knows the class names.
    """
    state, about, sha = ({}, {}, "") if source is None else read_state(source)
    names = names or tuple(about.get("categories", ())) or None
    network = _build(name, names, options.get("arguments", {}), published=source is None and not untrained)
    config = _preprocessing(network)
    names = names or _class_names(name, network)
    if source is not None:
        fit(network, state, "the uploaded file" if isinstance(source, bytes) else str(source), len(names))
    height, width = options.get("input_size", config["input_size"][1:])
    resize = math.floor(min(height, width) / (config["crop_pct"] or 1))
    classifier = Classifier.from_network(
        network,
        names,
        input_size=(height, width),
        mean=options.get("mean", config["mean"]),
        std=options.get("std", config["std"]),
        name=title,
        resize=options.get("resize", resize),
        interpolation=options.get("interpolation", config["interpolation"]),
    )
    classifier.weights_digest = sha or classifier.weights_digest
    return classifier


def _timm() -> Any:
    if find_spec("timm") is None:
        raise ValueError('timm is not installed; run pip install "missingness-explorer[timm]"')
    import timm

    return timm


def _build(name: str, names: tuple[str, ...] | None, arguments: dict[str, Any], published: bool) -> nn.Module:
    timm = _timm()
    bare = name.removeprefix(PREFIX)
    classes = {} if names is None or published else {"num_classes": len(names)}
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return timm.create_model(bare, pretrained=published, **{**classes, **arguments})
    except TypeError as error:
        raise ValueError(f"{name} cannot be made with the arguments {arguments or 'none'} ({error})") from None
    except Exception as error:  # the hub's client has many of its own
        if not published:
            raise ValueError(f"{name} cannot be made ({type(error).__name__}: {_first_line(error)})") from None
        raise ValueError(
            f"the weights of {name} are not here and cannot be downloaded ({_first_line(error)}); give a weights file, "
            "or untrained as weights"
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


def _preprocessing(network: nn.Module) -> dict[str, Any]:
    from timm.data import resolve_model_data_config  # pyright: ignore[reportPrivateImportUsage]

    return {"crop_pct": 1.0, **resolve_model_data_config(network)}


@cache
def _imagenet_names(subset: str) -> tuple[str, ...]:
    from timm.data import ImageNetInfo  # pyright: ignore[reportPrivateImportUsage]

    info = ImageNetInfo(subset)
    return tuple(info.index_to_description(index) for index in range(info.num_classes()))


def _class_names(name: str, network: Any) -> tuple[str, ...]:
    """Return the class names of timm's weights. Raises ValueError where nobody knows them."""
    from timm.data import infer_imagenet_subset  # pyright: ignore[reportPrivateImportUsage]
    from torchvision.models import ResNet18_Weights

    config = network.pretrained_cfg
    if config.get("label_names"):
        return tuple(map(str, config["label_names"]))
    subset = infer_imagenet_subset(network)
    if subset == "imagenet-1k":
        return tuple(ResNet18_Weights.DEFAULT.meta["categories"])
    if subset:
        return _imagenet_names(subset)
    raise ValueError(
        f"nobody knows the names of the {network.num_classes} classes of {name}; give a list of categories"
    )
