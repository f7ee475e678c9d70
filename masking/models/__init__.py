"""Classifiers: frozen networks together with their preprocessing, normalisation and categories."""

from collections.abc import Callable

from torch import nn

from masking.registry import Registry

ARCHITECTURES: Registry[Callable[..., nn.Module]] = Registry("architecture", "masking.models")
"""Our own architectures by name; a bundled weights file names the one it belongs to."""
