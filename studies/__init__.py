"""Studies: reproductions of published results. Each writes its rows to `studies/results/`.

In reading order:

photographs.py        accuracy and class entropy of every method on photographs
leakage.py            shape leakage of every method on rendered scenes
joins.py              rules of layer masking at joins and skips
lime_quality.py       LIME under several masking methods
attribution_masks.py  accuracy on masked images (MIA) and its controls
label_films.py       how often a mask writes a label that the picture does not show
architectures.py      which networks of timm and HuggingFace layer masking runs
dense_masking/        layer masking by its definition, to compare the engine with
nets.py               the networks that were trained for these studies
cards.py              the table of a model card
"""
