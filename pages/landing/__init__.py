"""The first page: what the tool is for, within a second.

In reading order:

example.py      the type `Example`, and the stored examples
cards.py        an example as HTML
library.py      the library, imported in the background
live.py         examples that this machine computes while a stored result is shown
computation.py  the examples, computed; it imports the library
hero.py         the photograph with its slider, and the drawn scene
doors.py        every page with a picture of it and what one learns there
page.py         the page
"""
