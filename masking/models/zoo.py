"""The classifiers that can be named: bundled ones, torchvision's, timm's, own weights and own networks."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Unpack

import torch

from masking.models.categories import read_categories
from masking.models.classifier import Classifier
from masking.models.described_network import described_classifier
from masking.models.own_network import is_own_network, own_classifier
from masking.models.packaged_networks import LITE, packaged_classifier, packaged_names
from masking.models.timm_networks import check_timm, is_timm, timm_classifier
from masking.models.torchvision_networks import (
    TRANSFORMED,
    filled_classifier,
    published_classifier,
    torchvision_names,
    untrained_classifier,
)
from masking.models.weights import Progress
from masking.registry import near_names
from masking.registry.showing import show_value
from masking.runtime.assets import ASSETS
from masking.runtime.device import pick_device
from masking.runtime.named_networks import named_networks
from masking.runtime.network_options import NetworkOptions, read_options
from masking.runtime.paths import expand
from masking.runtime.settings import UNTRAINED, OwnClassifier, Settings

DESCRIBED = ".safetensors"
"""The ending of files that may describe their own classifier; those of `missingness train` do."""

FIRST = "silhouettes/resnet"
"""The default classifier."""

KINDS = {
    "timm/NAME": "a network of the package timm; `missingness classifiers --timm 'resnet*'` lists names",
    "MODULE:FUNCTION": "your own network: what this Python function returns; see docs/own-models.md",
    "FILE.safetensors": "a file that `missingness train` wrote",
}
"""Ways to write a classifier that stands in no list, and what they mean."""

_PICTURE_OPTIONS = {"input_size", "mean", "std", "resize", "interpolation"}


@cache
def bundled() -> dict[str, Path]:
    """List the classifiers that come with the project, by name, `FIRST` first; they work offline."""
    paths = {path.stem.replace("-", "/", 1): path for path in ASSETS.glob("*.safetensors")}
    return {name: paths[name] for name in sorted(paths, key=lambda name: (name != FIRST, name))}


def classifier_names() -> tuple[str, ...]:
    """List the classifiers that work offline, then torchvision's; `KINDS` says what else `load_classifier` takes."""
    return (*bundled(), *packaged_names(), *torchvision_names())


def load_classifier(
    name: str,
    weights: str | Path | bytes | None = None,
    categories: Sequence[str] | str | Path | None = None,
    device: str | torch.device = "cpu",
    on_progress: Progress | None = None,
    **options: Unpack[NetworkOptions],
) -> Classifier:
    """Load a classifier by name, frozen and in evaluation mode.

    Args:
        name: `silhouettes/resnet` or `imagenet/efficientnet-lite0` (both offline), a torchvision architecture such as
            `resnet50`, `timm/NAME`, the path of a .safetensors file that `missingness train` wrote, or
            `module:function`, which imports that module and calls its function: its code runs with your rights.
        weights: default torchvision's or timm's own, from their caches or downloaded, or what an own network already
            has; or the path of a `.safetensors` or `.pth` state dict, the bytes of a safetensors file, or "untrained".
        categories: class names, or a text file with one name per line; default those of the weights, else ImageNet's.
        device: "cpu", "cuda:0", "mps" or "auto".
        on_progress: called with the bytes done and the total while weights are downloaded.
        **options: see `NetworkOptions`; they replace how the weights' authors prepared pictures.

    Raises:
        KeyError: no such name (near ones are offered).
        ValueError: weights that are missing, damaged or unsafe, or that do not fit; a network that cannot be made, or
            whose answer is not that of a classifier; one sentence.
    """
    return _load(name, weights, categories, device, on_progress, read_options(options), ())


def _load(
    name: str,
    weights: str | Path | bytes | None,
    categories: Sequence[str] | str | Path | None,
    device: str | torch.device,
    on_progress: Progress | None,
    options: NetworkOptions,
    folders: Sequence[Path],
) -> Classifier:
    check_classifier(name, weights, categories, options)
    names, untrained = _names(categories), weights == UNTRAINED
    title = _title(name, weights)
    if described := _described(name):
        classifier = described_classifier(described)
    elif name == LITE:
        classifier = packaged_classifier()
    elif is_own_network(name):
        classifier = own_classifier(title, name, None if untrained else weights, names, options, folders)
    elif is_timm(name):
        classifier = timm_classifier(title, name, None if untrained else weights, names, options, untrained)
    elif weights is None:
        classifier = published_classifier(name, options, on_progress)
    elif untrained:
        classifier = untrained_classifier(title, name, names, options)
    else:
        classifier = filled_classifier(title, name, weights, names, options)
    target = pick_device(device)
    if target.type == "cpu":
        # The results are the same, but convolutions on a CPU are a fifth faster in this layout (benchmarks/).
        classifier.network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return classifier.to(target)


def _title(name: str, weights: str | Path | bytes | None) -> str:
    if weights is None:
        return name
    if weights == UNTRAINED:
        return f"{name} ({UNTRAINED})"
    return f"{name} (own weights)" if isinstance(weights, bytes) else f"{name} ({Path(weights).name})"


def _described(name: str) -> Path | None:
    return bundled().get(name) or (Path(name) if name.endswith(DESCRIBED) else None)


def check_classifier(
    name: str, weights: Any = None, categories: Any = None, options: NetworkOptions | None = None
) -> None:
    """Check the arguments of `load_classifier` without loading anything; no code of an own network runs.

    Raises:
        KeyError: no such name (near ones are offered).
        ValueError: missing files, or weights or options for a classifier that has its own.
    """
    described = _described(name)
    has_own = described is not None or name == LITE
    if has_own and (weights is not None or categories is not None):
        raise ValueError(f"{name} has its own weights and categories; name a torchvision architecture instead")
    if is_timm(name):
        check_timm(name)
    elif not has_own and not is_own_network(name) and name not in torchvision_names():
        raise KeyError(f"there is no classifier {show_value(name)}; {_offer(name, list(classifier_names()))}")
    _check_options(name, options or {}, has_own)
    for path, what in ((described, "weights file"), (weights, "weights file"), (categories, "category list")):
        if isinstance(path, str | Path) and path != UNTRAINED and not expand(path).is_file():
            raise ValueError(f"the {what} {path} cannot be read (there is no such file); check the path")


def _offer(name: str, names: list[str]) -> str:
    if ":" in name:
        return "write an own network as module:function, with dots instead of slashes and without .py"
    return near_names(name, names)


def _check_options(name: str, options: NetworkOptions, has_own: bool) -> None:
    """Raise ValueError for options that this kind of classifier does not take."""
    if has_own and options:
        raise ValueError(f"{name} has its own {', '.join(options)}; name a torchvision architecture instead")
    allowed = set(_PICTURE_OPTIONS)
    if is_own_network(name) or is_timm(name):
        allowed.add("arguments")
    if name in TRANSFORMED:
        allowed.add("transform_input")
    if unknown := [option for option in options if option not in allowed]:
        raise ValueError(f"{name} takes no {unknown[0]}; it takes {', '.join(sorted(allowed))}")


def load_named(
    name: str,
    settings: Settings,
    device: str | torch.device = "cpu",
    on_progress: Progress | None = None,
    weights: str | None = None,
    categories: str | None = None,
    is_typed: bool = False,
    **options: Unpack[NetworkOptions],
) -> Classifier:
    """Load a classifier by a name that may come from a link, a page or the specification of a run.

    It loads what `load_classifier` does, and the own classifiers of `settings`. A `module:function` is imported only
    if the settings name it, if this machine's command line has started a run with it, or if `is_typed` says that the
    operator has just typed it.

    Raises:
        KeyError: no such name.
        ValueError: as `load_classifier` raises it, or code that nobody here has named.
    """
    own, folders = _find_named(name, settings, weights, categories, read_options(options), is_typed)
    classifier = _load(own.architecture, own.weights, own.categories, device, on_progress, own.options, folders)
    if name in settings.classifiers:
        classifier.name = name
    return classifier


def check_named(
    name: str,
    settings: Settings,
    weights: str | None = None,
    categories: str | None = None,
    **options: Unpack[NetworkOptions],
) -> None:
    """Check a name as `load_named` does; nothing is loaded, and no code of an own network runs."""
    own, _ = _find_named(name, settings, weights, categories, read_options(options), is_typed=False)
    check_classifier(own.architecture, own.weights, own.categories, own.options)


def _find_named(
    name: str,
    settings: Settings,
    weights: str | None,
    categories: str | None,
    options: NetworkOptions,
    is_typed: bool,
) -> tuple[OwnClassifier, list[Path]]:
    """Return what a name stands for, and the folders in which the module of an own network is looked for.

    Raises:
        KeyError: no such name.
        ValueError: the settings already say what is given, or the name would run code that nobody here has named.
    """
    own = settings.classifiers.get(name)
    if own is None:
        own = OwnClassifier(name, name, weights, None if categories is None else Path(categories), options)
        names = [*settings.classifiers, *dict.fromkeys((*classifier_names(), LITE))]
        if not (name in names or name.endswith(DESCRIBED) or is_timm(name) or is_own_network(name)):
            raise KeyError(f"there is no classifier {show_value(name)}; {_offer(name, names)}")
        return own, _folders_of(name, settings, is_typed)
    given = {"weights": weights, "categories": categories, **options}
    if names := [option.replace("_", " ") for option, value in given.items() if value is not None]:
        raise ValueError(
            f"{name} is described in the settings file; leave out {' and '.join(names)}, or change the file"
        )
    if not own.architecture:
        own = replace(own, architecture=str(own.weights), weights=None)
    return own, [settings.folder] if settings.folder else []


def _folders_of(name: str, settings: Settings, is_typed: bool) -> list[Path]:
    """Return where the module of an own network may lie. Raises ValueError if nobody here has named the network."""
    if not is_own_network(name):
        return []
    of_settings = any(own.architecture == name for own in settings.classifiers.values())
    of_command_line = [folder for network, folder in named_networks().items() if network == name]
    if not (is_typed or of_settings or of_command_line):
        raise ValueError(
            f"{name} would run code, and nobody has named it on this machine; name it in masking.toml under "
            f"[[classifier]] as network, or start a run on the command line with --classifier {name}"
        )
    return [*([settings.folder] if settings.folder else []), *of_command_line]


def _names(categories: Sequence[str] | str | Path | None) -> tuple[str, ...] | None:
    if categories is None:
        return None
    if isinstance(categories, str | Path):
        return read_categories(categories)
    if not categories:
        raise ValueError("the list of categories is empty; give one name per class")
    return tuple(categories)
