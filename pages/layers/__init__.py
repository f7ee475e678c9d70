"""Layers: a mask and the activations on their way through the network.

In reading order:

page.py      the mask editor on one side, the trace through the network on the other
explorer.py  one layer after the other: choose, step, play; a channel of it
player.py    which layer is on the page: the chosen one, or the one that the player has reached
player.js    the player's clock in the browser
cards.py     one layer as cards on one colour scale
depth.py     the whole depth in one figure
window.py    one window of the first convolution, over an edge of the mask
"""
