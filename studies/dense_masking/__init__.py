"""Layer masking by its definition, for any network: dense, slow, and without a line of the engine.

The network runs as it is on a kind of tensor that carries, for each of its numbers, whether its cell is visible. Each
operation is written out literally from the description of the method. In reading order:

cells.py       the tensor, and how an operation finds its definition
moving.py      operations that move numbers, and those that treat each number by itself
windows.py     convolutions, pools, interpolation and cells around a map
reductions.py  means, sums, maxima and norms over cells or channels

>>> logits = dense_masked(network, x, keep)
"""

from .cells import dense_masked

__all__ = ["dense_masked"]
