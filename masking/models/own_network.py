"""Networks that a Python function of the operator makes, named `module:function`; naming one runs its code."""

import hashlib
import importlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision.models import ResNet18_Weights

from masking.models.classifier import Classifier
from masking.models.weights import fit, read_state
from masking.registry import near_names
from masking.runtime.network_options import NetworkOptions

_NAME = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*")


def is_own_network(name: str) -> bool:
    """Return whether a name is written `module:function`."""
    return _NAME.fullmatch(name) is not None


def own_classifier(
    title: str,
    name: str,
    source: str | Path | bytes | None,
    names: tuple[str, ...] | None,
    options: NetworkOptions,
    folders: Sequence[Path] = (),
) -> Classifier:
    """Return a classifier of the network that `module:function` makes.

    The function may return a `Classifier`, which then needs no class names or options.

    Args:
        title: the name of the classifier.
        name: `module:function`.
        source: weights as `read_state` takes them; None if the function loads them.
        names: class names; default those in the file of weights, those of a HuggingFace network, else ImageNet's.
        options: size and normalisation of the input, the arguments of the function, and which output holds the logits.
        folders: see `make_network`.

    Raises:
        ValueError: the network cannot be made, its answer is not that of a classifier, or the weights do not fit.
    """
    arguments = options.get("arguments")
    network = make_network(name, arguments, folders)
    if isinstance(network, Classifier):
        if source is not None or names is not None or set(options) - {"arguments"}:
            raise ValueError(f"{name} returns a Classifier with its own weights and categories; leave yours out")
        network.name = title
        network.weights_digest = _join_digests(source_digest(name, arguments, network), network.weights_digest)
        return network
    state, about, sha = ({}, {}, "") if source is None else read_state(source)
    names = names or tuple(about.get("categories", ())) or _names_of(network)
    if source is not None:
        fit(network, state, "the uploaded file" if isinstance(source, bytes) else str(source), len(names))
    settings: dict[str, Any] = {option: value for option, value in options.items() if option != "arguments"}
    classifier = Classifier.from_network(network, names, name=title, **settings)
    digest = sha or classifier.weights_digest
    classifier.weights_digest = _join_digests(source_digest(name, arguments, network), digest)
    return classifier


def make_network(name: str, arguments: Mapping[str, Any] | None = None, folders: Sequence[Path] = ()) -> nn.Module:
    """Import a module, call its function and return the network or the `Classifier` that it makes.

    The function runs under a fixed seed, so random weights are the same every time.

    Args:
        name: `module:function`, such as `my_package.models:build`.
        arguments: keyword arguments of the function.
        folders: where modules are looked for, before the current folder and Python's own path.

    Raises:
        ValueError: the module cannot be imported, or its function cannot be called or makes no network.
    """
    arguments = dict(arguments or {})
    with _on_path([*folders, Path.cwd()]), redirect_stdout(sys.stderr):  # what a module prints is not our answer
        function = _find_function(name)
        _check_arguments(name, function, arguments)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            try:
                made = function(**arguments)
            except (Exception, SystemExit) as error:
                raise ValueError(f"{name} fails ({_reason(error)}); repair that function") from None
    if isinstance(made, type) and issubclass(made, nn.Module):
        raise ValueError(f"{name} returns the class {made.__name__}; return an instance of it")  # noqa: TRY004, what an operator's file does
    if not isinstance(made, nn.Module):
        raise ValueError(f"{name} returns {_with_article(type(made).__name__)}; return a torch.nn.Module")  # noqa: TRY004, what an operator's file does
    return made


def source_digest(name: str, arguments: Mapping[str, Any] | None, network: nn.Module) -> str:
    """Return the sha256 (hex) of what makes a network: the name, the arguments, and the files of its code.

    These are the file of the function and those of the classes of the network's modules; installed packages are left
    out, since manifests hold their versions.
    """
    modules = {name.partition(":")[0], *(type(module).__module__ for module in network.modules())}
    digest = hashlib.sha256(json.dumps([name, arguments or {}], sort_keys=True, default=repr).encode())
    for module in sorted(modules):
        path = Path(getattr(sys.modules.get(module), "__file__", None) or "")
        if path.suffix == ".py" and path.is_file() and "site-packages" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _join_digests(*digests: str) -> str:
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()


def _names_of(network: nn.Module) -> tuple[str, ...]:
    """Return the class names that a HuggingFace network carries, else ImageNet's."""
    labels = getattr(getattr(network, "config", None), "id2label", None)
    if isinstance(labels, Mapping) and labels:
        by_index = {int(index): str(label) for index, label in labels.items()}
        return tuple(by_index[index] for index in sorted(by_index))
    return tuple(ResNet18_Weights.DEFAULT.meta["categories"])


@contextmanager
def _on_path(folders: Sequence[Path]) -> Generator[None, None, None]:
    """Look for modules in these folders first; afterwards last, since functions may import more when they run."""
    before = list(sys.path)
    own = list(dict.fromkeys(str(folder.resolve()) for folder in folders))
    sys.path[:] = [*own, *before]
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = [*before, *(folder for folder in own if folder not in before)]


def _find_function(name: str) -> Callable[..., Any]:
    module_name, _, attributes = name.partition(":")
    try:
        value: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name or module_name
        if module_name == missing or module_name.startswith(f"{missing}."):
            hint = f"write {module_name.removesuffix('.py')}:{attributes}" if module_name.endswith(".py") else ""
            raise ValueError(
                f"there is no module {module_name} for {name}; "
                + (hint or "put it beside masking.toml or into the current folder, or install it")
            ) from None
        raise ValueError(f"{name} needs the package {missing}, which is not installed; install it") from None
    except (Exception, SystemExit) as error:
        raise ValueError(f"the module {module_name} cannot be imported ({_reason(error)}); repair it") from None
    for attribute in attributes.split("."):
        if not hasattr(value, attribute):
            own = [key for key, item in vars(value).items() if getattr(item, "__module__", "") == module_name]
            raise ValueError(
                f"{module_name} has no {attribute}; {near_names(attribute, own) if own else 'it defines nothing'}"
            )
        value = getattr(value, attribute)
    if not callable(value) or isinstance(value, nn.Module):
        raise ValueError(f"{name} is {_with_article(type(value).__name__)}; name a function that returns the network")  # noqa: TRY004, what an operator's file does
    return value


def _check_arguments(name: str, function: Callable[..., Any], arguments: dict[str, Any]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # some built-in functions do not say
    try:
        signature.bind(**arguments)
    except TypeError as error:
        raise ValueError(
            f"{name}{signature} cannot be called with the arguments {arguments or 'none'} ({error}); "
            "give them in masking.toml as arguments = { … }"
        ) from None


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _with_article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
