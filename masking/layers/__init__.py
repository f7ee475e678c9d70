"""Layer masking (Balasubramanian and Feizi, ICCV 2023) of any network that torch.fx can trace.

Hidden pixels are never guessed. Each layer knows which of its cells are visible, computes from those alone, and
passes the mask on. In reading order:

masked.py      the value that travels: activations and their mask
keep.py        the mask and everything that follows from it alone, computed once
neighbours.py  neighbour padding, the method's one arithmetic idea
rules.py       what happens at a convolution, a pool, a sum, …
spelling.py    one spelling for each operation and each argument
table.py       which PyTorch operations those are
trace.py       the network as a graph of operations
interpreter.py the network run operation by operation
reach.py       receptive fields, from the graph alone
survey.py      readable names and kinds of operations

Transformers have no windows to mask, so they run on the patches that are present:

tokens.py      a vision transformer on some of its patches

>>> logits = layer_masked(resnet)(x, keep)
"""

from .interpreter import LayerMasked, layer_masked
from .masked import Masked
from .rules import Convolution, Joins

__all__ = ["Convolution", "Joins", "LayerMasked", "Masked", "layer_masked"]
