"""Registries: named entries and their parameters.

In reading order:

showing.py   values from outside in sentences
registry.py  a mapping from name to entry that fills itself from the files of one package
params.py    a dataclass field that knows its range, unit and meaning; forms, options and links follow from it
configuration.py  a registered class from plain values
parsing.py   an entry with its parameters as one word, such as `slic:count=100,compactness=5`
"""

from masking.registry.registry import Registry, near_names

__all__ = ["Registry", "near_names"]
