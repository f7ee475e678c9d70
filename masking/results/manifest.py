"""Manifests: all that is needed to compute a result again."""

import platform
from importlib.metadata import version
from typing import Any, Protocol

import torch

SCHEMA = 1
__version__ = "0.2.0"
"""The version of this project; `pyproject.toml` reads it from here."""


class _Classifier(Protocol):
    """The part of a classifier that a manifest names."""

    name: str
    weights_digest: str

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        ...


def run_manifest(classifier: _Classifier, **facts: Any) -> dict[str, Any]:
    """Return the manifest of what a classifier computed: its name, weights and device, and the given facts."""
    return manifest(
        classifier=classifier.name, weights=classifier.weights_digest, **facts, device=str(classifier.device)
    )


def manifest(**facts: Any) -> dict[str, Any]:
    """Return the schema, the versions of the libraries that computed, and the given facts (digests, seeds, names)."""
    return {
        "schema": SCHEMA,
        "versions": {
            "masking": __version__,
            "torch": torch.__version__,
            "torchvision": version("torchvision"),
            "numpy": version("numpy"),
            "scikit-image": version("scikit-image"),
            "python": platform.python_version(),
        },
        **facts,
    }
