"""Layer traces: one image followed through a network, layer by layer.

In reading order:

layer_view.py         what a trace keeps of one layer: its mask, a map and a few numbers
trace.py              the finished trace: its layers, its sentence and its table
tracing.py            one batch of four runs through the network, summarised after every operation
first_convolution.py  what the first convolution read and answered in each run
window.py             one window of it, walking over an edge of the hole

>>> trace = trace_layers(classifier, image, mask)
>>> print(trace.sentence)
"""

from masking.layer_trace.layer_view import FILLED, MASKED, PLAIN, LayerView, Statistics
from masking.layer_trace.trace import Layer, LayerTrace
from masking.layer_trace.tracing import INPUT, refusal, trace_layers, view_layer
from masking.layer_trace.window import RUNS, WindowWalk, walk_window

__all__ = [
    "FILLED",
    "INPUT",
    "MASKED",
    "PLAIN",
    "RUNS",
    "Layer",
    "LayerTrace",
    "LayerView",
    "Statistics",
    "WindowWalk",
    "refusal",
    "trace_layers",
    "view_layer",
    "walk_window",
]
