"""The digest of a network that comes from no file."""

import hashlib
import re

import torch
from torch import Tensor, nn

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def network_digest(network: nn.Module) -> str:
    """Return the sha256 (hex) of a network's modules and tensors: kinds, settings, names, dtypes, shapes and bytes.

    Equal digests mean equal weights. Code is not covered: two classes of one name that compute differently with the
    same modules and tensors share a digest.
    """
    state = hashlib.sha256()
    for name, module in network.named_modules():
        state.update(f"{name} {type(module).__qualname__} {_ADDRESS.sub('', module.extra_repr())}\n".encode())
    for name, tensor in (*network.named_parameters(), *network.named_buffers()):
        state.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        state.update(_bytes(tensor))
    return state.hexdigest()


def _bytes(tensor: Tensor) -> bytes:
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes()


class CachedDigest:
    """The digest of one network, computed again only when one of its tensors is changed or replaced."""

    def __init__(self) -> None:
        self._versions: list[tuple[int, int, int]] | None = None
        self._digest = ""

    def digest(self, network: nn.Module) -> str:
        """Return `network_digest` of a network."""
        versions = [_version(tensor) for tensor in (*network.parameters(), *network.buffers())]
        if versions != self._versions:
            self._versions, self._digest = versions, network_digest(network)
        return self._digest


def _version(tensor: Tensor) -> tuple[int, int, int]:
    return id(tensor), tensor.data_ptr(), -1 if tensor.is_inference() else tensor._version
