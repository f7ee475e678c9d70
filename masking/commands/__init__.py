"""The command line, one file per command; `masking.__main__` runs it.

In reading order:

app.py               what the commands share
classifier_options.py  which classifier a command asks
setting_options.py   settings, as `--set NAME=VALUE`
comparison_options.py  which picture, mask and methods a command compares
compare.py           one image, one mask, several methods
handout.py           the lesson, or a comparison, as one HTML file
lime.py              LIME under a masking method
attribution_mask.py  attribution masks, step by step
calibrate.py         fit a correction of the answers under a masking method
leakage.py           how much the outline of a hole reveals
train.py             train a classifier
bench.py             start, watch and resume runs of experiments
bench_results.py     list, show, compare and export runs
lists.py             the names of classifiers and methods
scenes.py            render the scenes of the gallery again
"""
