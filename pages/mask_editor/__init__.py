"""The mask editor: one mask, however it was made.

In reading order:

draft.py   the mask under work, and the way back
canvas.py  the picture that one draws on, with mouse, finger or keys
ink.js, tool_bar.js, canvas.js   its parts in the browser: the look of strokes, the tools, mouse and keys
state.py   what the editor remembers in a session
tools.py   the ways to make a mask, each with its controls
editor.py  the canvas, the changes that work on any mask, and the mask's link
panel.py   the editor as pages show it, with the picked picture
"""
