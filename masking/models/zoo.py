"""The classifiers one can name: bundled ones, torchvision's, and own weights in torchvision's architectures."""

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
"""As `weights`: random weights under a fixed seed, the control that every result should be held against."""

DESCRIBED = ".safetensors"
"""Such a file may say itself what classifier it holds; those of `missingness train` do."""

FIRST = "silhouettes/resnet"
"""What everybody starts with."""


@cache
def bundled() -> dict[str, Path]:
    """The classifiers that come with the project, by name, `FIRST` first; they work offline."""
    named = {path.stem.replace("-", "/", 1): path for path in ASSETS.glob("*.safetensors")}
    return {name: named[name] for name in sorted(named, key=lambda name: (name != FIRST, name))}


@cache
def torchvision_names() -> tuple[str, ...]:
    """All of torchvision's image classifiers."""
    return tuple(torchvision.models.list_models(module=torchvision.models))


def classifier_names() -> tuple[str, ...]:
    """Every name that `load_classifier` knows, bundled ones first."""
    return (*bundled(), *torchvision_names())


def load_classifier(
    name: str,
    weights: str | Path | bytes | None = None,
    categories: Sequence[str] | str | Path | None = None,
    device: str | torch.device = "cpu",
    on_progress: Progress | None = None,
) -> Classifier:
    """A classifier by name, ready and frozen.

    Args:
        name: `silhouettes/resnet` (bundled, offline), a torchvision architecture such as `resnet50`, or the path of a
            .safetensors file that `missingness train` wrote.
        weights: default torchvision's own, looked up in TORCH_HOME and downloaded when missing; else the path
            of a `.safetensors` or `.pth` state dict, the bytes of a safetensors file, or "untrained".
        categories: class names of own weights, or a text file with one name a line; default ImageNet's.
        device: "cpu", "cuda:0", "mps" or "auto".
        on_progress: called with bytes done and in all while weights are downloaded.

    Raises:
        KeyError: no such name (near ones are offered).
        ValueError: weights that are missing, damaged, unsafe or do not fit; one sentence.
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
        # Same numbers, but convolutions on a CPU are a fifth faster this way round (benchmarks/).
        classifier.network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return classifier.to(target)


def _described(name: str) -> Path | None:
    return bundled().get(name) or (Path(name) if name.endswith(DESCRIBED) else None)


def check_classifier(name: str, weights: Any = None, categories: Any = None) -> None:
    """Look at what `load_classifier` was asked for, and load nothing.

    Raises:
        KeyError: no such name (near ones are offered).
        ValueError: files that are not there, or weights for what has its own.
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
    """Like `load_classifier`, but knows the own classifiers of `settings` by name too."""
    classifier = load_classifier(*_asked(name, settings), device, on_progress)
    if name in settings.classifiers:
        classifier.name = name
    return classifier


def check_named(name: str, settings: Settings) -> None:
    """Like `check_classifier`, but knows the own classifiers of `settings` by name too."""
    check_classifier(*_asked(name, settings))


def _asked(name: str, settings: Settings) -> tuple[str, Any, Any]:
    """What a name stands for: as `load_classifier` has it, with weights and categories."""
    own = settings.classifiers.get(name)
    if own is None:
        known = [*settings.classifiers, *classifier_names()]
        if name not in known and not name.endswith(DESCRIBED):
            raise KeyError(f"there is no classifier {name!r}; {near_names(name, known)}")
        return name, None, None
    if own.architecture:
        return own.architecture, own.weights, own.categories
    return str(own.weights), None, own.categories


def needs_download(name: str) -> str | None:
    """The file that torchvision's default weights of `name` still have to fetch, or None."""
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
            raise ValueError(f"the category list {categories} is no UTF-8 text; write one name per line") from None
        categories = [line.strip() for line in text.splitlines() if line.strip()]
    if not categories:
        raise ValueError("the list of categories is empty; give one name per class")
    return tuple(categories)


def _from_description(path: Path) -> Classifier:
    state, about, sha = read_state(path)
    if "architecture" not in about:
        raise ValueError(f"{path} holds weights but does not say of what; name their architecture, and it as weights")
    network = ARCHITECTURES[about["architecture"]](len(about["categories"]), **about["arguments"])
    fit(network, state, path.name, len(about["categories"]))
    return Classifier(
        about["name"],
        network,
        about["categories"],
        tuple(about["input_size"]),
        about["mean"],
        about["std"],
        about["family"],
        about["resize"],
        weights_digest=sha,
    )


def _family(name: str) -> Family:
    return "vit" if name.startswith(("vit_", "swin", "maxvit")) else "cnn"


def _preset(weights: Any) -> dict[str, Any]:
    """What torchvision says of the pictures that weights were made for."""
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
        sha = read_state(path)[2]  # torchvision, which knows about old names of tensors, would run code in them
        network = torchvision.models.get_model(name, weights=weights, progress=False)
    except (ValueError, RuntimeError):
        raise ValueError(f"the weights {path} are damaged or not those of {name}; delete that file") from None
    return Classifier(
        name, network, weights.meta["categories"], family=_family(name), weights_digest=sha, **_preset(weights)
    )


def _build(name: str, classes: int, state: State | None = None) -> nn.Module:
    """torchvision's architecture with random weights; auxiliary heads only where `state` has them."""
    extra: dict[str, Any] = {}
    if name in {"googlenet", "inception_v3"}:
        has_auxiliary = any(key.lower().startswith("aux") for key in state or {})
        extra = {"init_weights": False, "transform_input": True, "aux_logits": has_auxiliary}  # as published
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return torchvision.models.get_model(name, weights=None, num_classes=classes, **extra)


def _standard_weights(name: str) -> Any:
    """The first published weights of an architecture: their preset is the field's usual evaluation."""
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
