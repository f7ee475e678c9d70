"""Masking methods: ways of showing a classifier an image with pixels missing. One file each."""

from masking.methods.method import Fill, Method
from masking.registry import Registry

METHODS: Registry[type[Method]] = Registry("masking method", "masking.methods")

__all__ = ["METHODS", "Fill", "Method"]
