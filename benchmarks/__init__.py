"""Benchmarks: speed and memory. Each writes its rows to `benchmarks/results/`.

Experiments on many images, such as those of the Benchmarks page, are in `masking/benchmarks/experiments/`.

In reading order:

layer_masking.py     the cost of layer masking
attribution_cost.py  the cost of attributions, in forward passes
lime_speed.py        LIME beside the lime package
runner_overhead.py   the cost of the runner of experiments
stroke.py            the time from a stroke to updated cards in a browser
"""
