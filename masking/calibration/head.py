"""A fitted map of logits, with the network and the masking method that it belongs to."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from masking.calibration.regression import apply_affine
from masking.models.classifier import Classifier
from masking.models.network_digest import CachedDigest

KEY = "calibration"
"""Where a file holds the manifest."""
_digests: WeakKeyDictionary[Classifier, CachedDigest] = WeakKeyDictionary()


def classifier_digest(classifier: Classifier) -> str:
    """Return the sha256 (hex) of what decides a classifier's answers: weights, normalisation and input size.

    Where the weights come from a file, their digest is that of the file; else that of the network's tensors.
    """
    tensors = _digests.setdefault(classifier, CachedDigest())
    weights = classifier.weights_digest or tensors.digest(classifier.network)
    normalisation = [f"{value:.6g}" for value in (*classifier.mean.flatten(), *classifier.std.flatten())]
    facts = [weights, *normalisation, *map(str, classifier.input_size), str(len(classifier.categories))]
    return hashlib.sha256(" ".join(facts).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class CalibrationHead:
    """A map R z + b of logits z for images with hidden pixels.

    Attributes:
        weight: R, float64 (heads, K, K), or its diagonal (heads, K).
        bias: b, float64 (heads, K).
        shares: the shares that were fitted; with one head for each of them, the nearest share's head applies.
        manifest: everything that is needed to fit it again; `network` and `method` say where it belongs.

    Raises:
        ValueError: tensors that do not fit each other, or that are NaN or infinite.
    """

    weight: Tensor
    bias: Tensor
    shares: tuple[float, ...]
    manifest: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self):
        if reason := self._defect():
            raise ValueError(f"the calibration of {self.method or 'a method'} is damaged ({reason}); fit it again")

    def _defect(self) -> str:
        if self.bias.ndim != 2 or self.weight.ndim not in {2, 3} or 0 in self.bias.shape:
            return "its tensors have wrong dimensions"
        heads, classes = self.bias.shape
        if tuple(self.weight.shape) not in {(heads, classes), (heads, classes, classes)}:
            return f"its weight is {tuple(self.weight.shape)} beside a bias of {tuple(self.bias.shape)}"
        if heads not in {1, len(self.shares)} or not self.shares or not all(0 < share < 1 for share in self.shares):
            return f"it holds {heads} maps for the shares {', '.join(map(str, self.shares)) or 'none'}"
        if self.weight.dtype != torch.float64 or self.bias.dtype != torch.float64:
            return "its tensors are not float64"
        if not (self.weight.isfinite().all() and self.bias.isfinite().all()):
            return "it holds NaN or infinite values"
        return ""

    @property
    def classes(self) -> int:
        """The number of classes, K."""
        return self.bias.shape[1]

    @property
    def network(self) -> str:
        """The digest of the classifier that it belongs to; see `classifier_digest`."""
        return str(self.manifest.get("network", ""))

    @property
    def method(self) -> str:
        """The masking method that it belongs to, as a word such as `greyout:grey=middle`."""
        return str(self.manifest.get("method", ""))

    @property
    def form(self) -> str:
        """The form of R: `matrix` or `diagonal`."""
        return "matrix" if self.weight.ndim == 3 else "diagonal"

    @cached_property
    def digest(self) -> str:
        """The sha256 (hex) of the map and of where it belongs: equal digests mean equal answers."""
        state = hashlib.sha256(f"{self.network} {self.method} {self.shares} {self.form}\n".encode())
        for tensor in (self.weight, self.bias):
            state.update(tensor.detach().cpu().contiguous().numpy().tobytes())
        return state.hexdigest()

    def apply(self, logits: Tensor, hidden_share: Tensor) -> Tensor:
        """Return corrected logits (n, K), in the dtype and on the device of the given ones.

        Args:
            logits: float (n, K).
            hidden_share: (n,), 0 … 1; rows with nothing hidden come back untouched.

        Raises:
            ValueError: another number of classes.
        """
        if logits.ndim != 2 or logits.shape[1] != self.classes:
            raise ValueError(
                f"the calibration is for {self.classes} classes but the logits are {tuple(logits.shape)}; fit it again"
            )
        device = "cpu" if logits.device.type == "mps" else logits.device  # Apple's GPUs have no float64
        scores, hidden = logits.to(device).double(), hidden_share.to(device).double()
        nearest = self._nearest(hidden)
        corrected = scores
        for number in range(len(self.bias)):
            mapped = apply_affine(scores, self.weight[number].to(device), self.bias[number].to(device))
            corrected = torch.where((nearest == number)[:, None], mapped, corrected)
        return torch.where(hidden_share.to(logits.device)[:, None] > 0, corrected.to(logits), logits)

    def _nearest(self, hidden: Tensor) -> Tensor:
        """Return for each image the number of its map, int64 (n,)."""
        if len(self.bias) == 1:
            return torch.zeros(len(hidden), dtype=torch.int64, device=hidden.device)
        shares = torch.tensor(self.shares, dtype=torch.float64, device=hidden.device)
        return (hidden[:, None] - shares).abs().argmin(1)

    def check(self, classifier: Classifier, method: str) -> None:
        """Check that it belongs to a classifier and to a masking method, given as a word.

        Raises:
            ValueError: it belongs elsewhere; one sentence.
        """
        own = f"the calibration of {self.method or 'an unknown method'}"
        if self.network != classifier_digest(classifier) or self.classes != len(classifier.categories):
            fitted = self.manifest.get("classifier", "another network")
            raise ValueError(
                f"{own} was fitted to other weights or another normalisation ({fitted}), not to {classifier.name}; "
                f"fit one to {classifier.name}"
            )
        if self.method != method:
            raise ValueError(f"{own} does not fit {method}; fit one of {method}")

    def to_bytes(self) -> bytes:
        """Return the content of a safetensors file, with the manifest in its header."""
        document = json.dumps({"shares": self.shares, "manifest": dict(self.manifest)})
        tensors = {"weight": self.weight.contiguous(), "bias": self.bias.contiguous()}
        return save(tensors, {KEY: document})

    @classmethod
    def from_bytes(cls, data: bytes) -> "CalibrationHead":
        """Return what `to_bytes` wrote.

        Raises:
            ValueError: the bytes are no such file; one sentence.
        """
        try:
            tensors = load(data)
            document = json.loads(_header(data)["__metadata__"][KEY])
            weight, bias, shares = tensors["weight"], tensors["bias"], tuple(map(float, document["shares"]))
            manifest = dict(document["manifest"])
        except (SafetensorError, KeyError, TypeError, ValueError, RecursionError):
            raise ValueError("it is no calibration file, or it is damaged") from None
        return cls(weight, bias, shares, manifest)


def _header(data: bytes) -> dict[str, Any]:
    """Return the header of a safetensors file: 8 bytes of length, then JSON."""
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length])
