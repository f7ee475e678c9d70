"""The masked network: its steps under the rules, after a look at whether they are the network.

In reading order:

interpreter.py     steps run under the rules
contents.py        what it computes with beside its tensors
fingerprint.py     whether a network is still the one it was
examples.py        images and masks that a network is tried on
take_in.py         which steps compute what the network computes
masked_network.py  the network that takes a mask beside its image
"""

from .examples import Shape
from .masked_network import LayerMasked, layer_masked
from .take_in import KnownNetwork, MaskingRules, known_network, usual_shapes

__all__ = [
    "KnownNetwork",
    "LayerMasked",
    "MaskingRules",
    "Shape",
    "known_network",
    "layer_masked",
    "usual_shapes",
]
