"""The mask editor: one mask, whatever made it.

In the order of reading:

draft.py   the mask under work: what is committed, what is drawn on top, and the way back
tools.py   the ways to make a mask, each with its controls
editor.py  canvas, tools and changes together
"""
