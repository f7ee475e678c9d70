"""Where a result comes from: what is needed to compute it again."""

import platform
from importlib.metadata import version
from typing import Any

import torch

SCHEMA = 1
__version__ = "0.2.0"
"""The one place that says it: `pyproject.toml` reads it from here."""


def manifest(**facts: Any) -> dict[str, Any]:
    """Schema, versions of what computed, and the given facts (digests, seeds, names)."""
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
