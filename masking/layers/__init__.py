"""Layer masking (Balasubramanian and Feizi, ICCV 2023) of any network that torch.fx can trace.

The image of hidden pixels is never guessed. Each layer knows which of its cells can be seen, looks at those alone,
and passes the mask on. In the order of reading:

masked.py      the value that travels: activations and their mask
keep.py        the mask: what follows from it alone, remembered
neighbours.py  neighbour padding, the method's one arithmetic idea
rules.py       what happens at a convolution, a pool, a sum, ...
table.py       which PyTorch operations those are
trace.py       the network as a graph of operations
interpreter.py the walk through the graph

Transformers have no windows to mask: tokens.py runs them on the patches that are there.

>>> logits = layer_masked(resnet)(x, keep)
"""

from .interpreter import LayerMasked, layer_masked
from .masked import Masked
from .rules import Convolution, Joins

__all__ = ["Convolution", "Joins", "LayerMasked", "Masked", "layer_masked"]
