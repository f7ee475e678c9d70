"""Classifiers of the package timm, named `timm/NAME`, with the preprocessing and class names of their weights."""

import http.client
import math
import urllib.error
import urllib.request
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import nn

from masking.models.binary_heads import count_outputs
from masking.models.classifier import Classifier
from masking.models.weights import fit, read_state
from masking.registry import near_names
from masking.runtime.network_options import NetworkOptions

PREFIX = "timm/"
_HUB_FILES = ("model.safetensors", "pytorch_model.bin")
_REMEDY = "give a weights file, or untrained as weights"


def is_timm(name: str) -> bool:
    """Return whether a name is written `timm/NAME`."""
    return name.startswith(PREFIX)


def timm_names(pattern: str = "") -> list[str]:
    """List timm's networks as `timm/NAME`; `pattern` may hold wildcards, such as `resnet*`.

    Raises:
        ValueError: timm is not installed, or has no network that fits the pattern.
    """
    names = [PREFIX + name for name in _timm().list_models(pattern.removeprefix(PREFIX))]
    if not names:
        raise ValueError(f"timm has no network {pattern!r}; use wildcards, such as *resnet*")
    return names


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
    arguments, classes = options.get("arguments", {}), None if names is None else len(names)
    network = _build(name, classes, arguments, published=source is None and not untrained)
    config = _preprocessing(network)
    names = names or _class_names(name, network)
    if source is not None:
        label = "the uploaded file" if isinstance(source, bytes) else str(source)
        if (outputs := count_outputs(network, state, label, len(names))) != len(names):
            network = _build(name, outputs, arguments, published=False)
        fit(network, state, label, outputs)
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


def _build(name: str, classes: int | None, arguments: dict[str, Any], published: bool) -> nn.Module:
    timm = _timm()
    bare = name.removeprefix(PREFIX)
    options: dict[str, Any] = {} if classes is None or published else {"num_classes": classes}
    if published:
        options |= _weights_options(name, timm.get_pretrained_cfg(bare))
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return timm.create_model(bare, pretrained=published, **{**options, **arguments})
    except TypeError as error:
        raise ValueError(f"{name} cannot be made with the arguments {arguments or 'none'} ({error})") from None
    except Exception as error:  # the hub's client has many of its own
        if not published:
            raise ValueError(f"{name} cannot be made ({type(error).__name__}: {_first_line(error)})") from None
        raise ValueError(f"the weights of {name} cannot be loaded ({_first_line(error)}); {_REMEDY}") from None


def _weights_options(name: str, config: Any) -> dict[str, Any]:
    """Return what `create_model` needs to find published weights.

    Weights in the cache of the hub's client are named as a file, so that no other machine is contacted. Without
    them, the hub is tried once before its client tries it for a minute.

    Raises:
        ValueError: timm has no weights of this network, or they are not here and the hub cannot be reached.
    """
    if config is None or not config.has_weights:
        raise ValueError(f"timm has no weights of {name}; {_REMEDY}")
    if not config.hf_hub_id or config.custom_load:
        return {}
    from huggingface_hub import constants, try_to_load_from_cache

    for file in filter(None, (config.hf_hub_filename, *_HUB_FILES)):
        path = try_to_load_from_cache(config.hf_hub_id, file)
        if isinstance(path, str):
            return {"pretrained_cfg_overlay": {"file": path}}
    if not _is_reachable(constants.ENDPOINT):
        raise ValueError(f"the weights of {name} are not here and {constants.ENDPOINT} cannot be reached; {_REMEDY}")
    return {}


def _is_reachable(address: str) -> bool:
    try:
        urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=10).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()  # it answers
    except (OSError, http.client.HTTPException):
        return False
    return True


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
