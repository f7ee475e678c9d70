"""Weights from files: safetensors, or plain torch state dicts; any other file is refused."""

import hashlib
import http.client
import io
import json
import os
import pickle
import urllib.error
import urllib.request
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import nn

from masking.models.checkpoints import TRAINING_ONLY, State, check_tensors, check_types, find_state, match_names
from masking.models.weights_description import check_description
from masking.runtime.door import guard, show_name
from masking.runtime.file_bytes import MOST_WEIGHTS, read_file

LONGEST_HEADER = 100_000_000
"""Bytes of the longest header of a safetensors file, as its authors have it."""
MOST_TENSORS = 50_000
EXPANSION = 4
"""So many times as large may an archive become; `torch.save` does not pack it, but somebody may have."""
TORCH_FILES = {".pth", ".pt", ".ckpt", ".tar"}
"""Endings of files that `torch.save` writes, also as .pth.tar."""

Progress = Callable[[int, int], None]
"""A function that is called with the bytes done and the total (0 if unknown)."""


def read_state(source: str | Path | bytes, name: str = "") -> tuple[State, dict[str, Any], str]:
    """Return a state dict, the classifier description in its header ({} if none) and the file's sha256.

    Args:
        source: path of a `.safetensors` file or of one that `torch.save` wrote (`.pth`, `.pt`, `.ckpt`, `.pth.tar`), or
            the bytes of a safetensors file.
        name: how errors call it; default the path.

    Raises:
        ValueError: a file that is missing, damaged, holds code or is not a state dict; one sentence.
    """
    name = name or (show_name(source) if not isinstance(source, bytes) else "the uploaded file")
    data = source if isinstance(source, bytes) else read_file(source, "weights file", MOST_WEIGHTS)
    sha = hashlib.sha256(data).hexdigest()
    if isinstance(source, bytes) or Path(source).suffix == ".safetensors":
        return *_read_safetensors(data, name), sha
    if Path(source).suffix in TORCH_FILES:
        return _read_torch(data, name), {}, sha
    raise ValueError(f"{name} is neither .safetensors nor .pth; save the state dict as one of these")


def _read_safetensors(data: bytes, name: str) -> tuple[State, dict[str, Any]]:
    with guard(f"{name} is damaged or not a safetensors file; save or copy it again"):
        length = int.from_bytes(data[:8], "little")
        if length > min(len(data), LONGEST_HEADER):
            raise ValueError(length)
        header = json.loads(data[8 : 8 + length])
        if len(header) <= MOST_TENSORS:
            description = json.loads(header.get("__metadata__", {}).get("classifier", "{}"))
            state = check_tensors(safetensors.torch.load(data), name)
            return state, check_description(description, name, len(state))
    raise ValueError(f"{name} holds {len(header)} tensors; no network here has so many")


def _read_torch(data: bytes, name: str) -> State:
    _check_archive(data, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's guesses about pickles
            loaded = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ValueError(
            f"{name} is damaged or holds more than weights (it could run code); save the state dict as .safetensors"
        ) from None
    except Exception:  # a damaged pickle can raise any error
        raise ValueError(f"{name} is damaged or not a state dict; save or copy it again") from None
    with guard(f"{name} is damaged or not a state dict; save or copy it again"):
        state = check_tensors(find_state(loaded, name), name)
    is_parallel = all(key.startswith(("module.", *TRAINING_ONLY)) for key in state)
    return {key.removeprefix("module."): value for key, value in state.items()} if is_parallel else state


def _check_archive(data: bytes, name: str) -> None:
    """Raise ValueError for an archive that holds code, or that would become much larger when it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except Exception:  # it is no archive, or a damaged one, as torch will say
        return
    if any(entry.filename.endswith("/constants.pkl") for entry in entries):
        raise ValueError(f"{name} is a TorchScript archive, which holds code; save the state dict as .safetensors")
    if sum(entry.file_size for entry in entries) > EXPANSION * len(data) + 2**20:
        raise ValueError(f"{name} would become many times as large when it is unpacked; save it again with torch.save")


def fit(network: nn.Module, state: State, name: str, classes: int) -> None:
    """Load `state` into `network`; names are matched as `match_names` says, and every tensor has to be there.

    Raises:
        ValueError: the state belongs to another architecture, or its number of classes is not `classes`.
    """
    state = match_names(network, state, name)
    own = network.state_dict()
    wrong = [key for key in own if key in state and own[key].shape != state[key].shape]
    heads = {n for key in wrong if own[key].shape[:1] == (classes,) for n in state[key].shape[:1]}
    if wrong and len(heads) == 1 and all(own[key].shape[1:] == state[key].shape[1:] for key in wrong):
        raise ValueError(
            f"{name} has {heads.pop()} classes but {classes} category names were given; give one name per class"
        )
    if wrong:
        raise ValueError(
            f"{name} does not fit the architecture: {wrong[0]} has shape {tuple(state[wrong[0]].shape)} instead of "
            f"{tuple(own[wrong[0]].shape)}; choose the architecture it was saved from"
        )
    check_types(own, state, name)
    broken = next((key for key, value in state.items() if not value.isfinite().all()), None)
    if broken is not None:
        raise ValueError(f"{name} holds NaN or infinite numbers (in {broken}); take an earlier checkpoint")
    network.load_state_dict(state, strict=False)


def download(url: str, target: Path, on_progress: Progress | None = None) -> None:
    """Download `url` to `target` and check it against the hash in its file name.

    Raises:
        ValueError: no connection, or the hash does not match; the sentence names the file and its folder.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    state = hashlib.sha256()
    remedy = f"fetch {url} on another machine and put it into {target.parent}, or choose a bundled classifier"
    try:
        with urllib.request.urlopen(url, timeout=20) as reply, partial.open("wb") as file:  # noqa: S310
            total, done = int(reply.headers.get("Content-Length") or 0), 0
            while block := reply.read(1 << 20):
                file.write(block)
                state.update(block)
                done += len(block)
                if on_progress:
                    on_progress(done, total)
        promised = target.stem.rpartition("-")[2]
        if not state.hexdigest().startswith(promised):
            raise ValueError(f"{target.name} arrived damaged (its checksum is wrong); try again, or {remedy}")
        partial.replace(target)
    except (http.client.HTTPException, OSError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # an open error holds its connection
        raise ValueError(f"the weights {target.name} are not here and cannot be downloaded; {remedy}") from None
    finally:
        partial.unlink(missing_ok=True)
