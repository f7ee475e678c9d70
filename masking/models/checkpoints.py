"""How people save weights: state dicts inside checkpoints, and prefixes of names that training leaves behind."""

import copy
import itertools
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from masking.runtime.door import InputError, show_name

State = dict[str, Tensor]
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
SHOWN = 4
"""Names that an error shows."""
MOST_PREFIXES = 50
"""Prefixes of names that are tried, the shortest first."""

PLAIN = {
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "net_state_dict",
    "network",
    "module",
    "params",
    "weights",
    "state",
    "classifier",
}
"""Entries of checkpoints that hold a state dict."""

AVERAGED = {"state_dict_ema", "model_ema", "ema_state_dict", "ema_model", "params_ema", "ema", "shadow"}
"""Entries that hold a moving average of the weights."""

TRAINING_ONLY = ("criterion", "loss", "metric", "optimizer", "n_averaged", "train_", "val_", "valid_", "test_")
"""How the names of tensors begin that only training needs."""

_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")


def find_state(loaded: Any, name: str) -> State:
    """Return the state dict in what a file holds: that itself, or an entry of a checkpoint.

    Weights go before their moving average, and a warning says so.

    Args:
        loaded: what `torch.load` returns.
        name: how errors call the file.

    Raises:
        InputError: no state dict in it, or several that may be meant.
    """
    states = dict(_states_in(loaded, set()))
    if not states:
        raise InputError(f"{name} is not a state dict (names to tensors); save model.state_dict()")
    if len(states) == 1:
        return next(iter(states.values()))
    plain = [entry for entry in states if entry.rpartition(".")[2] in PLAIN]
    averaged = [entry for entry in states if entry.rpartition(".")[2] in AVERAGED]
    candidates = plain or averaged or list(states)
    if len(candidates) > 1:
        raise InputError(
            f"{name} holds several sets of tensors ({_join(candidates)}); save the one that you mean by itself"
        )
    if plain and averaged:
        warnings.warn(f"{name} holds two sets of weights; {plain[0]} is taken, not {averaged[0]}", stacklevel=2)
    return states[candidates[0]]


def _join(names: Sequence[str]) -> str:
    """Return the first few of some names as one text."""
    return ", ".join(map(show_name, names[:SHOWN])) + (" …" if len(names) > SHOWN else "")


def _states_in(loaded: Any, seen: set[int]) -> Iterator[tuple[str, State]]:
    """Yield the state dicts in a checkpoint by entry; "" is the checkpoint itself.

    `seen` has the ids of the mappings that were looked at: a pickle may hold one many times, or inside itself.
    """
    if not isinstance(loaded, Mapping) or id(loaded) in seen:
        return
    seen.add(id(loaded))
    tensors = _tensors_of(loaded)
    if tensors:
        yield "", tensors
        return
    for entry, value in loaded.items():
        if not str(entry).startswith(("optim", "scheduler", "lr_sched", "scaler")):
            inner = dict(_states_in(value, seen))
            for key, state in inner.items():
                yield f"{entry}.{key}" if len(inner) > 1 else str(entry), state


def _tensors_of(mapping: Mapping[Any, Any]) -> State:
    """Return the tensors of a mapping by name; {} if it holds other things than tensors and plain values."""
    simple = (Tensor, bool, int, float, str, type(None))
    if not all(isinstance(value, simple) for value in mapping.values()):
        return {}
    return {str(key): value for key, value in mapping.items() if isinstance(value, Tensor)}


def check_tensors(state: State, name: str) -> State:
    """Return a state dict of plain tensors that are there. Raises ValueError for another kind; one sentence."""
    for key, value in state.items():
        kind = "" if value.layout is torch.strided else f"in the layout {value.layout}"
        kind = "quantized" if value.is_quantized else "without numbers (on the meta device)" if value.is_meta else kind
        if kind:
            raise InputError(f"{name} holds a tensor that is {kind} ({show_name(key)}); save plain tensors")
    return state


def check_types(own: Mapping[str, Tensor], state: State, name: str) -> None:
    """Check that numbers can be taken over into a network's tensors without becoming others.

    Raises:
        ValueError: whole numbers or complex ones where the network has floats, or floats of 8 bits; one sentence.
    """
    for key, value in state.items():
        if key in own and own[key].is_floating_point() and value.dtype not in FLOATS:
            raise ValueError(
                f"{name} holds {value.dtype} in {show_name(key)}; save its weights as floats of 16 bits or more"
            )


def match_names(network: nn.Module, state: State, name: str) -> State:
    """Return a state dict under the names of a network's tensors.

    Recognised are prefixes ("module.", "_orig_mod.", "model." and any other), tensors that only training needs, and
    names that torchvision's modules rename, or that its published DenseNets have.

    Args:
        network: it is left unchanged.
        state: names to tensors.
        name: how errors call the file.

    Raises:
        ValueError: the names do not fit; the sentence has the prefix and the first names that differ.
    """
    own = network.state_dict()
    optional = {key for key in own if key.endswith("num_batches_tracked")}
    spellings = [state, {_OLD_DENSENET.sub(r"\1\2.", key): value for key, value in state.items()}]
    parts = [part for spelling in spellings for part in _parts(own, spelling)]
    fitting = [part for part in parts if not part.unknown and part.missing <= optional]
    if fitting:
        return _pick(fitting, name).state
    if (renamed := _renamed_by_modules(network, state)) is not None:
        return renamed
    raise ValueError(_sentence(min(parts, key=lambda part: len(part.missing | part.unknown)), optional, name))


class _Part(NamedTuple):
    """The tensors below a prefix, under the names of a network; without a prefix, all tensors.

    missing, unknown: names that only the network has, and names that only the file has.
    """

    prefix: str
    state: State
    rest: list[str]
    missing: set[str]
    unknown: set[str]


def _parts(own: Mapping[str, Any], state: State) -> Iterator[_Part]:
    """Yield what may be the network's tensors: all of them, and those below each prefix of one of its names."""
    common = _common_prefix(own)
    bare = [key.removeprefix(common) for key in own]
    examples = {bare[0], bare[len(bare) // 2], bare[-1]} if bare else set[str]()
    prefixes = {key.removesuffix(example) for example in examples for key in state if f".{key}".endswith(f".{example}")}
    shortest = sorted({"", _common_prefix(state)} | prefixes, key=len)[:MOST_PREFIXES]
    renamings = [("", ""), *((prefix, common) for prefix in shortest)]
    for prefix, new in renamings:
        names = {key: new + key.removeprefix(prefix) for key in state if key.startswith(prefix)}
        below = {name: state[key] for key, name in names.items() if name in own or not name.startswith(TRAINING_ONLY)}
        rest = [key for key in state if key not in names and not key.startswith(TRAINING_ONLY)]
        yield _Part(prefix, below, rest, own.keys() - below.keys(), below.keys() - own.keys())


def _common_prefix(names: Iterable[str]) -> str:
    """Return the longest prefix that all names share and that ends in a dot; tensors of training do not count."""
    split = [key.split(".")[:-1] for key in names if not key.startswith(TRAINING_ONLY)]
    shared = itertools.takewhile(lambda parts: len(set(parts)) == 1, zip(*split, strict=False))
    return "".join(f"{parts[0]}." for parts in shared)


def _pick(fitting: list[_Part], name: str) -> _Part:
    """Return the part that is meant where some fit; raise ValueError if that is not known."""
    if whole := [part for part in fitting if not part.rest]:
        return whole[0]
    by_prefix = {part.prefix: part for part in fitting}
    plain = [part for prefix, part in by_prefix.items() if "ema" not in prefix.lower()] or list(by_prefix.values())
    if len(plain) > 1:
        below = " and ".join(map(show_name, sorted(by_prefix)[:SHOWN]))
        raise ValueError(f"{name} holds weights of this architecture below {below}; save the one that you mean")
    rest = plain[0].rest
    warnings.warn(
        f"of {name} only the tensors below {plain[0].prefix!r} are taken, not {len(rest)} others such as "
        f"{show_name(rest[0])}",
        stacklevel=2,
    )
    return plain[0]


def _renamed_by_modules(network: nn.Module, state: State) -> State | None:
    """Return a state dict under the names that the network's modules give it while they load it; None if none fits."""
    for prefix in {"", _common_prefix(state)}:
        trial = copy.deepcopy(network)
        try:
            trial.load_state_dict({key.removeprefix(prefix): value for key, value in state.items()}, strict=True)
        except RuntimeError:
            continue
        return trial.state_dict()
    return None


def _sentence(part: _Part, optional: set[str], name: str) -> str:
    """Return the sentence about the part that comes nearest to fitting."""
    missing, unknown = sorted(part.missing - optional), sorted(part.unknown)
    names = [show_name(names[0]) for names in (missing, unknown) if names]
    examples = ", where the file has ".join(names)
    below = f" below its prefix {show_name(part.prefix)!r}" if part.prefix else ""
    remedy = "save the whole network" if part.prefix and not unknown else "choose the architecture it was saved from"
    return (
        f"{name} does not fit the architecture{below}: {len(missing)} tensors are missing and {len(unknown)} are "
        f"unknown (such as {examples}); {remedy}"
    )
