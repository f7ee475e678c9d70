"""A network as a list of steps, by drawing it or by recording it.

In reading order:

overwriting.py       operations that write into a map in place
tensor_locations.py  where the tensors of a network live
trace.py             steps, and how torch.fx draws them
recorded_calls.py    calls of PyTorch's functions, as a recording meets them
recording.py         steps, recorded while the network runs once
"""

from .recording import record
from .trace import Step, Trace, draw, image_nodes

__all__ = ["Step", "Trace", "draw", "image_nodes", "record"]
