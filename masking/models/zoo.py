"""The classifiers that can be named: bundled ones, torchvision's, and own weights in torchvision's architectures."""

import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import nn

from masking.models import ARCHITECTURES
from masking.models.classifier import Classifier, Family, read_bytes
from masking.models.weights import Progress, State, download, fit, read_state
from masking.registry import near_names
from masking.runtime.assets import ASSETS
from masking.runtime.device import pick_device
from masking.runtime.settings import Settings

UNTRAINED = "untrained"
"""As `weights`: random weights under a fixed seed, a control to compare every result with."""

DESCRIBED = ".safetensors"
"""The ending of files that may describe their own classifier; those of `missingness train` do."""

FIRST = "silhouettes/resnet"
"""The default classifier."""


@cache
def bundled() -> dict[str, Path]:
    """List the classifiers that come with the project, by name, `FIRST` first; they work offline."""
    paths = {path.stem.replace("-", "/", 1): path for path in ASSETS.glob("*.safetensors")}
    return {name: paths[name] for name in sorted(paths, key=lambda name: (name != FIRST, name))}


@cache
def torchvision_names() -> tuple[str, ...]:
    """List all of torchvision's image classifiers."""
    return tuple(torchvision.models.list_models(module=torchvision.models))


def classifier_names() -> tuple[str, ...]:
    """List every name that `load_classifier` knows, bundled ones first."""
    return (*bundled(), *torchvision_names())


def load_classifier(
    name: str,
    weights: str | Path | bytes | None = None,
    categories: Sequence[str] | str | Path | None = None,
    device: str | torch.device = "cpu",
    on_progress: Progress | None = None,
) -> Classifier:
    """Load a classifier by name, frozen and in evaluation mode.

    Args:
        name: `silhouettes/resnet` (bundled, offline), a torchvision architecture such as `resnet50`, or the path of a
            .safetensors file that `missingness train` wrote.
        weights: default torchvision's own, from TORCH_HOME or downloaded; or the path of a `.safetensors` or `.pth`
            state dict, the bytes of a safetensors file, or "untrained".
        categories: class names of own weights, or a text file with one name per line; default ImageNet's.
        device: "cpu", "cuda:0", "mps" or "auto".
        on_progress: called with the bytes done and the total while weights are downloaded.

    Raises:
        KeyError: no such name (near ones are offered).
        ValueError: weights that are missing, damaged or unsafe, or that do not fit; one sentence.
    """
    check_classifier(name, weights, categories)
    if described := _described(name):
        classifier = _from_description(described)
    elif weights is None:
        classifier = _torchvision_default(name, on_progress)
    elif weights == UNTRAINED:
        classifier = _untrained(name, _names(categories))
    else:
        classifier = _own_weights(name, weights, _names(categories))
    target = pick_device(device)
    if target.type == "cpu":
        # The results are the same, but convolutions on a CPU are a fifth faster in this layout (benchmarks/).
        classifier.network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return classifier.to(target)


def _described(name: str) -> Path | None:
    return bundled().get(name) or (Path(name) if name.endswith(DESCRIBED) else None)


def check_classifier(name: str, weights: Any = None, categories: Any = None) -> None:
    """Check the arguments of `load_classifier` without loading anything.

    Raises:
        KeyError: no such name (near ones are offered).
        ValueError: missing files, or weights for a classifier that has its own.
    """
    described = _described(name)
    if described is None and name not in classifier_names():
        raise KeyError(f"there is no classifier {name!r}; {near_names(name, list(classifier_names()))}")
    if described is not None and (weights is not None or categories is not None):
        raise ValueError(f"{name} has its own weights and categories; name a torchvision architecture instead")
    for path, what in ((described, "weights file"), (weights, "weights file"), (categories, "category list")):
        if isinstance(path, str | Path) and path != UNTRAINED and not Path(path).expanduser().is_file():
            raise ValueError(f"the {what} {path} cannot be read (there is no such file); check the path")


def load_named(
    name: str, settings: Settings, device: str | torch.device = "cpu", on_progress: Progress | None = None
) -> Classifier:
    """Load a classifier as `load_classifier` does, or an own classifier of `settings` by its name."""
    classifier = load_classifier(*_arguments_of(name, settings), device, on_progress)
    if name in settings.classifiers:
        classifier.name = name
    return classifier


def check_named(name: str, settings: Settings) -> None:
    """Check a name as `check_classifier` does, or that of an own classifier of `settings`."""
    check_classifier(*_arguments_of(name, settings))


def _arguments_of(name: str, settings: Settings) -> tuple[str, Any, Any]:
    """Return the name, weights and categories that `load_classifier` takes for a name.

    Raises:
        KeyError: no such name.
    """
    own = settings.classifiers.get(name)
    if own is None:
        names = [*settings.classifiers, *classifier_names()]
        if name not in names and not name.endswith(DESCRIBED):
            raise KeyError(f"there is no classifier {name!r}; {near_names(name, names)}")
        return name, None, None
    if own.architecture:
        return own.architecture, own.weights, own.categories
    return str(own.weights), None, own.categories


def needs_download(name: str) -> str | None:
    """Return the weights file that `name` still has to download, or None."""
    if name not in torchvision_names():
        return None
    path = _cached_weights(torchvision.models.get_model_weights(name).DEFAULT.url)  # pyright: ignore[reportAttributeAccessIssue]
    return None if path.exists() else path.name


def _cached_weights(url: str) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]


def _names(categories: Sequence[str] | str | Path | None) -> tuple[str, ...] | None:
    if categories is None:
        return None
    if isinstance(categories, str | Path):
        try:
            text = read_bytes(categories, "category list").decode("utf-8")
        except UnicodeDecodeError:
            raise ValueError(f"the category list {categories} is not UTF-8 text; write one name per line") from None
        categories = [line.strip() for line in text.splitlines() if line.strip()]
    if not categories:
        raise ValueError("the list of categories is empty; give one name per class")
    return tuple(categories)


def _from_description(path: Path) -> Classifier:
    state, about, sha = read_state(path)
    if "architecture" not in about:
        raise ValueError(
            f"{path} holds weights but does not name their architecture; give it, and this file as weights"
        )
    network = ARCHITECTURES[about["architecture"]](len(about["categories"]), **about["arguments"])
    fit(network, state, path.name, len(about["categories"]))
    keys = ("name", "categories", "mean", "std", "family", "resize")
    size = tuple(about["input_size"])
    return Classifier(network=network, input_size=size, weights_digest=sha, **{key: about[key] for key in keys})


def _family(name: str) -> Family:
    return "vit" if name.startswith(("vit_", "swin", "maxvit")) else "cnn"


def _preset(weights: Any) -> dict[str, Any]:
    """Return torchvision's preprocessing of the pictures that weights were made for."""
    preset = weights.transforms()
    return {
        "input_size": (preset.crop_size[0], preset.crop_size[0]),
        "mean": preset.mean,
        "std": preset.std,
        "resize": preset.resize_size[0],
        "interpolation": preset.interpolation.value,
    }


def _torchvision_default(name: str, on_progress: Progress | None) -> Classifier:
    weights: Any = torchvision.models.get_model_weights(name).DEFAULT  # pyright: ignore[reportAttributeAccessIssue]
    path = _cached_weights(weights.url)
    if not path.exists():
        download(weights.url, path, on_progress)
    try:
        sha = read_state(path)[2]  # refuses a file that could run code, which torchvision's own loader would run
        network = torchvision.models.get_model(name, weights=weights, progress=False)
    except (ValueError, RuntimeError):
        raise ValueError(f"the weights {path} are damaged or not those of {name}; delete that file") from None
    return Classifier(
        name, network, weights.meta["categories"], family=_family(name), weights_digest=sha, **_preset(weights)
    )


def _build(name: str, classes: int, state: State | None = None) -> nn.Module:
    """Build torchvision's architecture with random weights; auxiliary heads only if `state` has them."""
    extra: dict[str, Any] = {}
    if name in {"googlenet", "inception_v3"}:
        has_auxiliary = any(key.lower().startswith("aux") for key in state or {})
        extra = {"init_weights": False, "transform_input": True, "aux_logits": has_auxiliary}  # as published
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return torchvision.models.get_model(name, weights=None, num_classes=classes, **extra)


def _standard_weights(name: str) -> Any:
    """Return the first published weights of an architecture; their preset is the usual one for evaluation."""
    return next(iter(torchvision.models.get_model_weights(name)))


def _untrained(name: str, categories: tuple[str, ...] | None) -> Classifier:
    weights = _standard_weights(name)
    names = categories or tuple(weights.meta["categories"])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = _build(name, len(names))
    return Classifier(f"{name} ({UNTRAINED})", network, names, family=_family(name), **_preset(weights))


def _own_weights(name: str, source: str | Path | bytes, categories: tuple[str, ...] | None) -> Classifier:
    standard = _standard_weights(name)
    state, about, sha = read_state(source)
    names = categories or tuple(about.get("categories", ())) or tuple(standard.meta["categories"])
    label = "the uploaded file" if isinstance(source, bytes) else str(source)
    network = _build(name, len(names), state)
    fit(network, state, label, len(names))
    title = f"{name} (own weights)" if isinstance(source, bytes) else f"{name} ({Path(source).name})"
    return Classifier(title, network, names, family=_family(name), weights_digest=sha, **_preset(standard))
