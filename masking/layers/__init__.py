"""Layer masking (Balasubramanian and Feizi, ICCV 2023) of any convolutional network.

Hidden pixels are never guessed. Each layer knows which of its cells are visible, computes from those alone, and
passes the mask on. In reading order:

maps/          activations and the mask of their visible cells; neighbour padding
rules/         what happens at a convolution, a pool, a sum, …
table/         which PyTorch operations those are
steps/         the network as a list of steps, drawn by torch.fx or recorded
engine/        the masked network, which runs them under the rules
reach.py       receptive fields, from the graph alone
survey.py      readable names and kinds of operations

Transformers have no windows to mask, so they run on the patches that are present:

token_families.py  the vision transformers whose patches can be dropped
tokens.py      a vision transformer on some of its patches

>>> logits = layer_masked(resnet)(x, keep)
"""

from .engine import LayerMasked, layer_masked
from .maps.masked import Masked
from .rules import Convolution, Joins

__all__ = ["Convolution", "Joins", "LayerMasked", "Masked", "layer_masked"]
