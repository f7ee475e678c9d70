"""What layer masking does at each kind of operation; section numbers refer to the method's description.

Every rule takes the operation as the network calls it (`run`), then the arguments of that call, with a `Masked` in
place of activations. No visible cell of the result may depend on `values` at hidden cells. In reading order:

basics.py      what all rules share
cellwise.py    each cell by itself, and channels among themselves
joins.py       where maps meet: sums, products, concatenations
windows.py     convolutions, pools, interpolation
padding.py     cells around a map
reductions.py  means, sums, maxima and norms over cells or channels
norms.py       group, instance and layer norms over cells
arrange.py     shapes and orders of dimensions
selection.py   channels, crops and every k-th cell by index
"""

from .basics import Run
from .joins import Joins
from .windows import Convolution

__all__ = ["Convolution", "Joins", "Run"]
