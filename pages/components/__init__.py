"""Components: parts that several pages draw.

In reading order:

numbers.py  numbers, percentages and intervals as text
method_names.py  how pages call masking methods
charts.py   what all charts share: colours, sizes, legends, error bars
forms.py    forms drawn from declared parameters
exports.py  the link to a page, downloads, and names for files
cards.py    comparison cards: what the model saw and what it said
heatmap.py  activations as pictures on one colour scale
outline.py  the outline of a region drawn on a picture
widget.py   figures that the browser draws and answers for
"""
