"""The ideas, one file each; `all_ideas` returns them in the order of the lesson.

hiding.py  1: hiding is how we ask what matters
black.py   2: black is not nothing
paint.py   3: grey, blur and mean colour are not nothing either
silhouettes.py  4: the hole has a shape, a game
window.py  5: layer masking computes from visible cells only
explanation.py  6: the explanation changes with the paint, LIME under three methods
label.py   7: an attribution mask can write the label that it is made for
trust.py  8: what to trust, errors where the truth is known
"""
