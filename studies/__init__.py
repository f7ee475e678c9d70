"""Studies: reproductions of published results. Each writes its rows to `studies/results/`.

In reading order:

photographs.py        accuracy and class entropy of every method on photographs
calibration.py        is calibration (MCal) enough? Methods without and with it, and neighbour fill
padding.py            layers or padding: neighbour fill beside layer masking
paired/               methods side by side, with intervals of paired differences
leakage.py            shape leakage of every method on rendered scenes
joins.py              rules of layer masking at joins and skips
improvements.py       settings and variations of layer masking: accuracy, shape leakage, single patches
improving/            these variations
lime_quality.py       LIME under several masking methods
lime_sampling.py      how many forward passes LIME needs, by how its samples belong together
leakage_coverage.py   how often the interval of a leakage holds the true value
shape_bias.py         mask-shape bias: accuracy behind the object's hole over that behind a broken one
concordance.py        do similarities of photographs survive when both are shrunk?
object_masks.py       object masks of photographs, drawn by a saliency network
attribution_masks.py  accuracy on masked images (MIA) and its controls
untrained_masks.py    MIA of networks that were never trained, over several draws of their weights
label_films.py       how often a mask writes a label that the picture does not show
architectures.py      which networks of timm and HuggingFace layer masking runs
dense_masking/        layer masking by its definition, to compare the engine with
nets.py               the networks that were trained for these studies
cards.py              the table of a model card
tables/               the tables of docs/results.md; published.toml holds the papers' values
"""
