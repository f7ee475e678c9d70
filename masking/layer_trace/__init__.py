"""Layer traces: one image followed through a network, layer by layer.

In the order of reading:

layer_view.py  what a trace keeps of one layer: its mask, a map to show, and a few numbers
trace.py       the finished trace: its layers, its sentence and its table
tracing.py     one batch of four runs through the network, summarised after every operation
"""
