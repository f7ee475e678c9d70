"""The tables of docs/results.md, made from the result files; `python docs/generate_results.py` writes them.

In reading order:

cells.py         numbers, intervals and tables as Markdown; result files
removal.py       accuracy on photographs with a part missing
leakage.py       shape leakage, and rules at joins
calibration.py   methods without and with calibration, and neighbour fill beside layer masking
variations.py    variations of layer masking
attributions.py  attribution masks, their controls, and the student
lime.py          LIME under each method
networks.py      which architectures layer masking runs
costs.py         time as a multiple of a plain forward pass
published.py         published values
published_masks.py   those of attribution masks beside ours
published_layers.py  those of layer masking beside ours
"""
